"""Documents at hand, and those that others have: asked of the oracles once, then kept. Knows hashes and agreements."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import structlog

from escrow.agreement import Agreement, parse_agreement
from escrow.documents import DocumentStore, fetch
from escrow.errors import AgreementFaults, DocumentCorrupt, DocumentMissing
from escrow.ids import DocumentHash

log = structlog.get_logger()

FORGET_SECONDS = 60
"""How long a document that nobody had is not asked for again."""


class Library:
    """`urls` are servers with documents; `clock` gives the machine's seconds."""

    def __init__(self, store: DocumentStore, urls: Sequence[str], timeout: int, clock: Callable[[], int]) -> None:
        self.store = store
        self._urls = tuple(urls)
        self._timeout = timeout
        self._clock = clock
        self._missed: dict[DocumentHash, int] = {}

    def find(self, document: DocumentHash) -> bytes:
        """From the folder, else from the first server that has it; then it is in the folder. DocumentMissing.

        A copy in the folder that is damaged is none.
        """
        data = self.at_hand(document)
        if data is not None:
            return data
        if self._clock() - self._missed.get(document, -FORGET_SECONDS) < FORGET_SECONDS:
            raise DocumentMissing(document, self._urls)
        try:
            data = fetch(document, self._urls, self._timeout)
        except DocumentMissing:
            self._missed = {name: at for name, at in self._missed.items() if self._clock() - at < FORGET_SECONDS}
            self._missed[document] = self._clock()
            raise
        self.store.put(data)
        return data

    def at_hand(self, document: DocumentHash) -> bytes | None:
        """From the folder alone."""
        try:
            return self.store.get(document)
        except DocumentCorrupt as damaged:
            log.warning("document is damaged", document=document, given=damaged.given)
            return None

    def agreement(self, document: DocumentHash, *, search: bool = False) -> Agreement | None:
        """None where it is not at hand, or is no agreement: anyone can open a deal with any hash.

        Other servers are asked only with `search`.
        """
        try:
            data = self.find(document) if search else self.at_hand(document)
            return None if data is None else _parsed(data)
        except (DocumentMissing, AgreementFaults):
            return None


@lru_cache(maxsize=1_024)
def _parsed(data: bytes) -> Agreement:
    return parse_agreement(data)
