"""What happened to a deal, one class a kind of event, each with its moment. Knows no table and computes nothing but sums."""

from dataclasses import dataclass

from escrow.claims import Outcome, adjusted
from escrow.events import Closing
from escrow.ids import Address, DealId, DocumentHash, Timestamp, Units


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

    @property
    def paid(self) -> Units:
        return self.performance


@dataclass(frozen=True)
class WaitingReport:
    """A report that came to wait. `value` is the signed one, `adjust` what earlier rulings add to it."""

    moment: Moment
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: tuple[Address, ...]
    is_self_report: bool
    adjust: int
    window_ends_at: Timestamp

    @property
    def adjusted(self) -> int:
        """What it counts with, unless it is disputed."""
        return adjusted(self.value, self.adjust)

    @property
    def paid(self) -> Units:
        return Units(0)


@dataclass(frozen=True)
class Dispute:
    """A party's own number for the report that waits. What both accept was paid at once, where the client filed it."""

    moment: Moment
    party: Address
    value: int
    reason: DocumentHash
    base: Units
    performance: Units

    @property
    def paid(self) -> Units:
        return Units(self.base + self.performance)


@dataclass(frozen=True)
class AgreedPart:
    """Paid of a report that the agency alone disputed."""

    moment: Moment
    as_of: Timestamp
    value: int
    base: Units
    performance: Units

    @property
    def paid(self) -> Units:
        return Units(self.base + self.performance)


@dataclass(frozen=True)
class Resolution:
    """The report that waited counts with `value`. The pay is what goes beyond the agreed part."""

    moment: Moment
    as_of: Timestamp
    value: int
    outcome: Outcome
    adjust: int
    base: Units
    performance: Units

    @property
    def paid(self) -> Units:
        return Units(self.base + self.performance)


@dataclass(frozen=True)
class Challenge:
    """A report that waits or waited, and all that was said of it. Nothing came of one that a quorum's report replaced,
    or that the parties' split dropped: it has no resolution, and what was agreed of it is paid all the same."""

    waiting: WaitingReport
    disputes: tuple[Dispute, ...] = ()
    agreed: AgreedPart | None = None
    resolution: Resolution | None = None

    @property
    def payments(self) -> tuple[Dispute | AgreedPart | Resolution, ...]:
        """In the order of the chain."""
        later = (self.agreed, self.resolution)
        return (*self.disputes, *(one for one in later if one is not None))


@dataclass(frozen=True)
class Settlement:
    """A report that counts. `signers` are in the order of their numbers in the committee.

    Where it had to wait, `value` is what it came to, `challenge` says how, and the moment is that of its resolution; the
    pay is all that was paid for it.
    """

    moment: Moment
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: tuple[Address, ...]
    base: Units
    performance: Units
    challenge: Challenge | None = None

    @property
    def paid(self) -> Units:
        return Units(self.base + self.performance)

    @property
    def reported(self) -> int:
        """The value as it was signed."""
        return self.value if self.challenge is None else self.challenge.waiting.value

    @property
    def outcome(self) -> str | None:
        """None where it was settled at once."""
        resolution = self.challenge and self.challenge.resolution
        return resolution.outcome.name.lower() if resolution else None


@dataclass(frozen=True)
class Notice:
    """`ends_at` is the new end. Where that is not after the start the deal is closed at once."""

    moment: Moment
    party: Address
    ends_at: Timestamp
    performance: Units

    @property
    def paid(self) -> Units:
        return self.performance


@dataclass(frozen=True)
class Closed:
    """`base` and `performance` are what closing paid beyond the reports. `moved_to` is the deal that an amendment opened
    with the rest."""

    moment: Moment
    cause: Closing
    base: Units
    performance: Units
    refunded: Units
    moved_to: DealId | None = None


@dataclass(frozen=True)
class Credit:
    """A payment of this deal that could not be delivered; whether it was withdrawn since is the account's matter."""

    moment: Moment
    account: Address
    amount: Units


Change = TopUp | Settlement | WaitingReport | Dispute | AgreedPart | Resolution | Notice
"""What moves the state between opening and closing. `paid` of each is what it sent to the agency at once."""


def as_settlement(challenge: Challenge) -> Settlement:
    """The report as it counts; as it would count undisputed, with what was paid so far, where it is not resolved."""
    waiting, resolution = challenge.waiting, challenge.resolution
    return Settlement(
        moment=resolution.moment if resolution else waiting.moment,
        as_of=waiting.as_of,
        value=resolution.value if resolution else waiting.adjusted,
        evidence=waiting.evidence,
        signers=waiting.signers,
        base=Units(sum(each.base for each in challenge.payments)),
        performance=Units(sum(each.performance for each in challenge.payments)),
        challenge=challenge,
    )
