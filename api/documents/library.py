"""Documents at hand, and those that others have: asked of the oracles once, then kept. Knows hashes and agreements."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from escrow.agreement import Agreement, parse_agreement
from escrow.documents import DocumentStore, fetch
from escrow.errors import AgreementFaults, DocumentMissing, DocumentProblem
from escrow.ids import DocumentHash

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
        """From the folder, else from the first server that has it; then it is in the folder. DocumentMissing."""
        data = self.store.get(document)
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

    def agreement(self, document: DocumentHash, *, search: bool = False) -> Agreement | None:
        """None where it is not at hand, or is no agreement: anyone can open a deal with any hash.

        Other servers are asked only with `search`.
        """
        try:
            data = self.find(document) if search else self.store.get(document)
            return None if data is None else _parsed(data)
        except (DocumentProblem, AgreementFaults):
            return None


@lru_cache(maxsize=1_024)
def _parsed(data: bytes) -> Agreement:
    return parse_agreement(data)
