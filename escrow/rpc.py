"""JSON-RPC over HTTP, one call or many in one request. Knows blocks and logs, and no contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Any

import httpx

from escrow.errors import BlockMissing, ChainProblem, RpcRefused, RpcUnreachable
from escrow.ids import Address, Timestamp

LONGEST_REST = 60
"""Seconds for which a node is left alone at most, however long it asks for."""
_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)

Tag = int | str
"""A block's number, "latest", "safe", "finalized", or its hash."""


@dataclass(frozen=True)
class Block:
    number: int
    hash: str
    parent_hash: str
    timestamp: Timestamp


class Rpc:
    """One node. RpcUnreachable when it does not answer, RpcRefused when it answers with an error.

    An answer that is not of the form that it must have is no answer. A node that asks to be left alone for a while is.
    """

    def __init__(self, url: str, *, timeout: float = 10, transport: httpx.BaseTransport | None = None) -> None:  # not money
        self._url = url
        self._client = httpx.Client(timeout=timeout, transport=transport)
        self._ids = count(1)
        self._rests_until = 0.0  # not money

    def begin(self) -> None:
        """What is read from now on belongs together. Where there are several nodes, one is chosen for it: see `nodes`."""

    def require_agreed(self, block: Block) -> None:
        """NodesDiffer where another node has another block at this height: see `nodes`."""

    def has_mined(self, transaction_hash: str, number: int, block_hash: str) -> bool:
        """Whether the chain's block of this number has this hash, and the transaction in it."""
        raw = self.call("eth_getBlockByNumber", [tag(number), False])
        return isinstance(raw, dict) and raw.get("hash") == block_hash and transaction_hash in raw.get("transactions", ())

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        request = self._request(method, params)
        answer = self._post(request)
        if not isinstance(answer, dict):
            raise self._garbled("is not JSON-RPC")
        if answer.get("id") != request["id"] and answer.get("error") is None:
            raise self._garbled("is to another question")
        return self._result(method, answer)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results in the order of the calls; RpcRefused for the first one that failed."""
        if not calls:
            return []
        requests = [self._request(method, params) for method, params in calls]
        answers = self._post(requests)
        if isinstance(answers, dict):
            self._result("a batch", answers)
        if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
            raise self._garbled("to a batch is not one")
        by_id = {answer.get("id"): answer for answer in answers}
        if any(request["id"] not in by_id for request in requests):
            raise self._garbled("to a batch is not whole")
        return [self._result(request["method"], by_id[request["id"]]) for request in requests]

    def close(self) -> None:
        self._client.close()

    def chain_id(self) -> int:
        return self._number("eth_chainId")

    def require_chain(self, wanted: int) -> None:
        """ChainProblem where the node is on another chain: its contracts are other ones."""
        given = self.chain_id()
        if given != wanted:
            raise ChainProblem(given, wanted)

    def block_number(self) -> int:
        return self._number("eth_blockNumber")

    def block(self, number_or_tag: Tag) -> Block:
        """BlockMissing for one that the node does not have, or not on its best chain any more."""
        is_hash = isinstance(number_or_tag, str) and len(number_or_tag) == 66
        method = "eth_getBlockByHash" if is_hash else "eth_getBlockByNumber"
        raw = self.call(method, [tag(number_or_tag), False])
        if raw is None:
            raise BlockMissing(number_or_tag)
        try:
            return read_block(raw)
        except (TypeError, KeyError, ValueError) as error:
            raise self._garbled(f"to {method} is no block") from error

    def logs(self, address: Address, from_block: int, to_block: int, topics: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """As the node gives them, in the order of the chain. Both blocks are included."""
        wanted = {
            "address": address,
            "fromBlock": hex(from_block),
            "toBlock": hex(to_block),
            "topics": list(topics),
        }
        logs = self.call("eth_getLogs", [wanted])
        if not isinstance(logs, list) or not all(isinstance(log, dict) for log in logs):
            raise self._garbled("to eth_getLogs is no list of logs")
        return logs

    def bytes_of(self, method: str, params: Sequence[Any]) -> bytes:
        """Of an answer that is 0x and hex."""
        try:
            return bytes.fromhex(self.call(method, params).removeprefix("0x"))
        except (AttributeError, TypeError, ValueError) as error:
            raise self._garbled(f"to {method} is no bytes") from error

    def _number(self, method: str) -> int:
        try:
            return int(self.call(method), 16)
        except (TypeError, ValueError) as error:
            raise self._garbled(f"to {method} is no number") from error

    def _request(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> Any:
        if monotonic() < self._rests_until:
            raise RpcUnreachable(self.place, "it asked to be left alone for a while")
        try:
            response = self._client.post(self._url, json=body)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            self._rest(error.response)
            raise RpcUnreachable(self.place, f"it answered {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RpcUnreachable(self.place, type(error).__name__) from error
        except ValueError as error:
            raise RpcUnreachable(self.place, "its answer is not JSON") from error

    def _rest(self, response: httpx.Response) -> None:
        """As long as the node says, in seconds; the form with a date is not used by those that serve JSON-RPC."""
        wanted = response.headers.get("retry-after", "")
        if response.status_code in _BUSY and wanted.isascii() and wanted.isdigit():
            self._rests_until = monotonic() + min(int(wanted), LONGEST_REST)

    def _result(self, method: str, answer: dict[str, Any]) -> Any:
        if answer.get("error") is None and "result" not in answer:
            raise self._garbled("has neither result nor error")
        return _result(method, answer)

    def _garbled(self, words: str) -> RpcUnreachable:
        return RpcUnreachable(self.place, f"its answer {words}")

    @property
    def place(self) -> str:
        """The address without path and user, where providers put their keys."""
        try:
            url = httpx.URL(self._url)
        except httpx.InvalidURL:
            return "with an address that is no URL"
        return f"{url.scheme}://{url.netloc.decode()}"


def tag(number_or_tag: Tag) -> str:
    return hex(number_or_tag) if isinstance(number_or_tag, int) else number_or_tag


def read_block(raw: dict[str, Any]) -> Block:
    return Block(int(raw["number"], 16), raw["hash"], raw["parentHash"], Timestamp(int(raw["timestamp"], 16)))


def _result(method: str, answer: dict[str, Any]) -> Any:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        raise RpcRefused(method, 0, error, None)
    raise RpcRefused(method, error.get("code", 0), error.get("message"), _revert(error.get("data")))


def _revert(data: Any) -> str | None:
    """What a reverted call returned: nodes put it in `data` itself, Ganache one level down."""
    if isinstance(data, dict):
        data = data.get("result") or data.get("data")
    return data if isinstance(data, str) and data.startswith("0x") else None
