"""Members fail: their clocks, keys, events and peers; they are down, leave, lie, or come back after a long time."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from escrow.contract import transact
from escrow.errors import ContractMissing, HeadProblem, KeystoreProblem
from oracle.outcome import Exit
from oracle.turns import turn_of
from tests import factories
from tests.factories import DAY
from tests.oracle import made
from tests.oracle.faults.committee import MAY, NAMES, Committee
from tests.oracle.made import AUGUST, JULY, JUNE
from tests.oracle.proxy import Drop, Fault, Rewrite

MORE = [made.wire(number, at="2008-06-20T00:00:00Z") for number in range(100, 103)]


def refund_is_open_after(committee: Committee, terms: Any) -> None:
    """What is left goes back when nobody has reported in time, and anybody can ask for it."""
    chain = committee.chain
    chain.move_clock(terms.ends_at + terms.report_grace)
    before = chain.dollar.balance_of(terms.client)
    chain.enrich("stranger")
    transact(chain.rpc, factories.key("stranger"), chain.escrow.refund_call(terms))
    assert chain.dollar.balance_of(terms.client) - before == terms.budget


# Clocks


@pytest.mark.parametrize("apart", [-601, 601], ids=["slow", "fast"])
def test_fault__f27_clock_is_ten_minutes_off__signs_nothing_and_the_others_settle(committee: Committee, apart: int) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    committee.chain.move_clock(JUNE)
    committee.clock.now = JUNE
    committee.restart("a", head_seconds=600)
    for _ in range(6):
        committee.clock.now = committee.chain.rpc.block("latest").timestamp + apart
        committee.round(seconds=0, mine=False)
        committee.chain.rpc.call("evm_mine")
    assert committee.is_settled(terms, JUNE)
    assert isinstance(a.error, HeadProblem) and a.journal() == {}
    committee.restart("a", head_seconds=0)


def test_fault__f27_clock_jumps_back_a_year__what_is_due_goes_by_the_blocks(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.chain.move_clock(JUNE)
    committee.rounds(2)
    committee.clock.now -= 365 * DAY
    committee.settle(terms, JUNE)
    committee.clock.now += 730 * DAY
    committee.settle(terms, JULY)
    assert [report.as_of for report in committee.reports(deal_id)] == [JUNE, JULY]


@pytest.mark.parametrize(
    "at",
    ["2008-03-30T01:30:00Z", "2008-05-31T23:59:59Z", "2008-06-01T00:00:00Z"],
    ids=["hour left out", "last second", "next"],
)
def test_fault__f27_edges_of_months_and_hours__each_event_is_in_one_period(committee: Committee, at: str) -> None:
    deal_id, terms = committee.open()
    committee.feed([made.wire(1, at=at), made.wire(2, at="2008-06-02T00:00:00Z")])
    for as_of in (JUNE, JULY):
        committee.settle(terms, as_of)
    first = 1 if at == "2008-05-31T23:59:59Z" else 0
    later = 2 if at != "2008-03-30T01:30:00Z" else 1
    assert [report.value for report in committee.reports(deal_id)] == [first, later]


# Sources


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": -1}, {"quantity": 1e309}, {"quantity": "NaN"}, {"quantity": 1.5}, {"occurred_at": "2008-05-05T00:00:00"},
        {"occurred_at": "yesterday"}, {"currency": "EURO"}, {"unit_id": None}, {"goal": 7}, {"surprise": 1},
    ],
)  # fmt: skip
def test_fault__f28_source_sends_what_is_no_event__the_message_is_refused_whole_and_no_part_counts(
    committee: Committee, change: dict[str, Any]
) -> None:
    """Also a sound event beside it: never a partial sum."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    bad = [made.wire(50), made.wire(51, **change)]
    for member in committee.members.values():
        answer = member.feed(bad, "bad")
        assert 400 <= answer.status_code < 500 and answer.json()["code"], answer.text
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5]


def test_fault__f28_events_come_late__count_in_the_next_report(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.settle(terms, JUNE)
    committee.feed([made.wire(60)], "late")
    committee.settle(terms, JULY)
    assert [report.value for report in committee.reports(deal_id)] == [5, 6]


# Peers


def test_fault__f30_one_member_lies__the_majority_settles(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY, "may", "a", "b")
    committee.feed([*MAY, *(made.wire(number) for number in range(20, 90))], "may", "c")
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5]
    assert committee["c"].journal() == {}


def test_fault__f30_all_members_differ__nobody_signs_and_the_way_back_opens(committee: Committee) -> None:
    deal_id, terms = committee.open()
    for number, name in enumerate(NAMES):
        committee.feed(MAY[: 2 * number + 2], "may", name)
    for at in (JUNE, JULY, AUGUST):
        committee.chain.move_clock(at)
        committee.rounds(2)
        assert {one.exit for outcomes in committee.round().values() for one in outcomes} == {Exit.DIFFERS}
    assert all(member.journal() == {} for member in committee.members.values()) and committee.reports(deal_id) == []
    refund_is_open_after(committee, terms)


def test_fault__f31_as_many_are_offline_as_may_be__settles_on_time(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee["b"].stop()
    committee.settle(terms, JUNE)
    committee.start("b")
    committee["a"].stop()
    committee.settle(terms, JULY)


def test_fault__f31_one_more_is_offline__waits_and_the_way_back_opens(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee["a"].stop()
    committee["b"].stop()
    for at in (JUNE, JULY, AUGUST):
        committee.chain.move_clock(at)
        committee.rounds(2)
    assert committee["c"].journal() == {} and committee.reports(deal_id) == []
    refund_is_open_after(committee, terms)


def test_fault__f32_member_leaves_in_between__signs_no_more_and_the_others_settle(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    chain = committee.chain
    chain.enrich("oracle-c")
    committee.settle(terms, JUNE)
    transact(chain.rpc, factories.key("oracle-c"), chain.escrow.leave_committee_call(committee.ground.committee))
    committee.feed(MORE, "more")
    committee.settle(terms, JULY)
    assert (terms_key(committee, terms), JULY) not in committee["c"].journal()
    outcomes = committee.round()
    assert [one.exit for one in outcomes["c"]] in ([Exit.NOT_MEMBER], [Exit.NOT_DUE])


def terms_key(committee: Committee, terms: Any) -> str:
    return next(deal_id for deal_id, known in committee.deals.items() if known == terms)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda home: (home / "signing.json").unlink(),
        lambda home: (home / "password").write_text("wrong"),
        lambda home: (home / "signing.json").write_text("{}"),
        lambda home: (home / "signing.json").chmod(0o644),
        lambda home: (home / "password").chmod(0o640),
        lambda home: (home / "gas.json").write_bytes((home / "signing.json").read_bytes()),
    ],
    ids=["missing", "wrong password", "damaged", "others can read the key", "others can read the password", "one for both"],
)
def test_fault__f33_key_can_not_be_used__does_not_start_and_says_why(
    committee: Committee, spoil: Callable[[Path], object], capfd: pytest.CaptureFixture[str]
) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    a = committee["a"]
    kept = {path.name: (path.read_bytes(), path.stat().st_mode) for path in a.folder.iterdir() if path.is_file()}
    a.stop()
    spoil(a.folder)
    capfd.readouterr()
    with pytest.raises(KeystoreProblem) as refused:
        committee.start("a")
    assert str(a.folder) in str(refused.value)
    committee.settle(terms, JUNE)
    for name in ("signing.json", "password", "gas.json"):
        (a.folder / name).write_bytes(kept[name][0])
        (a.folder / name).chmod(0o600)


def test_fault__f33_key_is_of_no_member__measures_nothing_and_signs_nothing(committee: Committee) -> None:
    _, terms = committee.open(committee=another_committee(committee))
    committee.feed(MAY)
    committee.chain.move_clock(JUNE)
    committee.rounds(3)
    assert committee["a"].cycle() == [] and committee["a"].journal() == {}
    assert not committee.is_settled(terms, JUNE)


def another_committee(committee: Committee) -> str:
    members = sorted((factories.person(f"stranger-{number}") for number in range(3)), key=lambda one: int(one, 16))
    call = committee.chain.escrow.create_committee_call(
        admin="0x" + "00" * 20, delay=0, min_quorum=2, max_quorum=3, members=members, salt=b"\x07" * 32
    )
    return committee.chain.escrow.committee_created(transact(committee.chain.rpc, committee.chain.deployer, call))


def test_fault__f35_events_come_twice_in_any_order_before_the_deal_and_after__count_once(committee: Committee) -> None:
    committee.feed(MAY[5:], "before-the-deal")
    deal_id, terms = committee.open()
    for number, name in enumerate(NAMES):
        committee.feed(MAY[::-1] if number % 2 else MAY, f"again-{number}", name)
        committee.feed(MAY[2:4], "and-again", name)
    for at in (JUNE, JULY, AUGUST):
        committee.settle(terms, at)
    committee.feed([made.wire(70)], "after-it-closed")
    committee.rounds(2)
    assert [report.value for report in committee.reports(deal_id)] == [5, 5, 5]


class Sleep(Fault):
    """The process is stopped between its last look and the send, and goes on when the others are long done."""

    def __init__(self, committee: Committee, terms: Any) -> None:
        self.committee, self.terms = committee, terms

    def before(self, calls: Sequence[dict[str, Any]], stopped: Event) -> None:
        self.committee.only_pays("b", "a")
        for _ in range(8):
            self.committee.clock.now += 75
            self.committee.chain.rpc.call("evm_mine")
            for name in "bc":
                self.committee[name].cycle()
        assert self.committee.is_settled(self.terms, JUNE)


def test_fault__f36_stopped_ten_minutes_right_before_it_sends__nothing_is_paid_twice(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("a")
    for member in committee.members.values():
        member.oracle.peers._timeout = 10  # type: ignore[union-attr]
    a = committee["a"]
    a.oracle.rpc._nodes[0]._client.timeout = 20  # type: ignore[union-attr]
    a.proxy.spoil("eth_sendRawTransaction", Sleep(committee, terms), times=1)
    committee.chain.move_clock(JUNE)
    for _ in range(8):
        if a.submissions():
            break
        for name in "bca":
            committee[name].cycle()
        committee.chain.rpc.call("evm_mine")
    committee.rounds(4)
    assert [row.state for row in a.submissions()] == ["reverted"] and len(committee.reports(deal_id)) == 1
    assert [one.exit for one in committee.round()["a"]] == [Exit.NOT_DUE]


def test_fault__f37_many_reports_after_a_long_outage__all_are_settled(committee: Committee) -> None:
    deals = [committee.open()[1] for _ in range(6)]
    committee.feed(MAY)
    for name in NAMES:
        committee[name].stop()
    committee.chain.move_clock(AUGUST)
    for name in NAMES:
        committee.start(name)
    committee.until(lambda: all(committee.chain.escrow.deal(terms).closed for terms in deals))


def test_fault__f38_contract_calls_itself_another_version__is_not_started(committee: Committee) -> None:
    a = committee["a"]
    a.proxy.spoil(
        "eth_call", Rewrite(lambda result, _: result.replace(b"1".hex().ljust(64, "0"), b"2".hex().ljust(64, "0")))
    )
    with pytest.raises(ContractMissing):
        committee.restart("a")


def test_fault__f38_contract_is_gone__the_process_ends_and_nothing_is_sent(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("evm_mine")
    a = committee["a"]
    a.proxy.spoil("eth_call", Rewrite(lambda result, _: "0x"))
    for _ in range(2):
        with pytest.raises(ContractMissing):
            a.cycle()
    assert a.submissions() == [] and a.journal() == {}
    a.proxy.mend()
    committee.settle(terms, JUNE)


def test_threat__o1_source_of_one_member_is_inflated_by_a_fifth__that_member_is_alone_and_signs_nothing(
    committee: Committee,
) -> None:
    """Each member hears the source by a secret of its own: one that was broken into moves one vote."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.feed([made.wire(80)], "forged", "a")
    committee.settle(terms, JUNE)
    assert [report.value for report in committee.reports(deal_id)] == [5] and committee["a"].journal() == {}


def test_threat__o4_database_is_restored_from_before_it_signed__signs_no_second_value(committee: Committee) -> None:
    """What is settled meanwhile is seen on the chain, and is not due any more."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.rounds(1)
    a = committee["a"]
    a.stop()
    backup = (a.folder / "oracle.sqlite").read_bytes()
    committee.start("a")
    committee.settle(terms, JUNE)
    a.stop()
    for leftover in a.folder.glob("oracle.sqlite*"):
        leftover.unlink()
    (a.folder / "oracle.sqlite").write_bytes(backup)
    committee.start("a")
    committee.feed([made.wire(81)], "more", "a")
    committee.rounds(3)
    assert a.journal() == {} and len(committee.reports(deal_id)) == 1
    a.accepted &= {made.wire(81)["source_event_id"]}


def test_threat__o7_gas_account_is_empty__another_member_brings_the_report(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays("b")
    committee.settle(terms, JUNE)
    assert committee["a"].submissions() == committee["c"].submissions() == []


def test_threat__o7_all_gas_accounts_are_empty__a_stranger_brings_the_signed_report(committee: Committee) -> None:
    """From what the members show to everybody."""
    deal_id, terms = committee.open()
    committee.feed(MAY)
    committee.only_pays()
    committee.chain.move_clock(JUNE)
    committee.rounds(5)
    shown = [committee[name].http.get(f"/peer/reports/{deal_id}/{JUNE}").json() for name in "ab"]
    report = next(iter(committee["a"].journal().values()))
    call = committee.chain.escrow.settle_call(
        terms,
        factories.report(deal_id=deal_id, as_of=JUNE, value=int(report[0]), evidence=report[1]),
        [one["report_signature"] for one in shown],
    )
    committee.chain.enrich("stranger")
    transact(committee.chain.rpc, factories.key("stranger"), call)
    assert committee.is_settled(terms, JUNE)


def test_threat__o10_peers_answer_with_garbage__nothing_crashes_and_nothing_is_counted(committee: Committee) -> None:
    _, terms = committee.open()
    committee.feed(MAY)
    garbage = [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"deal_id": 1}', b"[" * 5_000, b"x" * 200_000, b'{"value": 1e999}',
    ]  # fmt: skip
    answers = iter(garbage * 50)
    committee.spoilt = lambda name, answer: httpx.Response(200, content=next(answers), request=answer.request)
    committee.chain.move_clock(JUNE)
    for _ in range(4):
        committee.clock.now += 30
        committee.round()
    assert all(member.error is None and member.journal() == {} for member in committee.members.values())
    committee.spoilt = lambda name, answer: answer
    committee.settle(terms, JUNE)


@pytest.mark.parametrize("field", ["value", "evidence", "proposal_signature", "report_signature", "as_of", "deal_id"])
def test_threat__o10_peers_answer_is_changed_on_the_way__counts_for_nobody(committee: Committee, field: str) -> None:
    _, terms = committee.open()
    committee.feed(MAY)

    def change(name: str, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != 200:
            return answer
        given = answer.json()
        old = given[field]
        if field == "report_signature" and old is None:
            given[field] = given["proposal_signature"]
        else:
            given[field] = old + 1 if isinstance(old, int) else old[:-1] + ("0" if old[-1] != "0" else "1")
        return httpx.Response(200, content=json.dumps(given).encode(), request=answer.request)

    committee.spoilt = change
    committee.chain.move_clock(JUNE)
    committee.rounds(4, 30)
    assert not committee.is_settled(terms, JUNE)
    assert all(member.journal() == {} for member in committee.members.values())
    committee.spoilt = lambda name, answer: answer
    committee.settle(terms, JUNE)


def test_threat__o11_members_whose_turn_is_first_send_nothing__the_last_one_does_within_two_turns(
    committee: Committee,
) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    for name in NAMES:
        committee.restart(name, turn_seconds=30)
    members = [member.address for member in committee.members.values()]
    turns = {name: turn_of(committee[name].address, members, deal_id, JUNE) for name in NAMES}
    first, second, last = sorted(NAMES, key=lambda name: turns[name])
    for name in (first, second):
        committee[name].proxy.spoil("eth_sendRawTransaction", Drop())
    committee.chain.move_clock(JUNE)
    committee.chain.rpc.call("anvil_mine", ["0x2"])
    started = committee.clock.now
    committee.settle(terms, JUNE)
    # Two turns, and the rounds in which they agreed.
    assert 60 <= committee.clock.now - started <= 60 + 4 * 5
    assert [len(committee[name].submissions()) for name in (first, second, last)] == [1, 1, 1]
    assert committee[last].submissions()[0].nonce and len(committee.reports(deal_id)) == 1
