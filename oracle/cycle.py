"""One pass over all deals of this member: what is due is measured, agreed on with peers, signed and submitted; a report
that waited long enough is paid.

For each deal it is a list of early exits, each an `Outcome`; the next pass begins anew and comes as far as it can. What
must not be forgotten in between is in the journal and the outbox. Decisions rest on one block and its time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from escrow.agreement import report_times
from escrow.claims import Claim, resolvable_at
from escrow.contract import EscrowContract
from escrow.errors import EscrowError
from escrow.ids import ZERO_ADDRESS, Address, Timestamp
from escrow.report import Report
from escrow.rpc import Block
from escrow.status import Status
from escrow.terms import Terms
from escrow.texts import short, time_text
from oracle.agreements import Agreements
from oracle.board import Board, Posted
from oracle.book import Book, KnownDeal
from oracle.dispatch import Dispatch, ends_cycle, words_of
from oracle.fees import Window
from oracle.follow import Follower
from oracle.measuring import Measuring
from oracle.outbox import Purpose
from oracle.outcome import Exit, Outcome
from oracle.peers import Peers
from oracle.schedule import DueReport, NothingDue, due_report, earliest_next, finalizable_at
from oracle.sender import Sender
from oracle.standing import Standing, supporting
from oracle.turns import turn_of


@dataclass(frozen=True)
class CycleParts:
    """What a cycle works with. `clock` dates what is written; `timer` counts seconds for the turns, and never goes back."""

    member: Address
    contract: EscrowContract
    follower: Follower
    book: Book
    agreements: Agreements
    measuring: Measuring
    board: Board
    peers: Peers
    sender: Sender
    turn_seconds: float  # not money
    clock: Callable[[], int]
    timer: Callable[[], float]  # not money


class Cycle:
    def __init__(self, parts: CycleParts) -> None:
        self._parts = parts
        self._dispatch = Dispatch(parts.contract, parts.book, parts.sender, parts.turn_seconds, parts.timer)

    def run(self) -> tuple[Block, list[Outcome]]:
        """The block that decided, and how far each deal came. RpcUnreachable, or an error that must STOP the process."""
        parts = self._parts
        block = parts.follower.advance()
        self._dispatch.tend(block)
        outcomes = [self._pass(deal, block) for deal in parts.book.open_deals(parts.member)]
        due = {(outcome.deal_id, outcome.as_of) for outcome in outcomes if outcome.as_of is not None}
        waits = {(outcome.deal_id, outcome.as_of) for outcome in outcomes if outcome.exit is Exit.WAITS}
        self._dispatch.keep_only(due - waits)
        parts.measuring.keep_only(due)
        parts.board.keep_only(due)
        return block, outcomes

    def _pass(self, deal: KnownDeal, block: Block) -> Outcome:
        """What is wrong with one deal holds up no other one."""
        try:
            return self._look(deal, block)
        except EscrowError as problem:
            if ends_cycle(problem):
                raise
            return Outcome(deal.deal_id, Exit.SKIPPED, data=words_of(problem))

    def _look(self, deal: KnownDeal, block: Block) -> Outcome:
        """Up to the report that is due, or to the one that waits."""
        if deal.waits_as_of is None:
            return self._look_for_due(deal, block, None)
        claim, _ = self._parts.contract.claim(deal.terms, block.number)
        if claim is None or claim.as_of != deal.waits_as_of:
            return Outcome(deal.deal_id, Exit.CHAIN_CHANGED)
        if block.timestamp >= finalizable_at(deal.terms, claim):
            return self._finalize(deal, claim, block)
        if claim.is_self_report:
            return self._look_for_due(deal, block, claim)
        return _waits(deal, claim, block)

    def _look_for_due(self, deal: KnownDeal, block: Block, self_report: Claim | None) -> Outcome:
        """`self_report`: the agency's own one, whose place the committee's takes."""
        parts = self._parts
        agreement = parts.agreements.of(deal.terms)
        times = report_times(agreement, deal.terms, deal.ends_at)
        first = earliest_next(times, deal.last_as_of)
        if first is not None and first > block.timestamp:
            return _not_due(deal, first)
        state = parts.contract.deal(deal.terms, block.number)
        if state.last_as_of != deal.last_as_of and self_report is None:
            return Outcome(deal.deal_id, Exit.CHAIN_CHANGED)
        due = due_report(times, deal.terms, state, block.timestamp, self._status(deal.terms, block))
        if isinstance(due, NothingDue):
            if due.until is None:
                return Outcome(deal.deal_id, Exit.NO_MORE, data={"status": due.status.name.lower()})
            return _not_due(deal, due.until)
        members = self._members(deal.terms, due.as_of, block)
        if parts.member not in members:
            return _not_member(deal, due.as_of)
        if self._dispatch.is_settled(deal.deal_id, due.as_of):
            return Outcome(deal.deal_id, Exit.SETTLED, due.as_of, {"done": "settled"})
        posted = parts.board.locked(deal.deal_id, due.as_of)
        if posted is None:
            posted = parts.measuring.propose(deal, agreement, due)
        return self._agree(deal, due, posted, members, block)

    def _status(self, terms: Terms, block: Block) -> Status | None:
        """None where it follows from state and clock: only a deal with an arbiter has more to it."""
        return None if terms.arbiter == ZERO_ADDRESS else self._parts.contract.status(terms, block.number)

    def _finalize(self, deal: KnownDeal, claim: Claim, block: Block) -> Outcome:
        """Money goes out without anybody asking for it."""
        members = self._members(deal.terms, block.timestamp, block)
        if self._parts.member not in members:
            return _not_member(deal, claim.as_of)
        call = self._parts.contract.finalize_call(deal.terms)
        turn = turn_of(self._parts.member, members, deal.deal_id, claim.as_of)
        sent = Outcome(deal.deal_id, Exit.FINALIZED, claim.as_of)
        ready_at = finalizable_at(deal.terms, claim)
        window = Window(ready_at, Timestamp(ready_at + deal.terms.report_grace))
        return self._dispatch.send(Purpose.FINALIZE, call, turn, window, sent, block)

    def _agree(self, deal: KnownDeal, due: DueReport, posted: Posted, members: set[Address], block: Block) -> Outcome:
        """Up to the lock: a quorum would sign the same."""
        parts, quorum = self._parts, deal.terms.quorum
        answers = parts.peers.ask(deal.deal_id, due.as_of)
        others = [one for one in answers if one.member in members - {parts.member}]
        if not posted.is_locked:
            found = self._common(posted, others, quorum)
            if found is None:
                return _not_agreed(posted.standing, others, quorum)
            posted, equal = found
            proposals = {member: standing.proposal_signature for member, standing in equal.items()}
            posted = parts.board.lock(posted, proposals, parts.clock())
        report = posted.standing.report
        equal = supporting(report, [*others, posted.standing])
        signatures = {member: one.report_signature for member, one in equal.items() if one.report_signature is not None}
        if len(signatures) < quorum:
            data = {"count": len(signatures), "quorum": quorum, "value": report.value}
            return Outcome(deal.deal_id, Exit.FEW_SIGNATURES, due.as_of, data)
        turn = turn_of(parts.member, members, deal.deal_id, due.as_of)
        return self._submit(deal.terms, report, signatures, turn, block)

    def _common(
        self, own: Posted, others: Sequence[Standing], quorum: int
    ) -> tuple[Posted, Mapping[Address, Standing]] | None:
        """What a quorum would sign, this member among them, and who they are.

        That is what it proposes now; or else what it proposed before, where a peer was faster and is locked on that for
        ever. Without this way back, a late event would keep them apart until all other members are there.
        """
        equal = supporting(own.standing.report, [*others, own.standing])
        if len(equal) >= quorum:
            return own, equal
        locked = {one.report for one in others if one.report_signature is not None} - {own.standing.report}
        earlier = [posted for report in locked if (posted := self._parts.board.proposed(report)) is not None]
        if not earlier:
            return None
        support = {posted: supporting(posted.standing.report, [*others, posted.standing]) for posted in earlier}
        best = max(earlier, key=lambda posted: (len(support[posted]), posted.standing.report.evidence))
        if len(support[best]) >= quorum:
            return best, support[best]
        self._parts.board.show(best)
        return None

    def _submit(self, terms: Terms, report: Report, signatures: Mapping[Address, str], turn: int, block: Block) -> Outcome:
        # More than a quorum would only cost gas.
        signers = sorted(signatures, key=lambda member: int(member, 16))[: terms.quorum]
        call = self._parts.contract.settle_call(terms, report, [signatures[signer] for signer in signers])
        data = {"value": report.value, "signers": ", ".join(map(short, signers))}
        sent = Outcome(report.deal_id, Exit.SENT, report.as_of, data)
        window = Window(report.as_of, Timestamp(report.as_of + terms.report_grace))
        return self._dispatch.send(Purpose.REPORT, call, turn, window, sent, block)

    def _members(self, terms: Terms, as_of: int, block: Block) -> set[Address]:
        """Those whose signatures of a report as of this time count now."""
        members = self._parts.book.members(terms.committee)
        return {one.address for one in members if one.counts(as_of, block.timestamp)}


def _not_due(deal: KnownDeal, until: int) -> Outcome:
    return Outcome(deal.deal_id, Exit.NOT_DUE, data={"until": time_text(until)})


def _not_member(deal: KnownDeal, as_of: Timestamp) -> Outcome:
    return Outcome(deal.deal_id, Exit.NOT_MEMBER, as_of, {"committee": short(deal.terms.committee)})


def _waits(deal: KnownDeal, claim: Claim, block: Block) -> Outcome:
    is_open = block.timestamp < claim.window_ends_at
    for_what = "either side can dispute it" if is_open else "the arbiter can rule"
    until = claim.window_ends_at if is_open else resolvable_at(deal.terms, claim)
    return Outcome(deal.deal_id, Exit.WAITS, claim.as_of, {"for_what": for_what, "until": time_text(until)})


def _not_agreed(own: Standing, others: Sequence[Standing], quorum: int) -> Outcome:
    report = own.report
    if all(one.report == report for one in others):
        data = {"count": len(supporting(report, [*others, own])), "quorum": quorum, "value": report.value}
        return Outcome(report.deal_id, Exit.FEW_PROPOSALS, report.as_of, data)
    said = {(int(one.member, 16), one.report): one for one in [own, *others]}
    everybody = sorted(said.values(), key=lambda one: (int(one.member, 16), one.report.value, one.report.evidence))
    words = [f"{short(one.member)} {one.report.value} ({one.report.evidence[:8]}…)" for one in everybody]
    return Outcome(report.deal_id, Exit.DIFFERS, report.as_of, {"values": ", ".join(words)})
