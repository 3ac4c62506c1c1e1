"""One payout recomputed line by line, as the contract computes it, for somebody with a pencil. Pure."""

from dataclasses import dataclass, replace

from api.deals.state import Settlement
from api.wording import count, length, money, number, percent
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
    lines = _earned_lines(terms, report.value, unit, token)
    lines += _performance_lines(terms, before, report, due.performance, token)
    if terms.base_per_period:
        span = length(report.as_of - before.last_as_of)
        lines.append(Line("Base fee", f"for {span} at {money(terms.base_per_period, token)} per period", due.base))
    lines.append(Line("Paid to the agency by this report", "", due.base + due.performance, total=True))
    if report.as_of == before.ends_at:
        lines.append(Line("Back to the client", "funded − all that was paid", due.refunded, total=True))
    return lines


def silence_lines(terms: Terms, before: Deal) -> list[Line]:
    """A deal whose last report never came."""
    _, due = apply_silence(terms, before)
    return [
        Line("Base fee until the end", "earned by time", due.base),
        Line("Held until the end", "earned by settled reports", due.performance),
        Line("Paid to the agency in closing", "", due.base + due.performance, total=True),
        Line("Back to the client", "funded − all that was paid", due.refunded, total=True),
    ]


def decline_lines(before: Deal) -> list[Line]:
    return [Line("Back to the client", "all of it: no report was settled", before.funded, total=True)]


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


def _performance_lines(terms: Terms, before: Deal, report: Settlement, performance: int, token: Token) -> list[Line]:
    funds = performance_funds(terms, before)
    earned = earned_floor(terms, report.value)
    if terms.basis == Basis.PER_PERIOD:
        left = funds - before.performance
        lines = [Line("At most what is left for results", "", left)] if earned > left else []
        return [*lines, Line("Pay for results", "of this period alone", performance)]
    lines = []
    if earned > funds:
        lines.append(Line("At most the money for results", "funded − base fee until the end", funds))
    limited = min(earned, funds)
    is_final = report.as_of == before.ends_at
    if terms.retention_bps and not is_final:
        kept = limited * (10_000 - terms.retention_bps) // 10_000
        lines.append(Line("Held until the end", f"{percent(terms.retention_bps)} of it", kept - limited))
    paid = paid_so_far(terms, before) - base_floor(terms, before.last_as_of, before.ends_at)
    lines.append(Line("Paid for results before", "", -paid))
    how = "no more was earned than before" if paid and not performance else ""
    return [*lines, Line("Pay for results", how, performance)]
