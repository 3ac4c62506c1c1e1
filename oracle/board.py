"""What this member shows to others: its proposals, and the reports that it is locked on. Signs both, in this order.

What is proposed follows the measurement, and may be what was proposed before; a lock stays. Both are in the journal first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from escrow.eip712 import Domain
from escrow.errors import StandingMissing
from escrow.ids import Address, DealId, Timestamp
from escrow.report import Report, proposal_digest, report_digest
from oracle.journal import Entry, Journal
from oracle.signer import Signer
from oracle.standing import Standing


@dataclass(frozen=True)
class Posted:
    """`ledger_position`: the events of the measurement are those that the ledger held then."""

    standing: Standing
    ledger_position: int

    @property
    def is_locked(self) -> bool:
        return self.standing.report_signature is not None


class Board:
    """Written by the cycle, read by the threads that answer peers."""

    def __init__(self, journal: Journal, signer: Signer, domain: Domain) -> None:
        self._journal = journal
        self._signer = signer
        self._domain = domain
        self._proposed: dict[tuple[DealId, Timestamp], Posted] = {}

    def propose(self, report: Report, ledger_position: int) -> Posted:
        """Peers see what this member would sign, in place of what it proposed before."""
        proposal = Entry(report, ledger_position)
        self._journal.propose(proposal)
        posted = self._unsigned(proposal)
        self.show(posted)
        return posted

    def proposed(self, report: Report) -> Posted | None:
        """None unless this member has proposed this very report."""
        proposal = self._journal.proposed(report)
        return None if proposal is None else self._unsigned(proposal)

    def show(self, posted: Posted) -> None:
        """Peers see this proposal."""
        report = posted.standing.report
        self._proposed[report.deal_id, report.as_of] = posted

    def lock(self, posted: Posted, proposals: Mapping[Address, str], at: int) -> Posted:
        """The report is in the journal, and only then signed. JournalConflict where another one is."""
        report = posted.standing.report
        lock = self._journal.lock(Entry(report, posted.ledger_position), proposals, at)
        self._proposed.pop((report.deal_id, report.as_of), None)
        return self._signed(lock)

    def locked(self, deal_id: DealId, as_of: int) -> Posted | None:
        lock = self._journal.locked(deal_id, as_of)
        return None if lock is None else self._signed(lock)

    def posted(self, deal_id: DealId, as_of: Timestamp) -> Posted:
        """StandingMissing where there is none."""
        # The lock first: it is written before the proposal goes.
        posted = self.locked(deal_id, as_of) or self._proposed.get((deal_id, as_of)) or self.locked(deal_id, as_of)
        if posted is None:
            raise StandingMissing(deal_id, as_of)
        return posted

    def keep_only(self, due: Collection[tuple[DealId, Timestamp]]) -> None:
        """Proposals for reports that are not due any more are forgotten; locks never are."""
        self._proposed = {key: posted for key, posted in self._proposed.items() if key in due}

    def _unsigned(self, proposal: Entry) -> Posted:
        standing = Standing(self._signer.address, proposal.report, self._proposal(proposal.report), None)
        return Posted(standing, proposal.ledger_position)

    def _signed(self, lock: Entry) -> Posted:
        signature = self._signer.sign(report_digest(lock.report, self._domain))
        proposal = self._proposal(lock.report)
        return Posted(Standing(self._signer.address, lock.report, proposal, signature), lock.ledger_position)

    def _proposal(self, report: Report) -> str:
        return self._signer.sign(proposal_digest(report, self._domain))
