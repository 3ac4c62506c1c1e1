"""Committees as JSON."""

from typing import Self

from pydantic import BaseModel

from api.committees.queries import Committee
from api.schemas import TimeText


class MemberAnswer(BaseModel):
    """Its signature counts for reports as of later than `active_at`, and until `leaves_at`, null where it stays."""

    address: str
    number: int
    active_at: TimeText
    leaves_at: TimeText | None


class CommitteeAnswer(BaseModel):
    """`admin` is address zero where nobody can ever change the members, `next_admin` to whom it offered its place;
    `delay` in seconds. `size` counts the members that are not leaving."""

    committee_id: str
    admin: str
    next_admin: str | None
    size: int
    delay: int
    min_quorum: int
    max_quorum: int
    members: list[MemberAnswer]

    @classmethod
    def of(cls, found: Committee) -> Self:
        members = [
            MemberAnswer(
                address=member.address, number=member.number, active_at=member.active_at, leaves_at=member.leaves_at
            )
            for member in found.members
        ]
        return cls(
            committee_id=found.committee_id,
            admin=found.admin,
            next_admin=found.next_admin,
            size=found.size,
            delay=found.delay,
            min_quorum=found.min_quorum,
            max_quorum=found.max_quorum,
            members=members,
        )


class CommitteesAnswer(BaseModel):
    committees: list[CommitteeAnswer]
