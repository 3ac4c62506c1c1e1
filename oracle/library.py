"""Documents of other people by their hash: from the own store, or from servers that have them, and then kept.

Knows bytes and hashes. Each server has a thread of its own, which is waited for only a moment: one that never comes to an
end holds up neither the other servers nor the cycle. What nobody has is asked for less and less often, since anyone can
open a deal that names it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from escrow.documents import DocumentStore, download, hash_of
from escrow.errors import DocumentMissing
from escrow.ids import DocumentHash

PATIENCE_SECONDS = 2
"""For an answer to a question that was just asked; a later one is found in the store."""
FIRST_PAUSE, LONGEST_PAUSE = 10, 640
"""Seconds before the same is asked again, doubled each time."""


class _Server:
    """One question at a time; the others wait in its own line."""

    def __init__(self, url: str, timeout: float, transport: httpx.BaseTransport | None) -> None:  # not money
        self._url = url.rstrip("/")
        self._client = httpx.Client(timeout=timeout, transport=transport)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")

    def ask(self, name: DocumentHash, store: DocumentStore, most_bytes: int) -> Future[bool]:
        """Whether the store has it now."""
        return self._thread.submit(self._fetch, name, store, most_bytes)

    def close(self) -> None:
        self._client.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, name: DocumentHash, store: DocumentStore, most_bytes: int) -> bool:
        data = download(self._client, f"{self._url}/documents/{name}", most_bytes)
        if data is None or hash_of(data) != name:
            return False
        store.put(data)
        return True


@dataclass
class _Question:
    again_at: int
    pause: int = FIRST_PAUSE
    answers: dict[_Server, Future[bool]] = field(default_factory=dict)
    """The last one of each server."""


class Library:
    """`clock` only spaces the questions; any clock that goes forward will do."""

    def __init__(
        self,
        store: DocumentStore,
        urls: Sequence[str],
        *,
        timeout: float,  # not money
        most_bytes: int,
        clock: Callable[[], int],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._store = store
        self._urls = tuple(urls)
        self._servers = [_Server(url, timeout, transport) for url in self._urls]
        self._most_bytes = most_bytes
        self._clock = clock
        self._questions: dict[DocumentHash, _Question] = {}

    def get(self, name: DocumentHash) -> bytes:
        """DocumentMissing while nobody has given it."""
        data = self._store.get(name)
        if data is None and self._ask(name):
            data = self._store.get(name)
        if data is None:
            raise DocumentMissing(name, self._urls)
        self._questions.pop(name, None)
        return data

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def _ask(self, name: DocumentHash) -> bool:
        """Whether somebody had it, if it is time to ask."""
        now = self._clock()
        question = self._questions.setdefault(name, _Question(now))
        if now < question.again_at:
            return False
        question.again_at, question.pause = now + question.pause, min(2 * question.pause, LONGEST_PAUSE)
        asked = {
            server: server.ask(name, self._store, self._most_bytes)
            for server in self._servers
            if server not in question.answers or question.answers[server].done()
        }
        question.answers.update(asked)
        with suppress(TimeoutError):
            return any(answer.result() for answer in as_completed(asked.values(), PATIENCE_SECONDS))
        return False
