"""A local stack from its start to Ctrl-C, for the commands that a person runs: one line for each trouble, a plain exit code.

Knows ports, signals and exit codes; what is played on the stack is the caller's.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

import httpx

from escrow.errors import EscrowError
from scripts.feeder import MessageRefused
from scripts.processes import StackProblem
from scripts.stack import ROOT, Ports, Stack

INTERRUPTED = 130


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


def ports_from_environment() -> Ports:
    """DEMO_CHAIN_PORT, DEMO_WEB_PORT and DEMO_ORACLE_PORT (the first of three) choose other ports."""
    chosen = {}
    for name, default in (("DEMO_CHAIN_PORT", 8545), ("DEMO_WEB_PORT", 8000), ("DEMO_ORACLE_PORT", 8101)):
        text = os.environ.get(name, str(default))
        if not text.isdigit() or not 0 < int(text) < 65_534:
            raise StackProblem(f"{name} is {text!r}, which is no port")
        chosen[name] = int(text)
    first = chosen["DEMO_ORACLE_PORT"]
    return Ports(chosen["DEMO_CHAIN_PORT"], chosen["DEMO_WEB_PORT"], (first, first + 1, first + 2))


def run_stack(name: str, play: Callable[[Stack], bool]) -> int:
    """Plays on a fresh stack in `build/<name>` and, where `play` returns True, stays up until Ctrl-C.

    0 when `play` came to its end, 1 after a trouble, which is told in one line, 130 when interrupted before.
    """
    # Both, also where a shell started this in the background, with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack: Stack | None = None
    played = False
    try:
        ports = ports_from_environment()
        ports.require_free()
        stack = Stack(ROOT / "build" / name, ports)
        stays = play(stack)
        played = True
        while stays:
            time.sleep(1)
            stack.require_alive(say)
        return 0
    except KeyboardInterrupt:
        say("ended")
        return 0 if played else INTERRUPTED
    except (StackProblem, MessageRefused, EscrowError, httpx.TransportError) as problem:
        print(f"{name}: {_reason(stack, problem)}", file=sys.stderr)
        return 1
    finally:
        if stack is not None:
            with contextlib.suppress(KeyboardInterrupt):
                stack.stop()


def _reason(stack: Stack | None, problem: Exception) -> Exception:
    """The death of a process, where that is behind the trouble."""
    try:
        if stack is not None:
            stack.require_alive(lambda line: None)
    except StackProblem as death:
        return death
    return problem
