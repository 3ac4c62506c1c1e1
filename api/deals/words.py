"""A deal for a person: its status in words, what comes next, its progress as a chart. Pure; knows no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.chart import Chart, Line, Tick, compact, line_chart, nice_steps
from api.deals.challenge import Next, next_of_waiting
from api.deals.history import AgreedPart, Resolution, Settlement
from api.deals.state import Deal, Money
from api.wording import DAY, count, moment, money, symbol_text
from escrow.events import Closing
from escrow.ids import Timestamp
from escrow.status import Status

_STATUS = {
    Status.UNKNOWN: "Not open",
    Status.SCHEDULED: "Scheduled",
    Status.RUNNING: "Running",
    Status.ENDED: "Ended, last report due",
    Status.SILENT: "Silent, refund possible",
    Status.CLOSED: "Closed",
}
_CLOSED = {
    Closing.FINAL_REPORT: "Closed",
    Closing.SILENCE: "Closed after silence",
    Closing.DECLINED: "Declined",
    Closing.NOTICE: "Closed by notice",
    Closing.AGREED: "Closed by agreement",
    Closing.AMENDED: "Moved to new terms",
}
_ENDED_AND_WAITS = "Ended, a report waits"
MOST_POINTS = 20
SHOWN_DUE = 8
BAR = 1_000


@dataclass(frozen=True)
class BarPart:
    kind: str
    x: int
    width: int


@dataclass(frozen=True)
class Due:
    """A time at which the agreement wants a report; `shape` is the status whose sign stands beside the words."""

    at: Timestamp
    shape: str
    words: str


def status_words(deal: Deal, status: Status) -> str:
    if deal.closed:
        return _CLOSED[deal.closed.cause]
    return _ENDED_AND_WAITS if status is Status.ENDED and deal.waiting else _STATUS[status]


def bar_of(sum_: Money) -> list[BarPart]:
    """The parts of the money side by side, in thousandths."""
    parts, done = [], 0
    for kind in ("paid", "retained", "left", "refunded", "moved"):
        units = getattr(sum_, kind)
        start = done * BAR // sum_.funded
        done += units
        if units:
            parts.append(BarPart(kind, start, max(1, done * BAR // sum_.funded - start)))
    return parts


def next_of(deal: Deal, status: Status, times: Sequence[Timestamp], now: int) -> Next | None:
    """None for a closed deal. `times` are empty where the agreement is not at hand."""
    if deal.waiting:
        return next_of_waiting(deal, deal.waiting, now)
    match status:
        case Status.SCHEDULED:
            return Next("Counting begins", deal.terms.starts_at, "Until the first report the agency can turn it down.")
        case Status.RUNNING:
            at = next((at for at in times if at > deal.state.last_as_of), deal.state.ends_at)
            what = "A report is due as of" if at <= now else "The next report is as of"
            return Next(what, at, "If the oracles skip it, the next one pays what this one would have.")
        case Status.ENDED:
            return Next(
                "The last report is accepted until", deal.silent_at, "From then on anybody can send the rest to the client."
            )
        case Status.SILENT:
            return Next("The last report never came: anybody can send the rest back to the client now.", None, "")
    return None


def due_of(deal: Deal, times: Sequence[Timestamp], now: int) -> list[Due]:
    """Each time for a report with what became of it, the past ones shortened where there are many."""
    found = [_due(deal, at, now) for at in times]
    first_open = next((index for index, due in enumerate(found) if due.shape != "closed"), len(found))
    start = max(0, min(first_open - 2, len(found) - SHOWN_DUE))
    return found[start : start + SHOWN_DUE]


def _due(deal: Deal, at: Timestamp, now: int) -> Due:
    if deal.report(at):
        return Due(at, "closed", "Settled")
    if deal.waiting and deal.waiting.waiting.as_of == at:
        return Due(at, "ended", "Waits")
    if at < deal.state.last_as_of:
        return Due(at, "closed", "Covered by a later report")
    if deal.closed:
        return Due(at, "silent", "Not reported")
    return Due(at, "ended", "Due") if at <= now else Due(at, "scheduled", "Expected")


def progress_chart(deal: Deal, now: int) -> Chart:
    """What was paid, by the time that it was paid for; holds until the next report."""
    start, end = deal.terms.starts_at, deal.state.ends_at
    points, paid = [(int(start), 0)], 0
    for change in deal.changes:
        if not change.paid and not isinstance(change, Settlement | Resolution):
            continue
        at = change.as_of if isinstance(change, Settlement | AgreedPart | Resolution) else change.moment.at
        paid += change.paid
        points.append((min(max(points[-1][0], at), end), paid))
    dots = points[1:]
    if deal.closed:
        points.append((int(end), paid + deal.closed.base + deal.closed.performance))
    elif now > points[-1][0]:
        points.append((min(now, end), paid))
    if len(points) > MOST_POINTS:
        points, dots = [points[0], *points[-MOST_POINTS + 1 :]], dots[-MOST_POINTS + 2 :]
    scale = 10**deal.token.decimals
    return line_chart(
        points,
        _time_ticks(start, end),
        [Tick(at, compact(at, scale)) for at in nice_steps(deal.money.funded)],
        x_label="UTC",
        y_label=f"Paid, {symbol_text(deal.token.symbol)}",
        x_end=end,
        steps=True,
        levels=[Line(deal.money.funded, "funded", "level")],
        marks=[Line(now, "now", "mark")] if start < now < end and not deal.closed else [],
        dots=dots,
    )


def progress_sentence(deal: Deal, unit: str) -> str:
    """What the chart shows, for someone who does not see it."""
    whole = money(deal.money.funded, deal.token)
    paid = f"{money(deal.money.paid, deal.token)} of {whole} are paid"
    if not deal.reports:
        return f"No report yet: {paid}."
    last = deal.reports[-1]
    return f"{paid}. The last report counted {count(last.value, unit)} as of {moment(last.as_of)}."


def _time_ticks(start: int, end: int) -> list[Tick]:
    """Firsts of months where two to six of them fit, else four days at equal distances."""
    months = [at for at in range(start - start % DAY, end + 1, DAY) if at >= start and _day(at).day == 1]
    places = months if 2 <= len(months) <= 6 else [start + (end - start) * part // 3 for part in range(4)]
    return [Tick(at, f"{_day(at).day} {_day(at):%b}") for at in places]


def _day(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
