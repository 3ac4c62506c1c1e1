"""Committees and their members in the index. Knows no deal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db import models
from escrow.errors import CommitteeUnknown
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, Timestamp


@dataclass(frozen=True)
class Member:
    """`number` is its bit in the signers of a settlement. It counts for reports as of later than `active_at`, and until
    `leaves_at`, which is None where it is not leaving."""

    address: Address
    number: int
    active_at: Timestamp
    leaves_at: Timestamp | None = None


@dataclass(frozen=True)
class Committee:
    """`admin` is zero where nobody can ever change it; `next_admin` is to whom it offered its place. Members are in the
    order of their numbers, those that left among them."""

    committee_id: CommitteeId
    admin: Address
    next_admin: Address | None
    delay: int
    min_quorum: int
    max_quorum: int
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        return size_of(self.members)


def committees(index: Session) -> tuple[Committee, ...]:
    """All, the newest first."""
    newest = (models.Committee.block_number.desc(), models.Committee.log_index.desc())
    rows = index.scalars(select(models.Committee).order_by(*newest)).all()
    return _whole(index, rows)


def committee(index: Session, committee_id: CommitteeId) -> Committee:
    """CommitteeUnknown."""
    row = index.scalar(select(models.Committee).where(models.Committee.committee == committee_id))
    if row is None:
        raise CommitteeUnknown(committee_id)
    return _whole(index, [row])[0]


def size_of(members: Iterable[Member]) -> int:
    """As the contract counts them: with those that are queued, without those whose removal is queued."""
    return sum(member.leaves_at is None for member in members)


def members_by_committee(index: Session, committees: Iterable[CommitteeId]) -> Mapping[CommitteeId, tuple[Member, ...]]:
    """Nothing for a committee that the index does not know."""
    wanted = set(committees)
    rows = index.scalars(
        select(models.Member)
        .where(models.Member.committee.in_(wanted))
        .order_by(models.Member.committee, models.Member.number)
    )
    departures = index.execute(
        select(models.Departure.committee, models.Departure.member, func.min(models.Departure.leaves_at))
        .where(models.Departure.committee.in_(wanted))
        .group_by(models.Departure.committee, models.Departure.member)
    )
    leaving = {(committee, member): leaves_at for committee, member, leaves_at in departures}
    found: dict[CommitteeId, tuple[Member, ...]] = defaultdict(tuple)
    for row in rows:
        leaves_at = leaving.get((row.committee, row.member))
        found[row.committee] += (Member(row.member, row.number, row.active_at, leaves_at),)
    return found


def _whole(index: Session, rows: Sequence[models.Committee]) -> tuple[Committee, ...]:
    ids = [row.committee for row in rows]
    members = members_by_committee(index, ids)
    changed = _last(index, models.AdminChange, models.AdminChange.admin, ids)
    offered = _last(index, models.AdminOffer, models.AdminOffer.next_admin, ids)
    return tuple(
        _committee(row, members[row.committee], changed.get(row.committee), offered.get(row.committee)) for row in rows
    )


Said = tuple[tuple[int, int], Address]
"""When, in the chain's order, and whom."""


def _last(index: Session, table: type[Any], column: Any, committees: Sequence[CommitteeId]) -> dict[CommitteeId, Said]:
    """The last address that such an event named, by committee."""
    rows = index.execute(
        select(table.committee, table.block_number, table.log_index, column)
        .where(table.committee.in_(committees))
        .order_by(table.block_number, table.log_index)
    )
    return {committee: ((block_number, log_index), named) for committee, block_number, log_index, named in rows}


def _committee(row: models.Committee, members: tuple[Member, ...], changed: Said | None, offered: Said | None) -> Committee:
    # A change takes the offer that it accepts off the table, and zero is no offer.
    is_open = offered is not None and offered[1] != ZERO_ADDRESS and (changed is None or offered[0] > changed[0])
    return Committee(
        committee_id=row.committee,
        admin=changed[1] if changed else row.admin,
        next_admin=offered[1] if offered and is_open else None,
        delay=row.delay,
        min_quorum=row.min_quorum,
        max_quorum=row.max_quorum,
        members=members,
    )
