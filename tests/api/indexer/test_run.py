"""The run loop over a node that goes away, comes back and talks nonsense meanwhile: it goes on, with the same rows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import select

from api.db.models import Cursor, Token
from escrow.errors import ChainProblem
from tests import factories
from tests.api.events import Life, committee_events
from tests.api.fake_chain import FakeChain
from tests.api.following import Following, indexer_settings
from tests.api.http_node import HttpNode, half_a_batch
from tests.api.indexes import fresh_digest

OUTAGE_SECONDS = 0.2
OTHER_TOKEN = factories.checksummed("0bad" * 10)


@pytest.fixture
def http(fake_chain: FakeChain) -> Iterator[HttpNode]:
    with HttpNode(fake_chain) as running:
        yield running


@pytest.fixture
def following(http: HttpNode, tmp_path: Path) -> Iterator[Following]:
    with Following(indexer_settings(http.url, factories.domain(), tmp_path / "followed.sqlite")) as running:
        yield running


def shut(http: HttpNode) -> Callable[[], None]:
    http.shut()
    return http.open


def answering(make: Callable[[HttpNode], Callable[[bytes], bytes | None]]) -> Callable[[HttpNode], Callable[[], None]]:
    """An outage in which the node answers so."""

    def begin(http: HttpNode) -> Callable[[], None]:
        http.answer = make(http)
        return lambda: setattr(http, "answer", http.honest)

    return begin


REFUSAL = b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32005, "message": "daily request count exceeded"}}'
OUTAGES: dict[str, Callable[[HttpNode], Callable[[], None]]] = {
    "port shut": shut,
    "connections dropped": answering(lambda _: lambda body: None),
    "no JSON": answering(lambda _: lambda body: b"<html>502 Bad Gateway</html>"),
    "refuses everything": answering(lambda _: lambda body: REFUSAL),
    "batches not whole": answering(lambda http: half_a_batch(http.honest)),
}


@pytest.mark.parametrize("begin", OUTAGES.values(), ids=OUTAGES)
@pytest.mark.parametrize("forked", [False, True], ids=["chain goes on", "chain forks"])
def test_follow__node_is_away_for_a_while__goes_on_where_it_was(
    http: HttpNode,
    following: Following,
    fake_chain: FakeChain,
    template: Path,
    tmp_path: Path,
    begin: Callable[[HttpNode], Callable[[], None]],
    forked: bool,
) -> None:
    life = Life()
    with http.lock:
        fake_chain.mine(*committee_events())
        fake_chain.mine(*life.open())
        fake_chain.mine(*life.top_up(1))
    following.wait_for_block(3)
    before = following.digest
    end = begin(http)
    if forked:
        fake_chain.cut(1)
    fake_chain.mine(*life.top_up(2))
    fake_chain.mine(*life.credit(3))
    sleep(OUTAGE_SECONDS)
    assert following.is_running
    assert following.digest == before
    end()
    wanted = fresh_digest(template, tmp_path / "fresh.sqlite", http.node)
    assert wanted != before
    following.wait_for(wanted)


def test_follow__node_comes_later_than_the_indexer__begins_then(
    http: HttpNode, fake_chain: FakeChain, template: Path, tmp_path: Path
) -> None:
    fake_chain.mine(*Life().open())
    http.shut()
    with Following(indexer_settings(http.url, factories.domain(), tmp_path / "followed.sqlite")) as following:
        sleep(OUTAGE_SECONDS)
        assert following.is_running
        http.open()
        following.wait_for(fresh_digest(template, tmp_path / "fresh.sqlite", http.node))


def test_follow__node_goes_away_while_a_new_token_is_asked__reads_the_deal_again_with_its_token(
    http: HttpNode, following: Following, fake_chain: FakeChain, template: Path, tmp_path: Path
) -> None:
    with http.lock:
        fake_chain.mine(*Life(factories.terms(salt=1)).open())
    following.wait_for_block(1)
    failed: list[bytes] = []

    def fail_once(body: bytes) -> bytes | None:
        if b"eth_call" in body and not failed:
            failed.append(body)
            return None
        return http.honest(body)

    http.answer = fail_once
    with http.lock:
        fake_chain.mine(*Life(factories.terms(salt=2, token=OTHER_TOKEN)).open())
    following.wait_for(fresh_digest(template, tmp_path / "fresh.sqlite", http.node))
    assert failed
    tokens = following.rows(select(Token.address, Token.symbol, Token.decimals).order_by(Token.address))
    assert tokens == sorted([(factories.TOKEN, "TUSD", 6), (OTHER_TOKEN, "TUSD", 6)])


def test_follow__node_is_of_another_chain_all_at_once__ends_and_keeps_its_rows(
    http: HttpNode, fake_chain: FakeChain, tmp_path: Path
) -> None:
    settings = indexer_settings(http.url, factories.domain(), tmp_path / "followed.sqlite")
    fake_chain.mine(*Life().open())
    with pytest.raises(ChainProblem), Following(settings) as following:
        following.wait_for_block(1)
        before = following.digest
        with http.lock:
            http.node.chain_id = 1
            http.node.chain = FakeChain()
            http.node.chain.mine(*Life(factories.terms(salt=2)).open())
        following.wait_for_end()
        assert following.digest == before
        assert following.rows(select(Cursor.block_number)) == [(1,)]
