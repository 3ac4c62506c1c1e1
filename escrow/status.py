"""The status of a deal, derived from its state, its terms and the clock; never stored. Twin of `statusOf`."""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escrow.claims import Claim
    from escrow.schedule import Deal
    from escrow.terms import Terms


class Status(IntEnum):
    UNKNOWN = 0
    """Never opened."""
    SCHEDULED = 1
    """Opened, not started."""
    RUNNING = 2
    """Between start and end."""
    ENDED = 3
    """After the end: the final report is still accepted, or a report waits."""
    SILENT = 4
    """After end and grace without a final report: only a refund is left."""
    CLOSED = 5


def status_of(terms: "Terms", deal: "Deal", now: int, *, claim: "Claim | None" = None, resolved_at: int = 0) -> Status:
    """`now` is the time of the block that the question is about; `claim` and `resolved_at` as in `DealState`."""
    if deal.funded == 0:
        return Status.UNKNOWN
    if deal.closed:
        return Status.CLOSED
    if now < terms.starts_at:
        return Status.SCHEDULED
    if now < deal.ends_at:
        return Status.RUNNING
    # The grace runs from the end or, where that was later, from when the last waiting report could be resolved.
    if claim is not None or now < max(deal.ends_at, resolved_at) + terms.report_grace:
        return Status.ENDED
    return Status.SILENT
