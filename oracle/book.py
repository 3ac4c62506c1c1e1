"""What the chain said so far: deals, their reports, notices, members of committees, and up to which block it was read.

All of it can be forgotten and read again. Knows rows; `follow` fills them, and asks for nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, union_all, update

from escrow.committee import NEVER
from escrow.events import (
    DealClosed,
    DealOpened,
    Event,
    MemberAdded,
    MemberRemoved,
    NoticeGiven,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.ids import Address, CommitteeId, DealId, DocumentHash, Timestamp
from escrow.terms import Terms, unpack
from oracle.db import tables
from oracle.db.connection import Database

CHECKPOINTS_KEPT = 256
"""Blocks whose hashes are remembered: a fork that began below all of them makes the reading begin anew."""


READ_TABLES = (
    tables.settled_report,
    tables.waiting_report,
    tables.notice,
    tables.deal,
    tables.member,
    tables.departure,
)
"""What events become."""


@dataclass(frozen=True)
class Checkpoint:
    """Everything up to and with this block has been read."""

    number: int
    hash: str


@dataclass(frozen=True)
class KnownDeal:
    """An open deal. `last_as_of` and `previous` are of the last report that a quorum brought, whether it is settled or
    waits: the start and None before the first. `waits_as_of` is the time of the report that waits, the agency's own one
    included. `noticed_end` is where a notice moved the end to.
    """

    deal_id: DealId
    terms: Terms
    last_as_of: Timestamp
    previous: DocumentHash | None
    waits_as_of: Timestamp | None = None
    noticed_end: Timestamp | None = None

    @property
    def ends_at(self) -> Timestamp:
        return self.terms.ends_at if self.noticed_end is None else self.noticed_end


@dataclass(frozen=True)
class KnownMember:
    """Its signatures count for reports as of later than `active_at`, and only before `leaves_at`."""

    address: Address
    active_at: Timestamp
    leaves_at: Timestamp = NEVER

    def counts(self, as_of: int, now: int) -> bool:
        """Whether its signature of a report as of that time counts."""
        return self.active_at < as_of and now < self.leaves_at


class Book:
    def __init__(self, database: Database) -> None:
        self._database = database

    # Written by the one who follows the chain

    def checkpoint(self) -> Checkpoint | None:
        """The last one."""
        query = select(tables.checkpoint).order_by(tables.checkpoint.c.block_number.desc()).limit(1)
        with self._database.read() as connection:
            found = connection.execute(query).first()
        return None if found is None else Checkpoint(found.block_number, found.block_hash)

    def checkpoints(self) -> list[Checkpoint]:
        """Those that are kept, the last one first."""
        query = select(tables.checkpoint).order_by(tables.checkpoint.c.block_number.desc())
        with self._database.read() as connection:
            return [Checkpoint(row.block_number, row.block_hash) for row in connection.execute(query)]

    def add(self, events: Iterable[Event], end: Checkpoint) -> None:
        """All events up to and with the block `end`, of which none was known."""
        with self._database.write() as connection:
            for event in events:
                _add(connection, event)
            connection.execute(insert(tables.checkpoint).values(block_number=end.number, block_hash=end.hash))
            numbers = select(tables.checkpoint.c.block_number).order_by(tables.checkpoint.c.block_number.desc())
            oldest = numbers.offset(CHECKPOINTS_KEPT - 1).limit(1).scalar_subquery()
            connection.execute(delete(tables.checkpoint).where(tables.checkpoint.c.block_number < oldest))

    def drop_last_checkpoint(self) -> None:
        """What was read after the checkpoint before it is forgotten."""
        with self._database.write() as connection:
            numbers = select(tables.checkpoint.c.block_number).order_by(tables.checkpoint.c.block_number.desc())
            kept = connection.execute(numbers.offset(1).limit(1)).scalar()
            # Deals and members from before the first checkpoint are read again, too.
            last_good = -1 if kept is None else kept
            for table in (tables.checkpoint, *READ_TABLES):
                connection.execute(delete(table).where(table.c.block_number > last_good))
            reopened = update(tables.deal).where(tables.deal.c.closed_block > last_good)
            connection.execute(reopened.values(closed_block=None))
            waits_again = update(tables.waiting_report).where(tables.waiting_report.c.resolved_block > last_good)
            connection.execute(waits_again.values(resolved_block=None))

    # Read by everybody

    def open_deals(self, member: Address) -> list[KnownDeal]:
        """Of the committees that it is a member of, in the order of their opening."""
        mine = select(tables.member.c.committee).where(tables.member.c.address == member)
        query = (
            select(tables.deal.c.deal_id, tables.deal.c.terms)
            .where(tables.deal.c.closed_block.is_(None), tables.deal.c.committee.in_(mine))
            .order_by(tables.deal.c.block_number, tables.deal.c.deal_id)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
            return [_known(connection, DealId(row.deal_id), row.terms) for row in found]

    def terms(self, deal_id: DealId) -> Terms | None:
        """Of any deal that was opened, open or closed."""
        query = select(tables.deal.c.terms).where(tables.deal.c.deal_id == deal_id)
        with self._database.read() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else _unpacked(found)

    def members(self, committee: CommitteeId) -> list[KnownMember]:
        """Those that have left among them."""
        member, departure = tables.member, tables.departure
        leaves_at = (
            select(func.min(departure.c.leaves_at))
            .where(departure.c.committee == member.c.committee, departure.c.address == member.c.address)
            .scalar_subquery()
        )
        query = select(member.c.address, member.c.active_at, func.coalesce(leaves_at, NEVER).label("leaves_at"))
        with self._database.read() as connection:
            return [
                KnownMember(Address(row.address), Timestamp(row.active_at), Timestamp(row.leaves_at))
                for row in connection.execute(query.where(member.c.committee == committee))
            ]


def _add(connection: Connection, event: Event) -> None:
    match event:
        case DealOpened():
            row = {
                "deal_id": event.deal_id,
                "committee": unpack(event.terms).committee,
                "terms": json.dumps([str(word) for word in event.terms]),
                "block_number": event.log.block_number,
            }
            connection.execute(insert(tables.deal).values(row))
        case ReportSettled():
            row = {
                "deal_id": event.deal_id,
                "as_of": event.as_of,
                "value": str(event.value),
                "evidence": event.evidence,
                "block_number": event.log.block_number,
            }
            connection.execute(insert(tables.settled_report).values(row))
        case ReportWaits():
            row = {
                "deal_id": event.deal_id,
                "as_of": event.as_of,
                "is_self_report": int(event.signers == 0),
                "evidence": event.evidence,
                "block_number": event.log.block_number,
            }
            connection.execute(insert(tables.waiting_report).values(row))
        case ReportResolved():
            waiting = tables.waiting_report
            resolved = update(waiting).where(waiting.c.deal_id == event.deal_id, waiting.c.as_of == event.as_of)
            connection.execute(resolved.values(resolved_block=event.log.block_number))
        case NoticeGiven():
            row = {"deal_id": event.deal_id, "ends_at": event.ends_at, "block_number": event.log.block_number}
            connection.execute(insert(tables.notice).values(row))
        case DealClosed():
            closed = update(tables.deal).where(tables.deal.c.deal_id == event.deal_id)
            connection.execute(closed.values(closed_block=event.log.block_number))
        case MemberAdded():
            row = {
                "committee": event.committee,
                "address": event.member,
                "active_at": event.active_at,
                "block_number": event.log.block_number,
            }
            connection.execute(insert(tables.member).values(row))
        case MemberRemoved():
            row = {
                "committee": event.committee,
                "address": event.member,
                "leaves_at": event.leaves_at,
                "block_number": event.log.block_number,
            }
            connection.execute(insert(tables.departure).values(row))


def _known(connection: Connection, deal_id: DealId, words: str) -> KnownDeal:
    terms = _unpacked(words)
    settled, waiting, notice = tables.settled_report, tables.waiting_report, tables.notice
    reports = union_all(
        select(settled.c.as_of, settled.c.evidence).where(settled.c.deal_id == deal_id),
        select(waiting.c.as_of, waiting.c.evidence).where(waiting.c.deal_id == deal_id, waiting.c.is_self_report == 0),
    ).subquery()
    last = connection.execute(select(reports).order_by(reports.c.as_of.desc()).limit(1)).first()
    waits = select(func.max(waiting.c.as_of)).where(waiting.c.deal_id == deal_id, waiting.c.resolved_block.is_(None))
    waits_as_of = connection.execute(waits).scalar()
    noticed = connection.execute(select(func.min(notice.c.ends_at)).where(notice.c.deal_id == deal_id)).scalar()
    return KnownDeal(
        deal_id,
        terms,
        last_as_of=terms.starts_at if last is None else Timestamp(last.as_of),
        previous=None if last is None else DocumentHash(last.evidence),
        waits_as_of=None if waits_as_of is None else Timestamp(waits_as_of),
        noticed_end=None if noticed is None else Timestamp(noticed),
    )


def _unpacked(words: str) -> Terms:
    return unpack([int(word) for word in json.loads(words)])
