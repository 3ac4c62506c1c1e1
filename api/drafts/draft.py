"""A draft: checked terms and agreement of a deal that nobody opened yet, kept as a document under its own hash.

Knows how a draft is written, found and read; what it costs a payer is `funding`. Holds no key and no session.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.site import Site
from escrow.agreement import Agreement, check_against_terms, parse_agreement
from escrow.documents import DocumentStore, canonical, hash_of
from escrow.eip712 import Domain
from escrow.errors import (
    ChainProblem,
    DecimalsProblem,
    DocumentMissing,
    EscrowError,
    FundingProblem,
    StatusProblem,
    TimeProblem,
)
from escrow.ids import DealId, DocumentHash, Units
from escrow.status import Status
from escrow.terms import Terms, check_terms, deal_id_of, from_json, to_json

SCHEMA = "draft/1"
MOST_AMOUNT = 2**96 - 1


@dataclass(frozen=True)
class Draft:
    id: DocumentHash
    domain: Domain
    deal_id: DealId
    terms: Terms
    amount: Units
    agreement: Agreement


def check_draft(site: Site, agreement: Mapping[str, Any], terms: Terms, amount: Units, decimals: int | None) -> Draft:
    """Raises the named error of the first thing that would keep the deal from being opened and measured.

    `decimals`: what the amounts were made for; DecimalsProblem where the chain's token counts otherwise.
    """
    parsed = parse_agreement(agreement)
    token = site.token(terms.token)
    if decimals is not None and token.decimals != decimals:
        raise DecimalsProblem(token.address, token.decimals, decimals)
    domain = site.contract.domain
    committee = site.contract.committee(terms.committee)
    check_terms(terms, now=site.now(), committee=committee, domain=domain)
    site.contract.check_terms(terms)
    check_against_terms(parsed, terms)
    draft = Draft(hash_of(_written(domain, terms, amount)), domain, deal_id_of(terms, domain), terms, amount, parsed)
    problem = opening_problem(site, draft)
    if problem is not None:
        raise problem
    return draft


def opening_problem(site: Site, draft: Draft) -> EscrowError | None:
    """Why the deal can't be opened now, whoever pays; None where it can."""
    status = site.contract.status(draft.terms)
    if status is not Status.UNKNOWN:
        return StatusProblem(draft.deal_id, status)
    now = site.now()
    if now >= draft.terms.open_before:
        return TimeProblem(draft.deal_id, now, draft.terms.open_before)
    if draft.amount < draft.terms.budget:
        return FundingProblem(draft.deal_id, draft.amount, draft.terms.budget)
    if draft.amount > MOST_AMOUNT:
        return FundingProblem(draft.deal_id, draft.amount, Units(MOST_AMOUNT))
    return None


def keep(store: DocumentStore, draft: Draft, agreement: Mapping[str, Any]) -> None:
    """Draft and agreement are found by their hashes from now on."""
    store.put(canonical(dict(agreement)))
    store.put(_written(draft.domain, draft.terms, draft.amount))


def load(store: DocumentStore, draft: DocumentHash, domain: Domain) -> Draft:
    """DocumentMissing for an id that names no draft; ChainProblem for a draft of another chain or contract."""
    data = _read(store.get(draft))
    if data is None:
        raise DocumentMissing(draft, ())
    if (data["chain_id"], data["contract"]) != (str(domain.chain_id), domain.contract):
        raise ChainProblem(int(data["chain_id"]), domain.chain_id)
    terms = from_json(data["terms"])
    agreement = store.get(terms.agreement)
    if agreement is None:
        raise DocumentMissing(terms.agreement, ())
    return Draft(
        draft,
        domain,
        deal_id_of(terms, domain),
        terms,
        Units(int(data["amount"])),
        parse_agreement(agreement),
    )


def _read(document: bytes | None) -> dict[str, Any] | None:
    """None for a document of another kind: agreements and evidence lie in the same store."""
    if document is None:
        return None
    data = json.loads(document)
    return data if isinstance(data, dict) and data.get("schema") == SCHEMA else None


def _written(domain: Domain, terms: Terms, amount: int) -> bytes:
    return canonical(
        {
            "schema": SCHEMA,
            "chain_id": str(domain.chain_id),
            "contract": domain.contract,
            "amount": str(amount),
            "terms": to_json(terms),
        }
    )
