"""The cycle's decisions, exit by exit, on a real database; chain, peers and sender are played by the test."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from escrow.claims import Claim
from escrow.claims import Outcome as Outcome_
from escrow.contract import EscrowContract
from escrow.documents import hash_of
from escrow.errors import ChainProblem, GasBalanceProblem, RpcRefused, RpcUnreachable, StatusProblem
from escrow.events import (
    Closing,
    DealClosed,
    Event,
    MemberRemoved,
    NoticeGiven,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.ids import Timestamp
from escrow.measure import read_bundle
from escrow.report import proposal_digest, report_digest, sign_digest
from escrow.rpc import Block
from escrow.schedule import Deal
from escrow.status import Status
from escrow.terms import Basis, Terms
from oracle.book import Checkpoint
from oracle.cycle import Cycle, CycleParts
from oracle.fees import Window
from oracle.ledger import Delivery
from oracle.outbox import Purpose
from oracle.outcome import Exit, Outcome
from oracle.standing import Standing
from oracle.turns import turn_of
from tests import factories
from tests.factories import DAY, STARTS_AT
from tests.oracle import made
from tests.oracle.made import ACCOUNT, AUGUST, JULY, JUNE
from tests.oracle.single import Single, at, block_hash

ME = factories.person("oracle-a")
WINDOW, RULING = 7 * DAY, 14 * DAY
NAMES = {"b": factories.person("oracle-b"), "c": factories.person("oracle-c")}


class PlayedContract(EscrowContract):
    """Answers from a table; what was settled lately is seen at "latest" only."""

    def __init__(self, domain: Any) -> None:
        super().__init__(None, domain)  # type: ignore[arg-type]
        self.deals: dict[int, Deal] = {}
        self.latest: dict[int, Deal] = {}
        self.claims: dict[Any, Claim | None] = {}
        self.state = Status.RUNNING
        self.asked: list[Any] = []
        self.fails: Exception | None = None

    def deal(self, terms: Terms, at: Any = "latest") -> Deal:
        self.asked.append(at)
        if self.fails:
            raise self.fails
        if at == "latest" and terms.salt in self.latest:
            return self.latest[terms.salt]
        return self.deals[terms.salt]

    def claim(self, terms: Terms, at: Any = "latest") -> tuple[Claim | None, int]:
        """Without one for the newest block, that of the others."""
        return self.claims.get(at, self.claims.get(None)), 0

    def status(self, terms: Terms, at: Any = "latest") -> Status:
        return self.state


class Play:
    """A member's cycle over one deal that is due."""

    def __init__(self, single: Single) -> None:
        self.single = single
        self.contract = PlayedContract(single.domain)
        self.block = Block(1, block_hash(1), block_hash(0), JUNE)
        self.peers: list[Standing] = []
        self.sent: list[tuple[Any, ...]] = []
        self.flying: Any = None
        self.send_error: Exception | None = None
        self.seconds = 0
        self.document = made.agreement_document()
        single.store.put(self.document)
        self.deal_id = ""
        self.cycle = self.restarted()

    def restarted(self) -> Cycle:
        """With nothing but what is on the disk."""
        single = self.single
        board = type(single.board)(single.journal, single.signer, single.domain)
        parts = CycleParts(
            member=ME,
            contract=self.contract,
            follower=self,  # type: ignore[arg-type]
            book=single.book,
            agreements=single.agreements,
            measuring=type(single.measuring)(single.ledger, single.store, board),
            board=board,
            peers=self,  # type: ignore[arg-type]
            sender=self,  # type: ignore[arg-type]
            turn_seconds=10,
            clock=lambda: 1,
            timer=lambda: self.seconds,
        )
        self.cycle, self.board = Cycle(parts), board
        return self.cycle

    # The parts that are played

    def advance(self) -> Block:
        return self.block

    def ask(self, deal_id: str, as_of: int) -> list[Standing]:
        return [one for one in self.peers if (one.report.deal_id, one.report.as_of) == (deal_id, as_of)]

    def tend(self, confirmed: int, is_settled: Callable[[Any], bool]) -> None:
        self.tended = confirmed

    def in_flight(self, deal_id: str, as_of: int, purpose: Purpose) -> Any:
        return self.flying

    def submit(self, deal_id: str, as_of: int, call: Any, purpose: Purpose, window: Window) -> None:
        if self.send_error:
            raise self.send_error
        self.sent.append((deal_id, as_of, call))
        self.window = window

    # What the test says

    def open(self, **changes: Any) -> Terms:
        terms = factories.terms(**{"agreement": hash_of(self.document)} | changes)
        self.contract.deals[terms.salt] = factories.deal(terms)
        self.deal_id = self.single.open(terms, block=terms.salt)
        self.block = replace(self.block, number=terms.salt)
        return terms

    def hear(self, *numbers: int, **changes: Any) -> None:
        events = [made.event(number, **changes) for number in numbers]
        name = f"message-{self.single.ledger.position()}"
        self.single.ledger.record(Delivery(ACCOUNT, name, "signed_api/1", {}, name.encode(), 1), events)

    def turn(self) -> Outcome:
        _, (outcome,) = self.cycle.run()
        assert outcome.sentence
        return outcome

    def own(self, as_of: int = JUNE) -> Standing:
        return self.board.posted(self.deal_id, as_of).standing

    def join(self, *names: str, signs: bool = False, **changes: Any) -> None:
        """These members would sign what this one would, but for the changes."""
        report = replace(self.own().report, **changes)
        self.peers = [one for one in self.peers if one.member not in [NAMES.get(name) for name in names]]
        self.peers += [self.standing(name, report, signs) for name in names]

    def standing(self, name: str, report: Any, signs: bool) -> Standing:
        key, domain = factories.key(f"oracle-{name}"), self.single.domain
        signature = sign_digest(report_digest(report, domain), key) if signs else None
        return Standing(
            factories.person(f"oracle-{name}"), report, sign_digest(proposal_digest(report, domain), key), signature
        )

    def settle(self, as_of: int, evidence: str, block: int = 2) -> None:
        """The chain has it, deep enough."""
        salt = next(iter(self.contract.deals))
        self.contract.deals[salt] = replace(self.contract.deals[salt], last_as_of=as_of)
        event = ReportSettled(self.deal_id, as_of, 1, evidence, 3, 0, 0, at(block))  # type: ignore[arg-type]
        self.single.book.add([event], Checkpoint(block, block_hash(block)))
        self.block = replace(self.block, number=block)

    def file(self, as_of: int, block: int = 2, **changes: Any) -> None:
        """The report waits, deep enough; a self-report where nobody signed."""
        self.contract.claims[None] = replace(Claim(Timestamp(as_of), Timestamp(as_of + WINDOW), 2, 2), **changes)
        signers = 0 if self.contract.claims[None].is_self_report else 3
        event = ReportWaits(self.deal_id, as_of, 2, "ab" * 32, signers, 0, as_of + WINDOW, at(block))  # type: ignore[arg-type]
        self.add(event, block)

    def add(self, event: Event, block: int = 2) -> None:
        self.single.book.add([event], Checkpoint(block, block_hash(block)))
        self.block = replace(self.block, number=block)

    def wait_for_my_turn(self) -> None:
        self.turn()
        self.seconds += 30


@pytest.fixture
def play(single: Single) -> Play:
    return Play(single)


@pytest.fixture
def due(play: Play) -> Play:
    """A report as of 1 June is due, and two customers were won."""
    play.open()
    play.hear(1, 2)
    play.hear(3, won=False)
    return play


@pytest.fixture
def disputable(play: Play) -> Play:
    """A deal with an arbiter, whose report as of 1 June is due."""
    play.open(arbiter=factories.person("arbiter"), challenge_window=WINDOW, ruling_window=RULING, self_report=True)
    play.hear(1, 2)
    return play


# Before anything is measured


def test_cycle__no_deals__does_nothing(play: Play) -> None:
    assert play.cycle.run() == (play.block, [])
    assert play.tended == play.block.number


def test_cycle__deal_of_another_committee__is_not_looked_at(play: Play) -> None:
    play.single.open(factories.terms(), members="bc")
    assert play.cycle.run()[1] == []


def test_cycle__too_early__waits_without_asking_the_chain(play: Play) -> None:
    play.open()
    play.block = replace(play.block, timestamp=JUNE - 1)
    outcome = play.turn()
    assert (outcome.exit, outcome.data["until"]) == (Exit.NOT_DUE, "2008-06-01T00:00:00Z")
    assert play.contract.asked == []


def test_cycle__decides_by_the_block__and_not_by_a_later_one(due: Play) -> None:
    due.turn()
    assert due.contract.asked[0] == due.block.number


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"closed": True}, Status.CLOSED),
        ({"funded": 0}, Status.UNKNOWN),
    ],
)
def test_cycle__deal_that_takes_no_report__is_left_alone(due: Play, change: dict[str, Any], expected: Status) -> None:
    due.contract.deals[1] = replace(due.contract.deals[1], **change)
    outcome = due.turn()
    assert (outcome.exit, outcome.data["status"]) == (Exit.NO_MORE, expected.name.lower())


def test_cycle__after_the_grace__is_left_alone(due: Play) -> None:
    due.block = replace(due.block, timestamp=AUGUST + 14 * DAY)
    assert due.turn().exit is Exit.NO_MORE


def test_cycle__closed_in_the_book__is_not_looked_at(due: Play) -> None:
    closed = DealClosed(due.deal_id, 1, 0, 0, 0, at(2))  # type: ignore[arg-type]
    due.single.book.add([closed], Checkpoint(2, block_hash(2)))
    assert due.cycle.run()[1] == []


def test_cycle__chain_says_other_than_the_book__waits(due: Play) -> None:
    due.contract.deals[1] = replace(due.contract.deals[1], last_as_of=STARTS_AT + 5)
    assert due.turn().exit is Exit.CHAIN_CHANGED


def test_cycle__settled_but_not_deep_enough__sends_nothing(due: Play) -> None:
    due.contract.latest[1] = replace(due.contract.deals[1], last_as_of=JUNE)
    outcome = due.turn()
    assert (outcome.exit, outcome.as_of) == (Exit.SETTLED, JUNE)


def test_cycle__joined_after_the_time_of_the_report__is_no_member_for_it(play: Play) -> None:
    terms = factories.terms(agreement=hash_of(play.document))
    play.contract.deals[terms.salt] = factories.deal(terms)
    play.single.open(terms, active_at=JUNE)
    assert play.turn().exit is Exit.NOT_MEMBER


@pytest.mark.parametrize(
    ("document", "changes", "code"),
    [
        (None, {"agreement": hash_of(b"nobody has it")}, "DocumentMissing"),
        (b'{"schema": "agreement/1"}', {}, "AgreementFaults"),
        (b"no json", {}, "AgreementFaults"),
        (made.agreement_document(), {"period_length": 93 * DAY}, "AgreementMismatch"),
        (made.agreement_document(), {"starts_at": STARTS_AT + 1}, "AgreementMismatch"),
        (made.agreement_document(), {"basis": Basis.PER_PERIOD}, "AgreementMismatch"),
        (
            made.agreement_document(
                sources=[{"account": "unheard", "adapter": "signed_api", "role": "controlling", "grade": "B"}]
            ),
            {},
            "SourceMissing",
        ),
        (
            made.agreement_document(
                sources=[
                    {"account": ACCOUNT, "adapter": "csv", "role": "controlling", "grade": "D"},
                    {"account": "unheard", "adapter": "signed_api", "role": "check", "grade": "B"},
                ]
            ),
            {},
            "SourceMissing",
        ),
    ],
)
def test_cycle__agreement_that_can_not_be_used__is_skipped_by_name_and_nothing_is_signed(
    play: Play, document: bytes | None, changes: dict[str, Any], code: str
) -> None:
    play.document = document or play.document
    play.single.store.put(play.document)
    play.open(**changes)
    play.block = replace(play.block, timestamp=AUGUST + 2 * DAY)
    outcome = play.turn()
    assert (outcome.exit, outcome.data["code"]) == (Exit.SKIPPED, code)
    assert outcome.data["reason"] in outcome.sentence
    assert play.single.http.get(f"/peer/reports/{play.deal_id}/{AUGUST}").status_code == 404


def test_cycle__damaged_copy_of_the_agreement__is_skipped_by_name(due: Play) -> None:
    path = due.single.store._folder / hash_of(due.document)
    path.write_bytes(due.document.replace(b"yes", b"no!"))
    outcome = due.turn()
    assert (outcome.exit, outcome.data["code"]) == (Exit.SKIPPED, "DocumentCorrupt")


def test_cycle__one_deal_is_faulty__the_other_goes_on(due: Play) -> None:
    due.open(agreement=hash_of(b"nobody has it"), salt=2)
    _, outcomes = due.cycle.run()
    assert [one.exit for one in outcomes] == [Exit.FEW_PROPOSALS, Exit.SKIPPED]


# Up to the lock


def test_cycle__alone__proposes_what_it_measured_and_signs_no_report(due: Play) -> None:
    outcome = due.turn()
    assert (outcome.exit, dict(outcome.data)) == (Exit.FEW_PROPOSALS, {"count": 1, "quorum": 2, "value": 2})
    assert due.own().report.value == 2 and due.own().report_signature is None
    assert due.single.journal.locked(due.deal_id, JUNE) is None


def test_cycle__proposal__has_its_evidence_in_the_store(due: Play) -> None:
    due.turn()
    bundle = read_bundle(due.single.store.get(due.own().report.evidence) or b"")
    assert (bundle.deal_id, bundle.value, bundle.previous) == (due.deal_id, 2, None)
    assert bundle.counts.excluded == {"criteria_not_met": 1}


def test_cycle__second_report__names_the_evidence_of_the_first(due: Play) -> None:
    due.settle(JUNE, "ab" * 32)
    due.block = replace(due.block, timestamp=JULY)
    assert due.turn().as_of == JULY
    assert read_bundle(due.single.store.get(due.own(JULY).report.evidence) or b"").previous == "ab" * 32


def test_cycle__per_period__counts_the_period_alone(play: Play) -> None:
    play.document = made.agreement_document(
        flight={"from": "2008-05-01T00:00:00Z", "to": "2008-07-30T00:00:00Z"}, reports={"every": "period"}
    )
    play.single.store.put(play.document)
    play.open(basis=Basis.PER_PERIOD, period_length=30 * DAY, periods=3)
    play.hear(1, 2, at="2008-05-10T00:00:00Z")
    play.hear(3, at="2008-06-10T00:00:00Z")
    play.settle(STARTS_AT + 30 * DAY, "ab" * 32)
    play.block = replace(play.block, timestamp=STARTS_AT + 70 * DAY)
    outcome = play.turn()
    assert (outcome.as_of, outcome.data["value"]) == (STARTS_AT + 60 * DAY, 1)


def test_cycle__peer_differs__nobody_signs_and_both_values_are_said(due: Play) -> None:
    due.turn()
    due.join("b", value=3)
    outcome = due.turn()
    assert outcome.exit is Exit.DIFFERS
    assert f"{ME[:10]}… 2 (" in outcome.sentence and f"{NAMES['b'][:10]}… 3 (" in outcome.sentence
    assert due.single.journal.locked(due.deal_id, JUNE) is None


def test_cycle__same_value_by_other_evidence__is_a_difference(due: Play) -> None:
    due.turn()
    due.join("b", evidence=hash_of(b"other"))
    assert due.turn().exit is Exit.DIFFERS


def test_cycle__two_peers_agree_on_another_value__is_never_followed(due: Play) -> None:
    due.turn()
    due.join("b", "c", signs=True, value=3)
    assert due.turn().exit is Exit.DIFFERS
    assert due.single.journal.locked(due.deal_id, JUNE) is None and due.own().report_signature is None


@pytest.mark.parametrize("name", ["stranger", "a"])
def test_cycle__equal_proposal_by_no_other_member__does_not_count(due: Play, name: str) -> None:
    due.turn()
    due.peers = [due.standing(name, due.own().report, False)]
    assert due.turn().exit is Exit.FEW_PROPOSALS


def test_cycle__one_peer_twice__is_one_voice(due: Play) -> None:
    due.open(quorum=3, salt=3)
    due.cycle.run()
    report = due.board.posted(due.deal_id, JUNE).standing.report
    due.peers = [due.standing("b", report, False)] * 2
    outcome = next(one for one in due.cycle.run()[1] if one.deal_id == due.deal_id)
    assert (outcome.exit, outcome.data["count"]) == (Exit.FEW_PROPOSALS, 2)


def test_cycle__quorum_of_equal_proposals__is_locked_before_it_is_signed(due: Play) -> None:
    due.turn()
    due.join("b")
    outcome = due.turn()
    assert (outcome.exit, outcome.data["count"]) == (Exit.FEW_SIGNATURES, 1)
    lock = due.single.journal.locked(due.deal_id, JUNE)
    assert lock is not None and lock.report == due.own().report
    assert due.own().report_signature is not None


def test_cycle__liar_beside_an_honest_peer__does_not_hold_the_report_up(due: Play) -> None:
    due.turn()
    due.join("b", signs=True)
    due.join("c", signs=True, value=900)
    due.wait_for_my_turn()
    assert due.turn().exit is Exit.SENT
    assert [call[1] for call in due.sent] == [JUNE]


def test_cycle__late_event_before_the_lock__is_measured_again(due: Play) -> None:
    assert due.turn().data["value"] == 2
    due.hear(4)
    assert due.turn().data["value"] == 3


def test_cycle__late_event_after_the_lock__changes_nothing_any_more(due: Play) -> None:
    due.turn()
    due.join("b")
    due.turn()
    signed = due.own()
    due.hear(4)
    assert due.turn().exit is Exit.FEW_SIGNATURES
    assert due.own() == signed
    due.restarted()
    assert due.turn().data["value"] == 2 and due.own() == signed


# Back to what was proposed before


@pytest.fixture
def parted(due: Play) -> Play:
    """Member b locked what all proposed; then this member heard one event more."""
    due.turn()
    due.join("b", signs=True)
    due.hear(4)
    locked, due.peers = due.peers, []
    assert due.turn().data["value"] == 3
    due.peers = locked
    return due


def test_cycle__peer_is_locked_on_what_this_member_proposed_before__goes_back_to_it(parted: Play) -> None:
    parted.wait_for_my_turn()
    assert (parted.own().report.value, parted.own().report) == (2, parted.peers[0].report)
    assert parted.turn().exit is Exit.SENT


def test_cycle__peer_is_locked_on_it__also_after_a_restart(parted: Play) -> None:
    parted.restarted()
    parted.turn()
    assert parted.own().report == parted.peers[0].report and parted.own().report_signature is not None
    lock = parted.single.journal.locked(parted.deal_id, JUNE)
    assert lock is not None and lock.ledger_position == 3


def test_cycle__back_to_an_earlier_proposal__its_evidence_and_events_are_the_earlier_ones(parted: Play) -> None:
    parted.turn()
    bundle = read_bundle(parted.single.store.get(parted.own().report.evidence) or b"")
    assert (bundle.value, len(bundle.rows)) == (2, 3)
    assert len(parted.single.http.get(f"/events/{parted.deal_id}/{JUNE}").text.splitlines()) == 3


def test_cycle__quorum_for_what_it_proposes_now__comes_before_what_it_proposed_earlier(parted: Play) -> None:
    parted.peers.append(parted.standing("c", parted.own().report, False))
    parted.turn()
    assert parted.own().report.value == 3 and parted.own().report_signature is not None


def test_cycle__peer_only_proposes_what_this_member_proposed_before__waits_for_the_peer(parted: Play) -> None:
    parted.peers = [replace(one, report_signature=None) for one in parted.peers]
    assert parted.turn().exit is Exit.DIFFERS
    assert parted.own().report.value == 3


def test_cycle__peer_is_locked_on_what_this_member_never_proposed__is_never_followed(parted: Play) -> None:
    for changes in ({"value": 1}, {"evidence": hash_of(b"other")}):
        parted.peers = [parted.standing("b", replace(parted.peers[0].report, **changes), True)]
        assert parted.turn().exit is Exit.DIFFERS
    assert parted.single.journal.locked(parted.deal_id, JUNE) is None


def test_cycle__way_back_needs_a_third__shows_the_earlier_proposal_until_there_is_one(due: Play) -> None:
    due.open(quorum=3, salt=3)
    due.cycle.run()
    earlier = due.own().report
    due.hear(4)
    due.cycle.run()
    due.peers = [due.standing("b", earlier, True)]
    due.cycle.run()
    assert due.own().report == earlier and due.own().report_signature is None
    due.peers.append(due.standing("c", earlier, False))
    due.cycle.run()
    assert due.own().report == earlier and due.own().report_signature is not None


@pytest.mark.parametrize("signs", [False, True])
def test_cycle__old_proposal_of_a_peer_shown_again_by_another__does_not_silence_it(due: Play, signs: bool) -> None:
    due.turn()
    report = due.own().report
    due.peers = [due.standing("b", replace(report, value=1), False), due.standing("b", report, signs)]
    assert due.turn().exit in (Exit.FEW_SIGNATURES, Exit.NOT_MY_TURN, Exit.SENT)


# Measured once


def test_cycle__nothing_new__is_not_measured_again(due: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    due.turn()
    monkeypatch.setattr("oracle.measuring.measure", None)
    due.hear(9, at="2008-06-02T00:00:00Z")
    assert due.turn().data["value"] == 2


def test_cycle__events_of_a_locked_report__are_shown_as_they_were(due: Play) -> None:
    due.turn()
    due.join("b")
    due.turn()
    due.hear(4)
    lines = due.single.http.get(f"/events/{due.deal_id}/{JUNE}").text.splitlines()
    assert len(lines) == 3 and "unit_id" not in lines[0] and '"unit_key"' in lines[0]


# Up to the transaction


@pytest.fixture
def agreed(due: Play) -> Play:
    """Locked, and b has signed, too."""
    due.turn()
    due.join("b")
    due.turn()
    due.join("b", signs=True)
    return due


def my_turn(play: Play, as_of: int = JUNE) -> int:
    return turn_of(ME, [ME, *NAMES.values()], play.deal_id, as_of)


def test_cycle__signed_by_a_quorum__goes_out_when_it_is_this_members_turn(agreed: Play) -> None:
    turn = my_turn(agreed)
    outcomes = []
    for agreed.seconds in range(0, 31, 5):
        outcomes.append(agreed.turn().exit)
        if outcomes[-1] is Exit.SENT:
            break
    assert outcomes == [Exit.NOT_MY_TURN] * (2 * turn) + [Exit.SENT]
    (sent,) = agreed.sent
    assert sent[:2] == (agreed.deal_id, JUNE)
    assert agreed.window == Window(JUNE, Timestamp(JUNE + 14 * DAY)), "until its grace is over"


def test_cycle__transaction__is_the_contracts_settle_with_both_signatures(agreed: Play) -> None:
    agreed.wait_for_my_turn()
    agreed.turn()
    terms, report = agreed.single.book.terms(agreed.deal_id), agreed.own().report
    signatures = [agreed.own().report_signature, agreed.peers[0].report_signature]
    assert agreed.sent[0][2] == agreed.contract.settle_call(terms, report, signatures)


def test_cycle__more_signatures_than_the_quorum__are_left_out(agreed: Play) -> None:
    agreed.join("c", signs=True)
    agreed.wait_for_my_turn()
    outcome = agreed.turn()
    assert outcome.data["signers"].count("0x") == 2


def test_cycle__while_its_transaction_flies__sends_no_other(agreed: Play) -> None:
    agreed.wait_for_my_turn()
    agreed.turn()
    agreed.flying = type("Flying", (), {"last": type("Attempt", (), {"hash": "0x" + "ab" * 32})})
    agreed.seconds += 100
    assert agreed.turn().exit is Exit.IN_FLIGHT
    assert len(agreed.sent) == 1


def test_cycle__another_member_was_first__sends_nothing(agreed: Play) -> None:
    agreed.wait_for_my_turn()
    agreed.contract.latest[1] = replace(agreed.contract.deals[1], last_as_of=JUNE)
    assert agreed.turn().exit is Exit.SETTLED
    assert agreed.sent == []


@pytest.mark.parametrize("error", [GasBalanceProblem(ME, 1, 2), StatusProblem("0x12", Status.CLOSED)])
def test_cycle__transaction_can_not_be_sent__is_said_by_name(agreed: Play, error: Exception) -> None:
    agreed.wait_for_my_turn()
    agreed.send_error = error
    outcome = agreed.turn()
    assert (outcome.exit, outcome.data["reason"]) == (Exit.NOT_SENT, str(error))
    assert str(error) in outcome.sentence
    agreed.send_error = None
    assert agreed.turn().exit is Exit.SENT


@pytest.mark.parametrize("error", [RpcUnreachable("http://node", "down"), ChainProblem(1, 2)])
def test_cycle__node_is_down_or_another_one_when_it_sends__ends_the_cycle(agreed: Play, error: Exception) -> None:
    agreed.wait_for_my_turn()
    agreed.send_error = error
    with pytest.raises(type(error)):
        agreed.cycle.run()


def test_cycle__peer_signed_but_this_member_has_another_value__is_not_submitted(due: Play) -> None:
    due.turn()
    due.join("b", "c", signs=True, value=3)
    due.seconds += 100
    due.turn()
    due.seconds += 100
    assert due.turn().exit is Exit.DIFFERS and due.sent == []


def test_cycle__killed_after_the_lock__goes_on_with_the_same_signature(agreed: Play) -> None:
    signed = agreed.own()
    agreed.restarted()
    agreed.wait_for_my_turn()
    assert agreed.turn().exit is Exit.SENT
    assert agreed.own() == signed


# Reports that wait


def test_cycle__deal_with_an_arbiter__goes_by_the_contracts_status(disputable: Play) -> None:
    assert disputable.turn().exit is Exit.FEW_PROPOSALS
    disputable.contract.state = Status.SILENT
    assert disputable.turn().exit is Exit.NO_MORE


def test_cycle__report_waits__is_not_sent_again_and_nothing_else_is_due(disputable: Play) -> None:
    disputable.file(JUNE)
    for at_, words in (
        (JUNE + 1, "either side can dispute it until 2008-06-08T00:00:00Z"),
        (JUNE + WINDOW, "the arbiter can rule until 2008-06-22T00:00:00Z"),
    ):
        claim = disputable.contract.claims[None]
        disputable.contract.claims[None] = replace(claim, client_value=1, agreed_paid=True)
        disputable.block = replace(disputable.block, timestamp=at_)
        outcome = disputable.turn()
        assert (outcome.exit, outcome.as_of) == (Exit.WAITS, JUNE)
        assert words in outcome.sentence
    assert disputable.sent == []


def test_cycle__report_waits_in_a_young_block__is_settled_as_far_as_sending_goes(disputable: Play) -> None:
    disputable.contract.claims["latest"] = Claim(JUNE, JUNE + WINDOW, 2, 2)  # type: ignore[arg-type]
    assert disputable.turn().exit is Exit.SETTLED


def test_cycle__chain_has_no_report_that_waits__waits_for_the_book(disputable: Play) -> None:
    disputable.file(JUNE)
    disputable.contract.claims.clear()
    assert disputable.turn().exit is Exit.CHAIN_CHANGED


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({}, 7),
        ({"agency_value": 9}, 7),
        ({"client_value": 1, "agreed_paid": True}, 21),
        ({"agency_value": 9, "agreed_paid": True}, 21),
    ],
    ids=["undisputed", "agreed part of what the agency disputes", "client's dispute, unruled", "agency's dispute, unruled"],
)
def test_cycle__nobody_is_awaited_any_longer__has_it_paid_in_its_turn(
    disputable: Play, changes: dict[str, Any], after: int
) -> None:
    disputable.file(JUNE, **changes)
    disputable.block = replace(disputable.block, timestamp=JUNE + after * DAY - 1)
    assert disputable.turn().exit is Exit.WAITS
    disputable.block = replace(disputable.block, timestamp=JUNE + after * DAY)
    outcomes = []
    for disputable.seconds in range(0, 31, 5):
        outcomes.append(disputable.turn().exit)
        if outcomes[-1] is Exit.FINALIZED:
            break
    assert outcomes == [Exit.NOT_MY_TURN] * (2 * my_turn(disputable)) + [Exit.FINALIZED]
    terms = disputable.single.book.terms(disputable.deal_id)
    assert disputable.sent == [(disputable.deal_id, JUNE, disputable.contract.finalize_call(terms))]


def test_cycle__agreed_part_was_paid__the_rest_has_turns_of_its_own(disputable: Play) -> None:
    disputable.file(JUNE, agency_value=9)
    disputable.block = replace(disputable.block, timestamp=JUNE + WINDOW)
    disputable.wait_for_my_turn()
    assert disputable.turn().exit is Exit.FINALIZED
    disputable.contract.claims[None] = replace(disputable.contract.claims[None], agreed_paid=True)
    assert disputable.turn().exit is Exit.WAITS
    disputable.block = replace(disputable.block, timestamp=JUNE + WINDOW + RULING)
    first = my_turn(disputable) == 0
    assert disputable.turn().exit is (Exit.FINALIZED if first else Exit.NOT_MY_TURN)


def test_cycle__agreement_is_nowhere__has_the_report_paid_all_the_same(play: Play) -> None:
    windows = {"challenge_window": WINDOW, "ruling_window": RULING}
    play.open(arbiter=factories.person("arbiter"), agreement=hash_of(b"nobody has it"), **windows)
    play.file(JUNE)
    play.block = replace(play.block, timestamp=JUNE + WINDOW)
    play.wait_for_my_turn()
    assert play.turn().exit is Exit.FINALIZED


@pytest.mark.parametrize(
    "newest",
    [None, {"as_of": JULY}, {"agency_value": 9, "agreed_paid": True}],
    ids=["nothing waits", "the next one waits", "the agreed part"],
)
def test_cycle__somebody_had_it_paid__sends_nothing(disputable: Play, newest: dict[str, Any] | None) -> None:
    disputable.file(JUNE, agency_value=9)
    disputable.block = replace(disputable.block, timestamp=JUNE + WINDOW)
    claim = disputable.contract.claims[None]
    assert claim is not None
    disputable.contract.claims["latest"] = None if newest is None else replace(claim, **newest)
    disputable.wait_for_my_turn()
    outcome = disputable.turn()
    assert (outcome.exit, disputable.sent) == (Exit.SETTLED, []) and "is paid" in outcome.sentence


def test_cycle__can_not_be_paid__is_said_by_name(disputable: Play) -> None:
    disputable.file(JUNE)
    disputable.block = replace(disputable.block, timestamp=JUNE + WINDOW)
    disputable.wait_for_my_turn()
    disputable.send_error = GasBalanceProblem(ME, 1, 2)  # type: ignore[arg-type]
    assert disputable.turn().exit is Exit.NOT_SENT


def test_cycle__report_was_resolved__the_next_one_names_its_evidence(disputable: Play) -> None:
    disputable.file(JUNE)
    disputable.contract.claims.clear()
    resolved = ReportResolved(disputable.deal_id, JUNE, 2, Outcome_.ACCEPTED, 0, 0, 0, at(3))  # type: ignore[arg-type]
    disputable.add(resolved, 3)
    disputable.contract.deals[1] = replace(disputable.contract.deals[1], last_as_of=JUNE)
    assert disputable.turn().exit is Exit.NOT_DUE
    disputable.block = replace(disputable.block, timestamp=JULY)
    assert disputable.turn().as_of == JULY
    evidence = disputable.own(JULY).report.evidence
    assert read_bundle(disputable.single.store.get(evidence) or b"").previous == "ab" * 32


@pytest.mark.parametrize("agreed_paid", [False, True])
def test_cycle__agency_reported_itself__the_committee_brings_its_own_report(disputable: Play, agreed_paid: bool) -> None:
    disputable.contract.state = Status.ENDED
    changes = {"client_value": 1, "agreed_paid": True} if agreed_paid else {}
    disputable.file(AUGUST, is_self_report=True, **changes)
    if agreed_paid:
        disputable.contract.deals[1] = replace(disputable.contract.deals[1], last_as_of=AUGUST)
    disputable.block = replace(disputable.block, timestamp=AUGUST + DAY)
    outcome = disputable.turn()
    assert (outcome.exit, outcome.as_of) == (Exit.FEW_PROPOSALS, AUGUST)
    assert read_bundle(disputable.single.store.get(disputable.own(AUGUST).report.evidence) or b"").previous is None


def test_cycle__self_report_stands__has_it_paid(disputable: Play) -> None:
    disputable.contract.state = Status.ENDED
    disputable.file(AUGUST, is_self_report=True)
    disputable.block = replace(disputable.block, timestamp=AUGUST + WINDOW)
    disputable.wait_for_my_turn()
    assert disputable.turn().exit is Exit.FINALIZED


# Deals that end early, members that leave


def test_cycle__notice__makes_the_final_report_due_at_the_new_end(due: Play) -> None:
    due.settle(JUNE, "ab" * 32)
    end = Timestamp(JUNE + 10 * DAY)
    due.contract.deals[1] = replace(due.contract.deals[1], ends_at=end)
    due.add(NoticeGiven(due.deal_id, factories.person("client"), end, 0, at(3)), 3)  # type: ignore[arg-type]
    due.block = replace(due.block, timestamp=end - 1)
    assert due.turn().data["until"] == "2008-06-11T00:00:00Z"
    due.block = replace(due.block, timestamp=end)
    assert due.turn().as_of == end


@pytest.mark.parametrize("cause", [Closing.NOTICE, Closing.AGREED, Closing.AMENDED])
def test_cycle__closed_by_its_parties__is_not_looked_at(disputable: Play, cause: Closing) -> None:
    disputable.file(JUNE)
    disputable.add(DealClosed(disputable.deal_id, cause, 0, 0, 0, at(3)), 3)  # type: ignore[arg-type]
    assert disputable.cycle.run()[1] == []


def test_cycle__this_member_has_left__proposes_and_signs_nothing(due: Play) -> None:
    due.add(MemberRemoved(factories.COMMITTEE, ME, due.block.timestamp, at(2)))
    assert due.turn().exit is Exit.NOT_MEMBER
    assert due.single.http.get(f"/peer/reports/{due.deal_id}/{JUNE}").status_code == 404


def test_cycle__this_member_is_leaving__signs_until_then(due: Play) -> None:
    due.add(MemberRemoved(factories.COMMITTEE, ME, Timestamp(due.block.timestamp + 1), at(2)))
    assert due.turn().exit is Exit.FEW_PROPOSALS


def test_cycle__peer_has_left__its_voice_does_not_count(due: Play) -> None:
    due.add(MemberRemoved(factories.COMMITTEE, NAMES["b"], due.block.timestamp, at(2)))
    due.turn()
    due.join("b", signs=True)
    assert due.turn().exit is Exit.FEW_PROPOSALS
    due.join("c")
    assert due.turn().exit is Exit.FEW_SIGNATURES


# Errors of the node


@pytest.mark.parametrize("error", [RpcUnreachable("http://node", "down"), ChainProblem(1, 2)])
def test_cycle__node_is_down_or_another_one__ends_the_cycle(due: Play, error: Exception) -> None:
    due.contract.fails = error
    with pytest.raises(type(error)):
        due.cycle.run()


def test_cycle__node_refuses_one_question__skips_the_deal(due: Play) -> None:
    due.contract.fails = RpcRefused("eth_call", -32000, "busy", None)
    assert due.turn().exit is Exit.SKIPPED


def test_every_exit__is_reached_by_a_test_of_this_table() -> None:
    """A new way to stop comes with its test."""
    source = Path(__file__).read_text()
    assert [one for one in Exit if f"Exit.{one.name}" not in source] == []
