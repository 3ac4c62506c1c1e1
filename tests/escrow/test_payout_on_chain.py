"""escrow/schedule.py and PayoutMath.sol give the same to the unit, on random lives of random deals."""

from dataclasses import astuple
from random import Random
from typing import Any

import pytest

from escrow.calls import create
from escrow.interface import Interface
from escrow.schedule import earned_floor, paid_so_far
from escrow.terms import Basis, pack
from scripts.export_abi import compile_contracts
from tests.chain import LocalChain
from tests.escrow import random_terms
from tests.escrow.views import ask_all

DEALS = 10_000
MOST_ACTIONS = 3
CASES_A_CALL = 250
KINDS = ("report", "top_up", "silence")
Harness = Any


@pytest.fixture(scope="module")
def harness(chain: LocalChain) -> Harness:
    """What asks the library for the outcomes of many cases."""
    made = compile_contracts("mocks/PayoutHarness.sol")["contracts/mocks/PayoutHarness.sol"]["PayoutHarness"]
    address = create(chain.rpc, chain.deployer, "0x" + made["evm"]["bytecode"]["object"])
    interface = Interface(made["abi"])

    def outcomes_of(cases: list[Any]) -> list[Any]:
        parts = [cases[at : at + CASES_A_CALL] for at in range(0, len(cases), CASES_A_CALL)]
        answers = ask_all(chain.rpc, address, interface, "outcomesOf", [(part,) for part in parts], size=1)
        return [outcome for (outcomes,) in answers for outcome in outcomes]

    return outcomes_of


def test_payout__ten_thousand_random_deals__equals_the_contracts_to_the_unit(harness: Harness) -> None:
    rng = Random(1)
    cases, expected, seen = [], [], set()
    for _ in range(DEALS):
        terms = random_terms.open_terms(rng)
        for before, (kind, as_of, value), after, due in random_terms.life(rng, terms, MOST_ACTIONS):
            cases.append((KINDS.index(kind), pack(terms), astuple(before), as_of, value))
            expected.append((astuple(after), *astuple(due), paid_so_far(terms, before), earned_floor(terms, value)))
            seen.add((kind, terms.basis, after.closed, due.performance > 0, terms.retention_bps > 0))

    assert harness(cases) == expected
    assert {(kind, basis) for kind, basis, *_ in seen} == {(kind, basis) for kind in KINDS for basis in Basis}
    assert ("top_up", Basis.CUMULATIVE, False, True, True) in seen
    assert ("silence", Basis.CUMULATIVE, True, True, True) in seen


def test_payout__whole_lives__pay_out_exactly_what_was_funded() -> None:
    rng = Random(2)
    for _ in range(1_000):
        terms = random_terms.open_terms(rng)
        paid = 0
        for _, action, after, due in random_terms.life(rng, terms, most=40):
            paid += due.base + due.performance + due.refunded
            assert min(astuple(due)) >= 0
            assert paid == after.funded if after.closed else paid <= after.funded, action
