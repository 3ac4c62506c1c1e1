"""Reports that wait: in their challenge window, or for a ruling. Twin of Challenges.sol, without a clock.

Only deals with an arbiter have such reports. What both parties accept is applied to the deal as soon as it is known; a
ruling, or the lack of one, adds the rest. Nothing here asks whether the time or the caller is right.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

from escrow.ids import Timestamp, Units
from escrow.report import MOST_VALUE
from escrow.schedule import Deal, Due, apply_report, apply_ruling
from escrow.terms.model import Basis, Terms

NOTHING = Due(Units(0), Units(0), Units(0))
_NO_TIME = Timestamp(0)


class Outcome(IntEnum):
    """How a waiting report was resolved."""

    ACCEPTED = 0
    """Nobody disputed it."""
    RULED = 1
    UNRULED = 2
    """The arbiter was silent: the quorum's number stands, or in a self-report the one that the client accepted."""


@dataclass(frozen=True)
class Claim:
    """A report that waits.

    `reported`: as the quorum signed it or, in a self-report, as the agency says. `value`: that with what earlier rulings
    add to it, in a self-report the same. `client_value` below and `agency_value` above are what the parties filed, None
    where they did not. `agreed_paid`: what both accept has been paid.
    """

    as_of: Timestamp
    window_ends_at: Timestamp
    reported: int
    value: int
    client_value: int | None = None
    agency_value: int | None = None
    is_self_report: bool = False
    agreed_paid: bool = False

    @property
    def is_disputed(self) -> bool:
        return self.client_value is not None or self.agency_value is not None

    @property
    def least(self) -> int:
        """The lowest number that the quorum or a party filed: no ruling goes below it."""
        return self.value if self.client_value is None else self.client_value

    @property
    def most(self) -> int:
        """The highest number that the quorum or a party filed: no ruling goes above it."""
        return self.value if self.agency_value is None else self.agency_value


@dataclass(frozen=True)
class DealState:
    """All that the contract keeps of a deal.

    `adjust` is added to every later value: the last ruling less what was reported. `resolved_at`: when the last waiting
    report could be resolved, where that was after the end; the grace does not run before.
    """

    deal: Deal
    claim: Claim | None = None
    adjust: int = 0
    resolved_at: Timestamp = _NO_TIME


def grace_start(deal: Deal, resolved_at: int) -> Timestamp:
    """From when on the grace runs: the end or, where that was later, when the last waiting report could be resolved."""
    return Timestamp(max(deal.ends_at, resolved_at))


def self_report_start(terms: Terms, state: DealState) -> Timestamp:
    """The second half of the grace, in which the agency may report itself."""
    return Timestamp(grace_start(state.deal, state.resolved_at) + terms.report_grace // 2)


def adjusted(value: int, adjust: int) -> int:
    """The reported value with what rulings left behind, within the range of values."""
    return min(max(0, value + adjust), MOST_VALUE)


def resolvable_at(terms: Terms, claim: Claim) -> Timestamp:
    """When nobody is awaited any longer."""
    return Timestamp(claim.window_ends_at + (terms.ruling_window if claim.is_disputed else 0))


def replaces(terms: Terms, state: DealState, as_of: int, now: int) -> bool:
    """Whether a quorum's report as of this time takes the place of a self-report."""
    claim = state.claim
    if claim is None or not claim.is_self_report:
        return False
    return as_of == state.deal.ends_at and now < resolvable_at(terms, claim)


# A report comes to wait


def file_report(terms: Terms, state: DealState, as_of: int, value: int, now: int) -> DealState:
    """A quorum's report, in place of a self-report where there is one."""
    window_ends_at = Timestamp(now + terms.challenge_window)
    return replace(state, claim=Claim(Timestamp(as_of), window_ends_at, value, adjusted(value, state.adjust)))


def file_self_report(terms: Terms, state: DealState, value: int, now: int) -> DealState:
    """The agency's own final value, with twice the window and no adjustment."""
    window_ends_at = Timestamp(now + 2 * terms.challenge_window)
    return replace(state, claim=Claim(state.deal.ends_at, window_ends_at, value, value, is_self_report=True))


# The parties file their numbers


def dispute_by_client(terms: Terms, state: DealState, value: int) -> tuple[DealState, Due]:
    """The client accepts no more than this, so all of it is agreed and paid."""
    return _apply_agreed(terms, state, replace(_waiting(state), client_value=value), value)


def dispute_by_agency(state: DealState, value: int) -> DealState:
    return replace(state, claim=replace(_waiting(state), agency_value=value))


def pay_agreed(terms: Terms, state: DealState) -> tuple[DealState, Due]:
    """The window is over and the client was silent: all of the quorum's number is agreed."""
    claim = _waiting(state)
    return _apply_agreed(terms, state, claim, claim.value)


# It is resolved


def rule(terms: Terms, state: DealState, value: int, now: int) -> tuple[DealState, Due]:
    """By the arbiter, who rules a number from `least` to `most` of the claim."""
    return resolve(terms, state, value, Outcome.RULED, now)


def resolve_unruled(terms: Terms, state: DealState) -> tuple[DealState, Due]:
    """By silence, since nobody is awaited any longer."""
    claim = _waiting(state)
    return resolve(terms, state, *unruled(claim), resolvable_at(terms, claim))


def unruled(claim: Claim) -> tuple[int, Outcome]:
    """What silence makes of it."""
    if not claim.is_disputed:
        return claim.value, Outcome.ACCEPTED
    return claim.least if claim.is_self_report else claim.value, Outcome.UNRULED


def resolve_overdue(terms: Terms, state: DealState, now: int) -> tuple[DealState, Due]:
    """As it is before the next report or a refund at this time."""
    if state.claim is None or now < resolvable_at(terms, state.claim):
        return state, NOTHING
    return resolve_unruled(terms, state)


def resolve(terms: Terms, state: DealState, value: int, outcome: Outcome, resolved_at: int) -> tuple[DealState, Due]:
    """The report counts with this value, beyond what is agreed; one as of the end closes the deal. `resolved_at`: when it
    was ruled, or could be resolved by silence."""
    claim = _waiting(state)
    if claim.agreed_paid:
        deal, due = apply_ruling(terms, state.deal, claim.least, value)
    else:
        deal, due = apply_report(terms, state.deal, claim.as_of, value)
    binds = outcome == Outcome.RULED and terms.basis == Basis.CUMULATIVE
    after = DealState(
        deal,
        adjust=value - claim.reported if binds else state.adjust,
        resolved_at=Timestamp(resolved_at) if resolved_at > deal.ends_at else state.resolved_at,
    )
    return after, due


def _apply_agreed(terms: Terms, state: DealState, claim: Claim, value: int) -> tuple[DealState, Due]:
    """The deal stays open, whatever the report is as of: the client's rest waits for the ruling."""
    deal, due = apply_report(terms, state.deal, claim.as_of, value)
    after = replace(state, deal=replace(deal, closed=False), claim=replace(claim, agreed_paid=True))
    return after, replace(due, refunded=Units(0))


def _waiting(state: DealState) -> Claim:
    assert state.claim is not None, "no report waits"
    return state.claim
