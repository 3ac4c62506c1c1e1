"""JSON-RPC over HTTP, one call or many in one request. Knows blocks and logs, and no contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from escrow.errors import BlockMissing, ChainProblem, RpcRefused, RpcUnreachable
from escrow.ids import Address, Timestamp

Tag = int | str
"""A block's number, "latest", "safe", "finalized", or its hash."""


@dataclass(frozen=True)
class Block:
    number: int
    hash: str
    parent_hash: str
    timestamp: Timestamp


class Rpc:
    """One node. RpcUnreachable when it does not answer, RpcRefused when it answers with an error."""

    def __init__(self, url: str, *, timeout: float = 10, transport: httpx.BaseTransport | None = None) -> None:  # not money
        self._url = url
        self._client = httpx.Client(timeout=timeout, transport=transport)
        self._ids = count(1)

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        answer = self._post(self._request(method, params))
        if not isinstance(answer, dict):
            raise RpcUnreachable(self._place(), "its answer is not JSON-RPC")
        return _result(method, answer)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results in the order of the calls; RpcRefused for the first one that failed."""
        if not calls:
            return []
        requests = [self._request(method, params) for method, params in calls]
        answers = self._post(requests)
        if isinstance(answers, dict):
            _result("a batch", answers)
            raise RpcUnreachable(self._place(), "its answer to a batch is not one")
        by_id = {answer.get("id"): answer for answer in answers}
        if any(request["id"] not in by_id for request in requests):
            raise RpcUnreachable(self._place(), "its answer to a batch is not whole")
        return [_result(request["method"], by_id[request["id"]]) for request in requests]

    def close(self) -> None:
        self._client.close()

    def chain_id(self) -> int:
        return int(self.call("eth_chainId"), 16)

    def require_chain(self, wanted: int) -> None:
        """ChainProblem where the node is on another chain: its contracts are other ones."""
        given = self.chain_id()
        if given != wanted:
            raise ChainProblem(given, wanted)

    def block_number(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def block(self, number_or_tag: Tag) -> Block:
        """BlockMissing for one that the node does not have, or not on its best chain any more."""
        is_hash = isinstance(number_or_tag, str) and len(number_or_tag) == 66
        method = "eth_getBlockByHash" if is_hash else "eth_getBlockByNumber"
        raw = self.call(method, [tag(number_or_tag), False])
        if raw is None:
            raise BlockMissing(number_or_tag)
        return read_block(raw)

    def logs(self, address: Address, from_block: int, to_block: int, topics: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """As the node gives them, in the order of the chain. Both blocks are included."""
        wanted = {
            "address": address,
            "fromBlock": hex(from_block),
            "toBlock": hex(to_block),
            "topics": list(topics),
        }
        logs: list[dict[str, Any]] = self.call("eth_getLogs", [wanted])
        return logs

    def _request(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> Any:
        try:
            response = self._client.post(self._url, json=body)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            raise RpcUnreachable(self._place(), f"it answered {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RpcUnreachable(self._place(), type(error).__name__) from error
        except ValueError as error:
            raise RpcUnreachable(self._place(), "its answer is not JSON") from error

    def _place(self) -> str:
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
