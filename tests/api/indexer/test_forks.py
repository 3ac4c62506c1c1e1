"""Random histories of a chain that forks, of a node that changes its mind while it is read, refuses and fails: whatever
happens, the rows end equal to those of an index made from the last chain alone."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.db.models import Block, Checkpoint
from escrow.errors import Action, EscrowError
from escrow.events import DealOpened, Event
from escrow.ids import DealId
from tests import factories
from tests.api.challenged import challenged_life
from tests.api.conftest import MakeIndex
from tests.api.events import Life, committee_events, random_life
from tests.api.every_event import every_event
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.indexes import TestIndex, fresh_digest, index_of

DEPTH = 64
HISTORIES = 100


class History:
    """A chain that grows by random lives of deals, each of which goes on where a fork left it."""

    def __init__(self, seed: int, lives: int = 6) -> None:
        self.rng = Random(seed)
        self.chain = FakeChain()
        self.chain.mine(*committee_events())
        all_lives = [list(self.rng.choice((random_life, challenged_life))(self.rng)) for _ in range(lives)]
        self.transactions = {_deal_of(life[0][0]): life for life in all_lives}

    def grow(self, blocks: int) -> None:
        for _ in range(blocks):
            events: list[Event] = []
            for _ in range(self.rng.choice((0, 0, 0, 1, 2))):
                events += self._next(events)
            self.chain.mine(*events)

    def fork(self, depth: int, blocks: int) -> None:
        """Other blocks stand where the last ones stood; there may be fewer of them."""
        self.chain.cut(depth)
        self.grow(blocks)

    def _next(self, mined: list[Event]) -> list[Event]:
        """The next transaction of one of the deals that are not at their end on this branch."""
        done = [_deal_of(event) for block in self.chain.blocks for event in block.events] + list(map(_deal_of, mined))
        open_lives = {
            deal_id: [event for transaction in life for event in transaction][done.count(deal_id) :]
            for deal_id, life in self.transactions.items()
        }
        candidates = [events for events in open_lives.values() if events]
        return self.rng.choice(candidates)[:1] if candidates else []


def _deal_of(event: Event) -> DealId:
    return getattr(event, "deal_id", DealId(""))


class Trouble(FakeNode):
    """Fails a call, or forks the chain before it, at calls that the random numbers choose."""

    def __init__(self, history: History) -> None:
        super().__init__(history.chain)
        self.history = history
        self.left = history.rng.choice((0, 3))
        self.hook = self._make_trouble
        self.most_blocks = history.rng.choice((3, 40, 10**9))
        self.most_calls = history.rng.choice((4, 10**9))

    def _make_trouble(self, _: int, __: str) -> None:
        if self.left and self.history.rng.random() < 0.1:
            self.left -= 1
            if self.history.rng.random() < 0.5:
                raise httpx.ConnectError("gone")
            self.history.fork(self.history.rng.randint(1, 6), self.history.rng.randint(1, 8))


def insist(index: TestIndex) -> None:
    """As the process does: what can be tried again is tried again."""
    for _ in range(500):
        try:
            if not index.follower.step():
                return
        except EscrowError as error:
            assert error.action is Action.RETRY
    raise AssertionError("the index does not come to an end")


Step = tuple[str, int, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("fork"), st.integers(1, DEPTH), st.integers(1, DEPTH + 4)),
        st.tuples(st.just("read"), st.just(0), st.just(0)),
    ),
    min_size=2,
    max_size=14,
)


@given(seed=st.integers(0, 2**32), steps=STEPS)
@settings(
    max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_index__random_forks_outages_and_refusals__equals_a_fresh_one(
    template: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, steps: list[Step]
) -> None:
    folder = tmp_path_factory.mktemp("history")
    history = History(seed)
    node = Trouble(history)
    confirmations = history.rng.choice((0, 0, 3))
    with index_of(template, folder / "followed.sqlite", node, confirmations=confirmations) as index:
        for kind, first, second in steps:
            match kind:
                case "grow":
                    history.grow(first)
                case "fork":
                    history.fork(first, second)
                case _:
                    insist(index)
        node.hook = None
        if confirmations:
            # Behind the head of a chain that became shorter, an index may be ahead of a fresh one.
            history.grow(DEPTH + confirmations)
        insist(index)
        followed = index.digest
    fresh = folder / "fresh.sqlite"
    assert followed == fresh_digest(template, fresh, FakeNode(history.chain), confirmations=confirmations)


def forked(make_index: MakeIndex, depth: int, blocks: int) -> tuple[FakeChain, TestIndex]:
    """An index that read 100 blocks one by one, after which the last ones were replaced."""
    history = History(depth)
    index = make_index(FakeNode(history.chain))
    for _ in range(100):
        history.grow(1)
        index.catch_up()
    history.fork(depth, blocks)
    return history.chain, index


@pytest.mark.parametrize(("depth", "blocks"), [(1, 1), (1, 2), (2, 1), (64, 1), (64, 64), (64, 65), (99, 3), (101, 101)])
def test_fork__of_this_depth__rows_are_those_of_the_new_branch(make_index: MakeIndex, depth: int, blocks: int) -> None:
    chain, index = forked(make_index, depth, blocks)
    index.catch_up()
    fresh = make_index(FakeNode(chain))
    fresh.catch_up()
    assert index.digest == fresh.digest


def test_fork__below_everything_known__begins_anew(make_index: MakeIndex) -> None:
    history = History(1)
    node = FakeNode(history.chain)
    index = make_index(node)
    history.grow(10)
    index.catch_up()
    node.chain = FakeChain()
    node.chain.mine(*committee_events())
    index.catch_up()
    fresh = make_index(FakeNode(node.chain))
    fresh.catch_up()
    assert index.digest == fresh.digest


@pytest.mark.parametrize("event", every_event(), ids=lambda event: type(event).__name__)
def test_fork__takes_an_event_away__its_row_goes_and_comes_with_it(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode, event: Event
) -> None:
    fake_chain.mine(*committee_events())
    fake_chain.mine(*Life().open())
    index = make_index(node)
    index.catch_up()
    without = index.digest
    fake_chain.mine(event)
    index.catch_up()
    assert index.digest != without
    fake_chain.cut(1)
    block = fake_chain.mine()
    index.catch_up()
    assert index.digest == without
    fake_chain.cut(1)
    fake_chain.mine(event, at=block.timestamp)
    index.catch_up()
    fresh = make_index(FakeNode(fake_chain))
    fresh.catch_up()
    assert index.digest == fresh.digest != without


def test_fork__same_deal_opened_on_both_branches__is_there_once_at_its_new_place(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    life = Life()
    fake_chain.mine(*committee_events())
    fake_chain.mine(*life.open())
    index = make_index(node)
    index.catch_up()
    fake_chain.cut(1)
    fake_chain.mine()
    block = fake_chain.mine(*life.open())
    index.catch_up()
    with index.engine.connect() as connection:
        rows = connection.execute(select(Block.number, Block.hash).where(Block.number > 1)).all()
    assert rows == [(block.number, block.hash)]
    assert isinstance(block.events[0], DealOpened)


Trigger = Callable[[FakeChain], None]


@pytest.mark.parametrize("call", range(1, 9))
def test_fork__at_any_call_of_a_step__is_never_half_read(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode, call: int
) -> None:
    """The branch that is left has an event where the other has none, and the other way round."""
    fake_chain.mine(*committee_events())
    index = make_index(node)
    index.catch_up()
    fake_chain.mine()
    fake_chain.mine(*Life(factories.terms(salt=1)).open())
    fake_chain.mine()

    def hook(number: int, _: str) -> None:
        if number == start + call:
            fake_chain.cut(3)
            fake_chain.mine(*Life(factories.terms(salt=2)).open())
            fake_chain.mine()
            fake_chain.mine()

    start, node.hook = node.calls, hook
    insist(index)
    node.hook = None
    insist(index)
    fresh = make_index(FakeNode(fake_chain))
    fresh.catch_up()
    assert index.digest == fresh.digest


def test_checkpoints__of_many_blocks__are_thinned_out(make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode) -> None:
    index = make_index(node)
    for _ in range(300):
        fake_chain.mine()
        index.catch_up()
    with index.engine.connect() as connection:
        numbers = list(connection.scalars(select(Checkpoint.number).order_by(Checkpoint.number)))
    assert numbers == list(range(45, 301))
