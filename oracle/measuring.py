"""From the ledger to this member's proposal: events are read, measured, and the evidence is kept before it is shown.

Knows no peer and no chain. Measures again only when the ledger holds news for the report.
"""

from collections.abc import Collection
from dataclasses import dataclass

from escrow.agreement import Agreement
from escrow.documents import DocumentStore
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure import Event, measure
from escrow.report import Report
from oracle.board import Board, Posted
from oracle.book import KnownDeal
from oracle.ledger import EventFilter, Ledger
from oracle.schedule import DueReport


@dataclass(frozen=True)
class _Measured:
    """What the proposal was made from, beside the events up to its ledger position."""

    due: DueReport
    previous: DocumentHash | None
    posted: Posted


class Measuring:
    def __init__(self, ledger: Ledger, store: DocumentStore, board: Board) -> None:
        self._ledger = ledger
        self._store = store
        self._board = board
        self._measured: dict[tuple[DealId, Timestamp], _Measured] = {}

    def propose(self, deal: KnownDeal, agreement: Agreement, due: DueReport) -> Posted:
        """What this member would sign, on the board for its peers; the evidence is in the store."""
        wanted, position = event_filter(agreement, due.as_of), self._ledger.position()
        last = self._measured.get((deal.deal_id, due.as_of))
        if last is not None and (last.due, last.previous) == (due, deal.previous):
            if not self._ledger.has_news(wanted, last.posted.ledger_position, position):
                return last.posted
        events = self._ledger.events(wanted, position)
        found = measure(agreement, deal.deal_id, events, due.as_of, due.period_start, deal.previous, deal.ends_at)
        self._store.put(found.evidence)
        report = Report(deal.deal_id, due.as_of, found.value, found.evidence_hash)
        posted = self._board.propose(report, position)
        self._measured[deal.deal_id, due.as_of] = _Measured(due, deal.previous, posted)
        return posted

    def keep_only(self, due: Collection[tuple[DealId, Timestamp]]) -> None:
        """What is not due any more is forgotten."""
        self._measured = {key: measured for key, measured in self._measured.items() if key in due}


def event_filter(agreement: Agreement, as_of: int) -> EventFilter:
    """The events that a measurement as of this time can look at."""
    mature = as_of - agreement.maturity_seconds + 1
    return EventFilter(agreement.accounts, agreement.goal, before=min(as_of, mature))


def measured_events(ledger: Ledger, agreement: Agreement, as_of: int, position: int) -> list[Event]:
    """Those that the measurement looked at."""
    return ledger.events(event_filter(agreement, as_of), position)
