"""The node fails: it is down, slow, busy, behind, on another chain, or answers nonsense."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from escrow.errors import ChainProblem, ContractMissing, HeadProblem, RpcRefused, RpcUnreachable
from oracle.outcome import Exit
from tests.oracle.faults.committee import MAY, NAMES, Committee
from tests.oracle.made import JULY, JUNE
from tests.oracle.proxy import Answer, Corrupt, Delay, Drop, Fault, Refuse, Rewrite, WrongId

SEND = "eth_sendRawTransaction"


def sent(committee: Committee) -> int:
    return sum(member.proxy.count(SEND) for member in committee.members.values())


def test_fault__f1_node_does_not_answer__others_settle_and_nothing_changes_here(committee: Committee) -> None:
    """Its cycle ends with a named error; when the node is back it goes on."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    a.proxy.spoil("*", Drop())
    committee.settle(terms, JUNE)
    assert isinstance(a.error, RpcUnreachable) and a.journal() == {}
    a.proxy.mend()
    committee["b"].proxy.spoil("*", Drop())
    committee.settle(terms, JULY)
    assert [report.value for report in committee.reports(deal_id)] == [5, 5]


def test_fault__f1_node_refuses_connections__the_second_node_stands_in(committee: Committee) -> None:
    deal_id, terms = committee.open()
    for name in NAMES:
        committee.restart(name, rpc_url="http://127.0.0.1:9", rpc_backup_url=committee[name].proxy.url)
    committee.feed(MAY)
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5]


def test_fault__f2_time_out_before_the_node_has_it__is_sent_again_and_mined_once(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee["a"].proxy.spoil(SEND, Drop(), times=2)
    committee.settle(terms, JUNE)
    assert len({row.hash for row in committee["a"].attempts()}) == len(committee["a"].submissions()) == 1
    assert committee["a"].proxy.count(SEND, forwarded=True) == 1
    assert len(committee.reports(deal_id)) == 1


@pytest.mark.parametrize("fault", [Drop(forwarded=True), Delay(1.5, forwarded=True)], ids=["connection lost", "too slow"])
def test_fault__f3_time_out_after_the_node_has_it__is_looked_up_and_never_built_anew(
    committee: Committee, fault: Fault
) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee["a"].proxy.spoil(SEND, fault, times=1)
    committee.settle(terms, JUNE)
    committee.rounds(3, 100)
    (submission,) = committee["a"].submissions()
    assert (submission.state, len(committee["a"].attempts())) == ("done", 1)
    assert committee["a"].proxy.count(SEND) == 1 and len(committee.reports(deal_id)) == 1


def test_fault__f4_node_says_429_with_retry_after__is_left_alone_and_the_second_stands_in(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    committee.restart("a", rpc_backup_url=committee.chain.url)
    a.proxy.spoil("*", Answer(429, headers={"retry-after": "30"}))
    before = len(a.proxy.seen)
    committee.only_pays("a")
    committee.settle(terms, JUNE)
    assert len(a.proxy.seen) == before + 1, "it was asked once, and then left alone"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_fault__f4_burst_of_errors__is_waited_for(committee: Committee, status: int) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    for member in committee.members.values():
        member.proxy.spoil("*", Answer(status), nth=3, times=4)
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("*", Corrupt(lambda _: b"<html>busy</html>")),
        ("*", Corrupt()),
        ("*", WrongId()),
        ("eth_getLogs", Rewrite(lambda result, _: None)),
        ("eth_getLogs", Rewrite(lambda result, _: {"logs": result})),
        ("eth_blockNumber", Rewrite(lambda result, _: None)),
        ("eth_getBlockByNumber", Rewrite(lambda result, _: {**result, "number": None})),
        ("eth_getBlockByNumber", Rewrite(lambda result, _: [])),
        ("eth_getBalance", Refuse("header not found")),
        ("eth_call", Rewrite(lambda result, _: "0x")),
        ("eth_call", Rewrite(lambda result, _: None)),
        ("eth_getTransactionReceipt", Rewrite(lambda result, _: [])),
    ],
    ids=["html", "cut short", "other id", "logs null", "logs no list", "height null", "block broken", "block no object",
         "one of a batch refused", "call empty", "call null", "receipt no object"],
)  # fmt: skip
def test_fault__f5_answer_is_nonsense__is_a_named_error_and_never_no_events(
    committee: Committee, name: str, fault: Fault
) -> None:
    """Nothing is taken from it: the deal is not forgotten, and is settled when the node is well again."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    for member in committee.members.values():
        member.proxy.spoil(name, fault)
    committee.chain.move_clock(JUNE)
    for _ in range(3):
        committee.clock.now += 5
        # The report is due only when the block that decides is past its time.
        committee.chain.rpc.call("evm_mine")
        for member in committee.members.values():
            try:
                member.cycle()
            except ContractMissing:
                assert name == "eth_call", "what answers so is no escrow: the process ends"
    for member in committee.members.values():
        member.proxy.mend()
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5]


def test_fault__f6_node_is_on_another_chain_at_the_start__is_not_started(committee: Committee) -> None:
    a = committee["a"]
    a.proxy.spoil("eth_chainId", Rewrite(lambda result, _: "0x1"))
    with pytest.raises(ChainProblem):
        committee.restart("a")


def test_fault__f6_node_changes_its_chain_while_running__nothing_is_sent_until_it_is_back(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee.chain.move_clock(JUNE)
    a = committee["a"]
    a.proxy.spoil("eth_chainId", Rewrite(lambda result, _: "0x1"))
    for _ in range(3):
        with pytest.raises(ChainProblem):
            a.cycle()
        for name in "bc":
            committee[name].cycle()
    assert sent(committee) == 0 and a.journal() == {}
    a.proxy.mend()
    committee.settle(terms, JUNE)


def hang(committee: Committee, name: str) -> None:
    """Its first node stays at the block that is the newest now."""
    head = committee.chain.rpc.call("eth_getBlockByNumber", ["latest", False])

    def stuck(result: Any, params: Any) -> Any:
        return head if params[0] == "latest" else result if int(params[0], 16) <= int(head["number"], 16) else None

    committee[name].proxy.spoil("eth_getBlockByNumber", Rewrite(stuck))
    committee[name].proxy.spoil("eth_blockNumber", Rewrite(lambda result, _: head["number"]))


def test_fault__f7_node_hangs_behind__the_second_is_asked(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.restart("a", rpc_backup_url=committee.chain.url)
    committee.rounds(1)
    hang(committee, "a")
    committee.rounds(5)
    committee.only_pays("a")
    committee.settle(terms, JUNE)
    assert committee["a"].proxy.count(SEND) == 0, "it went by the second node"


def test_fault__f7_only_node_hangs_behind__its_cycles_decide_nothing(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    committee.clock.now = committee.chain.rpc.block("latest").timestamp
    committee.restart("a", head_seconds=300)
    committee.rounds(1)
    assert a.error is None
    hang(committee, "a")
    committee.clock.now += 301
    committee.settle(terms, JUNE)
    assert isinstance(a.error, HeadProblem) and a.journal() == {}
    committee.restart("a", head_seconds=0)


@pytest.mark.parametrize("words", ["missing trie node", "history has been pruned", "node is syncing"])
def test_fault__f8_node_has_no_history__nothing_is_signed_on_a_guess(committee: Committee, words: str) -> None:
    """And no block is asked for by a tag that nodes understand differently: how deep is deep enough is a setting."""
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    for method in ("eth_getLogs", "eth_call"):
        a.proxy.spoil(method, Refuse(words))
    committee.settle(terms, JUNE)
    assert isinstance(a.error, RpcRefused) and a.journal() == {}
    asked = [json.dumps(one.params) for member in committee.members.values() for one in member.proxy.seen]
    assert not [one for one in asked if '"finalized"' in one or '"safe"' in one or '"pending"' in one]


def test_fault__f8_no_tag_is_known_but_latest__settles_all_the_same(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    decided: list[Any] = []
    for member in committee.members.values():
        member.proxy.spoil("eth_call", Rewrite(lambda result, params: (decided.append(params[1]), result)[1]))
    committee.settle(terms, JUNE)
    assert any(tag.startswith("0x") for tag in decided), "what is due is decided at a block of a known number"


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("eth_maxPriorityFeePerGas", lambda result, _: None),
        ("eth_maxPriorityFeePerGas", lambda result, _: "0x"),
        ("eth_getBlockByNumber", lambda result, _: {k: v for k, v in result.items() if k != "baseFeePerGas"}),
    ],
)
def test_fault__f22_node_tells_no_fees__is_not_sent_by_name_and_goes_on_later(
    committee: Committee, method: str, change: Callable[[Any, Any], Any]
) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    committee["a"].proxy.spoil(method, Rewrite(change))
    committee.chain.move_clock(JUNE)
    committee.rounds(4)
    outcomes = committee.round()["a"]
    assert [one.exit for one in outcomes] == [Exit.NOT_SENT] and "no base fee" in outcomes[0].sentence
    committee["a"].proxy.mend()
    committee.settle(terms, JUNE)
