"""Following the chain: where it stands, what a fork takes away, and what a node says while it changes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from escrow.errors import BlockMissing, ChainProblem, ForkProblem, RpcRefused
from escrow.ids import DealId, DocumentHash
from escrow.terms import deal_id_of, pack
from oracle.book import CHECKPOINTS_KEPT, Book, Checkpoint, KnownDeal
from oracle.db import schema
from oracle.db.connection import Database
from oracle.db.tables import checkpoint, deal, departure, member, notice, settled_report, waiting_report
from oracle.follow import MOST_BLOCKS, Follower
from tests import factories
from tests.oracle.made import AUGUST, JULY, JUNE
from tests.oracle.node import Node
from tests.oracle.raw_logs import (
    deal_closed,
    deal_opened,
    member_added,
    member_removed,
    notice_given,
    report_resolved,
    report_settled,
    report_waits,
)

DOMAIN = factories.domain()
ME = factories.person("oracle-a")
TERMS = factories.terms()
OTHER = factories.terms(salt=2)
OPENED = [member_added(TERMS.committee, ME), deal_opened(DOMAIN, TERMS)]


class Play:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.node = Node()
        self.rpc = self.node.rpc()
        self.book = Book(database)
        self.follower = self.made()

    def close(self) -> None:
        self.rpc.close()

    def made(self, *, from_block: int = 0, confirmations: int = 0, deepest_fork: int = 256) -> Follower:
        self.follower = Follower(
            self.rpc,
            DOMAIN,
            self.book,
            from_block=from_block,
            confirmations=confirmations,
            deepest_fork=deepest_fork,
        )
        return self.follower

    def deals(self) -> list[KnownDeal]:
        return self.book.open_deals(ME)

    def checkpoints(self) -> int:
        with self.database.read() as connection:
            return len(connection.execute(checkpoint.select()).all())


def whole(database: Database) -> list[Any]:
    """All that the book says."""
    with database.read() as connection:
        return [
            connection.execute(table.select().order_by(*table.primary_key)).all()
            for table in (deal, settled_report, waiting_report, notice, member, departure)
        ]


def afresh(play: Play, database: Database) -> list[Any]:
    """What a new book says of the same chain."""
    Follower(play.rpc, DOMAIN, Book(database), from_block=0, confirmations=0).advance()
    return whole(database)


@pytest.fixture
def play(database: Database) -> Iterator[Play]:
    with closing(Play(database)) as played:
        yield played


@pytest.fixture
def other_database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(str(tmp_path / "other.sqlite"))) as made:
        schema.upgrade(made)
        yield made


def deal_id(terms: Any = TERMS) -> DealId:
    return deal_id_of(terms, DOMAIN)


# Forward


def test_advance__events_of_the_contract__are_in_the_book(play: Play) -> None:
    play.node.mine(1, *OPENED)
    block = play.follower.advance()
    assert (block.number, block.hash) == (1, play.node.head.hash)
    assert play.deals() == [KnownDeal(deal_id(), TERMS, TERMS.starts_at, None)]
    assert play.book.checkpoint() == Checkpoint(1, play.node.head.hash)
    assert pack(play.book.terms(deal_id()) or OTHER) == pack(TERMS)


def test_advance__settled_and_closed__changes_the_deal(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.follower.advance()
    play.node.mine(1, report_settled(deal_id(), JUNE, 258, "ab" * 32))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, JUNE, "ab" * 32)]
    play.node.mine(1, deal_closed(deal_id()))
    play.follower.advance()
    assert play.deals() == []


def test_advance__report_waits_and_is_resolved__changes_the_deal(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.node.mine(1, report_waits(deal_id(), JUNE, "ab" * 32))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, JUNE, DocumentHash("ab" * 32), waits_as_of=JUNE)]
    play.node.mine(1, report_resolved(deal_id(), JUNE))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, JUNE, DocumentHash("ab" * 32))]


def test_advance__agency_reports_itself__waits_and_is_no_report_of_the_committee(play: Play) -> None:
    play.node.mine(1, *OPENED, report_settled(deal_id(), JUNE, 258, "ab" * 32))
    play.node.mine(1, report_waits(deal_id(), AUGUST, "cd" * 32, signers=0))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, JUNE, DocumentHash("ab" * 32), waits_as_of=AUGUST)]
    play.node.mine(1, report_waits(deal_id(), AUGUST, "ef" * 32))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, AUGUST, DocumentHash("ef" * 32), waits_as_of=AUGUST)]
    play.node.mine(1, report_resolved(deal_id(), AUGUST))
    play.follower.advance()
    assert [one.waits_as_of for one in play.deals()] == [None]


def test_advance__two_notices__the_earlier_end_is_the_one(play: Play) -> None:
    play.node.mine(
        1, *OPENED, notice_given(deal_id(), TERMS.client, AUGUST - 1), notice_given(deal_id(), TERMS.agency, JULY)
    )
    play.follower.advance()
    (found,) = play.deals()
    assert (found.noticed_end, found.ends_at) == (JULY, JULY)


def test_advance__member_is_removed_and_leaves_before__the_earlier_time_is_the_one(play: Play) -> None:
    play.node.mine(1, *OPENED, member_removed(TERMS.committee, ME, JULY), member_removed(TERMS.committee, ME, JUNE))
    play.follower.advance()
    (found,) = play.book.members(TERMS.committee)
    assert found.leaves_at == JUNE
    assert (found.counts(JUNE, JUNE - 1), found.counts(JUNE, JUNE)) == (True, False)


def test_advance__too_young_a_block__is_not_read(play: Play) -> None:
    play.made(confirmations=3)
    play.node.mine(1, *OPENED)
    play.node.mine(2)
    assert play.follower.advance().number == 0 and play.deals() == []
    play.node.mine()
    assert play.follower.advance().number == 1 and len(play.deals()) == 1


def test_advance__chain_shorter_than_the_confirmations__stands_at_the_first_block(play: Play) -> None:
    assert play.made(confirmations=12).advance().number == 0


def test_advance__nothing_new__asks_for_no_events(play: Play) -> None:
    play.node.mine()
    play.follower.advance()
    play.node.asked.clear()
    play.follower.advance()
    assert "eth_getLogs" not in play.node.asked


def test_advance__begins_where_it_is_told(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.node.mine(5)
    play.made(from_block=2).advance()
    assert play.deals() == []


def test_advance__long_way__is_read_in_stretches_and_each_is_kept(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.follow.MOST_BLOCKS", 10)
    play.made()
    play.node.mine(33, *OPENED)
    play.follower.advance()
    assert play.node.asked.count("eth_getLogs") == play.checkpoints() == 4
    assert len(play.deals()) == 1


def test_advance__node_bears_fewer_blocks__asks_for_less_until_it_answers(play: Play) -> None:
    play.node.most_blocks = 7
    play.node.mine(1, *OPENED)
    play.node.mine(60)
    assert play.follower.advance().number == 61
    assert len(play.deals()) == 1
    assert MOST_BLOCKS > 60, "it began with all of them"


def test_advance__node_bears_not_even_one_block__is_an_error(play: Play) -> None:
    play.node.most_blocks = 0
    play.node.mine(5)
    with pytest.raises(RpcRefused):
        play.follower.advance()


def test_advance__checkpoints__are_bounded(play: Play) -> None:
    for _ in range(CHECKPOINTS_KEPT + 20):
        play.node.mine()
        play.follower.advance()
    assert play.checkpoints() == CHECKPOINTS_KEPT


def test_advance__another_chain__is_an_error_that_stops_and_nothing_is_read(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.node.chain_id = 1
    with pytest.raises(ChainProblem):
        play.follower.advance()
    assert play.checkpoints() == 0


# Forks


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_advance__fork_under_the_cursor__forgets_what_was_on_the_branch_that_lost(
    play: Play, depth: int, other_database: Database
) -> None:
    play.node.mine(1, *OPENED)
    play.node.mine(8)
    play.follower.advance()
    play.node.mine(1, deal_opened(DOMAIN, OTHER))
    play.follower.advance()
    for _ in range(depth - 1):
        play.node.mine()
        play.follower.advance()
    assert len(play.deals()) == 2
    play.node.fork(depth)
    play.node.mine(1, report_settled(deal_id(), JUNE, 1, "cd" * 32))
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, JUNE, "cd" * 32)]
    assert whole(play.database) == afresh(play, other_database)


def test_advance__fork_takes_a_settlement_and_a_closing_away__the_deal_is_open_again(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.follower.advance()
    play.node.mine(1, report_settled(deal_id(), JUNE, 1, "cd" * 32), report_settled(deal_id(), JULY, 2, "ef" * 32))
    play.node.mine(1, deal_closed(deal_id()))
    play.follower.advance()
    assert play.deals() == []
    play.node.fork(2)
    play.node.mine()
    play.follower.advance()
    assert play.deals() == [KnownDeal(deal_id(), TERMS, TERMS.starts_at, None)]


def test_advance__fork_takes_a_resolution_away__the_report_waits_again(play: Play, other_database: Database) -> None:
    play.node.mine(1, *OPENED, report_waits(deal_id(), JUNE, "ab" * 32))
    play.follower.advance()
    play.node.mine(
        1,
        report_resolved(deal_id(), JUNE),
        notice_given(deal_id(), TERMS.client, JULY),
        member_removed(TERMS.committee, ME, JUNE),
    )
    play.follower.advance()
    assert [(one.waits_as_of, one.noticed_end) for one in play.deals()] == [(None, JULY)]
    play.node.fork(1)
    play.node.mine()
    play.follower.advance()
    assert [(one.waits_as_of, one.noticed_end) for one in play.deals()] == [(JUNE, None)]
    assert whole(play.database) == afresh(play, other_database)


def test_advance__same_height_other_hash__is_noticed(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.follower.advance()
    play.node.fork(1)
    play.node.mine()
    play.follower.advance()
    assert play.deals() == []


def test_advance__chain_has_become_shorter__goes_back_with_it(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.follower.advance()
    play.node.mine(3, report_settled(deal_id(), JUNE, 1, "cd" * 32))
    play.follower.advance()
    play.node.fork(3)
    assert play.follower.advance().number == 1
    assert play.deals() == [KnownDeal(deal_id(), TERMS, TERMS.starts_at, None)]


def test_advance__fork_below_every_checkpoint__reads_all_anew(play: Play, other_database: Database) -> None:
    play.node.mine(5, *OPENED)
    play.follower.advance()
    play.node.fork(5)
    play.node.mine(1, *OPENED, deal_opened(DOMAIN, OTHER))
    play.node.mine(7)
    play.follower.advance()
    assert len(play.deals()) == 2 and whole(play.database) == afresh(play, other_database)


@pytest.mark.parametrize(("depth", "stops"), [(256, False), (257, True)])
def test_advance__deeper_fork_than_a_chain_makes__stops_and_forgets_nothing(play: Play, depth: int, stops: bool) -> None:
    play.node.mine(1, *OPENED)
    for count in (0, 1, depth - 1):
        play.node.mine(count)
        play.follower.advance()
    play.node.fork(depth)
    play.node.mine(300)
    before = play.deals()
    if stops:
        for _ in range(2):
            with pytest.raises(ForkProblem) as stopped:
                play.made().advance()
            assert (stopped.value.depth, stopped.value.limit) == (depth, 256)
        play.made(deepest_fork=300).advance()
    play.made().advance()
    assert play.deals() == before


def test_advance__fork_while_it_was_down__is_noticed_at_the_start(play: Play) -> None:
    play.node.mine(1, *OPENED)
    play.follower.advance()
    play.node.fork(1)
    play.node.mine(4)
    play.made().advance()
    assert play.deals() == []


def test_advance__fork_between_the_question_for_the_block_and_its_events__reads_nothing(play: Play) -> None:
    play.node.mine(1)
    play.follower.advance()
    play.node.mine(2)

    def fork(method: str, params: list[Any]) -> None:
        if method == "eth_getLogs":
            play.node.before = lambda method, params: None
            play.node.fork(1)
            play.node.mine(1, *OPENED)

    play.node.before = fork
    with pytest.raises(BlockMissing):
        play.follower.advance()
    assert play.book.checkpoint() == Checkpoint(1, play.node.blocks[1].hash) and play.deals() == []
    play.follower.advance()
    assert len(play.deals()) == 1


def test_advance__random_forks__the_book_is_that_of_a_fresh_reading(play: Play, other_database: Database) -> None:
    """Forty forks of up to nine blocks, each block with or without a report."""
    random = Random(7)
    play.node.mine(1, *OPENED)
    as_of = TERMS.starts_at
    for _ in range(40):
        for _ in range(random.randrange(1, 6)):
            as_of += 1
            logs = random.choice(
                (
                    [],
                    [report_settled(deal_id(), as_of, 1, f"{as_of:064x}")],
                    [report_waits(deal_id(), as_of, f"{as_of:064x}")],
                    [report_resolved(deal_id(), as_of - 1)],
                    [notice_given(deal_id(), TERMS.client, AUGUST - as_of % 10_000)],
                    [member_removed(TERMS.committee, ME, as_of)],
                )
            )
            play.node.mine(1, *logs)
            if random.random() < 0.7:
                play.follower.advance()
        play.node.fork(random.randrange(1, min(10, play.node.head.number)))
        play.node.mine()
    play.follower.advance()
    assert whole(play.database) == afresh(play, other_database)
