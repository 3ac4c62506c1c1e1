"""What is due, from the terms, the state of the deal and a report. Twin of PayoutMath.sol, without a clock.

Every division rounds down, in the client's favour. Inputs are in the ranges of their Solidity types.
"""

from dataclasses import dataclass, replace

from escrow.ids import Timestamp, Units
from escrow.terms.model import Basis, Terms

RATE_SCALE = 10**6
BPS = 10_000
MOST_UNITS = 2**96 - 1


@dataclass(frozen=True)
class Deal:
    """State of one deal, as the contract's `Deal`.

    `funded`: everything paid in so far, 0 = never opened.
    `performance`: cumulative, before a report as of the end: the most that any report earned, before the limit of the
    funds. Otherwise what was paid for performance.
    `last_as_of`: of the last report of which something was applied; the start before the first.
    """

    funded: Units
    performance: Units
    last_as_of: Timestamp
    ends_at: Timestamp
    closed: bool


@dataclass(frozen=True)
class Due:
    """Units: base fee and performance pay for the agency, and what goes back to the client."""

    base: Units
    performance: Units
    refunded: Units


def new_deal(terms: Terms, amount: int) -> Deal:
    """As it is right after opening."""
    return Deal(Units(amount), Units(0), terms.starts_at, terms.ends_at, closed=False)


def earned_floor(terms: Terms, value: int) -> Units:
    """What `value` earns by the schedule, up to the cap: flats of steps reached, plus rates, floored once."""
    flats = scaled = 0
    for index, step in enumerate(terms.steps):
        if value < step.from_:
            break
        is_last = index + 1 == len(terms.steps)
        up_to = value if is_last else min(value, terms.steps[index + 1].from_)
        flats += step.flat
        scaled += step.rate * (up_to - step.from_)
    return Units(min(flats + scaled // RATE_SCALE, terms.cap or MOST_UNITS))


def base_floor(terms: Terms, at: int, ends_at: int) -> Units:
    """Base fee earned from the start up to `at`: whole periods, and pro rata at the deal's end."""
    elapsed = at - terms.starts_at
    if at == ends_at:
        return Units(terms.base_per_period * elapsed // terms.period_length)
    return Units(terms.base_per_period * (elapsed // terms.period_length))


def performance_funds(terms: Terms, deal: Deal) -> Units:
    """What is left for performance when the base fee up to the end is set aside."""
    return Units(deal.funded - base_floor(terms, deal.ends_at, deal.ends_at))


def paid_so_far(terms: Terms, deal: Deal) -> Units:
    """What has left the deal for the agency, before any closing payment."""
    return Units(base_floor(terms, deal.last_as_of, deal.ends_at) + _paid_performance(terms, deal))


def apply_report(terms: Terms, deal: Deal, as_of: int, value: int) -> tuple[Deal, Due]:
    """The state after the report and what it makes due. The report as of the end closes the deal."""
    is_final = as_of == deal.ends_at
    funds, paid = performance_funds(terms, deal), _paid_performance(terms, deal)
    earned = earned_floor(terms, value)
    base = base_floor(terms, as_of, deal.ends_at) - base_floor(terms, deal.last_as_of, deal.ends_at)
    if terms.basis == Basis.PER_PERIOD:
        performance = min(earned, funds - deal.performance)
    else:
        owed = min(earned, funds) if is_final else _after_retention_floor(terms, min(earned, funds))
        performance = max(0, owed - paid)
    keeps_best = terms.basis == Basis.CUMULATIVE and not is_final
    record = max(deal.performance, earned) if keeps_best else paid + performance
    left = deal.funded - paid_so_far(terms, deal)
    refunded = left - base - performance if is_final else 0
    after = replace(deal, performance=Units(record), last_as_of=Timestamp(as_of), closed=is_final)
    return after, Due(Units(base), Units(performance), Units(refunded))


def apply_ruling(terms: Terms, deal: Deal, agreed: int, ruled: int) -> tuple[Deal, Due]:
    """What a ruling, or the lack of one, gives beyond the agreed value, which was applied to the deal last. A report as
    of the end closes the deal."""
    if terms.basis == Basis.CUMULATIVE:
        return apply_report(terms, deal, deal.last_as_of, ruled)
    more = earned_floor(terms, ruled) - earned_floor(terms, agreed)
    performance = min(more, performance_funds(terms, deal) - deal.performance)
    is_final = deal.last_as_of == deal.ends_at
    refunded = deal.funded - paid_so_far(terms, deal) - performance if is_final else 0
    after = replace(deal, performance=Units(deal.performance + performance), closed=is_final)
    return after, Due(Units(0), Units(performance), Units(refunded))


def apply_top_up(terms: Terms, deal: Deal, amount: int) -> tuple[Deal, Due]:
    """The state with more money, and what earlier reports had earned beyond the old amount."""
    after = replace(deal, funded=Units(deal.funded + amount))
    performance = _paid_performance(terms, after) - _paid_performance(terms, deal)
    return after, Due(Units(0), Units(performance), Units(0))


def apply_notice(terms: Terms, deal: Deal, ends_at: int) -> tuple[Deal, Due]:
    """The state with an earlier end, and what earlier reports had earned beyond the funds: the base fee of the time
    after it is no longer set aside. An end that is not after the start closes the deal and returns everything."""
    after = replace(deal, ends_at=Timestamp(ends_at))
    if ends_at <= terms.starts_at:
        return replace(deal, closed=True), Due(Units(0), Units(0), deal.funded)
    performance = _paid_performance(terms, after) - _paid_performance(terms, deal)
    return after, Due(Units(0), Units(performance), Units(0))


def notice_end(terms: Terms, now: int) -> Timestamp:
    """The end that a notice given now moves the deal to; per period a period's end, where it is after the start."""
    end = now + terms.notice_period
    if end > terms.starts_at and terms.basis == Basis.PER_PERIOD:
        periods = -(-(end - terms.starts_at) // terms.period_length)
        end = terms.starts_at + periods * terms.period_length
    return Timestamp(end)


def apply_silence(terms: Terms, deal: Deal) -> tuple[Deal, Due]:
    """Closes a deal whose final report never came: accrued base, what was retained, the rest returned."""
    base = base_floor(terms, deal.ends_at, deal.ends_at) - base_floor(terms, deal.last_as_of, deal.ends_at)
    performance = 0
    if terms.basis == Basis.CUMULATIVE:
        performance = min(deal.performance, performance_funds(terms, deal)) - _paid_performance(terms, deal)
    refunded = deal.funded - paid_so_far(terms, deal) - base - performance
    return replace(deal, closed=True), Due(Units(base), Units(performance), Units(refunded))


def _paid_performance(terms: Terms, deal: Deal) -> int:
    if terms.basis == Basis.PER_PERIOD or deal.last_as_of == deal.ends_at:
        return deal.performance
    return _after_retention_floor(terms, min(deal.performance, performance_funds(terms, deal)))


def _after_retention_floor(terms: Terms, earned: int) -> int:
    """What the agency has of an earned amount before the end."""
    return earned * (BPS - terms.retention_bps) // BPS
