"""A deal's life from its events on the chain, in their order: documents and rows are `recount`'s, amounts are `money`'s."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from escrow.agreement import Agreement, check_against_terms, parse_agreement
from escrow.canonical import hash_of
from escrow.clock import format_time
from escrow.eip712 import Domain
from escrow.errors import AgreementFaults, AgreementMismatch
from escrow.events import (
    AgreedPartPaid,
    Closing,
    DealClosed,
    DealEvent,
    DealOpened,
    DealToppedUp,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.events import Event as ChainEvent
from escrow.ids import DealId, DocumentHash, Timestamp, Units
from escrow.terms import Terms, deal_id_of
from escrow.verify.money import Money
from escrow.verify.recount import (
    MISSING,
    Case,
    GetBundle,
    GetEvents,
    Reported,
    bundle_facts,
    event_facts,
    report_facts,
)
from escrow.verify.verdict import Difference, Fact, ReportVerdict, Verdict, first_difference

OfWaiting = ReportDisputed | AgreedPartPaid | ReportResolved


def no_events(as_of: Timestamp) -> None:
    """For `verify_deal` where no events are at hand."""
    return None


def verify_deal(
    terms: Terms,
    domain: Domain,
    chain_events: Iterable[ChainEvent],
    agreement: bytes | None,
    get_bundle: GetBundle,
    get_events: GetEvents = no_events,
) -> Verdict:
    """`chain_events` in any order, of this deal and others. Documents may come from anybody: their hashes are checked."""
    deal_id = deal_id_of(terms, domain)
    own = [event for event in chain_events if isinstance(event, DealEvent) and event.deal_id == deal_id]
    own.sort(key=lambda event: (event.log.block_number, event.log.log_index))
    replay = _Replay(deal_id, terms, get_bundle, get_events)
    replay.note("agreement", replay.agreement_facts(agreement))
    for event in own:
        replay.play(event)
    return replay.verdict()


class _Replay:
    """Where the recomputation stands. It goes on after a difference."""

    def __init__(self, deal_id: DealId, terms: Terms, get_bundle: GetBundle, get_events: GetEvents) -> None:
        self._deal_id = deal_id
        self._terms = terms
        self._get_bundle, self._get_events = get_bundle, get_events
        self._agreement: Agreement | None = None
        self._money = Money(terms)
        self._previous: DocumentHash | None = None
        """Evidence of the quorum's last report."""
        self._differences: list[Difference] = []
        self._reports: list[ReportVerdict] = []
        self._funded = self._paid = self._refunded = 0
        self._closing: Closing | None = None

    def note(self, place: str, facts: Iterable[Fact]) -> Difference | None:
        difference = first_difference(place, facts)
        if difference is not None:
            self._differences.append(difference)
        return difference

    def agreement_facts(self, data: bytes | None) -> Iterator[Fact]:
        yield Fact("document", self._terms.agreement, MISSING if data is None else hash_of(data))
        assert data is not None
        try:
            agreement = parse_agreement(data)
            check_against_terms(agreement, self._terms)
        except (AgreementFaults, AgreementMismatch) as problem:
            yield Fact("document", "an agreement of these terms", str(problem))
            return
        self._agreement = agreement

    def play(self, event: DealEvent) -> None:
        match event:
            case DealOpened():
                self.note("opening", self._money.facts(event))
                self._funded += event.amount
            case DealToppedUp():
                self.note(f"top-up in block {event.log.block_number}", self._money.facts(event))
                self._funded += event.amount
                self._paid += event.performance
            case ReportSettled() | ReportWaits():
                self._play_report(event)
            case ReportDisputed() | AgreedPartPaid() | ReportResolved():
                self._play_waiting(event)
            case NoticeGiven():
                self.note(f"notice in block {event.log.block_number}", self._money.facts(event))
                self._paid += event.performance
            case DealClosed():
                self.note("closing", self._money.facts(event))
                self._paid += event.base + event.performance
                self._refunded += event.refunded
                self._closing = event.cause

    def verdict(self) -> Verdict:
        """All that was played, and whether it adds up."""
        self.note("sum", self._sum_facts())
        left = self._funded - self._paid - self._refunded
        moved = left if self._closing == Closing.AMENDED else 0
        return Verdict(
            deal_id=self._deal_id,
            reports=tuple(self._reports),
            funded=Units(self._funded),
            paid=Units(self._paid),
            refunded=Units(self._refunded),
            left=Units(left - moved),
            moved=Units(moved),
            closed=self._closing is not None,
            difference=self._differences[0] if self._differences else None,
        )

    def _play_report(self, event: Reported) -> None:
        is_settled = isinstance(event, ReportSettled)
        place = f"{'report' if event.signers or is_settled else 'self-report'} as of {format_time(event.as_of)}"
        if self._agreement is None:
            measured: Difference | None = self._differences[0]
            events_used = False
        else:
            measured, events_used = self._recount(place, event, self._agreement)
        booked = self.note(place, self._money.facts(event))
        base, performance = (event.base, event.performance) if isinstance(event, ReportSettled) else (0, 0)
        self._reports.append(
            ReportVerdict(
                as_of=event.as_of,
                value=event.value,
                evidence=event.evidence,
                base=Units(base),
                performance=Units(performance),
                from_events=events_used,
                difference=measured or booked,
                counts_as=event.value if is_settled else None,
            )
        )
        self._paid += base + performance
        if event.signers or is_settled:
            self._previous = event.evidence

    def _play_waiting(self, event: OfWaiting) -> None:
        """What became of the last report."""
        place = f"{_WORDS[type(event)]} in block {event.log.block_number}"
        difference = self.note(place, self._money.facts(event))
        self._paid += event.base + event.performance
        if self._reports:
            last = self._reports[-1]
            self._reports[-1] = replace(
                last,
                base=Units(last.base + event.base),
                performance=Units(last.performance + event.performance),
                difference=last.difference or difference,
                counts_as=event.value if isinstance(event, ReportResolved) else None,
            )

    def _recount(self, place: str, event: Reported, agreement: Agreement) -> tuple[Difference | None, bool]:
        """The first difference, and whether events were at hand."""
        case = Case(self._deal_id, self._terms, agreement, self._money.ends_at)
        data = self._get_bundle(event.evidence)
        difference = self.note(place, report_facts(case, event))
        difference = difference or self.note(place, bundle_facts(case, event, self._previous, data))
        if difference is not None or data is None:
            return difference, False
        events = self._get_events(event.as_of)
        if events is None:
            return None, False
        return self.note(place, event_facts(case, event, self._previous, data, events)), True

    def _sum_facts(self) -> Iterator[Fact]:
        yield Fact("deal", "opened", "opened" if self._funded else "never opened")
        if self._money.closing_due is not None:
            cause, refunded = self._money.closing_due
            yield Fact("closing", f"{_CLOSING_WITH[cause]}, returning {refunded}", "none")
        out = self._paid + self._refunded
        if self._closing is not None and self._closing != Closing.AMENDED:
            yield Fact("paid and refunded", self._funded, out)
        elif out > self._funded:
            yield Fact("paid and refunded", f"{self._funded} or less", out)


_WORDS: dict[type[OfWaiting], str] = {
    ReportDisputed: "dispute",
    AgreedPartPaid: "agreed part",
    ReportResolved: "resolution",
}
_CLOSING_WITH = {Closing.FINAL_REPORT: "with the final report", Closing.NOTICE: "with the notice"}
