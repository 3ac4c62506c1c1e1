"""The agreements of deals: from the own store, or fetched by their hash, checked, and then kept.

Knows which agreement belongs to which terms; knows neither events nor reports.
"""

from collections.abc import Callable, Mapping, Sequence

from escrow.agreement import Agreement, check_against_terms, parse_agreement
from escrow.documents import DocumentStore, fetch
from escrow.errors import DocumentMissing, SourceMissing
from escrow.ids import DocumentHash
from escrow.terms import Terms
from oracle.sources import Source

PATIENCE_SECONDS = 10
"""Before others are asked again for a document that none of them had."""


class Agreements:
    """`clock` only spaces the questions to others; any clock that goes forward will do."""

    def __init__(
        self,
        store: DocumentStore,
        urls: Sequence[str],
        sources: Mapping[str, Source],
        *,
        timeout: int,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._urls = urls
        self._sources = sources
        self._timeout = timeout
        self._clock = clock
        self._parsed: dict[DocumentHash, Agreement] = {}
        self._asked_at: dict[DocumentHash, int] = {}

    def of(self, terms: Terms) -> Agreement:
        """The agreement of these terms, which this oracle can measure by.

        DocumentMissing, AgreementFaults, AgreementMismatch, or SourceMissing for an account that it does not hear.
        """
        agreement = self._parsed.get(terms.agreement)
        if agreement is None:
            agreement = parse_agreement(self._document(terms.agreement))
            self._parsed[terms.agreement] = agreement
        check_against_terms(agreement, terms)
        self._require_sources(agreement)
        return agreement

    def _document(self, name: DocumentHash) -> bytes:
        data = self._store.get(name)
        if data is None:
            now = self._clock()
            if now < self._asked_at.get(name, -PATIENCE_SECONDS) + PATIENCE_SECONDS:
                raise DocumentMissing(name, tuple(self._urls))
            self._asked_at[name] = now
            data = fetch(name, self._urls, self._timeout)
            self._store.put(data)
        return data

    def _require_sources(self, agreement: Agreement) -> None:
        for wanted in agreement.sources:
            source = self._sources.get(wanted.account)
            if source is None:
                raise SourceMissing(wanted.account, "is none of this oracle's sources")
            if source.adapter != wanted.adapter:
                raise SourceMissing(
                    wanted.account, f"comes by {wanted.adapter}, and this oracle hears it by {source.adapter}"
                )
