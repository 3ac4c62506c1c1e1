"""Committees and their members in the index. Knows no deal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db import models
from escrow.errors import CommitteeUnknown
from escrow.ids import Address, CommitteeId, Timestamp


@dataclass(frozen=True)
class Member:
    """`number` is its bit in the signers of a settlement; it counts for reports as of later than `active_at`."""

    address: Address
    number: int
    active_at: Timestamp


@dataclass(frozen=True)
class Committee:
    """`admin` is zero where nobody can ever change it. Members are in the order of their numbers."""

    committee_id: CommitteeId
    admin: Address
    delay: int
    min_quorum: int
    max_quorum: int
    members: tuple[Member, ...]


def committees(index: Session) -> tuple[Committee, ...]:
    """All, the newest first."""
    newest = (models.Committee.block_number.desc(), models.Committee.log_index.desc())
    rows = index.scalars(select(models.Committee).order_by(*newest)).all()
    members = members_by_committee(index, [row.committee for row in rows])
    return tuple(_committee(row, members[row.committee]) for row in rows)


def committee(index: Session, committee_id: CommitteeId) -> Committee:
    """CommitteeUnknown."""
    row = index.scalar(select(models.Committee).where(models.Committee.committee == committee_id))
    if row is None:
        raise CommitteeUnknown(committee_id)
    return _committee(row, members_by_committee(index, [committee_id])[committee_id])


def members_by_committee(index: Session, committees: Iterable[CommitteeId]) -> Mapping[CommitteeId, tuple[Member, ...]]:
    """Nothing for a committee that the index does not know."""
    rows = index.scalars(
        select(models.Member)
        .where(models.Member.committee.in_(set(committees)))
        .order_by(models.Member.committee, models.Member.number)
    )
    found: dict[CommitteeId, tuple[Member, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.committee] += (Member(row.member, row.number, row.active_at),)
    return found


def _committee(row: models.Committee, members: tuple[Member, ...]) -> Committee:
    return Committee(row.committee, row.admin, row.delay, row.min_quorum, row.max_quorum, members)
