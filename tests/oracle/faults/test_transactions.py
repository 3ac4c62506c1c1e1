"""A transaction does not go as it should: stuck, refused, replaced, overtaken, reverted, or its key is not alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from escrow.contract import Call, transact
from escrow.errors import DatabaseProblem
from oracle.db.lease import lease
from oracle.outcome import Exit
from tests import factories
from tests.oracle.faults.committee import MAY, Committee, Member
from tests.oracle.made import JULY, JUNE
from tests.oracle.proxy import Drop, Fault, Refuse, Rewrite

SEND = "eth_sendRawTransaction"
GWEI = 10**9


class Meanwhile(Fault):
    """Something happens when the call has come and before the node has it."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens

    def before(self, calls: Sequence[dict[str, Any]], stopped: Event) -> None:
        self.happens()


@contextmanager
def mining_by_hand(committee: Committee) -> Iterator[Callable[[], object]]:
    rpc = committee.chain.rpc
    rpc.call("evm_setAutomine", [False])
    yield lambda: rpc.call("evm_mine")
    rpc.call("evm_setAutomine", [True])


def due(committee: Committee, *payers: str) -> Any:
    """A report is due, and only these can pay for gas."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays(*payers)
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("anvil_mine", ["0x2"])
    return deal_id, terms


def sees_no_pool(member: Member) -> None:
    """Anvil's estimates know what waits; other nodes' do not."""
    member.proxy.spoil("eth_estimateGas", Rewrite(lambda result, _: hex(400_000)))


def until_sent(committee: Committee, member: Member, count: int = 1) -> None:
    """Without a block."""
    for _ in range(8):
        if len(member.submissions()) >= count:
            return
        committee.round(mine=False)
    raise AssertionError("nothing was sent")


def fees(member: Member) -> list[tuple[int, int]]:
    return [(int(row.max_fee_units), int(row.tip_units)) for row in member.attempts()]


def test_fault__f13_fee_is_too_low__is_replaced_by_a_tenth_more_on_both_caps_until_it_is_mined(
    committee: Committee,
) -> None:
    deal_id, terms = due(committee, "a")
    a, rpc = committee["a"], committee.chain.rpc
    with mining_by_hand(committee) as mine:
        until_sent(committee, a)
        for _ in range(3):
            rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(fees(a)[-1][0] + GWEI)])
            mine()
            committee.clock.now += 30
            a.cycle()
    offered = fees(a)
    assert len(offered) == 4 and len({row.nonce for row in a.submissions()}) == 1
    for (cap, tip), (next_cap, next_tip) in pairwise(offered):
        assert 10 * next_cap >= 11 * cap and 10 * next_tip >= 11 * tip, "Anvil would take 5%, geth asks for 10%"
    rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(GWEI)])
    committee.settle(terms, JUNE)
    assert len(committee.reports(deal_id)) == 1


WORDINGS = [
    "already known",
    "transaction already imported",
    "transaction underpriced",
    "nonce too low: next nonce 2, tx nonce 1",
    "the tx doesn't have the correct nonce. account has nonce of: 2 tx has nonce of: 1",
    "replacement transaction underpriced",
    "max fee per gas less than block base fee: address 0x71562b, maxFeePerGas: 1, baseFee: 875000000",
    "txpool is full",
    "words that no node has said before",
]


@pytest.mark.parametrize("words", WORDINGS)
def test_fault__f14_node_has_it_but_says_it_refuses__is_looked_up_and_mined_once(committee: Committee, words: str) -> None:
    deal_id, terms = due(committee, "a")
    committee["a"].proxy.spoil(SEND, Refuse(words), times=2)
    committee.settle(terms, JUNE)
    committee.rounds(3, 100)
    (submission,) = committee["a"].submissions()
    assert submission.state == "done" and len(committee.reports(deal_id)) == 1


def test_fault__f15_first_is_mined_while_its_replacement_is_built__the_mined_one_counts(committee: Committee) -> None:
    deal_id, terms = due(committee, "a")
    a = committee["a"]
    with mining_by_hand(committee) as mine:
        until_sent(committee, a)
        a.proxy.spoil(SEND, Meanwhile(mine), times=1)
        committee.clock.now += 30
        a.cycle()
    committee.rounds(3)
    first, _ = a.attempts()
    (submission,) = a.submissions()
    assert (submission.state, submission.mined_hash) == ("done", first.hash)
    assert committee.is_settled(terms, JUNE) and len(committee.reports(deal_id)) == 1


def test_fault__f16_node_lost_the_earlier_of_two__it_is_sent_again_before_the_later_one(committee: Committee) -> None:
    first, second = committee.open(), committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("anvil_mine", ["0x2"])
    a = committee["a"]
    with mining_by_hand(committee) as mine:
        until_sent(committee, a, 2)
        committee.chain.rpc.call("anvil_dropTransaction", [a.attempts()[0].hash])
        mine()
        assert not any(committee.is_settled(terms, JUNE) for _, terms in (first, second)), "the later one waits"
        committee.clock.now += 10
        a.cycle()
        mine()
        assert all(committee.is_settled(terms, JUNE) for _, terms in (first, second))
    assert len(a.attempts()) == 2


def test_fault__f17_somebody_else_used_the_gas_key__it_sends_nothing_more_and_others_do(committee: Committee) -> None:
    deal_id, terms = due(committee, "a")
    a = committee["a"]
    a.proxy.spoil(SEND, Drop())
    for _ in range(6):
        committee.round()
    assert [row.state for row in a.submissions()] == ["pending"]
    transact(committee.chain.rpc, factories.key("gas-a"), Call(factories.person("stranger"), "0x", 1))
    a.proxy.mend()
    committee.rounds(4)
    assert [row.state for row in a.submissions()] == ["lost"]
    (outcome,) = committee.round()["a"]
    assert outcome.exit is Exit.NOT_SENT and "is used by somebody else" in outcome.sentence
    committee.only_pays("a", "b")
    committee.settle(terms, JUNE)
    assert a.proxy.count(SEND, forwarded=True) == 0 and len(committee.reports(deal_id)) == 1


def test_fault__f18_two_processes_on_one_database__the_second_one_ends_at_once(tmp_path: Path) -> None:
    """And the first one's lease is over when it dies, without anybody tidying up."""
    path = tmp_path / "oracle.sqlite"
    with lease(path):
        with pytest.raises(DatabaseProblem, match="in use by another oracle process"), lease(path):
            pass
    with lease(path):
        pass


def test_fault__f19_all_members_send_in_one_block__one_counts_and_the_others_are_no_alarm(
    committee: Committee, capfd: pytest.CaptureFixture[str]
) -> None:
    deal_id, _ = due(committee, "a", "b", "c")
    with mining_by_hand(committee) as mine:
        for member in committee.members.values():
            sees_no_pool(member)
        for member in committee.members.values():
            until_sent(committee, member)
        mine()
    committee.rounds(4)
    states = sorted(row.state for member in committee.members.values() for row in member.submissions())
    assert states == ["done", "reverted", "reverted"] and len(committee.reports(deal_id)) == 1
    said = "".join(capfd.readouterr())
    assert said.count("transaction reverted") == 2, "each of two once"
    assert "error" not in said


def test_fault__f20_receipt_says_reverted_since_another_was_first__counts_as_settled(
    committee: Committee, capfd: pytest.CaptureFixture[str]
) -> None:
    """The reason is found by asking the same again at that block."""
    deal_id, _ = due(committee, "a", "b")
    with mining_by_hand(committee) as mine:
        for name in "ab":
            sees_no_pool(committee[name])
        for name in "ab":
            until_sent(committee, committee[name])
        mine()
    committee.rounds(4)
    said = "".join(capfd.readouterr())
    assert "is as of 2008-06-01T00:00:00Z, which is not after the last one" in said
    for _ in range(3):
        outcomes = committee.round()
        assert {one.exit for member in "ab" for one in outcomes[member]} == {Exit.NOT_DUE}
    assert sum(len(committee[name].submissions()) for name in "ab") == 2 and len(committee.reports(deal_id)) == 1


def test_fault__f21_gas_is_never_enough__is_left_alone_after_three_and_other_deals_go_on(committee: Committee) -> None:
    marked = 0xDEAD_BEEF_DEAD_BEEF
    _, poor = committee.open(salt=marked)
    _, well = due(committee, "a")
    a = committee["a"]

    def too_little(estimate: Any, params: Any) -> Any:
        return hex(60_000) if f"{marked:x}" in params[0]["data"] else estimate

    a.proxy.spoil("eth_estimateGas", Rewrite(too_little))
    committee.rounds(12)
    states = {row.deal_id: [] for row in a.submissions()}
    for row in a.submissions():
        states[row.deal_id].append(row.state)
    assert sorted(states.values()) == [["done"], ["reverted"] * 3]
    said = [one.sentence for one in committee.round()["a"] if one.exit is Exit.NOT_SENT]
    assert len(said) == 1 and "failed 3 times" in said[0]
    assert committee.is_settled(well, JUNE) and not committee.is_settled(poor, JUNE)
    committee.only_pays("a", "b")
    committee.settle(poor, JUNE)


def test_fault__f21_gas_can_not_be_estimated__nothing_is_sent_and_it_is_said(committee: Committee) -> None:
    _, terms = due(committee, "a")
    a = committee["a"]
    a.proxy.spoil("eth_estimateGas", Refuse("gas required exceeds allowance (30000000)"))
    committee.rounds(5)
    (outcome,) = committee.round()["a"]
    assert outcome.exit is Exit.NOT_SENT and "gas required exceeds allowance" in outcome.sentence
    assert a.submissions() == []
    a.proxy.mend()
    committee.settle(terms, JUNE)


def test_fault__f22_base_fee_is_ten_times_as_high__waits_and_pays_more_as_the_deadline_nears(committee: Committee) -> None:
    """The ceiling is 200 gwei: a quarter of it at first, all of it when an eighth of the two weeks is left."""
    _, terms = due(committee, "a")
    a, rpc = committee["a"], committee.chain.rpc

    def look(at: int) -> Any:
        rpc.call("evm_setNextBlockTimestamp", [at])
        for _ in range(2):
            rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(100 * GWEI)])
            rpc.call("evm_mine")
        return committee.round(mine=False)["a"][0]

    for _ in range(3):
        early = look(rpc.block("latest").timestamp + 5)
    assert early.exit is Exit.NOT_SENT and "fee of a unit of gas is 100000000000 units, above the most" in early.sentence
    assert a.submissions() == []
    late = look(JUNE + terms.report_grace * 7 // 8)
    assert late.exit is Exit.SENT
    ((cap, _),) = fees(a)
    assert cap == 200 * GWEI
    committee.rounds(3)
    assert committee.is_settled(terms, JUNE) and not committee.is_settled(terms, JULY)
