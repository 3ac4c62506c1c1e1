"""Peers over HTTP: what is asked, and that a hostile answer costs nothing but its voice."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from oracle.peers import REST_SECONDS, Peers
from oracle.standing import Standing
from tests import factories
from tests.oracle import made
from tests.oracle.test_standing import DOMAIN, REPORT, answer

URLS = ("http://b.test", "http://c.test/")


def ask(handler: Any) -> tuple[list[Standing], dict[str, str | None]]:
    """The standings, and what is said of each peer."""
    peers = Peers(URLS, DOMAIN, timeout=1, clock=made.now, transport=httpx.MockTransport(handler))
    try:
        return peers.ask(REPORT.deal_id, REPORT.as_of), {url: one.problem for url, one in peers.states.items()}
    finally:
        peers.close()


def test_ask__two_peers__gives_both_and_remembers_who_they_are() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/peer/reports/{REPORT.deal_id}/{REPORT.as_of}"
        return httpx.Response(200, content=answer(request.url.host[0]))

    found, problems = ask(handler)
    assert [one.member for one in found] == [factories.person("oracle-b"), factories.person("oracle-c")]
    assert set(problems.values()) == {None}


def test_ask__peer_without_a_standing__is_no_problem() -> None:
    assert ask(lambda _: httpx.Response(404)) == ([], {"http://b.test": None, "http://c.test": None})


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (_refuse, "can't be reached: ConnectError"),
        (lambda _: httpx.Response(500), "answers with status 500"),
        (lambda _: httpx.Response(200, content=b"x" * 10_000), "answers with more than 8192 bytes"),
        (lambda _: httpx.Response(200, content=b"<html>"), "answers with : Invalid JSON"),
        (lambda _: httpx.Response(200, content=b"x" * 9, headers={"content-encoding": "br"}), "answers packed"),
        (lambda _: httpx.Response(302, headers={"location": "http://elsewhere.test"}), "answers with status 302"),
    ],
)
def test_ask__one_peer_is_broken__costs_only_its_voice(handler: Any, words: str) -> None:
    def half(request: httpx.Request) -> httpx.Response:
        good = request.url.host == "c.test"
        return httpx.Response(200, content=answer("c")) if good else handler(request)

    found, problems = ask(half)
    assert [one.member for one in found] == [factories.person("oracle-c")]
    assert str(problems["http://b.test"]).startswith(words) and problems["http://c.test"] is None


# Slow ones, over real connections


@contextmanager
def server(*pieces: bytes, drips: bytes, seconds: float = 0.1) -> Iterator[str]:
    """Answers with the pieces, and then with the same few bytes for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def talk(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(4_096)
                    connection.sendall(b"".join(pieces))
                    while not stop.wait(seconds):
                        connection.sendall(drips)
                except OSError:
                    return

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((b"HTTP/1.1 200 OK\r\nx: ",), id="a header without end"),
        pytest.param((b"HTTP/1.1 200 OK\r\ncontent-length: 8000\r\n\r\n",), id="a body without end"),
        pytest.param((), id="nothing but noise"),
    ],
)
def test_ask__peer_that_drips__is_waited_for_once_and_then_left_alone(pieces: tuple[bytes, ...]) -> None:
    with server(*pieces, drips=b"1") as url, closing(Peers([url], DOMAIN, timeout=0.4, clock=made.now)) as peers:
        began = monotonic()
        for _ in range(20):
            assert peers.ask(REPORT.deal_id, REPORT.as_of) == []
        assert monotonic() - began < 0.8
        (state,) = peers.states.values()
        assert state.problem is not None


def test_ask__one_peer_drips__the_other_is_heard_each_time() -> None:
    def shown(request: httpx.Request) -> httpx.Response:
        if request.url.host == "b.test":
            sleep(0.5)
        return httpx.Response(200, content=answer(request.url.host[0]))

    transport = httpx.MockTransport(shown)
    with closing(Peers(URLS, DOMAIN, timeout=0.2, clock=made.now, transport=transport)) as peers:
        for _ in range(3):
            assert [one.member for one in peers.ask(REPORT.deal_id, REPORT.as_of)] == [factories.person("oracle-c")]
        assert peers.states["http://b.test"].problem == "answers too slowly"


def test_ask__slow_peer_after_its_rest__is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def shown(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ReadTimeout("too slow")

    offset = 0
    monkeypatch.setattr("oracle.peers.monotonic", lambda: monotonic() + offset)
    with closing(Peers(URLS[:1], DOMAIN, timeout=1, clock=made.now, transport=httpx.MockTransport(shown))) as peers:
        peers.ask(REPORT.deal_id, REPORT.as_of)
        peers.ask(REPORT.deal_id, REPORT.as_of)
        assert len(asked) == 1
        offset = REST_SECONDS
        peers.ask(REPORT.deal_id, REPORT.as_of)
        assert len(asked) == 2


def test_close__while_a_peer_drips__ends_its_thread() -> None:
    with server(b"HTTP/1.1 200 OK\r\nx: ", drips=b"1") as url:
        peers = Peers([url], DOMAIN, timeout=0.2, clock=made.now)
        peers.ask(REPORT.deal_id, REPORT.as_of)
        (thread,) = peers._pool._threads
        peers.close()
        thread.join(5)
        assert not thread.is_alive()


def test_ask__answer_that_unpacks_to_a_thousand_times_its_size__is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * 20_000_000)

    def shown(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        return httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"})

    found, problems = ask(shown)
    assert found == [] and set(problems.values()) == {"answers packed, which it was not asked for"}
