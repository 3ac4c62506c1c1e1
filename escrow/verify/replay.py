"""A deal's life from its events on the chain, recomputed step by step by the schedule. Knows money; rows are `recount`'s."""

from collections.abc import Iterable, Iterator

from escrow.agreement import Agreement, check_against_terms, parse_agreement
from escrow.canonical import hash_of
from escrow.clock import format_time
from escrow.eip712 import Domain
from escrow.errors import AgreementFaults, AgreementMismatch
from escrow.events import Closing, DealClosed, DealOpened, DealToppedUp, ReportSettled
from escrow.events import Event as ChainEvent
from escrow.ids import DealId, DocumentHash, Timestamp, Units
from escrow.schedule import Deal, Due, apply_report, apply_silence, apply_top_up, new_deal
from escrow.terms import Terms, deal_id_of, pack
from escrow.verify.recount import MISSING, Case, GetBundle, GetEvents, bundle_facts, event_facts, report_facts
from escrow.verify.verdict import Difference, Fact, ReportVerdict, Verdict, first_difference

Money = DealOpened | DealToppedUp | ReportSettled | DealClosed


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
    own = [event for event in chain_events if isinstance(event, Money) and event.deal_id == deal_id]
    own.sort(key=lambda event: (event.log.block_number, event.log.log_index))
    replay = _Replay(deal_id, terms, get_bundle, get_events)
    replay.note("agreement", replay.agreement_facts(agreement))
    for event in own:
        replay.play(event)
    return replay.verdict()


class _Replay:
    """Where the recomputation stands. It goes on after a difference, with the state as it should be."""

    def __init__(self, deal_id: DealId, terms: Terms, get_bundle: GetBundle, get_events: GetEvents) -> None:
        self._deal_id = deal_id
        self._terms = terms
        self._get_bundle, self._get_events = get_bundle, get_events
        self._agreement: Agreement | None = None
        self._deal: Deal | None = None
        self._refund_due: int | None = None
        """What the final report makes due to the client, until the closing shows it."""
        self._previous: DocumentHash | None = None
        self._differences: list[Difference] = []
        self._reports: list[ReportVerdict] = []
        self._funded = self._paid = self._refunded = 0
        self._is_closed = False

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

    def play(self, event: Money) -> None:
        match event:
            case DealOpened():
                self.note("opening", self._opening_facts(event))
                self._funded += event.amount
                self._deal = new_deal(self._terms, event.amount)
            case DealToppedUp():
                self.note(f"top-up in block {event.log.block_number}", self._top_up_facts(event))
                self._funded += event.amount
                self._paid += event.performance
            case ReportSettled():
                self._play_report(event)
                self._paid += event.base + event.performance
                self._previous = event.evidence
            case DealClosed():
                self.note("closing", self._closing_facts(event))
                self._paid += event.base + event.performance
                self._refunded += event.refunded
                self._is_closed = True

    def verdict(self) -> Verdict:
        """All that was played, and whether it adds up."""
        self.note("sum", self._sum_facts())
        return Verdict(
            deal_id=self._deal_id,
            reports=tuple(self._reports),
            funded=Units(self._funded),
            paid=Units(self._paid),
            refunded=Units(self._refunded),
            left=Units(self._funded - self._paid - self._refunded),
            closed=self._is_closed,
            difference=self._differences[0] if self._differences else None,
        )

    def _opening_facts(self, event: DealOpened) -> Iterator[Fact]:
        yield Fact("deal", "opened once", "opened once" if self._deal is None else "opened again")
        words = tuple(pack(self._terms))
        yield Fact("terms", "those of the id", "those of the id" if event.terms == words else "others")
        yield Fact("client", self._terms.client, event.client)
        yield Fact("agency", self._terms.agency, event.agency)
        if event.amount < self._terms.budget:
            yield Fact("amount", f"{self._terms.budget} or more", event.amount)

    def _top_up_facts(self, event: DealToppedUp) -> Iterator[Fact]:
        yield from self._open_facts()
        assert self._deal is not None
        self._deal, due = apply_top_up(self._terms, self._deal, event.amount)
        yield Fact("performance pay", due.performance, event.performance)

    def _play_report(self, event: ReportSettled) -> None:
        place = f"report as of {format_time(event.as_of)}"
        if self._agreement is None:
            measured: Difference | None = self._differences[0]
            events_used = False
        else:
            measured, events_used = self._recount(place, event, self._agreement)
        paid = self.note(place, self._payout_facts(event))
        self._reports.append(
            ReportVerdict(
                event.as_of, event.value, event.evidence, event.base, event.performance, events_used, measured or paid
            )
        )

    def _recount(self, place: str, event: ReportSettled, agreement: Agreement) -> tuple[Difference | None, bool]:
        """The first difference, and whether events were at hand."""
        case = Case(self._deal_id, self._terms, agreement)
        data = self._get_bundle(event.evidence)
        difference = self.note(place, report_facts(case, event))
        difference = difference or self.note(place, bundle_facts(case, event, self._previous, data))
        if difference is not None or data is None:
            return difference, False
        events = self._get_events(event.as_of)
        if events is None:
            return None, False
        return self.note(place, event_facts(case, event, self._previous, data, events)), True

    def _payout_facts(self, event: ReportSettled) -> Iterator[Fact]:
        yield from self._open_facts()
        assert self._deal is not None
        deal = self._deal
        if not deal.last_as_of < event.as_of <= deal.ends_at:
            span = f"after {format_time(deal.last_as_of)}, at most {format_time(deal.ends_at)}"
            yield Fact("as-of time", span, format_time(event.as_of))
        self._deal, due = apply_report(self._terms, deal, event.as_of, event.value)
        self._refund_due = due.refunded if self._deal.closed else None
        yield Fact("base fee", due.base, event.base)
        yield Fact("performance pay", due.performance, event.performance)

    def _closing_facts(self, event: DealClosed) -> Iterator[Fact]:
        if self._deal is None or self._is_closed:
            yield Fact("deal", "open", "not open")
        assert self._deal is not None
        due = self._closing_due(event.cause, self._deal)
        yield Fact("cause", "one that fits the reports", event.cause.name if due is None else "one that fits the reports")
        assert due is not None
        self._refund_due = None
        yield Fact("base fee", due.base, event.base)
        yield Fact("performance pay", due.performance, event.performance)
        yield Fact("refund", due.refunded, event.refunded)

    def _closing_due(self, cause: Closing, deal: Deal) -> Due | None:
        """None where nothing is due for this cause as the reports stand."""
        if cause == Closing.FINAL_REPORT:
            return None if self._refund_due is None else Due(Units(0), Units(0), Units(self._refund_due))
        if deal.closed:
            return None
        if cause == Closing.DECLINED:
            return None if self._reports else Due(Units(0), Units(0), deal.funded)
        return apply_silence(self._terms, deal)[1]

    def _open_facts(self) -> Iterator[Fact]:
        is_open = self._deal is not None and not self._deal.closed and not self._is_closed
        yield Fact("deal", "open", "open" if is_open else "not open")

    def _sum_facts(self) -> Iterator[Fact]:
        yield Fact("deal", "opened", "opened" if self._deal else "never opened")
        if self._refund_due is not None:
            yield Fact("closing", f"with the final report, returning {self._refund_due}", "none")
        out = self._paid + self._refunded
        if self._is_closed:
            yield Fact("paid and refunded", self._funded, out)
        elif out > self._funded:
            yield Fact("paid and refunded", f"{self._funded} or less", out)
