"""The verdict on a deal: recomputed by `escrow.verify` from the index's events, documents, and campaign events of oracles.

Knows where these come from; trusts none of them. A verdict is never stored: the same question within a minute is
answered from memory, so that a page that many look at is not recomputed for each.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

from sqlalchemy.orm import Session

from api.audit.queries import chain_events
from api.deals.state import Deal
from api.documents.library import Library
from escrow.eip712 import Domain
from escrow.errors import DocumentProblem
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure import Event as CampaignEvent
from escrow.measure import KeyedEvent
from escrow.verify import Verdict, verify_deal
from escrow.verify.gather import Library as Places

REMEMBER_SECONDS = 60
MOST_REMEMBERED = 256

CampaignEvents = Iterable[CampaignEvent | KeyedEvent]


class Auditor:
    """`urls` are oracles' base URLs; `clock` gives the machine's seconds."""

    def __init__(
        self,
        domain: Domain,
        library: Library,
        urls: Sequence[str],
        timeout: int,
        clock: Callable[[], int],
    ) -> None:
        self._domain = domain
        self._library = library
        self._places = tuple(Places([url], timeout) for url in urls)
        self._clock = clock
        self._lock = Lock()
        self._busy: dict[DealId, Lock] = {}
        self._known: OrderedDict[DealId, tuple[object, int, Verdict]] = OrderedDict()

    def verdict(self, index: Session, deal: Deal) -> Verdict:
        """Takes as long as the recomputation takes, once for all who ask meanwhile. `deal` is of this view of the index."""
        with self._lock:
            busy = self._busy.setdefault(deal.deal_id, Lock())
        with busy:
            history = (deal.opened, deal.changes, deal.closed)
            known = self._known.get(deal.deal_id)
            if known and known[0] == history and self._clock() - known[1] < REMEMBER_SECONDS:
                return known[2]
            verdict = self._recompute(index, deal)
            with self._lock:
                self._known[deal.deal_id] = (history, self._clock(), verdict)
                self._known.move_to_end(deal.deal_id)
                while len(self._known) > MOST_REMEMBERED:
                    self._busy.pop(self._known.popitem(last=False)[0], None)
        return verdict

    def _recompute(self, index: Session, deal: Deal) -> Verdict:
        events = chain_events(index, deal.deal_id)
        campaign = _CampaignEvents(deal.deal_id, self._places)
        while True:
            verdict = verify_deal(
                deal.terms,
                self._domain,
                events,
                self._document(deal.terms.agreement),
                self._document,
                campaign.get,
            )
            different = [report.as_of for report in verdict.reports if report.from_events and report.difference]
            if not campaign.try_others(different):
                return verdict

    def _document(self, document: DocumentHash) -> bytes | None:
        try:
            return self._library.find(document)
        except DocumentProblem:
            return None


class _CampaignEvents:
    """Whose events to take: events that give the signed evidence are right, whoever has them, and others prove nothing
    as long as somebody else's are untried.
    """

    def __init__(self, deal_id: DealId, places: Sequence[Places]) -> None:
        self._deal_id = deal_id
        self._places = places
        self._first: dict[Timestamp, int] = {}
        """From which place on, by as-of time."""
        self._used: dict[Timestamp, int] = {}
        self._exhausted: set[Timestamp] = set()

    def get(self, as_of: Timestamp) -> CampaignEvents | None:
        start = self._first.get(as_of, 0)
        for number, place in enumerate(self._places[start:], start):
            events = place.events(self._deal_id, as_of)
            if events is not None:
                self._used[as_of] = number
                return events
        if start == 0:
            return None
        # Nobody else has any: the difference to those of the first place stands.
        self._exhausted.add(as_of)
        self._first[as_of] = 0
        return self.get(as_of)

    def try_others(self, different: Iterable[Timestamp]) -> bool:
        """Whether asking again may change the verdict."""
        open_times = [as_of for as_of in different if as_of not in self._exhausted]
        for as_of in open_times:
            self._first[as_of] = self._used[as_of] + 1
        return bool(open_times)
