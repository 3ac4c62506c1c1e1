"""One payout recomputed line by line, as the contract computes it, for somebody with a pencil. Pure."""

from dataclasses import dataclass, replace

from api.deals.history import Closed, Resolution, Settlement
from api.deals.state import Money
from api.wording import count, length, money, number, percent
from escrow.claims import DealState, Outcome, rule
from escrow.events import Closing
from escrow.ids import Units
from escrow.money import Token
from escrow.schedule import (
    RATE_SCALE,
    Deal,
    apply_report,
    apply_silence,
    base_floor,
    earned_floor,
    paid_so_far,
    performance_funds,
)
from escrow.terms import Basis, Terms

PAID_BY_REPORT = "Paid to the agency by this report"
PAID_IN_CLOSING = "Paid to the agency in closing"
BACK, REST = "Back to the client", "funded − all that was paid"
_OUTCOMES = {
    Outcome.ACCEPTED: "which nobody disputed",
    Outcome.RULED: "as the arbiter ruled",
    Outcome.UNRULED: "since the arbiter did not rule",
}


@dataclass(frozen=True)
class Line:
    """`how` says where the amount comes from; a total closes what stands above it."""

    label: str
    how: str
    units: int
    total: bool = False


def report_lines(terms: Terms, before: Deal, report: Settlement, unit: str, token: Token) -> list[Line]:
    """From the reported value to what was paid and, by the last report, returned."""
    _, due = apply_report(terms, before, report.as_of, report.value)
    lines = value_lines(terms, before, report.as_of, report.value, unit, token)
    lines.append(Line(PAID_BY_REPORT, "", due.base + due.performance, total=True))
    if report.as_of == before.ends_at:
        lines.append(Line(BACK, REST, due.refunded, total=True))
    return lines


def value_lines(terms: Terms, before: Deal, as_of: int, value: int, unit: str, token: Token) -> list[Line]:
    """What a value as of this time makes due, without its sum."""
    _, due = apply_report(terms, before, as_of, value)
    lines = _earned_lines(terms, value, unit, token)
    lines += _performance_lines(terms, before, as_of, value, due.performance, token)
    if terms.base_per_period and as_of > before.last_as_of:
        span = length(as_of - before.last_as_of)
        lines.append(Line("Base fee", f"for {span} at {money(terms.base_per_period, token)} per period", due.base))
    return lines


def agreed_lines(terms: Terms, before: Deal, as_of: int, value: int, unit: str, token: Token) -> list[Line]:
    """What both parties accept of a report that waits."""
    _, due = apply_report(terms, before, as_of, value)
    lines = value_lines(terms, before, as_of, value, unit, token)
    return [
        *lines,
        Line(f"Paid at once: {count(value, unit)}, which both accept", "", due.base + due.performance, total=True),
    ]


def resolution_lines(terms: Terms, before: DealState, resolution: Resolution, unit: str, token: Token) -> list[Line]:
    """From the value that a waiting report came to, to what that pays beyond what was agreed."""
    claim = before.claim
    assert claim is not None
    _, due = rule(terms, before, resolution.value, resolution.moment.at)
    if claim.agreed_paid and terms.basis == Basis.PER_PERIOD:
        lines = _earned_lines(terms, resolution.value, unit, token)
        lines.append(Line(f"Earned by {count(claim.least, unit)}, agreed before", "", -earned_floor(terms, claim.least)))
        lines.append(Line("Pay for results", "at most what is left for them", due.performance))
    else:
        lines = value_lines(terms, before.deal, claim.as_of, resolution.value, unit, token)
    more = "further " if claim.agreed_paid else ""
    label = f"Paid {more}for {count(resolution.value, unit)}, {_OUTCOMES[resolution.outcome]}"
    lines.append(Line(label, "", due.base + due.performance, total=True))
    if claim.as_of == before.deal.ends_at:
        lines.append(Line(BACK, REST, due.refunded, total=True))
    return lines


def silence_lines(terms: Terms, before: Deal) -> list[Line]:
    """A deal whose last report never came."""
    _, due = apply_silence(terms, before)
    return [
        Line("Base fee until the end", "earned by time", due.base),
        Line("Held until the end", "earned by settled reports", due.performance),
        Line(PAID_IN_CLOSING, "", due.base + due.performance, total=True),
        Line(BACK, REST, due.refunded, total=True),
    ]


def decline_lines(before: Deal) -> list[Line]:
    return [Line(BACK, "all of it: no report was settled", before.funded, total=True)]


def notice_lines(before: Deal) -> list[Line]:
    """A deal whose notice ran out before its start."""
    return [Line(BACK, "all of it: the notice ran out before the start", before.funded, total=True)]


def accord_lines(before: Money, closed: Closed) -> list[Line]:
    """A deal that both parties ended by their signatures; `before` is its money with what the closing did."""
    lines = [
        Line("Total for the agency", "as both parties signed", before.paid),
        Line("Paid before", "", closed.performance - before.paid),
        Line(PAID_IN_CLOSING, "", closed.performance, total=True),
    ]
    if closed.cause is Closing.AMENDED:
        return [*lines, Line("Moved to the new deal", REST, before.moved, total=True)]
    return [*lines, Line(BACK, REST, closed.refunded, total=True)]


def _earned_lines(terms: Terms, value: int, unit: str, token: Token) -> list[Line]:
    lines = []
    for index, step in enumerate(terms.steps):
        if value < step.from_:
            if step.flat:
                lines.append(Line(f"{count(step.from_, unit).capitalize()} not reached", f"{number(value)} counted", 0))
            break
        upper = terms.steps[index + 1].from_ if index + 1 < len(terms.steps) else value
        part = min(value, upper) - step.from_
        if step.flat:
            lines.append(Line(f"{count(step.from_, unit).capitalize()} reached", f"{number(value)} counted", step.flat))
        if step.rate:
            price = money(step.rate // RATE_SCALE, token) if step.rate % RATE_SCALE == 0 else f"{number(step.rate)} / 10⁶"
            beyond = f" beyond {number(step.from_)}" if step.from_ else ""
            lines.append(Line(count(part, unit) + beyond, f"× {price}", step.rate * part // RATE_SCALE))
    earned = earned_floor(terms, value)
    uncapped = earned_floor(replace(terms, cap=Units(0)), value)
    cap = f", at most the cap of {money(terms.cap, token)}" if terms.cap and uncapped > terms.cap else ""
    lines.append(Line("Earned by the schedule" + cap, "", earned, total=True))
    return lines


def _performance_lines(terms: Terms, before: Deal, as_of: int, value: int, performance: int, token: Token) -> list[Line]:
    funds = performance_funds(terms, before)
    earned = earned_floor(terms, value)
    if terms.basis == Basis.PER_PERIOD:
        left = funds - before.performance
        lines = [Line("At most what is left for results", "", left)] if earned > left else []
        return [*lines, Line("Pay for results", "of this period alone", performance)]
    lines = []
    if earned > funds:
        lines.append(Line("At most the money for results", "funded − base fee until the end", funds))
    limited = min(earned, funds)
    is_final = as_of == before.ends_at
    if terms.retention_bps and not is_final:
        kept = limited * (10_000 - terms.retention_bps) // 10_000
        lines.append(Line("Held until the end", f"{percent(terms.retention_bps)} of it", kept - limited))
    paid = paid_so_far(terms, before) - base_floor(terms, before.last_as_of, before.ends_at)
    lines.append(Line("Paid for results before", "", -paid))
    how = "no more was earned than before" if paid and not performance else ""
    return [*lines, Line("Pay for results", how, performance)]
