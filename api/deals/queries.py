"""Deals of the index, whole, by id or page by page. Knows tables; what follows from a deal's events is `state`."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session

from api.committees.queries import Member, members_by_committee
from api.db import models
from api.deals.state import Closed, Credit, Deal, Moment, Settlement, TopUp
from api.networks import Network
from api.tokens.queries import tokens_by_address
from escrow.errors import DealUnknown, PageProblem, ReportUnknown
from escrow.events import Closing
from escrow.ids import Address, DealId, Timestamp
from escrow.money import Token
from escrow.status import Status
from escrow.terms import unpack

WORD_DIGITS = 64
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)

Item = TypeVar("Item")
EventRow = Row[Any, str, Timestamp]
"""A row with its block's hash and time."""
Histories = Mapping[DealId, tuple[Item, ...]]


@dataclass(frozen=True)
class Filter:
    """What is None is not asked for. `party` is client or agency; `transaction` opened or settled it."""

    client: Address | None = None
    agency: Address | None = None
    party: Address | None = None
    status: Status | None = None
    transaction: str | None = None


@dataclass(frozen=True)
class Page:
    """The newest first. `next_cursor` leads to older ones, if there are any."""

    deals: tuple[Deal, ...]
    next_cursor: str | None


def deal(index: Session, network: Network, deal_id: DealId) -> Deal:
    """DealUnknown."""
    rows = index.execute(_with_block(models.Deal).where(models.Deal.deal_id == deal_id)).all()
    if not rows:
        raise DealUnknown(deal_id)
    return _whole(index, network, rows)[0]


def settlement(deal: Deal, as_of: Timestamp) -> Settlement:
    """ReportUnknown."""
    found = deal.settlement(as_of)
    if found is None:
        raise ReportUnknown(deal.deal_id, as_of)
    return found


def deals(
    index: Session,
    network: Network,
    wanted: Filter,
    *,
    now: Timestamp,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """`now` is the time of the block up to which the index is read. PageProblem for a cursor that no page gave."""
    query = _with_block(models.Deal).where(*_conditions(wanted, now))
    if cursor is not None:
        query = query.where(tuple_(models.Deal.block_number, models.Deal.log_index) < _position(cursor))
    newest = (models.Deal.block_number.desc(), models.Deal.log_index.desc())
    rows = index.execute(query.order_by(*newest).limit(limit + 1)).all()
    found = _whole(index, network, rows[:limit])
    last = found[-1].opened if len(rows) > limit else None
    return Page(found, f"{last.block_number}-{last.log_index}" if last else None)


def _position(cursor: str) -> ColumnElement[Any]:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise PageProblem(cursor, "is not one that a page gave")
    return tuple_(int(match[1]), int(match[2]))


def _conditions(wanted: Filter, now: Timestamp) -> list[ColumnElement[bool]]:
    deal = models.Deal
    found: list[ColumnElement[bool]] = []
    if wanted.client is not None:
        found.append(deal.client == wanted.client)
    if wanted.agency is not None:
        found.append(deal.agency == wanted.agency)
    if wanted.party is not None:
        found.append(or_(deal.client == wanted.party, deal.agency == wanted.party))
    if wanted.status is not None:
        found.append(_has_status(wanted.status, now))
    if wanted.transaction is not None:
        settled = select(models.Settlement.deal_id).where(models.Settlement.transaction_hash == wanted.transaction)
        found.append(or_(deal.transaction_hash == wanted.transaction, deal.deal_id.in_(settled)))
    return found


def _has_status(status: Status, now: Timestamp) -> ColumnElement[bool]:
    """The same question as `status_of`, asked of the table."""
    deal = models.Deal
    closed = exists().where(models.Closing.deal_id == deal.deal_id)
    spans = {
        Status.SCHEDULED: deal.starts_at > now,
        Status.RUNNING: and_(deal.starts_at <= now, deal.ends_at > now),
        Status.ENDED: and_(deal.ends_at <= now, deal.silent_at > now),
        Status.SILENT: deal.silent_at <= now,
    }
    if status is Status.CLOSED:
        return closed
    if status is Status.UNKNOWN:
        return deal.deal_id.is_(None)
    return and_(spans[status], ~closed)


def _whole(index: Session, network: Network, rows: Sequence[EventRow]) -> tuple[Deal, ...]:
    """The deals of these rows with all that happened to them, in a fixed number of queries."""
    ids = [row[0].deal_id for row in rows]
    committees = {row[0].deal_id: row[0].committee for row in rows}
    members = members_by_committee(index, committees.values())
    tokens = tokens_by_address(index, network, [row[0].token for row in rows])
    top_ups = _history(index, models.TopUp, ids, _top_up)
    settlements = _history(
        index, models.Settlement, ids, lambda row, moment: _settlement(row, moment, members[committees[row.deal_id]])
    )
    closings = _history(index, models.Closing, ids, _closed)
    credits = _history(index, models.Credit, ids, _credit)
    return tuple(
        _deal(
            row,
            tokens[row[0].token],
            members=len(members[row[0].committee]),
            top_ups=top_ups[row[0].deal_id],
            settlements=settlements[row[0].deal_id],
            closed=next(iter(closings[row[0].deal_id]), None),
            credits=credits[row[0].deal_id],
        )
        for row in rows
    )


def _with_block(table: type[Any]) -> Select[Any, str, Timestamp]:
    return select(table, models.Block.hash, models.Block.at).join(models.Block, models.Block.number == table.block_number)


def _history(
    index: Session, table: type[Any], ids: Sequence[DealId], make: Callable[[Any, Moment], Item]
) -> Histories[Item]:
    rows = index.execute(_with_block(table).where(table.deal_id.in_(ids)).order_by(table.block_number, table.log_index))
    found: dict[DealId, list[Item]] = defaultdict(list)
    for row in rows:
        found[row[0].deal_id].append(make(row[0], _moment(row)))
    return defaultdict(tuple, {deal_id: tuple(items) for deal_id, items in found.items()})


def _moment(row: EventRow) -> Moment:
    event, block_hash, at = row
    return Moment(event.block_number, block_hash, at, event.transaction_hash, event.log_index)


def _deal(row: EventRow, token: Token, **histories: Any) -> Deal:
    opened: models.Deal = row[0]
    packed = unpack_words(opened.terms)
    return Deal(
        deal_id=opened.deal_id,
        terms=unpack(packed),
        packed=packed,
        token=token,
        opened=_moment(row),
        payer=opened.payer,
        amount=opened.amount_units,
        **histories,
    )


def _top_up(row: models.TopUp, moment: Moment) -> TopUp:
    return TopUp(moment, row.payer, row.amount_units, row.performance_units)


def _settlement(row: models.Settlement, moment: Moment, members: Sequence[Member]) -> Settlement:
    return Settlement(
        moment=moment,
        as_of=row.as_of,
        value=row.value,
        evidence=row.evidence,
        signers=tuple(member.address for member in members if row.signers >> member.number & 1),
        base=row.base_units,
        performance=row.performance_units,
    )


def _closed(row: models.Closing, moment: Moment) -> Closed:
    return Closed(moment, Closing(row.cause), row.base_units, row.performance_units, row.refunded_units)


def _credit(row: models.Credit, moment: Moment) -> Credit:
    return Credit(moment, row.account, row.amount_units)


def pack_words(words: Sequence[int]) -> str:
    """As the column `terms` holds them."""
    return "".join(f"{word:064x}" for word in words)


def unpack_words(text: str) -> tuple[int, ...]:
    return tuple(int(text[at : at + WORD_DIGITS], 16) for at in range(0, len(text), WORD_DIGITS))
