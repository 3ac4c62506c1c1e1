"""Following: how far, how much at once, what is written."""

import httpx
import pytest
from sqlalchemy import func, select, update

from api.db.models import Cursor, Deal, Token
from api.indexer.span import FIRST_BLOCKS, MOST_BLOCKS, Span
from escrow.errors import IndexBusy, IndexIncomplete, IndexMismatch, RpcRefused, RpcUnreachable
from escrow.ids import ZERO_ADDRESS
from tests import factories
from tests.api.conftest import MakeIndex
from tests.api.events import Life, committee_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.indexes import NOW, TestIndex


def deals(index: TestIndex) -> int:
    with index.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Deal)) or 0


def cursor(index: TestIndex) -> Cursor:
    with index.engine.connect() as connection:
        return connection.execute(select(Cursor.__table__)).one()  # type: ignore[return-value]


def test_step__to_the_head__moves_rows_and_cursor(make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode) -> None:
    fake_chain.mine(*committee_events())
    head = fake_chain.mine(*Life().open())
    index = make_index(node)
    assert index.follower.step() is False
    assert deals(index) == 1
    found = cursor(index)
    assert (found.block_number, found.block_hash, found.block_at) == (2, head.hash, head.timestamp)
    assert (found.head_number, found.read_at) == (2, NOW)


def test_step__nothing_new__says_when_the_node_was_asked(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    index = make_index(node)
    index.catch_up()
    with index.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE cursor SET read_at = 0")
    assert index.follower.step() is False
    assert cursor(index).read_at == NOW


def test_step__with_confirmations__stays_behind_the_head(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    fake_chain.mine(*Life().open())
    fake_chain.mine()
    fake_chain.mine()
    index = make_index(node, confirmations=3)
    index.catch_up()
    assert (deals(index), cursor(index).block_number, cursor(index).head_number) == (0, 0, 3)
    fake_chain.mine()
    index.catch_up()
    assert (deals(index), cursor(index).block_number) == (1, 1)


def test_step__first_block_given__reads_nothing_before_it(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    fake_chain.mine(*Life(factories.terms(salt=1)).open())
    fake_chain.mine(*Life(factories.terms(salt=2)).open())
    index = make_index(node, from_block=2)
    index.catch_up()
    assert deals(index) == 1


def test_step__first_block_after_the_deal_was_opened__says_so(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    life = Life()
    fake_chain.mine(*life.open())
    fake_chain.mine(*life.top_up(1))
    index = make_index(node, from_block=2)
    with pytest.raises(IndexIncomplete) as caught:
        index.catch_up()
    assert (caught.value.deal_id, caught.value.block) == (life.deal_id, 2)
    assert cursor(index).block_number == 1


def test_step__node_refuses_long_stretches__takes_shorter_ones(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    for salt in range(60):
        fake_chain.mine(*Life(factories.terms(salt=salt)).open())
    node.most_blocks = 4
    index = make_index(node)
    index.catch_up()
    assert deals(index) == 60


def test_step__node_refuses_a_single_block__can_be_tried_again(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    fake_chain.mine(*Life().open())
    node.most_blocks = 0
    index = make_index(node)
    with pytest.raises(RpcRefused):
        index.catch_up()
    node.most_blocks = 1
    index.catch_up()
    assert deals(index) == 1


def test_step__node_out_of_reach__changes_nothing_and_can_be_done_again(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    fake_chain.mine(*Life().open())
    index = make_index(node)

    def fail(call: int, _: str) -> None:
        raise httpx.ReadTimeout("slow")

    node.hook = fail
    with pytest.raises(RpcUnreachable):
        index.follower.step()
    node.hook = None
    index.catch_up()
    assert deals(index) == 1


def test_append__another_writer_was_faster__changes_nothing(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode
) -> None:
    fake_chain.mine(*Life().open())
    index = make_index(node)

    def overtake(_: int, method: str) -> None:
        if method == "eth_getLogs":
            node.hook = None
            index.catch_up()

    node.hook = overtake
    with pytest.raises(IndexBusy):
        index.follower.step()
    assert deals(index) == 1
    assert cursor(index).block_number == 1


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [("chain_id", 1, "chain"), ("contract", ZERO_ADDRESS, "contract"), ("from_block", 9, "first block")],
)
def test_claim__index_of_something_else__says_of_what(
    make_index: MakeIndex, node: FakeNode, column: str, value: object, field: str
) -> None:
    index = make_index(node)
    with index.engine.begin() as connection:
        connection.execute(update(Cursor).values({column: value}))
    with pytest.raises(IndexMismatch) as caught:
        index.store.claim()
    assert caught.value.field == field
    index.store.reset()
    index.store.claim()


def test_reset__and_read_again__gives_the_same_rows(make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode) -> None:
    life = Life()
    for events in (committee_events(), life.open(), life.top_up(5), life.credit(1), life.withdraw(1)):
        fake_chain.mine(*events)
    index = make_index(node)
    index.catch_up()
    before = index.digest
    index.store.reset()
    assert deals(index) == 0
    index.catch_up()
    assert index.digest == before


def test_tokens__of_new_deals__are_asked_once(make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode) -> None:
    fake_chain.mine(*Life(factories.terms(salt=1)).open())
    index = make_index(node)
    index.catch_up()
    calls: list[str] = []
    node.hook = lambda _, method: calls.append(method)
    fake_chain.mine(*Life(factories.terms(salt=2)).open())
    index.catch_up()
    assert "eth_call" not in calls
    with index.engine.connect() as connection:
        found = connection.execute(select(Token.address, Token.symbol, Token.decimals)).all()
    assert found == [(factories.TOKEN, "TUSD", 6)]


SYMBOL, DECIMALS = "0x95d89b41", "0x313ce567"
NOT_UTF8 = "0x" + f"{32:064x}{2:064x}" + "fffe".ljust(64, "0")
LONG = "0x" + f"{32:064x}{64:064x}" + "41" * 64


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ({}, (None, None)),
        ({SYMBOL: "0x", DECIMALS: "0x"}, (None, None)),
        ({SYMBOL: NOT_UTF8, DECIMALS: hex(6)[2:].rjust(64, "0").join(("0x", ""))}, (None, None)),
        ({SYMBOL: LONG, DECIMALS: f"0x{255:064x}"}, (None, None)),
        ({SYMBOL: LONG, DECIMALS: f"0x{18:064x}"}, ("A" * 32, 18)),
        ({SYMBOL: LONG.replace("4141", "4100", 1), DECIMALS: f"0x{18:064x}"}, ("A" * 32, 18)),
    ],
)
def test_tokens__that_talk_nonsense__do_not_stop_the_index(
    make_index: MakeIndex, fake_chain: FakeChain, node: FakeNode, answers: dict[str, str], wanted: tuple[object, object]
) -> None:
    node.answers = answers
    fake_chain.mine(*Life().open())
    index = make_index(node)
    index.catch_up()
    assert deals(index) == 1
    with index.engine.connect() as connection:
        assert connection.execute(select(Token.symbol, Token.decimals)).one() == wanted


def test_span__few_events__doubles_up_to_the_most() -> None:
    span = Span()
    for _ in range(20):
        span.worked(span.blocks, 0)
    assert span.blocks == MOST_BLOCKS


def test_span__stretch_shorter_than_asked__stays() -> None:
    span = Span()
    span.worked(5, 0)
    assert span.blocks == FIRST_BLOCKS


def test_span__too_many_events_or_refused__halves() -> None:
    span = Span()
    span.worked(span.blocks, 20_000)
    assert span.blocks == FIRST_BLOCKS // 2
    span.failed(span.blocks)
    assert span.blocks == FIRST_BLOCKS // 4
    span.worked(span.blocks, 0)
    assert FIRST_BLOCKS // 4 < span.blocks < FIRST_BLOCKS // 3
