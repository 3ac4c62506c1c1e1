"""Documents from elsewhere: whose bytes are believed, how often they are asked for, and that a slow server holds up nobody."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from escrow.documents import DocumentStore, hash_of
from escrow.errors import AgreementFaults, DocumentMissing
from oracle.agreements import Agreements
from oracle.library import FIRST_PAUSE, LONGEST_PAUSE, Library
from tests import factories
from tests.oracle import made

DATA = made.agreement_document()
NAME = hash_of(DATA)
URLS = ("http://web.test", "http://b.test/")
Handler = Callable[[httpx.Request], httpx.Response]


class Played:
    """A library between a store and servers that a test plays."""

    def __init__(self, folder: Path, handler: Handler, most_bytes: int) -> None:
        self.now = 1_000
        self.asked: list[str] = []
        self.store = DocumentStore(folder)
        self._handler = handler
        self.library = Library(
            self.store,
            URLS,
            timeout=1,
            most_bytes=most_bytes,
            clock=lambda: self.now,
            transport=httpx.MockTransport(self._answer),
        )

    def close(self) -> None:
        self.library.close()

    def misses(self) -> bool:
        try:
            return self.library.get(NAME) != DATA
        except DocumentMissing:
            return True

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self._handler(request)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    @contextmanager
    def make(handler: Handler, most_bytes: int = 100_000) -> Iterator[Played]:
        with closing(Played(tmp_path / "documents", handler, most_bytes)) as made_one:
            yield made_one

    yield make


def only_b(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=DATA) if request.url.host == "b.test" else httpx.Response(404)


def test_get__own_document__asks_nobody(play: Any) -> None:
    with play(only_b) as played:
        played.store.put(DATA)
        assert played.library.get(NAME) == DATA and played.asked == []


def test_get__one_server_has_it__is_kept(play: Any) -> None:
    with play(only_b) as played:
        assert played.library.get(NAME) == DATA
        assert sorted(played.asked) == [f"http://b.test/documents/{NAME}", f"http://web.test/documents/{NAME}"]
        assert played.store.get(NAME) == DATA


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    "handler",
    [
        lambda _: httpx.Response(404),
        lambda _: httpx.Response(200, content=DATA + b" "),
        lambda _: httpx.Response(200, content=b"x" * 200_000),
        refuse,
    ],
    ids=["nobody has it", "other bytes", "too long", "down"],
)
def test_get__no_sound_copy__is_missing_by_name_and_nothing_is_kept(play: Any, handler: Handler) -> None:
    with play(handler) as played:
        with pytest.raises(DocumentMissing) as missing:
            played.library.get(NAME)
        assert missing.value.asked == URLS and played.store.get(NAME) is None


def test_get__right_bytes_but_too_many__are_not_taken(play: Any) -> None:
    with play(only_b, most_bytes=len(DATA) - 1) as played:
        assert played.misses()


def test_get__nobody_has_it__asks_less_and_less_often(play: Any) -> None:
    with play(lambda _: httpx.Response(404)) as played:
        times = []
        for played.now in range(1_000, 4_000, 5):
            before = len(played.asked)
            assert played.misses()
            if len(played.asked) > before:
                times.append(played.now)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert gaps == [FIRST_PAUSE * 2**n for n in range(7)] + [LONGEST_PAUSE] * (len(gaps) - 7) and len(gaps) > 7


def test_get__somebody_has_it_later__is_found_when_it_is_asked_again(play: Any) -> None:
    found: list[bytes] = []
    with play(lambda _: httpx.Response(200, content=found[0]) if found else httpx.Response(404)) as played:
        assert played.misses()
        found.append(DATA)
        assert played.misses()
        played.now += FIRST_PAUSE
        assert played.library.get(NAME) == DATA


def test_get__one_server_never_ends__costs_a_moment_and_the_other_answers(
    play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oracle.library.PATIENCE_SECONDS", 0.1)
    end, has_it = threading.Event(), False

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "web.test":
            end.wait(10)
            return httpx.Response(404)
        return httpx.Response(200, content=DATA) if has_it else httpx.Response(404)

    with play(handler) as played:
        began = monotonic()
        for _ in range(50):
            assert played.misses()
        assert monotonic() - began < 1
        # The stuck server is not asked again, the other one is.
        played.now, has_it = played.now + FIRST_PAUSE, True
        assert played.library.get(NAME) == DATA
        assert played.asked.count(f"http://web.test/documents/{NAME}") == 1
        end.set()


def test_get__answer_comes_after_the_patience__is_there_the_next_time(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.library.PATIENCE_SECONDS", 0.01)
    go = threading.Event()

    def handler(request: httpx.Request) -> httpx.Response:
        go.wait(10)
        return only_b(request)

    with play(handler) as played:
        assert played.misses()
        go.set()
        give_up_at = monotonic() + 5
        while played.misses():
            assert monotonic() < give_up_at
        assert len(played.asked) == 2


def test_agreements__faulty_document__is_parsed_once(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with play(only_b) as played:
        terms = factories.terms(agreement=played.store.put(b'{"schema": "agreement/9"}'))
        agreements = Agreements(played.library, {})
        with pytest.raises(AgreementFaults) as first:
            agreements.of(terms)
        monkeypatch.setattr("oracle.agreements.parse_agreement", None)
        with pytest.raises(AgreementFaults) as second:
            agreements.of(terms)
        assert second.value is first.value
