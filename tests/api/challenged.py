"""Random lives of deals with an arbiter, as the events that the contract would emit."""

from collections.abc import Iterator
from random import Random

from escrow.claims import DealState, Outcome, resolvable_at, resolve_overdue, resolve_unruled, unruled
from escrow.events import (
    AgreedPartPaid,
    Closing,
    DealClosed,
    DealOpened,
    DealToppedUp,
    Event,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportWaits,
)
from escrow.ids import Units
from escrow.schedule import Due, apply_silence, notice_end
from escrow.terms import Terms, deal_id_of, pack
from tests import factories
from tests.api.events import EVIDENCE, NOWHERE
from tests.escrow.random_claims import Step, arbiter_terms, life

OPENED_AT = factories.STARTS_AT
NO_REASON = "0" * 64
NONE = Units(0)


def challenged_life(rng: Random, most: int = 12) -> Iterator[list[Event]]:
    """From opening on, a transaction at a time; it may end open."""
    terms, steps = random_steps(rng, most)
    yield opening(terms, steps[0].before)
    for step in steps:
        yield events_of(terms, step)


def random_steps(rng: Random, most: int) -> tuple[Terms, list[Step]]:
    terms = arbiter_terms(rng, OPENED_AT)
    return terms, list(life(rng, terms, OPENED_AT + 1, most))


def opening(terms: Terms, state: DealState) -> list[Event]:
    deal_id, words = deal_id_of(terms, factories.domain()), tuple(pack(terms))
    return [DealOpened(deal_id, terms.client, terms.agency, terms.client, state.deal.funded, words, NOWHERE)]


def events_of(terms: Terms, step: Step) -> list[Event]:
    """Those of the transaction that made this step."""
    deal_id, action, due = deal_id_of(terms, factories.domain()), step.action, step.due
    paid = due.base, due.performance
    match action.do:
        case "report":
            return [*_overdue(terms, step), _waits(terms, step, signers=0b101, evidence=EVIDENCE)]
        case "self_report":
            return [_waits(terms, step, signers=0, evidence=EVIDENCE)]
        case "client_disputes":
            return [ReportDisputed(deal_id, terms.client, action.value, EVIDENCE, *paid, NOWHERE)]
        case "agency_disputes":
            return [ReportDisputed(deal_id, terms.agency, action.value, NO_REASON, *paid, NOWHERE)]  # type: ignore[arg-type]
        case "rule":
            return _resolved(terms, step.before, step.after, due, action.value, Outcome.RULED)
        case "finalize":
            return _finalized(terms, step)
        case "notice":
            party = (terms.client, terms.agency)[action.at % 2]
            ends_at = notice_end(terms, action.at)
            notice = NoticeGiven(deal_id, party, ends_at, due.performance, NOWHERE)
            return [notice, *_closed(terms, step.after, Closing.NOTICE, Due(NONE, NONE, due.refunded))]
        case "top_up":
            return [DealToppedUp(deal_id, terms.client, Units(action.value), due.performance, NOWHERE)]
        case "refund":
            return _refunded(terms, step)


def _waits(terms: Terms, step: Step, **fields: object) -> ReportWaits:
    claim, action = step.after.claim, step.action
    assert claim is not None
    return ReportWaits(
        deal_id=deal_id_of(terms, factories.domain()),
        as_of=claim.as_of,
        value=action.value,
        adjust=0 if claim.is_self_report else step.after.adjust,
        window_ends_at=claim.window_ends_at,
        log=NOWHERE,
        **fields,  # type: ignore[arg-type]
    )


def _overdue(terms: Terms, step: Step) -> list[Event]:
    """Before another report comes."""
    claim = step.before.claim
    if claim is None or claim.is_self_report:
        return []
    after, due = resolve_overdue(terms, step.before, step.action.at)
    return _resolved(terms, step.before, after, due, *unruled(claim))


def _finalized(terms: Terms, step: Step) -> list[Event]:
    claim, due = step.before.claim, step.due
    assert claim is not None
    if step.action.at >= resolvable_at(terms, claim):
        return _resolved(terms, step.before, step.after, due, *unruled(claim))
    deal_id = deal_id_of(terms, factories.domain())
    return [AgreedPartPaid(deal_id, claim.as_of, claim.value, due.base, due.performance, NOWHERE)]


def _refunded(terms: Terms, step: Step) -> list[Event]:
    found: list[Event] = []
    state = step.before
    if state.claim is not None:
        after, due = resolve_unruled(terms, state)
        found = _resolved(terms, state, after, due, *unruled(state.claim))
        state = after
    if state.deal.closed:
        return found
    return [*found, *_closed(terms, step.after, Closing.SILENCE, apply_silence(terms, state.deal)[1])]


def _resolved(terms: Terms, before: DealState, after: DealState, due: Due, value: int, outcome: Outcome) -> list[Event]:
    assert before.claim is not None
    deal_id, as_of = deal_id_of(terms, factories.domain()), before.claim.as_of
    resolved = ReportResolved(deal_id, as_of, value, outcome, after.adjust, due.base, due.performance, NOWHERE)
    return [resolved, *_closed(terms, after, Closing.FINAL_REPORT, Due(NONE, NONE, due.refunded))]


def _closed(terms: Terms, after: DealState, cause: Closing, due: Due) -> list[Event]:
    if not after.deal.closed:
        return []
    deal_id = deal_id_of(terms, factories.domain())
    return [DealClosed(deal_id, cause, due.base, due.performance, due.refunded, NOWHERE)]
