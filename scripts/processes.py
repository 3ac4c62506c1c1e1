"""Child processes of a local stack: started together, watched, and ended together.

Knows names, commands and log files; knows nothing of what the processes do.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 5


class StackProblem(Exception):
    """Something that ends a local stack; its text is the one line a person sees."""


@dataclass
class Child:
    """One started process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """The last line of its log, for the one line that says why it died."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"


class Processes:
    """Children of this process, each in a process group of its own, so that Ctrl-C reaches only this one."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._children: dict[str, Child] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """A running child called `name`, its process id beside its log; StackProblem when the command is missing."""
        log = self._log_dir / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            try:
                process = subprocess.Popen(
                    list(command),
                    env={**os.environ, **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except FileNotFoundError as missing:
                raise StackProblem(f"{command[0]} is missing: run `make setup`") from missing
        (self._log_dir / f"{name}.pid").write_text(str(process.pid))
        child = Child(name, process, log)
        self._children[name] = child
        return child

    def dead(self) -> list[Child]:
        """Children that ended by themselves."""
        return [child for child in self._children.values() if not child.alive]

    def forget(self, name: str) -> None:
        """A child that ended and is not expected back."""
        self._children.pop(name)

    def stop(self, name: str, *, kill: bool = False) -> None:
        """Ends one child and its descendants, and forgets it."""
        child = self._children.pop(name)
        _end([child], signal.SIGKILL if kill else signal.SIGTERM)

    def stop_all(self) -> None:
        """Ends every child and its descendants, newest first."""
        children = list(reversed(self._children.values()))
        self._children.clear()
        _end(children, signal.SIGTERM)


def _end(children: Sequence[Child], first: signal.Signals) -> None:
    for child in children:
        _signal(child, first)
    give_up_at = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return


def require_free_port(port: int, what: str, setting: str) -> None:
    """Nothing listens on the local port; StackProblem names the setting that chooses another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as used:
            raise StackProblem(
                f"port {port} ({what}) is used by another program: end it, or choose another with {setting}"
            ) from used


def wait_until(ready: Callable[[], bool], child: Child, seconds: int = 30) -> None:
    """`ready()` became true while the child lived; StackProblem otherwise."""
    give_up_at = time.monotonic() + seconds
    while not ready():
        if not child.alive:
            raise StackProblem(f"{child.name} ended at its start: {child.last_words()} (see {child.log})")
        if time.monotonic() > give_up_at:
            raise StackProblem(f"{child.name} was not ready after {seconds} s (see {child.log})")
        time.sleep(0.1)
