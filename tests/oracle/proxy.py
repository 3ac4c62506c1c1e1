"""A proxy before a node, a peer or a source, that spoils what it is told to: by JSON-RPC method or HTTP path, and by the
nth call. It knows each call of a batch, and keeps what it saw. What nobody told it to spoil passes as it is.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

PASSED = ("content-type", "retry-after", "webhook-id", "webhook-timestamp", "webhook-signature")
ALWAYS = 10**9


class Dropped(Exception):
    """The connection ends without an answer."""


@dataclass
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """One call that came. `was_forwarded`: the other side has it."""

    name: str
    params: Any
    was_forwarded: bool


class Fault:
    """Does nothing. `before` may answer in place of the other side, `after` may change its answer: of one call, or of the
    whole request; each may raise Dropped."""

    def before(self, calls: Sequence[dict[str, Any]], stopped: threading.Event) -> Reply | None:
        return None

    def answer(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return answer

    def after(self, reply: Reply, stopped: threading.Event) -> Reply:
        return reply


@dataclass
class Delay(Fault):
    """`forwarded`: the other side has had it before."""

    seconds: float
    forwarded: bool = False

    def before(self, calls: Sequence[dict[str, Any]], stopped: threading.Event) -> Reply | None:
        if not self.forwarded:
            stopped.wait(self.seconds)
        return None

    def after(self, reply: Reply, stopped: threading.Event) -> Reply:
        if self.forwarded:
            stopped.wait(self.seconds)
        return reply


@dataclass
class Drop(Fault):
    """No answer; `forwarded`: but the other side has it."""

    forwarded: bool = False

    def before(self, calls: Sequence[dict[str, Any]], stopped: threading.Event) -> Reply | None:
        if not self.forwarded:
            raise Dropped
        return None

    def after(self, reply: Reply, stopped: threading.Event) -> Reply:
        raise Dropped


@dataclass
class Answer(Fault):
    """In place of the other side, which never hears of it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def before(self, calls: Sequence[dict[str, Any]], stopped: threading.Event) -> Reply | None:
        return Reply(self.status, self.body, {"content-type": "text/html"} | dict(self.headers))


@dataclass
class Refuse(Fault):
    """A JSON-RPC error for the call; the other calls of its batch are answered."""

    message: str = "busy"
    code: int = -32000

    def answer(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call["id"], "error": {"code": self.code, "message": self.message}}


@dataclass
class Rewrite(Fault):
    """The result of the call becomes what `change` makes of it and of the parameters."""

    change: Callable[[Any, Any], Any]

    def answer(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": call["id"], "result": self.change(answer.get("result"), call.get("params"))}


def cap(most: int) -> Rewrite:
    """A list is cut short, in silence."""
    return Rewrite(lambda result, _: result[:most] if isinstance(result, list) else result)


@dataclass
class WrongId(Fault):
    def answer(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "id": 10**6}


@dataclass
class Reorder(Fault):
    """The answers of a batch come the other way round, which JSON-RPC allows."""

    def after(self, reply: Reply, stopped: threading.Event) -> Reply:
        answers = json.loads(reply.body)
        return Reply(reply.status, json.dumps(answers[::-1]).encode()) if isinstance(answers, list) else reply


@dataclass
class Corrupt(Fault):
    """The body is what `change` makes of it: by default it ends in the middle."""

    change: Callable[[bytes], bytes] = lambda body: body[: len(body) // 2]

    def after(self, reply: Reply, stopped: threading.Event) -> Reply:
        return Reply(reply.status, self.change(reply.body), reply.headers)


@dataclass
class Rule:
    """For the calls of that name from `nth`, `times` of them. Names are patterns: "eth_*", "GET /peer/*"."""

    name: str
    fault: Fault
    nth: int
    times: int
    unforwarded: bool = False
    met: int = 0

    def takes(self, name: str) -> bool:
        if not fnmatchcase(name, self.name):
            return False
        self.met += 1
        return self.nth <= self.met < self.nth + self.times


class Proxy:
    """Serves at `url` until it is closed."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.seen: list[Seen] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._client = httpx.Client(timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def spoil(self, name: str, fault: Fault, *, nth: int = 1, times: int = ALWAYS) -> Rule:
        rule = Rule(name, fault, nth, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def mend(self) -> None:
        """Everything passes again."""
        with self._lock:
            self._rules.clear()

    def count(self, name: str, *, forwarded: bool | None = None) -> int:
        wanted = (True, False) if forwarded is None else (forwarded,)
        return sum(fnmatchcase(one.name, name) and one.was_forwarded in wanted for one in list(self.seen))

    def handle(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        asked = _calls(verb, path, body)
        calls = asked if isinstance(asked, list) else [asked]
        with self._lock:
            faults = [(call, rule.fault) for call in calls for rule in self._rules if rule.takes(call["method"])]
        try:
            for _, fault in faults:
                reply = fault.before(calls, self._stopped)
                if reply is not None:
                    self._note(calls, False)
                    return reply
        except Dropped:
            self._note(calls, False)
            raise
        reply = self._forward(verb, path, headers, body)
        self._note(calls, True)
        if faults:
            reply = _changed(reply, faults)
        for fault in {id(fault): fault for _, fault in faults}.values():
            reply = fault.after(reply, self._stopped)
        return reply

    def _forward(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        passed = {name: value for name, value in headers.items() if name.lower() in PASSED}
        try:
            answer = self._client.request(verb, self.upstream.rstrip("/") + path, content=body, headers=passed)
        except httpx.HTTPError as error:
            raise Dropped from error
        kept = {name: value for name, value in answer.headers.items() if name in PASSED}
        return Reply(answer.status_code, answer.content, kept)

    def _note(self, calls: Sequence[dict[str, Any]], was_forwarded: bool) -> None:
        self.seen.extend(Seen(call["method"], call.get("params"), was_forwarded) for call in calls)


def _calls(verb: str, path: str, body: bytes) -> Any:
    """JSON-RPC's, or the request itself as one call."""
    try:
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        if calls and all("jsonrpc" in call for call in calls):
            return asked
    except (ValueError, TypeError):
        pass
    return {"id": 0, "method": f"{verb} {path}", "params": body}


def _changed(reply: Reply, faults: Sequence[tuple[dict[str, Any], Fault]]) -> Reply:
    try:
        given = json.loads(reply.body)
    except ValueError:
        return reply
    is_rpc = "jsonrpc" in faults[0][0]
    answers = given if isinstance(given, list) and is_rpc else [given if is_rpc else {"id": 0, "result": given}]
    by_id = {answer["id"]: answer for answer in answers}
    before = json.dumps(answers)
    for call, fault in faults:
        by_id[call["id"]] = fault.answer(call, by_id[call["id"]])
    after = [by_id[answer["id"]] for answer in answers]
    if json.dumps(after) == before:
        return reply
    shown = after if isinstance(given, list) and is_rpc else after[0] if is_rpc else after[0]["result"]
    return Reply(reply.status, json.dumps(shown).encode(), reply.headers)


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                reply = proxy.handle(self.command, self.path, dict(self.headers), body)
            except Dropped:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            try:
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # Nobody waits for it any more.

        do_GET = do_POST = do_PUT = _serve

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def proxy(upstream: str) -> Iterator[Proxy]:
    made = Proxy(upstream)
    try:
        yield made
    finally:
        made.close()
