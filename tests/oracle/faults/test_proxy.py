"""The proxy itself: what it spoils, what it leaves alone, and that it counts."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from escrow.errors import RpcRefused, RpcUnreachable
from escrow.rpc import Rpc
from tests.oracle.proxy import Answer, Corrupt, Delay, Drop, Fault, Proxy, Refuse, Reorder, Rewrite, WrongId, cap, proxy


class Echo(BaseHTTPRequestHandler):
    """Answers each call with its parameters, and everything else with what was sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = json.loads(body)
        reply = (
            [self._answer(one) for one in asked]
            if isinstance(asked, list)
            else self._answer(asked)
            if "id" in asked
            else asked
        )
        shown = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(shown)))
        self.end_headers()
        self.wfile.write(shown)

    def _answer(self, one: Any) -> Any:
        return {"jsonrpc": "2.0", "id": one["id"], "result": one["params"]}

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def between(upstream: str) -> Iterator[Proxy]:
    with proxy(upstream) as made:
        yield made


@pytest.fixture
def rpc(between: Proxy) -> Iterator[Rpc]:
    with closing(Rpc(between.url, timeout=0.5)) as made:
        yield made


def test_proxy__nothing_to_spoil__passes_all(between: Proxy, rpc: Rpc) -> None:
    assert rpc.call("a", [1]) == [1] and rpc.batch([("a", [1]), ("b", [2])]) == [[1], [2]]
    assert (between.count("a"), between.count("b", forwarded=True)) == (2, 1)


@pytest.mark.parametrize("forwarded", [True, False])
def test_proxy__drop__is_before_or_after_the_node_has_it(between: Proxy, rpc: Rpc, forwarded: bool) -> None:
    between.spoil("a", Drop(forwarded), times=1)
    with pytest.raises(RpcUnreachable):
        rpc.call("a", [1])
    assert between.count("a", forwarded=forwarded) == 1
    assert rpc.call("a", [1]) == [1]


@pytest.mark.parametrize("forwarded", [True, False])
def test_proxy__delay__is_longer_than_the_asker_waits(between: Proxy, rpc: Rpc, forwarded: bool) -> None:
    between.spoil("a", Delay(5, forwarded), times=1)
    before = time.monotonic()
    with pytest.raises(RpcUnreachable, match="ReadTimeout"):
        rpc.call("a", [1])
    assert time.monotonic() - before < 3 and between.count("a", forwarded=True) == forwarded


def test_proxy__nth_call__is_spoiled_alone(between: Proxy, rpc: Rpc) -> None:
    between.spoil("a", Refuse("no"), nth=2, times=1)
    assert rpc.call("a", [1]) == [1]
    with pytest.raises(RpcRefused, match="no"):
        rpc.call("a", [1])
    assert rpc.call("a", [1]) == [1] and rpc.call("b", [1]) == [1]


def test_proxy__one_call_of_a_batch__the_others_are_whole(between: Proxy, rpc: Rpc) -> None:
    between.spoil("b", Rewrite(lambda result, params: [*result, "changed"]))
    between.spoil("*", Reorder())
    assert rpc.batch([("a", [1]), ("b", [2]), ("c", [3])]) == [[1], [2, "changed"], [3]]


@pytest.mark.parametrize(
    "fault",
    [Corrupt(), Corrupt(lambda _: b"<html>"), WrongId(), Answer(500), Answer(body=b"x")],
)
def test_proxy__answer_that_is_none__is_no_answer(between: Proxy, rpc: Rpc, fault: Fault) -> None:
    between.spoil("*", fault)
    with pytest.raises(RpcUnreachable):
        rpc.batch([("a", [1]), ("b", [2])])
    between.mend()
    assert rpc.call("a", [1]) == [1]


def test_proxy__cap__cuts_lists_in_silence(between: Proxy, rpc: Rpc) -> None:
    between.spoil("logs", cap(2))
    assert rpc.call("logs", [1, 2, 3]) == [1, 2]


def test_proxy__plain_http__is_known_by_its_path(between: Proxy) -> None:
    between.spoil("POST /intake/*", Rewrite(lambda result, body: {**result, "more": 1}))
    answers = [httpx.post(f"{between.url}{path}", json={"x": 1}).json() for path in ("/intake/a", "/other")]
    assert answers == [{"x": 1, "more": 1}, {"x": 1}]
