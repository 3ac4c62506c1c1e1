"""Documents by their hash, in a folder and from servers that are functions."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import httpx
import pytest

from escrow import documents
from escrow.documents import DocumentStore, canonical, fetch, hash_of
from escrow.errors import Action, DocumentCorrupt, DocumentMissing

DATA = b'{"schema":"agreement/1"}'
HASH = hash_of(DATA)


def test_hash_of__bytes__is_what_sha256sum_prints() -> None:
    assert HASH == hashlib.sha256(DATA).hexdigest()


def test_canonical__order_and_spaces__make_no_difference() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


def test_store__put__is_had_by_its_hash(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path / "made" / "later")
    assert store.get(HASH) is None
    assert store.put(DATA) == store.put(DATA) == HASH
    assert store.get(HASH) == DATA
    assert [path.name for path in (tmp_path / "made" / "later").iterdir()] == [HASH]


def test_store__file_changed__is_not_given_out(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    store.put(DATA)
    (tmp_path / HASH).write_bytes(b"other")
    with pytest.raises(DocumentCorrupt) as caught:
        store.get(HASH)
    assert caught.value.data == {"document": HASH, "given": hash_of(b"other")}


def test_store__damaged_file_is_put_again__is_whole(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    store.put(DATA)
    (tmp_path / HASH).write_bytes(b"other")
    store.put(DATA)
    assert store.get(HASH) == DATA


def _server(request: httpx.Request) -> httpx.Response:
    match request.url.host:
        case "has":
            assert request.url.path == f"/documents/{HASH}"
            return httpx.Response(200, content=DATA)
        case "lies":
            return httpx.Response(200, content=b"other")
        case "floods":
            return httpx.Response(200, content=DATA + bytes(documents.MOST_BYTES))
        case "down":
            raise httpx.ConnectError("refused")
    return httpx.Response(404)


TRANSPORT = httpx.MockTransport(_server)


@pytest.mark.parametrize(
    "urls",
    [
        ["http://has"],
        ["http://has/"],
        ["http://hasnot", "http://has"],
        ["http://lies", "http://has"],
        ["http://down", "http://[", "http://has"],
        ["http://floods", "http://has"],
    ],
)
def test_fetch__from_the_first_that_has_it__checked(urls: list[str]) -> None:
    assert fetch(HASH, urls, 1, transport=TRANSPORT) == DATA


def test_fetch__server_that_drips__is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def drip() -> Iterator[bytes]:
        while True:
            sleep(0.01)
            yield b"1"

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    monkeypatch.setattr(documents, "MOST_SECONDS", 0.1)
    with pytest.raises(DocumentMissing):
        fetch(HASH, ["http://drips"], 1, transport=transport)


@pytest.mark.parametrize("urls", [[], ["http://hasnot"], ["http://lies", "http://down"], ["http://floods"]])
def test_fetch__nobody_has_it__names_who_was_asked(urls: list[str]) -> None:
    with pytest.raises(DocumentMissing) as caught:
        fetch(HASH, urls, 1, transport=TRANSPORT)
    assert caught.value.data == {"document": HASH, "asked": tuple(urls)}
    assert caught.value.action is Action.RETRY
