"""Reading a stretch: whole and of one branch, or not at all."""

from collections.abc import Iterator

import pytest

from api.indexer.read import ChainReader, Point
from escrow.errors import ForkWhileReading, RpcRefused
from escrow.rpc import Block, Rpc
from tests import factories
from tests.api.events import Life, committee_events
from tests.api.fake_chain import FakeBlock, FakeChain, FakeNode


@pytest.fixture
def reader(node: FakeNode) -> Iterator[ChainReader]:
    rpc = Rpc("http://node", transport=node)
    yield ChainReader(rpc, factories.domain())
    rpc.close()


def header(block: FakeBlock) -> Block:
    return Block(block.number, block.hash, block.parent_hash, block.timestamp)  # type: ignore[arg-type]


def point(block: FakeBlock) -> Point:
    return Point(block.number, block.hash)


def test_read__stretch__has_its_events_in_the_chains_order_and_their_blocks(
    reader: ChainReader, fake_chain: FakeChain
) -> None:
    start = fake_chain.mine(*committee_events())
    first = fake_chain.mine(*Life(factories.terms(salt=1)).open(), *Life(factories.terms(salt=2)).open())
    fake_chain.mine()
    last = fake_chain.mine(*Life(factories.terms(salt=3)).open())
    fake_chain.mine(*Life(factories.terms(salt=4)).open())
    stretch = reader.read(point(start), header(last))
    assert list(stretch.events) == [*first.events, *last.events]
    assert stretch.blocks == {block.number: header(block) for block in (first, last)}


def test_read__node_gives_logs_in_another_order__puts_them_right(
    reader: ChainReader, fake_chain: FakeChain, node: FakeNode
) -> None:
    block = fake_chain.mine(*committee_events())
    fake_chain.blocks[-1] = FakeBlock(**vars(block) | {"logs": block.logs[::-1]})
    assert list(reader.read(point(fake_chain.blocks[0]), header(block)).events) == list(block.events)


@pytest.mark.parametrize("method", ["eth_getLogs", "eth_getBlockByNumber"])
def test_read__chain_forks_before_this_call__refuses_the_stretch(
    reader: ChainReader, fake_chain: FakeChain, node: FakeNode, method: str
) -> None:
    start = fake_chain.mine(*committee_events())
    fake_chain.mine()
    last = header(fake_chain.mine())

    def fork(_: int, called: str) -> None:
        if called == method:
            node.hook = None
            fake_chain.cut(2)
            fake_chain.mine(*Life().open())
            fake_chain.mine()

    node.hook = fork
    with pytest.raises(ForkWhileReading):
        reader.read(point(start), last)


def test_read__start_is_on_another_branch__refuses_the_stretch(reader: ChainReader, fake_chain: FakeChain) -> None:
    left = point(fake_chain.mine())
    fake_chain.cut(1)
    fake_chain.mine()
    with pytest.raises(ForkWhileReading) as caught:
        reader.read(left, header(fake_chain.mine()))
    assert caught.value.block == left.number


def test_read__end_is_gone__refuses_the_stretch(reader: ChainReader, fake_chain: FakeChain) -> None:
    start = point(fake_chain.mine())
    last = header(fake_chain.mine())
    fake_chain.cut(1)
    with pytest.raises(ForkWhileReading):
        reader.read(start, last)


def test_blocks__more_than_the_node_takes_at_once__are_asked_in_parts(
    reader: ChainReader, fake_chain: FakeChain, node: FakeNode
) -> None:
    for _ in range(30):
        fake_chain.mine()
    node.most_calls = 7
    found = reader.blocks(range(33))
    assert [block.number if block else None for block in found] == [*range(31), None, None]


def test_blocks__node_refuses_even_one__says_so(reader: ChainReader, node: FakeNode) -> None:
    node.most_calls = 0
    with pytest.raises(RpcRefused):
        reader.blocks([0])
