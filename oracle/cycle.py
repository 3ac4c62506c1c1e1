"""One pass over all deals of this member: what is due is measured, agreed on with peers, signed and submitted.

For each deal it is a list of early exits, each an `Outcome`; the next pass begins anew and comes as far as it can. What
must not be forgotten in between is in the journal and the outbox. Decisions rest on one block and its time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from escrow.agreement import report_times
from escrow.contract import EscrowContract
from escrow.errors import STOP, BlockMissing, EscrowError, RpcUnreachable
from escrow.ids import Address, DealId, Timestamp
from escrow.report import Report
from escrow.rpc import Block
from escrow.terms import Terms
from escrow.texts import short, time_text
from oracle.agreements import Agreements
from oracle.board import Board, Posted
from oracle.book import Book, KnownDeal
from oracle.follow import Follower
from oracle.measuring import Measuring
from oracle.outcome import Exit, Outcome
from oracle.peers import Peers
from oracle.schedule import DueReport, NothingDue, due_report, earliest_next
from oracle.sender import Sender
from oracle.standing import Standing, supporting
from oracle.turns import turn_of

Key = tuple[DealId, Timestamp]


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
        self._complete_at: dict[Key, float] = {}  # not money
        """Since when a quorum of signatures is at hand."""

    def run(self) -> tuple[Block, list[Outcome]]:
        """The block that decided, and how far each deal came. RpcUnreachable, or an error that must STOP the process."""
        parts = self._parts
        block = parts.follower.advance()
        parts.sender.tend(block.number, lambda sent: self._is_settled(sent.deal_id, sent.as_of))
        outcomes = [self._pass(deal, block) for deal in parts.book.open_deals(parts.member)]
        due = {(outcome.deal_id, outcome.as_of) for outcome in outcomes if outcome.as_of is not None}
        self._complete_at = {key: at for key, at in self._complete_at.items() if key in due}
        parts.measuring.keep_only(due)
        parts.board.keep_only(due)
        return block, outcomes

    def _pass(self, deal: KnownDeal, block: Block) -> Outcome:
        """What is wrong with one deal holds up no other one."""
        try:
            return self._look(deal, block)
        except EscrowError as problem:
            if _ends_cycle(problem):
                raise
            return Outcome(deal.deal_id, Exit.SKIPPED, data=_words(problem))

    def _look(self, deal: KnownDeal, block: Block) -> Outcome:
        """Up to the report that is due."""
        parts = self._parts
        agreement = parts.agreements.of(deal.terms)
        times = report_times(agreement, deal.terms)
        first = earliest_next(times, deal.last_as_of)
        if first is not None and first > block.timestamp:
            return _not_due(deal, first)
        state = parts.contract.deal(deal.terms, block.number)
        if state.last_as_of != deal.last_as_of:
            return Outcome(deal.deal_id, Exit.CHAIN_CHANGED)
        due = due_report(times, deal.terms, state, block.timestamp)
        if isinstance(due, NothingDue):
            if due.until is None:
                return Outcome(deal.deal_id, Exit.NO_MORE, data={"status": due.status.name.lower()})
            return _not_due(deal, due.until)
        members = self._members(deal.terms, due.as_of)
        if parts.member not in members:
            committee = short(deal.terms.committee)
            return Outcome(deal.deal_id, Exit.NOT_MEMBER, due.as_of, {"committee": committee})
        if self._is_settled(deal.deal_id, due.as_of):
            return Outcome(deal.deal_id, Exit.SETTLED, due.as_of)
        posted = parts.board.locked(deal.deal_id, due.as_of)
        if posted is None:
            posted = parts.measuring.propose(deal, agreement, due)
        return self._agree(deal, due, posted, members)

    def _agree(self, deal: KnownDeal, due: DueReport, posted: Posted, members: set[Address]) -> Outcome:
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
        return self._submit(deal.terms, report, signatures, turn_of(parts.member, members, deal.deal_id, due.as_of))

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

    def _submit(self, terms: Terms, report: Report, signatures: Mapping[Address, str], turn: int) -> Outcome:
        """Up to the transaction."""
        parts, key = self._parts, (report.deal_id, report.as_of)
        flying = parts.sender.in_flight(*key)
        if flying is not None:
            return Outcome(*_named(key, Exit.IN_FLIGHT), {"transaction": short(flying.last.hash)})
        now = parts.timer()
        if now < self._complete_at.setdefault(key, now) + turn * parts.turn_seconds:
            return Outcome(*_named(key, Exit.NOT_MY_TURN), {"turn": turn})
        # More than a quorum would only cost gas.
        signers = sorted(signatures, key=lambda member: int(member, 16))[: terms.quorum]
        call = parts.contract.settle_call(terms, report, [signatures[signer] for signer in signers])
        if self._is_settled(*key):
            return Outcome(*_named(key, Exit.SETTLED))
        try:
            parts.sender.submit(report.deal_id, report.as_of, call)
        except EscrowError as problem:
            if _ends_cycle(problem):
                raise
            return Outcome(*_named(key, Exit.NOT_SENT), _words(problem))
        data = {"value": report.value, "signers": ", ".join(map(short, signers))}
        return Outcome(*_named(key, Exit.SENT), data)

    def _members(self, terms: Terms, as_of: int) -> set[Address]:
        """Those whose signatures count for a report as of this time."""
        return {one.address for one in self._parts.book.members(terms.committee) if one.active_at < as_of}

    def _is_settled(self, deal_id: DealId, as_of: int) -> bool:
        """By the newest block, which may still be replaced: enough to hold back a transaction, and for nothing else."""
        terms = self._parts.book.terms(deal_id)
        if terms is None:
            return False
        deal = self._parts.contract.deal(terms, "latest")
        return deal.closed or deal.last_as_of >= as_of


def _named(key: Key, exit: Exit) -> tuple[DealId, Exit, Timestamp]:
    return key[0], exit, key[1]


def _not_due(deal: KnownDeal, until: int) -> Outcome:
    return Outcome(deal.deal_id, Exit.NOT_DUE, data={"until": time_text(until)})


def _not_agreed(own: Standing, others: Sequence[Standing], quorum: int) -> Outcome:
    report = own.report
    if all(one.report == report for one in others):
        data = {"count": len(supporting(report, [*others, own])), "quorum": quorum, "value": report.value}
        return Outcome(report.deal_id, Exit.FEW_PROPOSALS, report.as_of, data)
    said = {(int(one.member, 16), one.report): one for one in [own, *others]}
    everybody = sorted(said.values(), key=lambda one: (int(one.member, 16), one.report.value, one.report.evidence))
    words = [f"{short(one.member)} {one.report.value} ({one.report.evidence[:8]}…)" for one in everybody]
    return Outcome(report.deal_id, Exit.DIFFERS, report.as_of, {"values": ", ".join(words)})


def _ends_cycle(problem: EscrowError) -> bool:
    """Whether it is nothing of the one deal that met it."""
    return problem.action is STOP or isinstance(problem, RpcUnreachable | BlockMissing)


def _words(problem: EscrowError) -> dict[str, str]:
    return {"code": problem.code, "reason": str(problem)}
