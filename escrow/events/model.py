"""The contract's events as Python classes. Knows no log and no node."""

from dataclasses import dataclass
from enum import IntEnum

from escrow.claims import Outcome
from escrow.ids import Address, CommitteeId, DealId, DocumentHash, Timestamp, Units


class Closing(IntEnum):
    """Why a deal closed."""

    FINAL_REPORT = 0
    SILENCE = 1
    DECLINED = 2
    NOTICE = 3
    """A notice that ran out before the start."""
    AGREED = 4
    """Both parties signed a split."""
    AMENDED = 5
    """Both parties moved the money to new terms."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where on the chain the event stands."""

    block_number: int
    block_hash: str
    transaction_hash: str
    transaction_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class DealOpened:
    """`terms` are the packed words; `payer` paid, but refunds go to the client."""

    deal_id: DealId
    client: Address
    agency: Address
    payer: Address
    amount: Units
    terms: tuple[int, ...]
    log: LogPosition


@dataclass(frozen=True, slots=True)
class DealToppedUp:
    """`performance` was paid at once: what earlier reports had earned beyond the old amount."""

    deal_id: DealId
    payer: Address
    amount: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ReportSettled:
    """Bit i of `signers` is set when the member with index i signed."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: int
    base: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ReportWaits:
    """For its challenge window to end, in place of a self-report if there was one. `value` is the signed one or, in a
    self-report, the agency's; `adjust` is added to it. `signers` is 0 in a self-report."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: int
    adjust: int
    window_ends_at: Timestamp
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ReportDisputed:
    """`reason` names a document, or is 64 zeros. Where the client filed, the agreed part was paid at once."""

    deal_id: DealId
    party: Address
    value: int
    reason: DocumentHash
    base: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class AgreedPartPaid:
    """The window is over and only the agency filed: what the quorum reported was paid."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    base: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ReportResolved:
    """`adjust` is added to every later value; `base` and `performance` are beyond what was agreed before."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    outcome: Outcome
    adjust: int
    base: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """`performance` was paid at once: earned beyond the funds that were left beside the base fee."""

    deal_id: DealId
    party: Address
    ends_at: Timestamp
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ItemSkipped:
    """An item of a batch changed nothing. `reason` is 0x and the selector of its error, zero where there was none."""

    item: int
    reason: str
    log: LogPosition


@dataclass(frozen=True, slots=True)
class DealClosed:
    """`base` and `performance` are what closing paid beyond the reports."""

    deal_id: DealId
    cause: Closing
    base: Units
    performance: Units
    refunded: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class Credited:
    deal_id: DealId
    account: Address
    token: Address
    amount: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class Withdrawn:
    account: Address
    token: Address
    to: Address
    amount: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class CommitteeCreated:
    committee: CommitteeId
    admin: Address
    creator: Address
    delay: int
    min_quorum: int
    max_quorum: int
    size: int
    log: LogPosition


@dataclass(frozen=True, slots=True)
class MemberAdded:
    """`index` is the member's bit in `signers`; it counts for reports as of later than `active_at`."""

    committee: CommitteeId
    member: Address
    index: int
    active_at: Timestamp
    log: LogPosition


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """Its signatures count until `leaves_at`, whatever they are as of."""

    committee: CommitteeId
    member: Address
    leaves_at: Timestamp
    log: LogPosition


@dataclass(frozen=True, slots=True)
class EquivocationProved:
    """The member signed two different reports of this deal and time; a MemberRemoved follows."""

    committee: CommitteeId
    member: Address
    deal_id: DealId
    as_of: Timestamp
    log: LogPosition


@dataclass(frozen=True, slots=True)
class AdminOffered:
    committee: CommitteeId
    next_admin: Address
    log: LogPosition


@dataclass(frozen=True, slots=True)
class AdminChanged:
    committee: CommitteeId
    admin: Address
    log: LogPosition


DealEvent = (
    DealOpened
    | DealToppedUp
    | ReportSettled
    | ReportWaits
    | ReportDisputed
    | AgreedPartPaid
    | ReportResolved
    | NoticeGiven
    | DealClosed
)
"""What moves a deal on; each of them names it."""

CommitteeEvent = CommitteeCreated | MemberAdded | MemberRemoved | EquivocationProved | AdminOffered | AdminChanged

Event = DealEvent | CommitteeEvent | ItemSkipped | Credited | Withdrawn
