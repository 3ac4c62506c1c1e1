"""Drafts as JSON: checked terms in, sentences and unsigned transactions out. Nothing is signed or sent here."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.drafts.draft import Draft, check_draft, keep, load
from api.drafts.funding import (
    approve_transaction,
    funding_of,
    open_transaction,
    permit_of,
    permit_transaction,
)
from api.drafts.schemas import (
    DraftAnswer,
    DraftRequest,
    FundingAnswer,
    PermitRequest,
    ProblemAnswer,
    SentenceAnswer,
    TokenAnswer,
    TransactionAnswer,
)
from api.drafts.sentences import sentences_of
from api.explain import explain
from api.site import Site, SiteDep
from escrow.ids import ZERO_ADDRESS, Address, Timestamp, Units, address, document_hash
from escrow.terms import from_json, pack, to_json

router = APIRouter(prefix="/drafts", tags=["drafts"])


@router.post("", status_code=201)
def create_draft(request: DraftRequest, site: SiteDep) -> DraftAnswer:
    """Checks terms and agreement as the contract and the oracles will, and keeps both under their hashes.

    422 with the named error of the first thing that is wrong; then nothing is kept.
    """
    terms = from_json(request.terms)
    payer = address(request.payer) if request.payer else terms.client
    amount = Units(int(request.amount)) if request.amount else terms.budget
    draft = check_draft(site, request.agreement, terms, amount, request.decimals)
    keep(site.library.store, draft, request.agreement)
    return _answer(site, draft, payer)


@router.get("/{draft_id}")
def get_draft(draft_id: str, site: SiteDep, payer: Annotated[str | None, Query()] = None) -> DraftAnswer:
    """The same draft again, for any payer."""
    draft = load(site.library.store, document_hash(draft_id), site.contract.domain)
    return _answer(site, draft, address(payer) if payer else draft.terms.client)


@router.get("/{draft_id}/funding")
def get_funding(draft_id: str, site: SiteDep, payer: Annotated[str, Query()]) -> FundingAnswer:
    """The ways in which this payer can lock the money now, the shortest first, with the prompts that each takes."""
    draft = load(site.library.store, document_hash(draft_id), site.contract.domain)
    token = site.token(draft.terms.token)
    return FundingAnswer.of(funding_of(site, draft, token, address(payer)), token)


@router.post("/{draft_id}/permit")
def use_permit(draft_id: str, request: PermitRequest, site: SiteDep) -> TransactionAnswer:
    """The opening transaction with the payer's permit, simulated before anybody pays for it."""
    draft = load(site.library.store, document_hash(draft_id), site.contract.domain)
    token = site.token(draft.terms.token)
    deadline = Timestamp(int(request.deadline))
    made = permit_transaction(site, draft, token, address(request.payer), deadline, request.signature)
    return TransactionAnswer.of(made)


def _answer(site: Site, draft: Draft, payer: Address) -> DraftAnswer:
    token = site.token(draft.terms.token)
    funding = funding_of(site, draft, token, payer)
    steps = [open_transaction(site, draft, token)]
    if token.address != ZERO_ADDRESS and not any(way.name == "allowance" for way in funding.ways):
        steps.insert(0, approve_transaction(site, draft, token))
    problem = funding.problem
    return DraftAnswer(
        draft_id=draft.id,
        page=f"/drafts/{draft.id}",
        deal_id=draft.deal_id,
        contract=draft.domain.contract,
        chain_id=str(draft.domain.chain_id),
        amount=str(draft.amount),
        token=TokenAnswer(address=token.address, symbol=token.symbol, decimals=token.decimals),
        agreement_hash=draft.agreement.hash,
        terms=to_json(draft.terms),
        packed_terms=[hex(word) for word in pack(draft.terms)],
        sentences=[
            SentenceAnswer(about=sentence.about, text=sentence.text)
            for sentence in sentences_of(draft.terms, draft.agreement, token, draft.amount)
        ],
        transactions=[TransactionAnswer.of(step) for step in steps],
        permit=permit_of(site, draft, token, payer),
        problem=ProblemAnswer(code=problem.code, text=explain(problem, token)) if problem else None,
        warnings=list(funding.warnings),
    )
