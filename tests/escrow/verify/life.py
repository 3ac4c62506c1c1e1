"""The life of one deal as the chain, the oracles and the documents show it: sound by default, to be damaged by tests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from escrow.agreement import agreement_bytes, parse_agreement, period_start
from escrow.canonical import hash_of
from escrow.claims import (
    DealState,
    Outcome,
    dispute_by_agency,
    dispute_by_client,
    file_report,
    file_self_report,
    pay_agreed,
    resolve_unruled,
    rule,
    unruled,
)
from escrow.events import (
    AgreedPartPaid,
    Closing,
    DealClosed,
    DealOpened,
    DealToppedUp,
    LogPosition,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.ids import Address, DocumentHash, Timestamp, Units
from escrow.measure import Bundle, Event, build_bundle, measure
from escrow.schedule import (
    Deal,
    Due,
    apply_notice,
    apply_report,
    apply_silence,
    apply_top_up,
    new_deal,
    paid_so_far,
)
from escrow.terms import Terms, deal_id_of, pack
from escrow.verify import Verdict, verify_deal
from tests import factories
from tests.escrow.measured import document, event, lost
from tests.factories import person

CALLS = [event(number, number % 90) for number in range(1, 80)] + [lost(number, number % 90) for number in range(100, 120)]
Change = Callable[[Bundle], Bundle]


def unchanged(bundle: Bundle) -> Bundle:
    return bundle


class Life:
    """Each method adds one event to `chain`, with the amounts that the schedule gives."""

    def __init__(self, calls: list[Event] | None = None, agreement: dict[str, Any] | None = None, **terms: Any) -> None:
        self.document = agreement or document()
        self.agreement: bytes | None = agreement_bytes(self.document)
        self.terms: Terms = factories.terms(**{"agreement": hash_of(self.agreement), **terms})
        self.deal_id = deal_id_of(self.terms, factories.domain())
        self.calls = CALLS if calls is None else calls
        self.calls_at_hand: list[Event] | None = self.calls
        self.chain: list[Any] = []
        self.bundles: dict[DocumentHash, bytes] = {}
        self.state = DealState(new_deal(self.terms, 0))
        self._previous: DocumentHash | None = None

    @property
    def deal(self) -> Deal:
        return self.state.deal

    def open(self, amount: int | None = None) -> "Life":
        amount = self.terms.budget if amount is None else amount
        self.state = DealState(new_deal(self.terms, amount))
        self._add(
            DealOpened,
            client=self.terms.client,
            agency=self.terms.agency,
            payer=person("payer"),
            amount=Units(amount),
            terms=tuple(pack(self.terms)),
        )
        return self

    def top_up(self, amount: int) -> "Life":
        due = self._go_on(*apply_top_up(self.terms, self.deal, amount))
        self._add(DealToppedUp, payer=person("payer"), amount=Units(amount), performance=due.performance)
        return self

    def report(self, as_of: int, change: Change = unchanged, value: int | None = None) -> "Life":
        """The report as of the end closes the deal. `change` falsifies the bundle before it is signed."""
        value, evidence = self._measured(as_of, change, value)
        due = self._go_on(*apply_report(self.terms, self.deal, as_of, value))
        self._add(
            ReportSettled,
            as_of=Timestamp(as_of),
            value=value,
            evidence=evidence,
            signers=0b101,
            base=due.base,
            performance=due.performance,
        )
        return self._close_if_final(due)

    def waits(self, as_of: int, value: int | None = None, *, filed_at: int | None = None) -> "Life":
        """A quorum's report in a deal with an arbiter, sent as soon as it can be."""
        value, evidence = self._measured(as_of, unchanged, value)
        adjust = self.state.adjust
        self.state = file_report(self.terms, self.state, as_of, value, as_of if filed_at is None else filed_at)
        return self._wait(value, evidence, 0b101, adjust)

    def self_report(self, value: int | None = None) -> "Life":
        previous = self._previous
        value, evidence = self._measured(self.deal.ends_at, unchanged, value)
        self._previous = previous
        filed_at = self.deal.ends_at + self.terms.report_grace // 2
        self.state = file_self_report(self.terms, self.state, value, filed_at)
        return self._wait(value, evidence, 0, 0)

    def client_disputes(self, value: int) -> "Life":
        self.state, due = dispute_by_client(self.terms, self.state, value)
        return self._dispute(self.terms.client, value, due)

    def agency_disputes(self, value: int) -> "Life":
        self.state = dispute_by_agency(self.state, value)
        return self._dispute(self.terms.agency, value, Due(Units(0), Units(0), Units(0)))

    def agreed(self) -> "Life":
        """The window is over, and the agency alone disputed."""
        claim = self.state.claim
        assert claim
        self.state, due = pay_agreed(self.terms, self.state)
        pays = {"base": due.base, "performance": due.performance}
        self._add(AgreedPartPaid, as_of=claim.as_of, value=claim.value, **pays)
        return self

    def ruled(self, value: int) -> "Life":
        claim = self.state.claim
        assert claim
        self.state, due = rule(self.terms, self.state, value, claim.window_ends_at)
        return self._resolve(claim.as_of, value, Outcome.RULED, due)

    def finalized(self) -> "Life":
        """Nobody is awaited any longer."""
        claim = self.state.claim
        assert claim
        self.state, due = resolve_unruled(self.terms, self.state)
        return self._resolve(claim.as_of, *unruled(claim), due)

    def notice(self, ends_at: int) -> "Life":
        due = self._go_on(*apply_notice(self.terms, self.deal, ends_at))
        self._add(NoticeGiven, party=self.terms.agency, ends_at=Timestamp(ends_at), performance=due.performance)
        return self.close(Closing.NOTICE, refunded=due.refunded) if self.deal.closed else self

    def both_close(self, cause: Closing, agency_total: int) -> "Life":
        """By a split, or an amendment, which moves the rest."""
        due = agency_total - paid_so_far(self.terms, self.deal)
        rest = self.deal.funded - agency_total
        return self.close(cause, performance=due, refunded=rest if cause == Closing.AGREED else 0)

    def silence(self) -> "Life":
        due = self._go_on(*apply_silence(self.terms, self.deal))
        return self.close(Closing.SILENCE, due.base, due.performance, due.refunded)

    def close(self, cause: Closing, base: int = 0, performance: int = 0, refunded: int = 0) -> "Life":
        self._add(DealClosed, cause=cause, base=base, performance=performance, refunded=refunded)
        return self

    def falsify(self, kind: type, **changes: Any) -> "Life":
        """The last event of the kind says something else."""
        at = max(index for index, event in enumerate(self.chain) if isinstance(event, kind))
        self.chain[at] = replace(self.chain[at], **changes)
        return self

    def verdict(self) -> Verdict:
        return verify_deal(
            self.terms,
            factories.domain(),
            self.chain,
            self.agreement,
            self.bundles.get,
            lambda as_of: self.calls_at_hand,
        )

    def _measured(self, as_of: int, change: Change, value: int | None) -> tuple[int, DocumentHash]:
        """The value, if it is not told, and the evidence, which is at hand from now on."""
        start = period_start(self.terms, as_of)
        agreement, ends_at = parse_agreement(self.document), self.deal.ends_at
        honest = measure(agreement, self.deal_id, self.calls, as_of, start, self._previous, ends_at)
        bundle = change(honest.bundle)
        evidence = build_bundle(bundle)
        self._previous = hash_of(evidence)
        self.bundles[self._previous] = evidence
        return bundle.value if value is None else value, self._previous

    def _go_on(self, deal: Deal, due: Due) -> Due:
        self.state = replace(self.state, deal=deal)
        return due

    def _wait(self, value: int, evidence: DocumentHash, signers: int, adjust: int) -> "Life":
        claim = self.state.claim
        assert claim
        self._add(
            ReportWaits,
            as_of=claim.as_of,
            value=value,
            evidence=evidence,
            signers=signers,
            adjust=adjust,
            window_ends_at=claim.window_ends_at,
        )
        return self

    def _dispute(self, party: Address, value: int, due: Due) -> "Life":
        pays = {"base": due.base, "performance": due.performance}
        self._add(ReportDisputed, party=party, value=value, reason=DocumentHash("0" * 64), **pays)
        return self

    def _resolve(self, as_of: Timestamp, value: int, outcome: Outcome, due: Due) -> "Life":
        self._add(
            ReportResolved,
            as_of=as_of,
            value=value,
            outcome=outcome,
            adjust=self.state.adjust,
            base=due.base,
            performance=due.performance,
        )
        return self._close_if_final(due)

    def _close_if_final(self, due: Due) -> "Life":
        return self.close(Closing.FINAL_REPORT, refunded=due.refunded) if self.deal.closed else self

    def _add(self, kind: type, **fields: Any) -> None:
        at = len(self.chain)
        log = LogPosition(100 + at // 2, "0x" + "b0" * 32, "0x" + f"{at:064x}", 0, at)
        self.chain.append(kind(deal_id=self.deal_id, log=log, **fields))
