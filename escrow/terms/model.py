"""The plain form of terms, as a person reads and signs it. Knows no rule on what they may be."""

from dataclasses import dataclass
from enum import IntEnum

from escrow.ids import Address, CommitteeId, DocumentHash, Timestamp, Units


class Basis(IntEnum):
    """What a report's value counts: everything since the start, or one period alone."""

    CUMULATIVE = 0
    PER_PERIOD = 1


@dataclass(frozen=True)
class Step:
    """Reaching `from_` earns `flat` once; each metric unit from there to the next earns `rate` / 10^6."""

    from_: int
    flat: Units
    rate: int


@dataclass(frozen=True)
class Terms:
    """As in EscrowTypes.sol. `token` zero: the chain's coin; `arbiter` zero: none; `cap` 0: the funds."""

    client: Address
    agency: Address
    token: Address
    budget: Units
    open_before: Timestamp
    committee: CommitteeId
    quorum: int
    arbiter: Address
    agreement: DocumentHash
    basis: Basis
    starts_at: Timestamp
    period_length: int
    periods: int
    report_grace: int
    challenge_window: int
    ruling_window: int
    self_report: bool
    notice_period: int
    retention_bps: int
    base_per_period: Units
    cap: Units
    steps: tuple[Step, ...]
    salt: int

    @property
    def ends_at(self) -> Timestamp:
        """The planned end."""
        return Timestamp(self.starts_at + self.period_length * self.periods)


SOLIDITY_NAMES = {
    "client": ("client", "address"),
    "agency": ("agency", "address"),
    "token": ("token", "address"),
    "budget": ("budget", "uint96"),
    "open_before": ("openBefore", "uint40"),
    "committee": ("committee", "bytes12"),
    "quorum": ("quorum", "uint8"),
    "arbiter": ("arbiter", "address"),
    "agreement": ("agreement", "bytes32"),
    "basis": ("basis", "uint8"),
    "starts_at": ("startsAt", "uint40"),
    "period_length": ("periodLength", "uint32"),
    "periods": ("periods", "uint16"),
    "report_grace": ("reportGrace", "uint32"),
    "challenge_window": ("challengeWindow", "uint32"),
    "ruling_window": ("rulingWindow", "uint32"),
    "self_report": ("selfReport", "bool"),
    "notice_period": ("noticePeriod", "uint32"),
    "retention_bps": ("retentionBps", "uint16"),
    "base_per_period": ("basePerPeriod", "uint96"),
    "cap": ("cap", "uint96"),
    "steps": ("steps", "Step[]"),
    "salt": ("salt", "uint216"),
}
"""Each field's name and type in the EIP-712 struct, in its order."""

STEP_NAMES = {"from_": ("from", "uint64"), "flat": ("flat", "uint96"), "rate": ("rate", "uint96")}


def bits_of(kind: str) -> int:
    """Of an unsigned type's name, such as uint96."""
    return int(kind.removeprefix("uint"))
