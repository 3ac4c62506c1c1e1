"""Writes messages to the ledger in groups: while one group is going to the disk, the next one gathers.

A commit waits for the disk, whatever is in it, so that many messages in one cost hardly more than one. Each is answered
when its own group is on the disk.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from escrow.errors import EscrowError, Overloaded
from escrow.measure import Event
from oracle.ledger import Answer, Delivery, Ledger

MOST_WAITING = 256
"""Messages. Beyond that a sender is told to come again, since what waits longer than it does is sent twice."""
MOST_IN_GROUP = 128


class Recorder:
    """For any number of threads."""

    def __init__(self, ledger: Ledger, most_waiting: int = MOST_WAITING) -> None:
        self._ledger = ledger
        self._most = most_waiting
        self._waiting: deque[tuple[Delivery, Sequence[Event], Future[Answer]]] = deque()
        self._lock = threading.Lock()
        self._is_writing = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")

    def submit(self, delivery: Delivery, events: Sequence[Event]) -> "Future[Answer]":
        """Done when the message is on the disk, or refused as `Ledger.record` says. Overloaded if too many wait."""
        future: Future[Answer] = Future()
        with self._lock:
            if len(self._waiting) >= self._most:
                raise Overloaded(len(self._waiting), self._most)
            self._waiting.append((delivery, events, future))
            if not self._is_writing:
                self._is_writing = True
                self._writer.submit(self._write)
        return future

    def require_room(self) -> None:
        """Overloaded where the next message would be, before any work is spent on it."""
        if len(self._waiting) >= self._most:
            raise Overloaded(len(self._waiting), self._most)

    def close(self) -> None:
        """What waits is written first."""
        self._writer.shutdown()

    def _write(self) -> None:
        while True:
            with self._lock:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_GROUP))]
                if not group:
                    self._is_writing = False
                    return
            answers = self._record([(delivery, events) for delivery, events, _ in group])
            for (_, _, future), answer in zip(group, answers, strict=True):
                if isinstance(answer, Answer):
                    future.set_result(answer)
                else:
                    future.set_exception(answer)

    def _record(self, group: Sequence[tuple[Delivery, Sequence[Event]]]) -> Sequence[Answer | EscrowError | SQLAlchemyError]:
        try:
            return self._ledger.record_all(group)
        except SQLAlchemyError as error:
            return [error] * len(group)
