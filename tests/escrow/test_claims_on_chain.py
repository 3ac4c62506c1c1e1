"""Random lives of deals with an arbiter, played on a chain: after each step the contract and the twin are equal to the unit."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from random import Random
from typing import Any

import pytest

from escrow.abi import artifact
from escrow.calls import Call, transact
from escrow.claims import Claim, DealState, Outcome, grace_start
from escrow.documents import hash_of
from escrow.events import AgreedPartPaid, DealClosed, DealEvent, Event, ReportResolved
from escrow.ids import ZERO_ADDRESS, CommitteeId, Timestamp
from escrow.interface import Interface
from escrow.report import Report, report_digest
from escrow.schedule import Due, apply_report, new_deal
from escrow.signing import sign_digest
from escrow.status import status_of
from escrow.terms import Terms, deal_id_of, pack
from escrow.verify.money import Money
from escrow.verify.verdict import first_difference
from tests.chain import LocalChain, anvil
from tests.escrow import random_claims, random_terms
from tests.escrow.random_claims import Action, Step
from tests.factories import DAY, key, person
from tests.vectors.challenges import Life, rules

STEPS = 300
MOST_ACTIONS = 25
GAS = 1_000_000
PEOPLE = ("client", "agency", "arbiter", "stranger")
INTERFACE = Interface(artifact("PerformanceEscrow").abi)
TOKEN = Interface(artifact("TestDollar").abi)


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    """Of this module alone, since its clock is moved. The client has all dollars that there can be."""
    with anvil() as url, closing(LocalChain(url)) as local:
        for name in PEOPLE:
            local.enrich(name)
        transact(local.rpc, key("stranger"), local.dollar.mint_call(person("client"), 2**200))
        transact(local.rpc, key("client"), local.dollar.approve_call(local.domain.contract, 2**256 - 1))
        yield local


@pytest.fixture(scope="module")
def committee(chain: LocalChain) -> CommitteeId:
    """Of one oracle, for speed."""
    call = chain.escrow.create_committee_call(
        admin=ZERO_ADDRESS, delay=0, min_quorum=1, max_quorum=1, members=[person("oracle_a")], salt=bytes(32)
    )
    return chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))


def test_claims__random_lives_on_a_chain__equal_the_contract_after_each_step(
    chain: LocalChain, committee: CommitteeId
) -> None:
    rng, seen = Random(12), Counter[Any]()
    while seen["steps"] < STEPS:
        now = chain.rpc.block("latest").timestamp + 1
        terms = _here(chain, committee, random_claims.arbiter_terms(rng, now))
        _live(chain, terms, now, list(random_claims.life(rng, terms, now, MOST_ACTIONS)), rng, seen)

    assert all(seen[outcome] > 5 for outcome in Outcome), seen
    assert min(seen[AgreedPartPaid], seen["adjusted"], seen["replaced"], seen["self_report"], seen["notice"]) > 0, seen


@pytest.mark.parametrize("life", list(rules()), ids=lambda life: life[0])
def test_claims__named_life_of_the_vectors__is_one_that_the_contract_takes(
    chain: LocalChain, committee: CommitteeId, life: Life
) -> None:
    now = chain.rpc.block("latest").timestamp + 1
    _, found, funded, actions = life
    start = Timestamp(now + DAY)
    terms = _here(chain, committee, replace(found, starts_at=start, open_before=start))
    state, steps = DealState(new_deal(terms, funded)), []
    for action in actions:
        later = replace(action, at=start + action.at, as_of=start + action.as_of)
        after, due = random_claims.play(terms, state, later)
        steps.append(Step(state, later, after, due))
        state = after
    _live(chain, terms, now, steps, Random(14), Counter())


def _here(chain: LocalChain, committee: CommitteeId, terms: Terms) -> Terms:
    return replace(terms, token=chain.dollar.address, committee=committee, quorum=1)


def _live(chain: LocalChain, terms: Terms, now: int, steps: list[Step], rng: Random, seen: Counter[Any]) -> None:
    """From opening on, held against the contract after each step; an auditor finds no difference in the events."""
    opening = _at(chain, now, "client", chain.escrow.open_call(terms, steps[0].before.deal.funded))
    money, events = Money(terms), chain.escrow.events_of(opening)
    _require_equal(chain, terms, steps[0].before, now, rng)
    before = _balances(chain)
    for step in steps:
        events += _play(chain, terms, step, seen)
        after = _balances(chain)
        own = step.action.value if step.action.do == "top_up" else 0
        moved = (after[0] - before[0] + own, after[1] - before[1])
        assert moved == (step.due.refunded, step.due.base + step.due.performance), step
        _require_equal(chain, terms, step.after, step.action.at, rng)
        before = after
        seen["steps"] += 1
    for event in events:
        assert isinstance(event, DealEvent)
        assert first_difference(type(event).__name__, money.facts(event)) is None
    assert money.closing_due is None


def _play(chain: LocalChain, terms: Terms, step: Step, seen: Counter[Any]) -> list[Event]:
    sender, call = _call(chain, terms, step.action)
    events = chain.escrow.events_of(_at(chain, step.action.at, sender, call))
    seen[step.action.do] += 1
    seen["replaced"] += step.action.do == "report" and bool(step.before.claim and step.before.claim.is_self_report)
    for event in events:
        seen[type(event)] += 1
        if isinstance(event, ReportResolved):
            seen[event.outcome] += 1
            seen["adjusted"] += event.adjust != 0
            assert event.adjust == step.after.adjust
        if isinstance(event, DealClosed):
            assert (event.refunded, step.after.deal.closed) == (step.due.refunded, True)
    return events


def _call(chain: LocalChain, terms: Terms, action: Action) -> tuple[str, Call]:
    escrow = chain.escrow
    match action.do:
        case "report":
            report = Report(deal_id_of(terms, chain.domain), Timestamp(action.as_of), action.value, hash_of(b"evidence"))
            signature = sign_digest(report_digest(report, chain.domain), key("oracle_a"))
            return "stranger", escrow.settle_call(terms, report, [signature])
        case "client_disputes":
            return "client", escrow.dispute_call(terms, action.value)
        case "agency_disputes":
            return "agency", escrow.dispute_call(terms, action.value, hash_of(b"reason"))
        case "rule":
            return "arbiter", escrow.rule_call(terms, action.value)
        case "finalize":
            return "stranger", escrow.finalize_call(terms)
        case "self_report":
            return "agency", escrow.self_report_call(terms, action.value, hash_of(b"own evidence"))
        case "notice":
            return ("client", "agency")[action.at % 2], escrow.give_notice_call(terms)
        case "top_up":
            return "client", escrow.top_up_call(terms, action.value)
        case "refund":
            return "stranger", escrow.refund_call(terms)


def _require_equal(chain: LocalChain, terms: Terms, state: DealState, now: int, rng: Random) -> None:
    """State, claim, what is added later, a quote, and the status now and around the next borders."""
    words, deal = pack(terms), state.deal
    value, as_of = random_terms.value(rng, terms), rng.choice((deal.ends_at, rng.randint(deal.last_as_of, deal.ends_at)))
    due = Due(0, 0, 0) if deal.closed else apply_report(terms, deal, as_of, value)[1]  # type: ignore[arg-type]
    over = grace_start(deal, state.resolved_at) + terms.report_grace
    times = [at for at in (now, deal.ends_at, over - 1, over) if at >= now]
    questions: list[tuple[str, tuple[Any, ...], int]] = [
        ("dealOf", (words,), now),
        ("claimOf", (words,), now),
        ("dueFor", (words, value, as_of), now),
        *(("statusOf", (words,), at) for at in times),
    ]
    expected = [
        (astuple(deal),),
        (_claim_words(state.claim), state.adjust),
        astuple(due),
        *((status_of(terms, deal, at, claim=state.claim, resolved_at=state.resolved_at),) for at in times),
    ]
    assert _answers(chain, questions) == expected, state


def _answers(chain: LocalChain, questions: list[tuple[str, tuple[Any, ...], int]]) -> list[tuple[Any, ...]]:
    calls = [
        (
            "eth_call",
            [
                {"to": chain.domain.contract, "data": INTERFACE.call_data(name, *values)},
                "latest",
                {},
                {"time": hex(at)},
            ],
        )
        for name, values, at in questions
    ]
    answers = chain.rpc.batch(calls)
    return [
        INTERFACE.answer(name, bytes.fromhex(answer[2:])) for (name, _, _), answer in zip(questions, answers, strict=True)
    ]


def _claim_words(claim: Claim | None) -> tuple[Any, ...]:
    if claim is None:
        return (0, 0, 0, 0, 0, 0, False, False, False, False)
    return (
        claim.as_of,
        claim.window_ends_at,
        claim.reported,
        claim.value,
        claim.client_value or 0,
        claim.agency_value or 0,
        claim.client_value is not None,
        claim.agency_value is not None,
        claim.is_self_report,
        claim.agreed_paid,
    )


def _balances(chain: LocalChain) -> tuple[int, ...]:
    """Of client and agency."""
    calls = [
        ("eth_call", [{"to": chain.dollar.address, "data": TOKEN.call_data("balanceOf", person(name))}, "latest"])
        for name in ("client", "agency")
    ]
    return tuple(int(answer, 16) for answer in chain.rpc.batch(calls))


def _at(chain: LocalChain, at: int, name: str, call: Call) -> dict[str, Any]:
    """Mined at this very second."""
    chain.rpc.call("evm_setNextBlockTimestamp", [at])
    return transact(chain.rpc, key(name), call, gas=GAS)
