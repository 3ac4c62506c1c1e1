"""A chain in memory with blocks that can be replaced, and a node that serves it over JSON-RPC, well or badly."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx
from eth_abi import encode
from eth_hash.auto import keccak

from escrow.events import Event, LogPosition
from tests import factories
from tests.api.raw_logs import raw_log

BLOCK_SECONDS = 12
GENESIS_AT = 1_209_000_000
_SALTS = count()
DOLLAR_ANSWERS = {
    "0x95d89b41": "0x" + encode(["string"], ["TUSD"]).hex(),  # symbol()
    "0x313ce567": "0x" + encode(["uint8"], [6]).hex(),  # decimals()
}


@dataclass(frozen=True)
class FakeBlock:
    number: int
    hash: str
    parent_hash: str
    timestamp: int
    logs: tuple[dict[str, Any], ...]
    events: tuple[Event, ...]


@dataclass
class FakeChain:
    """Block 0 is there. No two blocks ever have the same hash, also of two chains."""

    blocks: list[FakeBlock] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mine(at=GENESIS_AT)

    @property
    def head(self) -> FakeBlock:
        return self.blocks[-1]

    def mine(self, *events: Event, at: int | None = None) -> FakeBlock:
        """One more block with these events, whose positions are made here."""
        number = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else "0x" + "0" * 64
        name = "0x" + keccak(f"{parent}{next(_SALTS)}".encode()).hex()
        placed = tuple(
            replace(event, log=LogPosition(number, name, _transaction(name, index), index, index))
            for index, event in enumerate(events)
        )
        at = self.blocks[-1].timestamp + BLOCK_SECONDS if at is None else at
        block = FakeBlock(number, name, parent, at, tuple(map(raw_log, placed)), placed)
        self.blocks.append(block)
        return block

    def cut(self, depth: int) -> None:
        """The last blocks are gone; block 0 stays."""
        del self.blocks[max(1, len(self.blocks) - depth) :]


def _transaction(block: str, index: int) -> str:
    return "0x" + keccak(f"{block}{index}".encode()).hex()


Hook = Callable[[int, str], None]
"""Called with the number of the call, from 1, and its method, before it is answered. May change the chain or raise."""


@dataclass
class FakeNode(httpx.BaseTransport):
    """Serves a chain. `most_blocks` and `most_calls` are what it takes in one request."""

    chain: FakeChain
    most_blocks: int = 10**9
    most_calls: int = 10**9
    answers: dict[str, str] = field(default_factory=lambda: dict(DOLLAR_ANSWERS))
    """To calls of contracts, by their data."""
    hook: Hook | None = None
    chain_id: int = factories.domain().chain_id
    calls: int = 0
    requests: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read())
        self.requests += 1
        if isinstance(body, dict):
            return httpx.Response(200, json=self._answer(body))
        if len(body) > self.most_calls:
            return httpx.Response(200, json=_error(None, -32_005, "batch too large"))
        return httpx.Response(200, json=[self._answer(call) for call in body])

    def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        if self.hook is not None:
            self.hook(self.calls, call["method"])
        match call["method"], call["params"]:
            case "eth_getBlockByNumber", [which, _]:
                result: Any = self._block(which)
            case "eth_getLogs", [wanted]:
                first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
                if last - first + 1 > self.most_blocks:
                    return _error(call["id"], -32_005, "range too large")
                result = [log for block in self.chain.blocks[first : last + 1] for log in block.logs]
            case "eth_call", [wanted, _]:
                if wanted["data"] not in self.answers:
                    return _error(call["id"], 3, "execution reverted", data="0x")
                result = self.answers[wanted["data"]]
            case "eth_chainId", _:
                result = hex(self.chain_id)
            case method, _:
                raise AssertionError(method)
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}

    def _block(self, which: str) -> dict[str, Any] | None:
        number = len(self.chain.blocks) - 1 if which == "latest" else int(which, 16)
        if number >= len(self.chain.blocks):
            return None
        block = self.chain.blocks[number]
        return {
            "number": hex(block.number),
            "hash": block.hash,
            "parentHash": block.parent_hash,
            "timestamp": hex(block.timestamp),
        }


def _error(call: Any, code: int, message: str, **data: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call, "error": {"code": code, "message": message, **data}}
