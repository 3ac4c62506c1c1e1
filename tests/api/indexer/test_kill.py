"""Killed at any statement of a transaction: the old state is there, whole, and the next start goes on from it."""

import os
import signal
import warnings
from pathlib import Path

import pytest
from sqlalchemy import event, select

from api.db.models import Cursor
from tests.api.events import Life, committee_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.indexes import TestIndex, fresh_digest, index_of


def killed_while_stepping(template: Path, path: Path, node: FakeNode, statement: int) -> bool:
    """Whether a child that takes one step was killed before this statement of it, as by a power cut."""
    with warnings.catch_warnings():
        # Python 3.12 warns of threads, which the child does not use.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with index_of(template, path, node) as index:
            count = 0

            @event.listens_for(index.engine, "before_cursor_execute")
            def _die(*_: object) -> None:
                nonlocal count
                count += 1
                if count == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            index.follower.step()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def state(index: TestIndex) -> tuple[str, int]:
    with index.engine.connect() as connection:
        return index.digest, connection.scalar(select(Cursor.block_number)) or 0


@pytest.mark.parametrize("forked", [False, True], ids=["reading on", "rolling back"])
def test_step__killed_at_any_statement__leaves_the_old_state_and_goes_on(
    template: Path, tmp_path: Path, forked: bool
) -> None:
    chain = FakeChain()
    node = FakeNode(chain)
    life = Life()
    chain.mine(*committee_events())
    chain.mine(*life.open())
    followed = tmp_path / "followed.sqlite"
    with index_of(template, followed, node) as index:
        index.catch_up()
        before = state(index)
    if forked:
        chain.cut(1)
        chain.mine()
        chain.mine(*Life().open())
    chain.mine(*life.top_up(1))
    kills = 0
    while killed_while_stepping(template, followed, node, kills + 1):
        kills += 1
        with index_of(template, followed, node) as index:
            assert state(index) == before
    # Claim, cursor, the lock, the rows, the checkpoint: all of them were hit.
    assert kills >= 6
    with index_of(template, followed, node) as index:
        index.catch_up()
        assert index.digest == fresh_digest(template, tmp_path / "fresh.sqlite", node)
