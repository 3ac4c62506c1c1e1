"""The form and the check page. A form with faults comes back with what was typed; a sound one becomes a draft."""

import calendar
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.by_hand import opening_calls
from api.committees.queries import Committee
from api.drafts.build import build_agreement, build_terms
from api.drafts.draft import check_draft, keep, load, opening_problem
from api.drafts.fields import GROUPS, KINDS, Kind, fields_of
from api.drafts.form import Wishes, read_form
from api.drafts.payoff import payoff_chart, payoff_of, payoff_sentence
from api.drafts.reader import FormFault
from api.drafts.sentences import sentences_of
from api.explain import AGREEMENT_FIELDS, FIELDS, explain
from api.page import page
from api.site import Site, SiteDep
from api.wording import plural, symbol_text
from escrow.agreement import agreement_hash
from escrow.errors import Action, AgreementFaults, ChainAccessProblem, EscrowError, StatusProblem
from escrow.ids import document_hash
from escrow.money import Token
from escrow.terms import to_json

router = APIRouter(include_in_schema=False)


async def typed_form(request: Request) -> dict[str, str]:
    """What was typed, text only: an uploaded file is no field of this form."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


@router.get("/deals/new")
def show_form(request: Request, site: SiteDep) -> HTMLResponse:
    """Empty but for its defaults; the address may fill fields in, so that a form can be shared."""
    kind = _kind(request.query_params.get("kind", ""))
    defaults = _defaults(kind, site)
    given = {name: value for name, value in request.query_params.items() if name in fields_of(kind)}
    return _form_page(site, kind, defaults | given, [])


@router.post("/deals/new")
def take_form(typed: Annotated[dict[str, str], Depends(typed_form)], site: SiteDep) -> Response:
    """303 to the check page, or 422 with the form, its faults named and nothing kept."""
    kind = _kind(typed.get("kind", ""))
    wishes = read_form(kind, typed, site.tokens())
    if isinstance(wishes, list):
        return _form_page(site, kind, typed, wishes)
    try:
        draft_id = _draft(site, wishes)
    except EscrowError as error:
        is_outage = isinstance(error, ChainAccessProblem) and error.action is Action.RETRY
        faults = _faults(error, kind, wishes.token)
        return _form_page(site, kind, typed, faults, 503 if is_outage else 422)
    return RedirectResponse(f"/drafts/{draft_id}", 303)


@router.get("/drafts/{draft_id}")
def show_draft(draft_id: str, site: SiteDep) -> HTMLResponse:
    """All that the deal will do, before anybody signs; says why where it can't be opened any more."""
    draft = load(site.library.store, document_hash(draft_id), site.contract.domain)
    token = site.token(draft.terms.token)
    unit = draft.agreement.unit
    problem = opening_problem(site, draft)
    payoff = payoff_of(draft.terms, draft.amount)
    agreement = site.library.store.get(draft.terms.agreement) or b""
    return page(
        site,
        "drafts/draft.html",
        draft=draft,
        token=token,
        units=plural(unit),
        opened=isinstance(problem, StatusProblem),
        problem=explain(problem, token) if problem else "",
        sentences=sentences_of(draft.terms, draft.agreement, token, draft.amount),
        most=payoff.most,
        worst=draft.amount - payoff.base,
        payoff=payoff,
        payoff_sentence=payoff_sentence(payoff, unit, token),
        chart=payoff_chart(payoff, unit, token),
        now=site.now(),
        agreement_text=json.dumps(json.loads(agreement), indent=2, ensure_ascii=False),
        terms_text=json.dumps(to_json(draft.terms), indent=2),
        by_hand=opening_calls(site, draft.terms, draft.amount, token),
    )


def _draft(site: Site, wishes: Wishes) -> str:
    agreement = build_agreement(wishes)
    terms = build_terms(wishes, agreement_hash(agreement))
    draft = check_draft(site, agreement, terms, wishes.budget, wishes.token.decimals)
    keep(site.library.store, draft, agreement)
    return draft.id


def _form_page(
    site: Site, kind: Kind, values: Mapping[str, str], faults: list[FormFault], status: int = 422
) -> HTMLResponse:
    tokens = site.tokens()
    chosen = values.get("token", "").partition(":")[0]
    token = next((token for token in tokens if token.address == chosen), tokens[0])
    return page(
        site,
        "drafts/form.html",
        status=status if faults else 200,
        kind=kind,
        kinds=KINDS,
        groups=GROUPS[kind],
        values={"key": "", **values},
        faults=faults,
        texts={fault.field: fault.text for fault in reversed(faults)},
        options={"token": _token_options(tokens), "committee": _committee_options(site.committees())},
        symbol=symbol_text(token.symbol),
    )


def _faults(error: EscrowError, kind: Kind, token: Token) -> list[FormFault]:
    """An error of the contract or the agreement, at the field that it is about."""
    known = fields_of(kind)
    if isinstance(error, AgreementFaults):
        return [FormFault(_place(fault.path), f"Agreement: {fault.text}.") for fault in error.faults]
    field = FIELDS.get(error.code, "title")
    return [FormFault(field if field in known else "title", explain(error, token))]


def _place(path: str) -> str:
    """The field that a part of the agreement was made from."""
    return next((field for start, field in AGREEMENT_FIELDS.items() if path.startswith(start)), "title")


def _kind(text: str) -> Kind:
    return next((kind for kind in KINDS if kind == text), "price")


def _defaults(kind: Kind, site: Site) -> dict[str, str]:
    """From the first of next month, by the chain's clock, for three months or three periods of 30 days."""
    today = datetime.fromtimestamp(site.now(), UTC).date()
    first = _month_after(today.replace(day=1), 1)
    last = date.fromordinal(first.toordinal() + 89) if kind == "base" else _last_day(_month_after(first, 2))
    values = {name: field.default for name, field in fields_of(kind).items()}
    committees = site.committees()
    least = committees[0].min_quorum if committees else 2
    return values | {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "quorum": str(least),
        "key": secrets.token_hex(32),
    }


def _month_after(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _last_day(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _token_options(tokens: list[Token]) -> list[tuple[str, str]]:
    """The value carries the decimals, so that a form made for others is found out."""
    return [(f"{token.address}:{token.decimals}", f"{symbol_text(token.symbol)} ({_where(token)})") for token in tokens]


def _where(token: Token) -> str:
    return "the chain’s coin" if not int(token.address, 16) else f"{token.address[:8]}…{token.address[-4:]}"


def _committee_options(committees: Sequence[Committee]) -> list[tuple[str, str]]:
    options = [] if committees else [("", "none is known here yet")]
    for committee in committees:
        size = committee.size
        members = "1 oracle" if size == 1 else f"{size} oracles"
        label = f"{committee.committee_id[:10]}… ({members}, at least {committee.min_quorum} sign)"
        options.append((committee.committee_id, label))
    return options
