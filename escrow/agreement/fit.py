"""Whether an agreement is the one of a deal's terms, when its reports are due, and from when each counts."""

from escrow.agreement.model import Agreement, ReportsAt, ReportsEveryPeriod
from escrow.clock import format_time
from escrow.errors import AgreementMismatch
from escrow.ids import Timestamp
from escrow.terms.model import Basis, Terms


def check_against_terms(agreement: Agreement, terms: Terms) -> None:
    """AgreementMismatch for the first thing in which they differ."""
    if agreement.hash != terms.agreement:
        raise AgreementMismatch("hash", agreement.hash, terms.agreement)
    check_dates(agreement, terms)


def check_dates(agreement: Agreement, terms: Terms) -> None:
    """The same without the hash, which the terms of a draft do not carry yet."""
    for field, given, wanted in (
        ("start", agreement.flight.start, terms.starts_at),
        ("end", agreement.flight.end, terms.ends_at),
    ):
        if given != wanted:
            raise AgreementMismatch(field, format_time(given), format_time(wanted))
    if terms.basis == Basis.PER_PERIOD and not isinstance(agreement.reports, ReportsEveryPeriod):
        raise AgreementMismatch("reports", "at times of its own", "one at the end of every period")
    # A longer tail would take back units that were reported before anybody could know of the notice.
    if agreement.tail_seconds is not None and agreement.tail_seconds > terms.notice_period:
        raise AgreementMismatch("tail", f"of {agreement.tail_seconds} s", f"a notice of {terms.notice_period} s, no longer")


def report_times(agreement: Agreement, terms: Terms, ends_at: int | None = None) -> tuple[Timestamp, ...]:
    """As-of times in ascending order, the last one the end of the deal: `ends_at` where a notice moved it."""
    if isinstance(agreement.reports, ReportsAt):
        times = agreement.reports.times
    else:
        boundaries = (terms.starts_at + number * terms.period_length for number in range(1, terms.periods + 1))
        times = tuple(map(Timestamp, boundaries))
    if ends_at is None or ends_at == terms.ends_at:
        return times
    return (*(time for time in times if time < ends_at), Timestamp(ends_at))


def period_start(terms: Terms, as_of: int) -> Timestamp | None:
    """From when a report's value counts, where each counts its own period; None where all count from the start."""
    return Timestamp(as_of - terms.period_length) if terms.basis == Basis.PER_PERIOD else None
