"""Committees of oracles as the contract keeps them. Knows bounds and members; knows no deal and no key."""

from dataclasses import dataclass

from escrow.ids import Address, Timestamp


@dataclass(frozen=True)
class Committee:
    """`size` is 0 for one that nobody created. `admin` is zero where nobody can ever change it."""

    admin: Address
    delay: int
    min_quorum: int
    max_quorum: int
    size: int


@dataclass(frozen=True)
class Member:
    """`active_at`: its signatures count for reports as of later than this."""

    is_member: bool
    index: int
    active_at: Timestamp
