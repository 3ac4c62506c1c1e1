"""Writes messages to the ledger in groups: while one group is going to the disk, the next one gathers.

A commit waits for the disk, whatever is in it, so that many messages in one cost hardly more than one. Each is answered
when its own group is on the disk.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from escrow.errors import Overloaded
from escrow.measure import Event
from oracle.ledger import Answer, Delivery, Ledger

MOST_WAITING = 256
"""Messages. Beyond that a sender is told to come again, since what waits longer than it does is sent twice."""
MOST_IN_GROUP = 128

Outcome = Answer | Exception


@dataclass(frozen=True)
class _Waiting:
    """`loop` is that of an asyncio future, which no other thread may touch."""

    delivery: Delivery
    events: Sequence[Event]
    future: "Future[Answer] | asyncio.Future[Answer]"
    loop: asyncio.AbstractEventLoop | None = None


class Recorder:
    """For any number of threads."""

    def __init__(self, ledger: Ledger, most_waiting: int = MOST_WAITING) -> None:
        self._ledger = ledger
        self._most = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._is_writing = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")

    def record(self, delivery: Delivery, events: Sequence[Event]) -> Answer:
        """The message is on the disk, or refused as `Ledger.record` says. Overloaded, at once, when too many wait."""
        future: Future[Answer] = Future()
        self._add(_Waiting(delivery, events, future))
        return future.result()

    async def record_soon(self, delivery: Delivery, events: Sequence[Event]) -> Answer:
        """As `record`, without a thread that waits."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._add(_Waiting(delivery, events, future, loop))
        return await future

    def require_room(self) -> None:
        """Overloaded where the next message would be, before any work is spent on it."""
        if len(self._waiting) >= self._most:
            raise Overloaded(len(self._waiting), self._most)

    def close(self) -> None:
        """What waits is written first."""
        self._writer.shutdown()

    def _add(self, one: _Waiting) -> None:
        with self._lock:
            self.require_room()
            self._waiting.append(one)
            if not self._is_writing:
                self._is_writing = True
                self._writer.submit(self._write)

    def _write(self) -> None:
        while True:
            with self._lock:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_GROUP))]
                if not group:
                    self._is_writing = False
                    return
            self._tell(group, self._record(group))

    def _record(self, group: Sequence[_Waiting]) -> Sequence[Outcome]:
        """Whatever goes wrong is told to who waits: a writer that ended would let everybody wait for ever. What only one
        message brings about is told to that one."""
        try:
            return self._ledger.record_all([(one.delivery, one.events) for one in group])
        except SQLAlchemyError as error:
            return [error] * len(group)
        except Exception as error:  # noqa: BLE001
            return [error] if len(group) == 1 else [outcome for one in group for outcome in self._record([one])]

    def _tell(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        """Each event loop is woken once for all that wait in it."""
        by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Waiting, Outcome]]] = {}
        for one, outcome in zip(group, outcomes, strict=True):
            by_loop.setdefault(one.loop, []).append((one, outcome))
        for loop, told in by_loop.items():
            if loop is None:
                _settle(told)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_settle, told)


def _settle(told: Sequence[tuple[_Waiting, Outcome]]) -> None:
    for one, outcome in told:
        if one.future.cancelled():
            # Whoever asked has gone; the message stays written.
            continue
        if isinstance(outcome, Answer):
            one.future.set_result(outcome)
        else:
            one.future.set_exception(outcome)
