"""Which report of a deal is due, and when one that waits can be paid, from its agreement's times, its terms, its state and
the time of a block. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from escrow.claims import Claim, resolvable_at
from escrow.ids import Timestamp
from escrow.schedule import Deal
from escrow.status import Status, status_of
from escrow.terms import Basis, Terms


@dataclass(frozen=True)
class DueReport:
    """`period_start` is None where the value counts from the start of the deal."""

    as_of: Timestamp
    period_start: Timestamp | None
    is_final: bool


@dataclass(frozen=True)
class NothingDue:
    """`until` is when the next report falls due; None where the deal takes no further one."""

    status: Status
    until: Timestamp | None


def due_report(
    times: Sequence[Timestamp], terms: Terms, deal: Deal, now: int, status: Status | None = None
) -> DueReport | NothingDue:
    """The one report that the contract takes next, if its time has come. `status` is the contract's; None where no report
    ever waited, so that it follows from the clock.

    Reports go in order, so that the client sees each of them. A cumulative deal that has ended takes none but the
    final one, which then stands for those that were missed, too.
    """
    status = status_of(terms, deal, now) if status is None else status
    if status in (Status.UNKNOWN, Status.SILENT, Status.CLOSED):
        return NothingDue(status, None)
    as_of = _next(times, terms, deal, has_ended=status is Status.ENDED)
    if as_of > now:
        return NothingDue(status, as_of)
    period_start = deal.last_as_of if terms.basis == Basis.PER_PERIOD else None
    return DueReport(as_of, period_start, is_final=as_of == deal.ends_at)


def earliest_next(times: Sequence[Timestamp], last_as_of: int) -> Timestamp | None:
    """Before this nothing can be due, whatever else is known of the deal; None where all reports are settled."""
    return min((at for at in times if at > last_as_of), default=None)


def finalizable_at(terms: Terms, claim: Claim) -> Timestamp:
    """When something of the report that waits can be paid by anybody: what is agreed of it, once the window is over, or all
    of it, once nobody is awaited any longer."""
    return resolvable_at(terms, claim) if claim.agreed_paid else claim.window_ends_at


def _next(times: Sequence[Timestamp], terms: Terms, deal: Deal, *, has_ended: bool) -> Timestamp:
    if terms.basis == Basis.PER_PERIOD:
        return Timestamp(deal.last_as_of + terms.period_length)
    if has_ended:
        return deal.ends_at
    planned = earliest_next(times, deal.last_as_of)
    return deal.ends_at if planned is None else min(planned, deal.ends_at)
