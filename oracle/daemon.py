"""The oracle as a process: its server and its loop, until it is told to stop or an error says that it must.

Nodes and peers that are down do not end it: what can be mended by waiting is waited for.
"""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from escrow.errors import STOP, EscrowError, PortProblem
from escrow.ids import DealId
from oracle.assembly import Oracle
from oracle.outcome import Exit, Outcome

LONGEST_PAUSE = 10
"""Seconds between tries while something is down."""
LAST_ANSWERS_SECONDS = 3
COLLECT_AFTER = (50_000, 20, 20)
"""Objects, and younger collections, between two collections."""

log = structlog.get_logger()


class Loop:
    """Cycles until `stop` is set."""

    def __init__(self, oracle: Oracle, stop: threading.Event) -> None:
        self._oracle = oracle
        self._stop = stop
        self._is_deployed = False
        self._said: dict[DealId, str] = {}
        self._waits_for: str | None = None

    def run(self, server: threading.Thread) -> None:
        """Until it is stopped; the error that must end the process."""
        pause = wanted = self._oracle.settings.cycle_seconds
        while not self._stop.is_set():
            pause = wanted if self.turn() else min(max(2 * pause, 1), max(LONGEST_PAUSE, wanted))
            if not server.is_alive():
                raise PortProblem(self._oracle.settings.port, "is served no more: the server has ended")
            self._stop.wait(pause)

    def turn(self) -> bool:
        """Whether one whole cycle went through. An error that must STOP is raised."""
        health = self._oracle.health
        health.began()
        try:
            if not self._is_deployed:
                self._oracle.contract.require_deployed()
                self._is_deployed = True
            block, outcomes = self._oracle.cycle.run()
        except EscrowError as error:
            if error.action is STOP:
                raise
            self._failed(error.code, str(error))
            return False
        except SQLAlchemyError as error:
            self._failed("DatabaseProblem", f"database failed: {type(error).__name__}")
            return False
        except OSError as error:
            # A full disk, say, when evidence is to be kept: nothing was shown or signed without it.
            self._failed("DiskProblem", f"disk failed: {error.strerror or type(error).__name__}")
            return False
        health.ended(block, outcomes)
        self._say(outcomes)
        return True

    def _failed(self, code: str, reason: str) -> None:
        self._oracle.health.failed(code, reason)
        if self._waits_for != reason:
            log.warning(f"waiting: {reason}", code=code)
        self._waits_for = reason

    def _say(self, outcomes: list[Outcome]) -> None:
        """What is new about each deal, once."""
        if self._waits_for is not None:
            log.info("going on")
        self._waits_for = None
        for outcome in outcomes:
            if self._said.get(outcome.deal_id) != outcome.sentence:
                level = log.warning if outcome.exit in (Exit.SKIPPED, Exit.DIFFERS, Exit.NOT_SENT) else log.info
                level(outcome.sentence, deal=outcome.deal_id, exit=str(outcome.exit))
        self._said = {outcome.deal_id: outcome.sentence for outcome in outcomes}


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the app is served."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
    )


@contextmanager
def serving(oracle: Oracle) -> Iterator[threading.Thread]:
    """The app answers on its port. PortProblem where that is not to be had."""
    settings = oracle.settings
    with listen(settings.host, settings.port) as listener:
        # In a thread of its own the server leaves the signals to us.
        server = uvicorn.Server(server_config(oracle.app))
        thread = threading.Thread(target=server.run, args=([listener],), name="server", daemon=True)
        thread.start()
        try:
            yield thread
        finally:
            server.should_exit = True
            thread.join(LAST_ANSWERS_SECONDS + 1)


def settle_memory() -> None:
    """What is there now stays as long as the process: the collector need not look at it again and again, during which
    nothing is answered. What a message leaves behind is mostly freed at once."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@contextmanager
def pulling(oracle: Oracle) -> Iterator[None]:
    """The accounts that are pulled are read, in a thread of their own."""
    stop = threading.Event()
    thread = threading.Thread(target=oracle.puller.run, args=(stop,), name="puller", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_ANSWERS_SECONDS)


def run(oracle: Oracle, stop: threading.Event) -> None:
    """Serves and cycles until `stop` is set; the error that must end the process."""
    settle_memory()
    with serving(oracle) as server, pulling(oracle):
        log.info("serving", address=oracle.settings.url, member=oracle.signer.address)
        Loop(oracle, stop).run(server)
    log.info("stopped")


def listen(host: str, port: int) -> socket.socket:
    """PortProblem where it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        # Python says the address once more, behind the system's words.
        words = str(error.strerror).partition(" (while")[0]
        raise PortProblem(port, f"can't be served on {host}: {words}") from error
