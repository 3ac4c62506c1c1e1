"""What this oracle says about itself: alive, ready and why not, and how far it is with each deal.

Alive and ready are apart, so that a node that is down never makes a supervisor restart a healthy process.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from escrow.clock import format_time
from escrow.ids import Address
from escrow.rpc import Block
from oracle.db.connection import Database
from oracle.ledger import Ledger
from oracle.outcome import Exit, Outcome
from oracle.peers import Peers
from oracle.refusals import Refusals

LATE_SECONDS = 60
"""A cycle that takes longer than this, beyond its own pause, is late."""


@dataclass(frozen=True)
class CycleState:
    """By the machine's clock. `problem` is what ended the last cycle early."""

    started_at: int
    done_at: int | None = None
    problem: Mapping[str, str] | None = None
    block: Block | None = None
    outcomes: Sequence[Outcome] = field(default=())


class Health:
    """Written by the cycle, read by the threads that answer."""

    def __init__(self, clock: Callable[[], int], cycle_seconds: float) -> None:  # not money
        self._clock = clock
        self._patience = LATE_SECONDS + int(cycle_seconds)
        self._lock = threading.Lock()
        self._state = CycleState(started_at=clock())

    @property
    def state(self) -> CycleState:
        return self._state

    def began(self) -> None:
        with self._lock:
            self._state = replace(self._state, started_at=self._clock())

    def ended(self, block: Block, outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            self._state = CycleState(self._state.started_at, self._clock(), None, block, outcomes)

    def failed(self, code: str, reason: str) -> None:
        with self._lock:
            self._state = replace(self._state, problem={"code": code, "reason": reason})

    def is_alive(self) -> bool:
        """The loop goes round, whether or not its cycles succeed."""
        return self._clock() - self._state.started_at <= 10 * self._patience

    def why_not_ready(self, database: Database) -> list[str]:
        state, reasons = self._state, []
        if state.done_at is None:
            reasons.append("no cycle has ended yet")
        elif self._clock() - state.done_at > self._patience:
            reasons.append(f"the last whole cycle ended at {format_time(state.done_at)}")
        if state.problem is not None:
            reasons.append(f"the last cycle ended early: {state.problem['reason']}")
        try:
            with database.write():
                pass
        except SQLAlchemyError as error:
            reasons.append(f"the database can't be written: {type(error).__name__}")
        return reasons


def status(health: Health, member: Address, gas: Address, ledger: Ledger, refusals: Refusals, peers: Peers) -> Any:
    """Everything that an operator asks first, as JSON."""
    state = health.state
    return {
        "member": member,
        "gas_account": gas,
        "cycle": {
            "started_at": format_time(state.started_at),
            "done_at": None if state.done_at is None else format_time(state.done_at),
            "problem": state.problem,
            "block": None if state.block is None else _block(state.block),
        },
        "deals": [_deal(outcome) for outcome in state.outcomes],
        "peers": [_peer(peer.url, peer.member, peer.answered_at, peer.problem) for peer in peers.states.values()],
        "intake": {**ledger.counts(), "refused": refusals.counts()},
    }


def _block(block: Block) -> dict[str, Any]:
    return {"number": block.number, "hash": block.hash, "at": format_time(block.timestamp)}


def _deal(outcome: Outcome) -> dict[str, Any]:
    return {
        "deal_id": outcome.deal_id,
        "standing": outcome.exit,
        "as_of": None if outcome.as_of is None else format_time(outcome.as_of),
        "is_due": outcome.exit not in (Exit.NOT_DUE, Exit.NO_MORE, Exit.WAITS),
        "sentence": outcome.sentence,
        "data": {name: str(value) for name, value in outcome.data.items()},
    }


def _peer(url: str, member: Address | None, answered_at: int | None, problem: str | None) -> dict[str, Any]:
    return {
        "url": url,
        "member": member,
        "answered_at": None if answered_at is None else format_time(answered_at),
        "problem": problem,
    }
