"""A threat that the index of the chain answers. See docs/threats.md."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from escrow.events import Closing
from tests import factories
from tests.api.indexer.scene import Scene, indexed
from tests.chain import LocalChain, anvil
from tests.factories import DAY, DOLLAR

JUNE = factories.STARTS_AT + 31 * DAY


@pytest.fixture
def scene() -> Iterator[Scene]:
    with anvil() as url, closing(LocalChain(url)) as chain:
        yield Scene(chain)


def test_threat__c28_the_events_are_all_there_is__give_the_state_of_the_contract_after_each_call(
    scene: Scene, tmp_path: Path
) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.disputable(retention_bps=1_000, base_per_period=1_000 * DOLLAR)
    deal_id = scene.open(terms)
    scene.send("client", escrow.top_up_call(terms, 5_000 * DOLLAR))
    # `indexed` makes the index anew from events and compares state, status, the report that waits, and the sums.
    indexed(scene, path, deal_id)
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 258)
    indexed(scene, path, deal_id)
    scene.send("client", escrow.dispute_call(terms, 200))
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None
    scene.chain.move_clock(deal.waiting.waiting.window_ends_at)
    scene.send("arbiter", escrow.rule_call(terms, 230))
    indexed(scene, path, deal_id)
    scene.send("agency", escrow.give_notice_call(terms))
    end = indexed(scene, path, deal_id).state.ends_at
    scene.chain.move_clock(end)
    scene.settle(terms, end, 300)
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None
    scene.chain.move_clock(deal.waiting.waiting.window_ends_at)
    scene.send("stranger", escrow.finalize_call(terms))
    deal = indexed(scene, path, deal_id)
    assert deal.closed is not None and deal.closed.cause is Closing.FINAL_REPORT
    assert deal.money.paid + deal.money.refunded == 405_000 * DOLLAR
