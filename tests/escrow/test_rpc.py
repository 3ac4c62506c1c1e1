"""JSON-RPC against a node that is a function: no socket."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from escrow.errors import Action, BlockMissing, ChainProblem, RpcRefused, RpcUnreachable
from escrow.rpc import LONGEST_REST, Block, Rpc

URL = "https://user:pass@node.example/v3/secret-key"
RAW_BLOCK = {"number": "0x5", "hash": "0x" + "b1" * 32, "parentHash": "0x" + "b0" * 32, "timestamp": "0x481906c0"}


def rpc_of(answer: Callable[[Any], Any]) -> Rpc:
    """A node that answers each request with what the function makes of its body."""

    def handle(request: httpx.Request) -> httpx.Response:
        result = answer(json.loads(request.content))
        return result if isinstance(result, httpx.Response) else httpx.Response(200, json=result)

    return Rpc(URL, transport=httpx.MockTransport(handle))


def _answer(result: Any) -> Callable[[Any], Any]:
    return lambda body: {"jsonrpc": "2.0", "id": body["id"], "result": result}


def _refusal(**error: Any) -> Callable[[Any], Any]:
    return lambda body: {"jsonrpc": "2.0", "id": body["id"], "error": error}


def test_call__answer__is_its_result() -> None:
    seen = []

    def node(body: Any) -> Any:
        seen.append(body)
        return {"jsonrpc": "2.0", "id": body["id"], "result": "0x7a69"}

    rpc = rpc_of(node)
    assert rpc.chain_id() == 31337
    assert rpc.block_number() == 0x7A69
    assert [(body["method"], body["params"]) for body in seen] == [("eth_chainId", []), ("eth_blockNumber", [])]
    assert seen[0]["id"] != seen[1]["id"]


def test_batch__answers_in_another_order__come_in_the_order_of_the_calls() -> None:
    rpc = rpc_of(lambda body: [{"id": one["id"], "result": one["params"]} for one in reversed(body)])
    assert rpc.batch([("a", [1]), ("b", [2]), ("c", [3])]) == [[1], [2], [3]]
    assert rpc.batch([]) == []


def test_batch__one_refused__raises_for_it() -> None:
    rpc = rpc_of(lambda body: [{"id": body[0]["id"], "result": 1},
                               {"id": body[1]["id"], "error": {"code": -32000, "message": "no"}}])  # fmt: skip
    with pytest.raises(RpcRefused) as caught:
        rpc.batch([("a", []), ("b", [])])
    assert caught.value.method == "b"


@pytest.mark.parametrize("answers", [[], [{"id": 9999, "result": 1}], {"id": None, "result": 1}])
def test_batch__answer_not_whole__is_unreachable(answers: Any) -> None:
    with pytest.raises(RpcUnreachable):
        rpc_of(lambda _: answers).batch([("a", [])])


@pytest.mark.parametrize(
    ("data", "revert"),
    [
        ("0xdeadbeef", "0xdeadbeef"),
        ("0x", "0x"),
        ({"result": "0xdeadbeef", "reason": None}, "0xdeadbeef"),
        ({"data": "0xdeadbeef"}, "0xdeadbeef"),
        ("Reverted 0xdeadbeef", None),
        ({}, None),
        (None, None),
    ],
)
def test_call__refused__keeps_code_and_what_the_call_returned(data: Any, revert: str | None) -> None:
    with pytest.raises(RpcRefused) as caught:
        rpc_of(_refusal(code=3, message="execution reverted", data=data)).call("eth_call")
    error = caught.value
    assert error.data == {
        "method": "eth_call", "number": 3, "message": "execution reverted", "revert": revert
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(503, text="secret-key"),
        lambda _: httpx.Response(200, text="<html>secret-key"),
        lambda _: ["secret-key"],
        lambda _: (_ for _ in ()).throw(httpx.ConnectError("secret-key")),
        lambda _: (_ for _ in ()).throw(httpx.ReadTimeout("secret-key")),
    ],
    ids=["status", "no json", "no rpc", "refused", "timeout"],
)
def test_call__no_answer__can_be_tried_again_and_tells_no_key(answer: Callable[[Any], Any]) -> None:
    with pytest.raises(RpcUnreachable) as caught:
        rpc_of(answer).chain_id()
    assert caught.value.action is Action.RETRY
    assert str(caught.value).startswith("node https://node.example can't be reached: ")
    assert "secret" not in str(caught.value) and "pass" not in str(caught.value)


def test_call__address_that_is_no_url__is_unreachable() -> None:
    with pytest.raises(RpcUnreachable, match="no URL"):
        Rpc("http://node\x00").chain_id()


@pytest.mark.parametrize(
    ("wanted", "method", "param"),
    [
        (5, "eth_getBlockByNumber", "0x5"),
        ("latest", "eth_getBlockByNumber", "latest"),
        ("0x" + "b1" * 32, "eth_getBlockByHash", "0x" + "b1" * 32),
    ],
)
def test_block__by_number_tag_or_hash__is_read(wanted: int | str, method: str, param: str) -> None:
    def node(body: Any) -> Any:
        assert (body["method"], body["params"]) == (method, [param, False])
        return {"id": body["id"], "result": RAW_BLOCK}

    assert rpc_of(node).block(wanted) == Block(5, "0x" + "b1" * 32, "0x" + "b0" * 32, 1_209_599_680)


def test_block__unknown__named_error() -> None:
    with pytest.raises(BlockMissing) as caught:
        rpc_of(_answer(None)).block(7)
    assert caught.value.given == 7 and caught.value.action is Action.RETRY


def test_logs__both_blocks_included__asked_as_the_node_takes_them() -> None:
    def node(body: Any) -> Any:
        wanted = {"address": "0xaa", "fromBlock": "0x1", "toBlock": "0xa", "topics": [["0x1", "0x2"]]}
        assert body["params"] == [wanted]
        return {"id": body["id"], "result": [{"logIndex": "0x0"}]}

    assert rpc_of(node).logs("0xaa", 1, 10, [["0x1", "0x2"]]) == [{"logIndex": "0x0"}]


def test_require_chain__another_one__named_error_that_stops() -> None:
    rpc = rpc_of(_answer("0x1"))
    rpc.require_chain(1)
    with pytest.raises(ChainProblem) as caught:
        rpc.require_chain(31337)
    assert caught.value.data == {"given": 1, "wanted": 31337} and caught.value.action is Action.STOP


@pytest.mark.parametrize("result", [None, {}, "0x", [1], "0x1"])
def test_logs__answer_that_is_no_list_of_logs__is_no_answer_and_never_no_logs(result: Any) -> None:
    with pytest.raises(RpcUnreachable):
        rpc_of(_answer(result)).logs("0xaa", 1, 10)


@pytest.mark.parametrize("result", [None, "", "many", [], 7])
def test_chain_id__answer_that_is_no_number__is_no_answer(result: Any) -> None:
    rpc = rpc_of(_answer(result))
    for question in (rpc.chain_id, rpc.block_number):
        with pytest.raises(RpcUnreachable):
            question()


@pytest.mark.parametrize("result", [{}, "0x5", {**RAW_BLOCK, "number": None}, {**RAW_BLOCK, "timestamp": "now"}])
def test_block__answer_that_is_none__is_no_answer(result: Any) -> None:
    with pytest.raises(RpcUnreachable):
        rpc_of(_answer(result)).block(5)


@pytest.mark.parametrize("answer", [{"id": 10**6, "result": "0x1"}, {"result": "0x1"}, {"id": 1}, None, 7])
def test_call__answer_to_another_question__is_no_answer(answer: Any) -> None:
    with pytest.raises(RpcUnreachable):
        rpc_of(lambda _: answer).call("a")


@pytest.mark.parametrize("answers", [None, 7, "no", [None], [7]])
def test_batch__answer_that_is_none__is_no_answer(answers: Any) -> None:
    with pytest.raises(RpcUnreachable):
        rpc_of(lambda _: answers).batch([("a", [])])


@pytest.mark.parametrize(("given", "seconds"), [("7", 7), ("86400", LONGEST_REST), ("soon", 0), (None, 0), ("-5", 0)])
@pytest.mark.parametrize("status", [429, 503])
def test_call__node_asks_to_be_left_alone__is_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch, status: int, given: str | None, seconds: int
) -> None:
    asked, now = [], [100.0]
    monkeypatch.setattr("escrow.rpc.monotonic", lambda: now[0])

    def node(body: Any) -> Any:
        asked.append(body)
        headers = {} if given is None else {"Retry-After": given}
        return httpx.Response(status, headers=headers) if len(asked) == 1 else {"id": body["id"], "result": "0x1"}

    rpc = rpc_of(node)
    with pytest.raises(RpcUnreachable, match=str(status)):
        rpc.chain_id()
    if seconds:
        now[0] += seconds - 1
        with pytest.raises(RpcUnreachable, match="left alone"):
            rpc.chain_id()
        assert len(asked) == 1
        now[0] += 1
    assert rpc.chain_id() == 1


@pytest.mark.parametrize("result", [None, [], 5, "0xzz", "0x123", "bytes"])
def test_bytes_of__no_bytes__is_a_node_that_does_not_answer(result: Any) -> None:
    with pytest.raises(RpcUnreachable, match="to eth_call is no bytes"):
        rpc_of(_answer(result)).bytes_of("eth_call", [])
