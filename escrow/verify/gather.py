"""Fetches what a recomputation needs: a deal's events from a node, documents and campaign events from whoever has them.

Nothing of it is trusted: documents are checked by hash, campaign events by the evidence that they have to give.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import httpx

from escrow.documents import DocumentStore, download, fetch
from escrow.eip712 import Domain
from escrow.errors import DealMissing, DocumentMissing, LogProblem
from escrow.events import DealOpened, Event, decode_log
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure import Event as CampaignEvent
from escrow.measure import KeyedEvent, read_lines
from escrow.rpc import Rpc
from escrow.terms import Terms, deal_id_of, unpack

MOST_EVENT_BYTES = 512 * 2**20


def deal_events(rpc: Rpc, domain: Domain, deal_id: DealId, from_block: int) -> list[Event]:
    """All that the contract says of the deal up to now."""
    logs = rpc.logs(domain.contract, from_block, rpc.block_number(), [None, deal_id])
    return [event for event in map(decode_log, logs) if event is not None]


def opened_terms(events: Iterable[Event], domain: Domain, deal_id: DealId) -> Terms:
    """DealMissing where the deal was never opened, LogProblem where the node shows other terms than the id's."""
    opening = next((event for event in events if isinstance(event, DealOpened)), None)
    if opening is None:
        raise DealMissing(deal_id, domain.contract)
    terms = unpack(opening.terms)
    if deal_id_of(terms, domain) != deal_id:
        raise LogProblem(opening.log.transaction_hash, opening.log.log_index, "carries the terms of another deal")
    return terms


class Library:
    """Servers by their base URLs, and folders of documents by their paths, asked in turn."""

    def __init__(self, places: Sequence[str], timeout: int = 30) -> None:
        self._urls = [place for place in places if _is_url(place)]
        self._stores = [DocumentStore(Path(place)) for place in places if not _is_url(place)]
        self._timeout = timeout

    def document(self, document: DocumentHash) -> bytes | None:
        """None where nobody has it."""
        for store in self._stores:
            data = store.get(document)
            if data is not None:
                return data
        try:
            return fetch(document, self._urls, self._timeout)
        except DocumentMissing:
            return None

    def events(self, deal_id: DealId, as_of: Timestamp) -> Iterable[CampaignEvent | KeyedEvent] | None:
        """Those of the first server that has any; None where nobody has."""
        with httpx.Client(timeout=self._timeout) as client:
            for url in self._urls:
                data = download(client, f"{url.rstrip('/')}/events/{deal_id}/{as_of}", MOST_EVENT_BYTES)
                if data:
                    return read_lines(data.split(b"\n"))
        return None


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))
