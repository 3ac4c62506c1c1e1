"""What each event of a deal does to its money, by the schedule, and whether that is what the event says.

Knows no document, and no time but those that events carry: whether a call came too early or too late is the contract's.
"""

from collections.abc import Iterator
from dataclasses import replace

from escrow.claims import (
    NOTHING,
    Claim,
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
from escrow.clock import format_time
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
from escrow.ids import ZERO_ADDRESS, Units
from escrow.schedule import Deal, Due, apply_notice, apply_report, apply_silence, apply_top_up, new_deal, paid_so_far
from escrow.terms import Basis, Terms, pack
from escrow.verify.verdict import Fact

FITTING = "one that fits the reports"


class Money:
    """Where the money stands. It goes on after a difference, with the state as it should be."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._state: DealState | None = None
        self._has_reports = self._is_closed = False
        self.closing_due: tuple[Closing, Units] | None = None
        """The closing that has to come next, and what it returns to the client."""

    @property
    def is_open(self) -> bool:
        return self._state is not None and not self._is_closed

    @property
    def ends_at(self) -> int:
        """As notice has moved it."""
        return self._terms.ends_at if self._state is None else self._state.deal.ends_at

    def facts(self, event: DealEvent) -> Iterator[Fact]:
        """Moves on as they are asked for."""
        if isinstance(event, DealOpened):
            yield from self._opened(event)
            return
        if isinstance(event, DealClosed):
            yield from self._closed(event)
            return
        is_open = self.is_open and self._state is not None and not self._state.deal.closed
        yield Fact("deal", "open", "open" if is_open else "not open")
        assert self._state is not None
        match event:
            case DealToppedUp():
                yield from self._topped_up(self._state, event)
            case ReportSettled():
                yield from self._settled(self._state, event)
            case ReportWaits():
                yield from self._waits(self._state, event)
            case ReportDisputed():
                yield from self._disputed(self._state, event)
            case AgreedPartPaid():
                yield from self._agreed_part_paid(self._state, event)
            case ReportResolved():
                yield from self._resolved(self._state, event)
            case NoticeGiven():
                yield from self._noticed(self._state, event)

    def _opened(self, event: DealOpened) -> Iterator[Fact]:
        yield Fact("deal", "opened once", "opened once" if self._state is None else "opened again")
        self._state = DealState(new_deal(self._terms, event.amount))
        words = tuple(pack(self._terms))
        yield Fact("terms", "those of the id", "those of the id" if event.terms == words else "others")
        yield Fact("client", self._terms.client, event.client)
        yield Fact("agency", self._terms.agency, event.agency)
        if event.amount < self._terms.budget:
            yield Fact("amount", f"{self._terms.budget} or more", event.amount)

    def _topped_up(self, state: DealState, event: DealToppedUp) -> Iterator[Fact]:
        deal, due = apply_top_up(self._terms, state.deal, event.amount)
        self._state = replace(state, deal=deal)
        yield _nothing_waits(state)
        yield Fact("performance pay", due.performance, event.performance)

    def _settled(self, state: DealState, event: ReportSettled) -> Iterator[Fact]:
        yield from _as_of_facts(state.deal, event)
        deal, due = apply_report(self._terms, state.deal, event.as_of, event.value)
        self._count(replace(state, deal=deal), due)
        yield self._way("at once")
        yield from _pay_facts(due, event)

    # A report that waits

    def _waits(self, state: DealState, event: ReportWaits) -> Iterator[Fact]:
        is_self_report, end = event.signers == 0, state.deal.ends_at
        if is_self_report or not (state.claim and state.claim.is_self_report and event.as_of == end):
            yield _nothing_waits(state)
            yield from _as_of_facts(state.deal, event)
        window = (2 if is_self_report else 1) * self._terms.challenge_window
        filed_at = event.window_ends_at - window
        if is_self_report:
            self._state = file_self_report(self._terms, state, event.value, filed_at)
        else:
            self._state = file_report(self._terms, state, event.as_of, event.value, filed_at)
        self._has_reports = True
        yield self._way("after a challenge window")
        if is_self_report:
            yield Fact("self-report", "allowed", "allowed" if self._terms.self_report else "not allowed")
            yield Fact("as-of time", format_time(end), format_time(event.as_of))
        yield Fact("adjustment", 0 if is_self_report else state.adjust, event.adjust)
        if filed_at < event.as_of:
            earliest = format_time(event.as_of + window)
            yield Fact("end of the window", f"{earliest} or later", format_time(event.window_ends_at))

    def _disputed(self, state: DealState, event: ReportDisputed) -> Iterator[Fact]:
        yield _one_waits(state)
        yield from self._party_facts(event)
        claim = state.claim
        assert claim is not None
        is_client = event.party == self._terms.client
        filed = claim.client_value if is_client else claim.agency_value
        yield Fact("number of the party", "its first", "its first" if filed is None else "its second")
        if is_client:
            self._state, due = dispute_by_client(self._terms, state, event.value)
            if event.value >= claim.value:
                yield Fact("value", f"below {claim.value}", event.value)
        else:
            self._state, due = dispute_by_agency(state, event.value), NOTHING
            if event.value <= claim.value or claim.is_self_report:
                yield Fact("value", f"above {claim.value}, of a quorum", event.value)
        yield from _pay_facts(due, event)

    def _agreed_part_paid(self, state: DealState, event: AgreedPartPaid) -> Iterator[Fact]:
        yield _one_waits(state)
        assert state.claim is not None
        is_due = state.claim.agency_value is not None and not state.claim.agreed_paid
        yield Fact("agreed part", "due", "due" if is_due else "not due")
        self._state, due = pay_agreed(self._terms, state)
        yield from _same_report(state.claim, event)
        yield Fact("value", state.claim.value, event.value)
        yield from _pay_facts(due, event)

    def _resolved(self, state: DealState, event: ReportResolved) -> Iterator[Fact]:
        yield _one_waits(state)
        assert state.claim is not None
        yield from _same_report(state.claim, event)
        if event.outcome == Outcome.RULED:
            # When it was ruled, the event does not say; it moves the grace only.
            after, due = rule(self._terms, state, event.value, state.claim.window_ends_at)
        else:
            after, due = resolve_unruled(self._terms, state)
        self._count(after, due)
        yield from _ruling_facts(state.claim, event)
        yield Fact("adjustment", after.adjust, event.adjust)
        yield from _pay_facts(due, event)

    # The end

    def _noticed(self, state: DealState, event: NoticeGiven) -> Iterator[Fact]:
        terms, before = self._terms, state.deal.ends_at
        deal, due = apply_notice(terms, state.deal, event.ends_at)
        self._state = replace(state, deal=deal)
        if deal.closed:
            self.closing_due = Closing.NOTICE, due.refunded
        yield from self._party_facts(event)
        if event.ends_at >= before:
            yield Fact("end", f"before {format_time(before)}", format_time(event.ends_at))
        is_odd = terms.basis == Basis.PER_PERIOD and (event.ends_at - terms.starts_at) % terms.period_length
        if is_odd and not deal.closed:
            yield Fact("end", "a period's end", format_time(event.ends_at))
        yield Fact("performance pay", due.performance, event.performance)

    def _closed(self, event: DealClosed) -> Iterator[Fact]:
        yield Fact("deal", "open", "open" if self.is_open else "not open")
        assert self._state is not None
        due = self._closing_pay(self._state, event)
        self._is_closed, self.closing_due = True, None
        yield Fact("cause", FITTING, event.cause.name if due is None else FITTING)
        assert due is not None
        yield from _pay_facts(due, event)
        yield Fact("refund", due.refunded, event.refunded)

    def _closing_pay(self, state: DealState, event: DealClosed) -> Due | None:
        """None where nothing is due for this cause as the reports stand."""
        deal, nothing = state.deal, Units(0)
        if event.cause in (Closing.FINAL_REPORT, Closing.NOTICE):
            if self.closing_due is None or self.closing_due[0] != event.cause:
                return None
            return Due(nothing, nothing, self.closing_due[1])
        if deal.closed:
            return None
        if event.cause in _BY_BOTH:
            # The parties are free in what they sign, between what was paid and what was funded.
            left = deal.funded - paid_so_far(self._terms, deal)
            due = min(event.performance, left)
            return Due(nothing, Units(due), Units(left - due if event.cause == Closing.AGREED else 0))
        if state.claim is not None:
            return None
        if event.cause == Closing.DECLINED:
            return None if self._has_reports else Due(nothing, nothing, deal.funded)
        return apply_silence(self._terms, deal)[1]

    def _count(self, after: DealState, due: Due) -> None:
        """A report counts for good; one as of the end has to be followed by the closing."""
        self._state, self._has_reports = after, True
        if after.deal.closed:
            self.closing_due = Closing.FINAL_REPORT, due.refunded

    def _way(self, found: str) -> Fact:
        has_arbiter = self._terms.arbiter != ZERO_ADDRESS
        return Fact("way", "after a challenge window" if has_arbiter else "at once", found)

    def _party_facts(self, event: ReportDisputed | NoticeGiven) -> Iterator[Fact]:
        parties = self._terms.client, self._terms.agency
        if event.party not in parties:
            yield Fact("party", " or ".join(parties), event.party)


_BY_BOTH = (Closing.AGREED, Closing.AMENDED)


def _nothing_waits(state: DealState) -> Fact:
    return Fact("report before", "none waits", "none waits" if state.claim is None else "one waits")


def _one_waits(state: DealState) -> Fact:
    return Fact("report", "one waits", "none waits" if state.claim is None else "one waits")


def _as_of_facts(deal: Deal, event: ReportSettled | ReportWaits) -> Iterator[Fact]:
    if not deal.last_as_of < event.as_of <= deal.ends_at:
        span = f"after {format_time(deal.last_as_of)}, at most {format_time(deal.ends_at)}"
        yield Fact("as-of time", span, format_time(event.as_of))


def _same_report(claim: Claim, event: AgreedPartPaid | ReportResolved) -> Iterator[Fact]:
    yield Fact("as-of time", format_time(claim.as_of), format_time(event.as_of))


def _ruling_facts(claim: Claim, event: ReportResolved) -> Iterator[Fact]:
    if event.outcome == Outcome.RULED:
        yield Fact("ruling", "of a dispute", "of a dispute" if claim.is_disputed else "without a dispute")
        if not claim.least <= event.value <= claim.most:
            yield Fact("value", f"from {claim.least} to {claim.most}", event.value)
        return
    value, outcome = unruled(claim)
    yield Fact("outcome", outcome.name.lower(), event.outcome.name.lower())
    yield Fact("value", value, event.value)


def _pay_facts(
    due: Due, event: ReportSettled | ReportDisputed | AgreedPartPaid | ReportResolved | DealClosed
) -> Iterator[Fact]:
    yield Fact("base fee", due.base, event.base)
    yield Fact("performance pay", due.performance, event.performance)
