"""Blocks are replaced: around the funding of a deal and its report, a little or a lot, also while nobody looks."""

from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest

from escrow.errors import ForkProblem, RpcRefused
from tests.oracle.faults.committee import MAY, Committee
from tests.oracle.made import JULY, JUNE
from tests.oracle.proxy import Fault

DEPTHS = (1, 2, 7, 32, 64)


def mine(committee: Committee, count: int) -> None:
    committee.chain.rpc.call("anvil_mine", [hex(count)])


@pytest.mark.parametrize("depth", DEPTHS)
def test_fault__f9_fork_takes_the_settlement__the_same_report_is_sent_again(committee: Committee, depth: int) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    mine(committee, depth)
    committee.settle(terms, JUNE)
    (before,) = committee.reports(deal_id)
    head = committee.chain.rpc.block_number()
    mine(committee, max(0, before.log.block_number + depth - 1 - head))
    committee.round(mine=False)
    # Meanwhile more is known; what is signed stays.
    committee.feed([MAY[0] | {"source_event_id": "late", "unit_id": "late"}], "late")
    committee.fork(committee.chain.rpc.block_number() - before.log.block_number + 1)
    assert committee.reports(deal_id) == []
    committee.settle(terms, JUNE)
    (after,) = committee.reports(deal_id)
    assert (after.value, after.evidence) == (before.value, before.evidence)


@pytest.mark.parametrize("depth", DEPTHS)
def test_fault__f9_fork_takes_the_funding__nobody_signs_and_the_deal_is_forgotten(committee: Committee, depth: int) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    mine(committee, depth - 1)
    if depth > 1:
        committee.round(mine=False)
    committee.fork(depth)
    committee.chain.move_clock(JUNE)
    committee.rounds(3)
    assert all(member.journal() == {} for member in committee.members.values())
    assert committee.chain.escrow.deal(terms).funded == 0 and committee.reports(deal_id) == []
    del committee.deals[deal_id]


class Fork(Fault):
    """Once, when the call has come and before the node has it."""

    def __init__(self, committee: Committee, depth: int) -> None:
        self.committee, self.depth = committee, depth

    def before(self, calls: Sequence[dict[str, Any]], stopped: Event) -> None:
        self.committee.fork(self.depth)


def test_threat__o2_funding_is_taken_away_between_reading_and_signing__nothing_is_signed(committee: Committee) -> None:
    """Another member already proposes the same, so that this one would sign in this very cycle."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    opened_in = committee.chain.rpc.block_number()
    committee.chain.move_clock(JUNE)
    mine(committee, 1)
    committee["b"].cycle()
    a = committee["a"]
    a.proxy.spoil("eth_call", Fork(committee, committee.chain.rpc.block_number() - opened_in + 1), times=1)
    a.cycle()
    assert committee.chain.escrow.deal(terms).funded == 0
    committee.rounds(3)
    assert all(member.journal() == {} for member in committee.members.values())
    del committee.deals[deal_id]


def test_fault__f10_fork_is_deeper_than_the_window__the_process_ends_until_the_operator_allows_it(
    committee: Committee,
) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.restart("a", deepest_fork=5)
    a = committee["a"]
    committee.rounds(9)
    committee.fork(9)
    for _ in range(2):
        with pytest.raises(ForkProblem):
            a.cycle()
        committee.restart("a")
    committee.restart("a", deepest_fork=20)
    committee.settle(terms, JUNE)


def test_fault__f11_fork_while_the_process_is_down__is_found_at_the_start(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.settle(terms, JUNE)
    committee.rounds(2)
    committee["a"].stop()
    (report,) = committee.reports(deal_id)
    committee.fork(committee.chain.rpc.block_number() - report.log.block_number + 1)
    committee.rounds(1)
    committee.start("a")
    committee.only_pays("a")
    committee.settle(terms, JUNE)
    committee.settle(terms, JULY)
    assert [report.value for report in committee.reports(deal_id)] == [5, 5]


def test_fault__f12_node_lost_its_mempool__gets_the_same_bytes_again(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("anvil_mine", ["0x2"])
    committee.chain.rpc.call("evm_setAutomine", [False])
    a = committee["a"]
    for _ in range(5):
        if a.submissions():
            break
        committee.round(mine=False)
    (attempt,) = a.attempts()
    committee.chain.rpc.call("anvil_dropTransaction", [attempt.hash])
    with pytest.raises(AssertionError):
        assert committee.chain.rpc.call("eth_getTransactionByHash", [attempt.hash]) is not None
    committee.clock.now += 10
    a.cycle()
    assert committee.chain.rpc.call("eth_getTransactionByHash", [attempt.hash]) is not None
    committee.chain.rpc.call("evm_setAutomine", [True])
    committee.settle(terms, JUNE)
    assert len(a.attempts()) == 1 and len(committee.reports(deal_id)) == 1
    assert not isinstance(a.error, RpcRefused)
