"""A deal as its events make it: where its money is, and its status at a time. Pure; knows no table and no request.

What was paid and refunded is what the events say; what was earned is computed from the reported values by the schedule.
The two meet in `Money`, whose parts always add up to what was funded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from api.deals.history import (
    AgreedPart,
    Challenge,
    Change,
    Closed,
    Credit,
    Dispute,
    Moment,
    Notice,
    Resolution,
    Settlement,
    TopUp,
    WaitingReport,
    as_settlement,
)
from escrow.claims import (
    Claim,
    DealState,
    Outcome,
    dispute_by_agency,
    dispute_by_client,
    grace_start,
    pay_agreed,
    resolvable_at,
    resolve,
)
from escrow.events import Closing
from escrow.ids import Address, DealId, Timestamp, Units
from escrow.money import Token
from escrow.schedule import Deal as State
from escrow.schedule import apply_notice, apply_report, apply_silence, apply_top_up, new_deal
from escrow.status import Status, status_of
from escrow.terms import Terms


@dataclass(frozen=True)
class Money:
    """funded = paid + retained + left + refunded + moved, earned = paid + retained. `moved` is what an amendment took on to
    the deal that it opened."""

    funded: Units
    paid: Units
    retained: Units
    left: Units
    refunded: Units
    moved: Units

    @property
    def earned(self) -> Units:
        return Units(self.paid + self.retained)


@dataclass(frozen=True)
class Deal:
    """Histories are in the chain's order. `members` is how many the committee has, without those who leave. `moved_from`
    is the deal whose amendment opened this one."""

    deal_id: DealId
    terms: Terms
    packed: tuple[int, ...]
    token: Token
    members: int
    opened: Moment
    payer: Address
    amount: Units
    top_ups: tuple[TopUp, ...]
    settlements: tuple[Settlement, ...]
    """Those that were settled at once."""
    closed: Closed | None
    credits: tuple[Credit, ...]
    waiting_reports: tuple[WaitingReport, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    agreed_parts: tuple[AgreedPart, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    notices: tuple[Notice, ...] = ()
    moved_from: DealId | None = None

    @cached_property
    def changes(self) -> Sequence[Change]:
        """What moved the state between opening and closing, in the chain's order."""
        changes: list[Change] = [
            *self.top_ups,
            *self.settlements,
            *self.waiting_reports,
            *self.disputes,
            *self.agreed_parts,
            *self.resolutions,
            *self.notices,
        ]
        return sorted(changes, key=lambda change: change.moment.order)

    @cached_property
    def kept(self) -> DealState:
        """All that the contract stores of it, computed anew from the events."""
        kept = DealState(new_deal(self.terms, self.amount))
        for change in self.changes:
            kept = step(self.terms, kept, change)
        if self.closed is not None:
            kept = replace(kept, deal=replace(kept.deal, closed=True), claim=None)
        return kept

    @property
    def state(self) -> State:
        return self.kept.deal

    @cached_property
    def challenges(self) -> tuple[Challenge, ...]:
        """All reports that wait or waited, in the chain's order."""
        found: list[Challenge] = []
        for change in self.changes:
            match change:
                case WaitingReport():
                    found.append(Challenge(change))
                case Dispute():
                    found[-1] = replace(found[-1], disputes=(*found[-1].disputes, change))
                case AgreedPart():
                    found[-1] = replace(found[-1], agreed=change)
                case Resolution():
                    found[-1] = replace(found[-1], resolution=change)
        return tuple(found)

    @property
    def waiting(self) -> Challenge | None:
        """The report that waits now."""
        return None if self.kept.claim is None else self.challenges[-1]

    @cached_property
    def reports(self) -> tuple[Settlement, ...]:
        """All that count, in the chain's order."""
        resolved = (as_settlement(each) for each in self.challenges if each.resolution)
        return tuple(sorted((*self.settlements, *resolved), key=lambda report: report.moment.order))

    @cached_property
    def money(self) -> Money:
        funded = self.amount + sum(top_up.amount for top_up in self.top_ups)
        paid: int = sum(change.paid for change in self.changes)
        refunded = retained = moved = 0
        if self.closed is not None:
            paid += self.closed.base + self.closed.performance
            refunded = self.closed.refunded
            if self.closed.cause is Closing.AMENDED:
                moved = funded - paid
        else:
            # What silence would release is what was earned and is held; its base fee is not earned yet.
            retained = apply_silence(self.terms, self.state)[1].performance
        return Money(
            funded=Units(funded),
            paid=Units(paid),
            retained=Units(retained),
            left=Units(funded - paid - retained - refunded - moved),
            refunded=Units(refunded),
            moved=Units(moved),
        )

    @property
    def silent_at(self) -> Timestamp:
        """From when on only a refund is left, unless a report waits."""
        return Timestamp(grace_start(self.state, self.kept.resolved_at) + self.terms.report_grace)

    def status(self, now: int) -> Status:
        """`now` is the time of the block up to which the events are known."""
        kept = self.kept
        return status_of(self.terms, kept.deal, now, claim=kept.claim, resolved_at=kept.resolved_at)

    def report(self, as_of: int) -> Settlement | None:
        return next((report for report in self.reports if report.as_of == as_of), None)


def step(terms: Terms, kept: DealState, change: Change) -> DealState:
    """The state after one change."""
    match change:
        case TopUp():
            return replace(kept, deal=apply_top_up(terms, kept.deal, change.amount)[0])
        case Settlement():
            return replace(kept, deal=apply_report(terms, kept.deal, change.as_of, change.value)[0])
        case WaitingReport():
            numbers = change.value, change.adjusted
            claim = Claim(change.as_of, change.window_ends_at, *numbers, is_self_report=change.is_self_report)
            return replace(kept, claim=claim)
        case Dispute():
            if change.party == terms.client:
                return dispute_by_client(terms, kept, change.value)[0]
            return dispute_by_agency(kept, change.value)
        case AgreedPart():
            return pay_agreed(terms, kept)[0]
        case Resolution():
            return resolve(terms, kept, change.value, change.outcome, resolved_at(terms, kept, change))[0]
        case Notice():
            return replace(kept, deal=apply_notice(terms, kept.deal, change.ends_at)[0])


def resolved_at(terms: Terms, kept: DealState, resolution: Resolution) -> Timestamp:
    """When the report that waits could be resolved: a ruling comes when it comes, silence has its time."""
    assert kept.claim is not None, "no report waits"
    if resolution.outcome is Outcome.RULED:
        return resolution.moment.at
    return resolvable_at(terms, kept.claim)
