"""The node in memory behind a real port, which can be shut or answer badly while somebody reads from it."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self

import httpx
from eth_abi import encode

from escrow.eip712 import ESCROW, VERSION, Domain
from tests import factories
from tests.api.fake_chain import DOLLAR_ANSWERS, FakeChain, FakeNode

Answer = Callable[[bytes], bytes | None]
"""The body of an answer from that of a request; None drops the connection."""


def domain_answers(domain: Domain) -> dict[str, str]:
    """What the contract says of itself, and tokens of themselves."""
    values = (b"\x0f", ESCROW, VERSION, domain.chain_id, domain.contract, bytes(32), [])
    kinds = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
    return DOLLAR_ANSWERS | {"0x84b0196e": "0x" + encode(kinds, values).hex()}  # eip712Domain()


class HttpNode:
    """Serves `node`. After `shut` its port refuses, until `open` opens the same one again.

    The chain is changed under `lock`: answers come from other threads.
    """

    def __init__(self, chain: FakeChain) -> None:
        self.node = FakeNode(chain, answers=domain_answers(factories.domain()))
        self.lock = Lock()
        self.answer: Answer = self.honest
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def honest(self, body: bytes) -> bytes:
        with self.lock:
            return self.node.handle_request(httpx.Request("POST", "http://node", content=body)).read()

    def open(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(lambda body: self.answer(body)))
        self._port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def shut(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shut()


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            if body is None:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: tests ask the node what it was asked."""

    return Handler


def half_a_batch(honest: Answer) -> Answer:
    """A node that loses answers: the second half of a batch is missing."""

    def answer(body: bytes) -> bytes | None:
        whole = json.loads(honest(body) or b"null")
        return json.dumps(whole[: len(whole) // 2] if isinstance(whole, list) else whole).encode()

    return answer
