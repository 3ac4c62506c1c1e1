"""Two nodes asked as one: which one is chosen, what they must agree on, and that a cycle never mixes them. No socket."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from escrow.errors import ChainProblem, HeadProblem, NodesDiffer, RpcUnreachable
from escrow.nodes import MOST_BEHIND, Nodes
from escrow.rpc import Rpc

NOW, AGE = 10_000, 900


@dataclass
class Played:
    """`heads`: number to hash; the last one is the newest."""

    name: str
    head: int = 100
    chain: int = 31337
    time: int = NOW
    is_down: bool = False
    hashes: dict[int, str] = field(default_factory=dict)
    transactions: list[str] = field(default_factory=list)
    asked: int = 0

    def rpc(self) -> Rpc:
        return Rpc(f"http://{self.name}.test", transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.is_down:
            raise httpx.ConnectError("down")
        asked = json.loads(request.content)
        return httpx.Response(200, json={"id": asked["id"], "result": self._result(asked["method"], asked["params"])})

    def _result(self, method: str, params: list[Any]) -> Any:
        if method == "eth_chainId":
            return hex(self.chain)
        if method == "web3_clientVersion":
            return self.name
        number = self.head if params[0] == "latest" else int(params[0], 16)
        if number > self.head:
            return None
        hash = self.hashes.get(number, f"0x{number:064x}")
        shown = {"number": hex(number), "hash": hash, "parentHash": "0x", "timestamp": hex(self.time)}
        return {**shown, "transactions": self.transactions}


@pytest.fixture
def first() -> Played:
    return Played("first")


@pytest.fixture
def second() -> Played:
    return Played("second")


@pytest.fixture
def nodes(first: Played, second: Played) -> Nodes:
    return Nodes([first.rpc(), second.rpc()], 31337, clock=lambda: NOW, most_apart=AGE)


def chosen(nodes: Nodes) -> Any:
    nodes.begin()
    return nodes.call("web3_clientVersion")


def test_begin__both_are_well__the_first_is_chosen(nodes: Nodes) -> None:
    assert chosen(nodes) == "first" and nodes.place == "http://first.test"


def test_begin__the_first_is_down__the_second_stands_in_until_it_is_back(nodes: Nodes, first: Played) -> None:
    first.is_down = True
    assert chosen(nodes) == "second"
    first.is_down = False
    assert chosen(nodes) == "first"


@pytest.mark.parametrize(("behind", "expected"), [(MOST_BEHIND, "first"), (MOST_BEHIND + 1, "second")])
def test_begin__the_first_hangs_behind__the_second_stands_in(
    nodes: Nodes, first: Played, behind: int, expected: str
) -> None:
    first.head -= behind
    assert chosen(nodes) == expected


def test_begin__none_answers__is_unreachable(nodes: Nodes, first: Played, second: Played) -> None:
    first.is_down = second.is_down = True
    with pytest.raises(RpcUnreachable, match=r"first\.test"):
        nodes.begin()


@pytest.mark.parametrize("which", [0, 1])
def test_begin__one_is_on_another_chain__is_an_error_that_stops(
    nodes: Nodes, first: Played, second: Played, which: int
) -> None:
    (first, second)[which].chain = 1
    with pytest.raises(ChainProblem):
        nodes.begin()


@pytest.mark.parametrize("apart", [-AGE - 1, AGE + 1])
def test_begin__newest_block_and_clock_are_too_far_apart__named_error(
    nodes: Nodes, first: Played, second: Played, apart: int
) -> None:
    first.time = second.time = NOW + apart
    with pytest.raises(HeadProblem) as refused:
        nodes.begin()
    assert (refused.value.given, refused.value.clock, refused.value.seconds) == (NOW + apart, NOW, AGE)
    first.time = NOW
    nodes.begin()


def test_call__the_chosen_one_dies_meanwhile__is_unreachable_and_not_mixed_with_the_other(
    nodes: Nodes, first: Played, second: Played
) -> None:
    nodes.begin()
    first.is_down, before = True, second.asked
    with pytest.raises(RpcUnreachable):
        nodes.call("web3_clientVersion")
    with pytest.raises(RpcUnreachable):
        nodes.batch([("web3_clientVersion", [])])
    assert second.asked == before


def test_require_agreed__other_hash__named_error_with_both(nodes: Nodes, second: Played) -> None:
    nodes.begin()
    block = nodes.block(90)
    nodes.require_agreed(block)
    second.hashes[90] = "0x" + "ab" * 32
    with pytest.raises(NodesDiffer) as differ:
        nodes.require_agreed(block)
    assert (differ.value.block, differ.value.limit) == (90, "0xabababab…")


@pytest.mark.parametrize("changes", [{"is_down": True}, {"head": 50}])
def test_require_agreed__the_other_can_not_say__goes_on(nodes: Nodes, second: Played, changes: dict[str, Any]) -> None:
    nodes.begin()
    vars(second).update(changes)
    nodes.require_agreed(nodes.block(90))


def test_has_mined__only_one_has_it__is_not_mined(nodes: Nodes, first: Played, second: Played) -> None:
    nodes.begin()
    first.transactions = ["0xaa"]
    place = (90, f"0x{90:064x}")
    assert not nodes.has_mined("0xaa", *place)
    second.is_down = True
    assert nodes.has_mined("0xaa", *place) and not nodes.has_mined("0xaa", 90, "0xother")
    second.is_down, second.transactions = False, ["0xaa"]
    assert nodes.has_mined("0xaa", *place) and not nodes.has_mined("0xbb", *place)
