"""The agreements of deals: found by their hash, checked, and remembered.

Knows which agreement belongs to which terms; knows neither events nor reports.
"""

from collections.abc import Mapping

from escrow.agreement import Agreement, check_against_terms, parse_agreement
from escrow.errors import AgreementFaults, SourceMissing
from escrow.ids import DocumentHash
from escrow.terms import Terms
from oracle.library import Library
from oracle.sources import Source


class Agreements:
    def __init__(self, library: Library, sources: Mapping[str, Source]) -> None:
        self._library = library
        self._sources = sources
        self._parsed: dict[DocumentHash, Agreement | AgreementFaults] = {}

    def of(self, terms: Terms) -> Agreement:
        """The agreement of these terms, which this oracle can measure by.

        DocumentMissing, AgreementFaults, AgreementMismatch, or SourceMissing for an account that it does not hear.
        """
        agreement = self._parsed.get(terms.agreement)
        if agreement is None:
            agreement = _parsed(self._library.get(terms.agreement))
            self._parsed[terms.agreement] = agreement
        if isinstance(agreement, AgreementFaults):
            raise agreement.with_traceback(None)
        check_against_terms(agreement, terms)
        self._require_sources(agreement)
        return agreement

    def _require_sources(self, agreement: Agreement) -> None:
        for wanted in agreement.sources:
            source = self._sources.get(wanted.account)
            if source is None:
                raise SourceMissing(wanted.account, "is none of this oracle's sources")
            if source.adapter != wanted.adapter:
                raise SourceMissing(
                    wanted.account, f"comes by {wanted.adapter}, and this oracle hears it by {source.adapter}"
                )


def _parsed(data: bytes) -> Agreement | AgreementFaults:
    """Its faults stay what they are, too, since the bytes can't change under their hash."""
    try:
        return parse_agreement(data)
    except AgreementFaults as faults:
        return faults
