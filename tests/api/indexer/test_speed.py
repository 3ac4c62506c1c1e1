"""How fast the index reads: a floor far below what is measured, so that only a real loss of speed fails.

Measured figures are printed with `pytest -s`.
"""

from dataclasses import dataclass, replace
from time import perf_counter, sleep
from typing import Any

import pytest
from eth_hash.auto import keccak

from escrow.schedule import new_deal
from tests import factories
from tests.api.conftest import MakeIndex
from tests.api.events import Life, committee_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.factories import DAY

DEALS, REPORTS, A_BLOCK = 200, 100, 20
EVENTS = DEALS * (REPORTS + 1)


def long_chain() -> FakeChain:
    """Twenty events a block, as many deals as fit them. Logs are copied from encoded ones, which is much faster."""
    chain = FakeChain()
    chain.mine(*committee_events())
    opened = [Life(factories.terms(salt=salt)) for salt in range(DEALS)]
    for start in range(0, DEALS, A_BLOCK):
        chain.mine(*(event for life in opened[start : start + A_BLOCK] for event in life.open()))
    life = opened[0]
    life.state = new_deal(life.terms, life.amount)
    (sample,) = chain.mine(*life.settle(life.terms.starts_at + DAY, 10**9)[:1]).logs
    chain.cut(1)
    for report in range(REPORTS):
        as_of = f"{life.terms.starts_at + (report + 1) * 3600:064x}"
        for start in range(0, DEALS, A_BLOCK):
            logs = [_settled(sample, each.deal_id, as_of) for each in opened[start : start + A_BLOCK]]
            _append(chain, logs)
    return chain


def _settled(sample: dict[str, Any], deal_id: str, as_of: str) -> dict[str, Any]:
    return sample | {"topics": [sample["topics"][0], deal_id], "data": "0x" + as_of + sample["data"][66:]}


def _append(chain: FakeChain, logs: list[dict[str, Any]]) -> None:
    block = chain.mine()
    placed = tuple(
        log
        | {
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "transactionHash": "0x" + keccak(f"{block.hash}{index}".encode()).hex(),
            "logIndex": hex(index),
        }
        for index, log in enumerate(logs)
    )
    chain.blocks[-1] = replace(block, logs=placed)


@dataclass
class SlowNode(FakeNode):
    """Each request takes this long on its way."""

    seconds: float = 0

    def handle_request(self, request: Any) -> Any:
        sleep(self.seconds)
        return super().handle_request(request)


@pytest.mark.parametrize(("seconds", "floor"), [(0, 1_500), (0.05, 1_000)], ids=["in memory", "50 ms away"])
def test_index__long_chain__is_read_this_fast(make_index: MakeIndex, seconds: float, floor: int) -> None:
    chain = long_chain()
    index = make_index(SlowNode(chain, seconds=seconds))
    began = perf_counter()
    index.catch_up()
    speed = EVENTS / (perf_counter() - began)
    print(f"{EVENTS} events in {len(chain.blocks)} blocks: {speed:,.0f} a second")
    assert speed > floor
