"""Committees of oracles as the contract keeps them. Knows bounds and members; knows no deal and no key."""

from dataclasses import dataclass

from escrow.ids import Address, Timestamp

NEVER = Timestamp(2**40 - 1)


@dataclass(frozen=True)
class Committee:
    """`size` counts members with those that are queued, without those whose removal is queued.
    `next_index` is the next member's, 0 for a committee that nobody created. `admin` is zero where nobody can ever
    change it."""

    admin: Address
    delay: int
    min_quorum: int
    max_quorum: int
    size: int
    next_index: int


@dataclass(frozen=True)
class Member:
    """Its signatures count for reports as of later than `active_at`, and only before `leaves_at`, which is 0 for
    somebody who never was one and NEVER without an end."""

    index: int
    active_at: Timestamp
    leaves_at: Timestamp

    def counts(self, as_of: int, now: int) -> bool:
        """Whether its signature of a report as of that time counts."""
        return self.active_at < as_of and now < self.leaves_at
