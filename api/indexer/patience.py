"""What a process does about an error: by its class it tries again, more and more slowly, or gives up. Knows no chain."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from escrow.errors import Action, EscrowError

MOST_PAUSE = 30
"""Seconds between two tries."""
MOST_DOUBLINGS = 16

T = TypeVar("T")

log = structlog.get_logger()


class Patience:
    """`first_pause` in seconds; `stopping` ends every wait."""

    def __init__(self, stopping: Event, first_pause: float) -> None:  # not money
        self._stopping = stopping
        self._first_pause = first_pause

    def insist(self, do: Callable[[], T]) -> T | None:
        """Its result, after as many tries as it takes; None when stopped before it worked.

        Raises what trying again can't help.
        """
        failures = 0
        while not self._stopping.is_set():
            try:
                return do()
            except (EscrowError, OperationalError) as error:
                if isinstance(error, EscrowError) and error.action is not Action.RETRY:
                    raise
                pause = min(MOST_PAUSE, self._first_pause * 2 ** min(failures, MOST_DOUBLINGS))
                failures += 1
                why = str(error).partition("\n")[0]
                log.warning("trying again", seconds=pause, code=type(error).__name__, why=why)
                self._stopping.wait(pause)
        return None
