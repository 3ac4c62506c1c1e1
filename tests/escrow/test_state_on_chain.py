"""Status, state and quote of random deals, by the contract for a slot and a time, and by the twin."""

from dataclasses import astuple
from random import Random
from typing import Any

from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.interface import Interface
from escrow.schedule import Deal, Due, apply_report, new_deal
from escrow.status import Status, status_of
from escrow.terms import Terms, deal_id_of, pack
from tests.chain import LocalChain
from tests.escrow import random_terms

DEALS = 500
DEALS_SLOT = 6
"""Where the contract keeps its mapping of deals, behind that of credits, three of committees and two words of EIP712."""
INTERFACE = Interface(artifact("PerformanceEscrow").abi)


def _slot(terms: Terms, deal: Deal) -> int:
    """As DealSlot.sol packs it."""
    offset = deal.last_as_of - terms.starts_at
    return deal.funded << 160 | deal.performance << 64 | offset << 34 | deal.closed


def _ask(chain: LocalChain, terms: Terms, deal: Deal, now: int, name: str, *values: int) -> tuple[Any, ...]:
    """What the view says when the deal's slot and the block's time are these."""
    deal_id = bytes.fromhex(deal_id_of(terms, chain.domain)[2:])
    position = "0x" + keccak(deal_id + DEALS_SLOT.to_bytes(32, "big")).hex()
    word = "0x" + _slot(terms, deal).to_bytes(32, "big").hex()
    request = {"to": chain.domain.contract, "data": INTERFACE.call_data(name, pack(terms), *values)}
    state = {chain.domain.contract: {"stateDiff": {position: word}}}
    answer = chain.rpc.call("eth_call", [request, "latest", state, {"time": hex(now)}])
    return INTERFACE.answer(name, bytes.fromhex(answer[2:]))


def _states(rng: Random) -> list[tuple[Terms, Deal]]:
    states = []
    for _ in range(DEALS):
        terms = random_terms.open_terms(rng)
        deals = [new_deal(terms, 0), new_deal(terms, terms.budget)]
        deals += [after for _, _, after, _ in random_terms.life(rng, terms, most=4)]
        states.append((terms, rng.choice(deals)))
    return states


def test_status_of__random_deals_and_times__equals_the_contracts(chain: LocalChain) -> None:
    rng, seen = Random(6), set()
    for terms, deal in _states(rng):
        border = rng.choice((terms.starts_at, deal.ends_at, deal.ends_at + terms.report_grace))
        now = border + rng.choice((-1, 0, 1, rng.randint(-9_000_000, 9_000_000)))
        status = status_of(terms, deal, now)
        assert _ask(chain, terms, deal, now, "statusOf") == (status,)
        seen.add(status)
    assert seen == set(Status)


def test_deal__random_states__read_back_from_the_contracts_slot(chain: LocalChain) -> None:
    for terms, deal in _states(Random(7)):
        assert _ask(chain, terms, deal, terms.starts_at, "dealOf") == (astuple(deal),)


def test_apply_report__random_states__equals_the_contracts_quote(chain: LocalChain) -> None:
    rng, nothing = Random(8), Due(0, 0, 0)
    for terms, deal in _states(rng):
        value = random_terms.value(rng, terms)
        as_of = rng.choice((deal.ends_at, rng.randint(deal.last_as_of, deal.ends_at)))
        is_open = deal.funded and not deal.closed
        due = apply_report(terms, deal, as_of, value)[1] if is_open else nothing
        assert _ask(chain, terms, deal, terms.starts_at, "dueFor", value, as_of) == astuple(due)
