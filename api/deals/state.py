"""A deal as its events make it: where its money is, and its status at a time. Pure; knows no table and no request.

What was paid and refunded is what the events say; what was earned is computed from the reported values by the schedule.
The two meet in `Money`, whose parts always add up to what was funded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from escrow.events import Closing
from escrow.ids import Address, DealId, DocumentHash, Timestamp, Units
from escrow.money import Token
from escrow.schedule import Deal as State
from escrow.schedule import apply_report, apply_silence, apply_top_up, new_deal
from escrow.status import Status, status_of
from escrow.terms import Terms


@dataclass(frozen=True)
class Moment:
    """Where on the chain something happened. Moments have the chain's order."""

    block_number: int
    block_hash: str
    at: Timestamp
    transaction_hash: str
    log_index: int

    @property
    def order(self) -> tuple[int, int]:
        return self.block_number, self.log_index


@dataclass(frozen=True)
class TopUp:
    moment: Moment
    payer: Address
    amount: Units
    performance: Units


@dataclass(frozen=True)
class Settlement:
    """`signers` are in the order of their numbers in the committee."""

    moment: Moment
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: tuple[Address, ...]
    base: Units
    performance: Units

    @property
    def paid(self) -> Units:
        return Units(self.base + self.performance)


@dataclass(frozen=True)
class Closed:
    """`base` and `performance` are what closing paid beyond the reports."""

    moment: Moment
    cause: Closing
    base: Units
    performance: Units
    refunded: Units


@dataclass(frozen=True)
class Credit:
    """A payment of this deal that could not be delivered; whether it was withdrawn since is the account's matter."""

    moment: Moment
    account: Address
    amount: Units


@dataclass(frozen=True)
class Money:
    """funded = paid + retained + left + refunded, earned = paid + retained."""

    funded: Units
    paid: Units
    retained: Units
    left: Units
    refunded: Units

    @property
    def earned(self) -> Units:
        return Units(self.paid + self.retained)


@dataclass(frozen=True)
class Deal:
    """Histories are in the chain's order. `members` is how many the committee has."""

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
    closed: Closed | None
    credits: tuple[Credit, ...]

    @property
    def changes(self) -> Sequence[TopUp | Settlement]:
        """What moved the state between opening and closing, in the chain's order."""
        return sorted((*self.top_ups, *self.settlements), key=lambda change: change.moment.order)

    @cached_property
    def state(self) -> State:
        """As the contract stores it, computed anew from the events."""
        state = new_deal(self.terms, self.amount)
        for change in self.changes:
            state = step(self.terms, state, change)
        if self.closed is not None and not state.closed:
            state, _ = apply_silence(self.terms, state)
        return state

    @cached_property
    def money(self) -> Money:
        funded = self.amount + sum(top_up.amount for top_up in self.top_ups)
        paid = sum(report.paid for report in self.settlements) + sum(each.performance for each in self.top_ups)
        refunded = retained = 0
        if self.closed is not None:
            paid += self.closed.base + self.closed.performance
            refunded = self.closed.refunded
        else:
            # What silence would release is what was earned and is held; its base fee is not earned yet.
            retained = apply_silence(self.terms, self.state)[1].performance
        return Money(
            funded=Units(funded),
            paid=Units(paid),
            retained=Units(retained),
            left=Units(funded - paid - retained - refunded),
            refunded=Units(refunded),
        )

    def status(self, now: int) -> Status:
        """`now` is the time of the block up to which the events are known."""
        return status_of(self.terms, self.state, now)

    def settlement(self, as_of: int) -> Settlement | None:
        return next((report for report in self.settlements if report.as_of == as_of), None)


def step(terms: Terms, state: State, change: TopUp | Settlement) -> State:
    """The state after one change."""
    if isinstance(change, TopUp):
        return apply_top_up(terms, state, change.amount)[0]
    return apply_report(terms, state, change.as_of, change.value)[0]
