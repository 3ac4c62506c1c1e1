"""Deals of the index, whole, by id or page by page. Knows tables; what follows from a deal's events is `state`."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from api.committees.queries import Member, members_by_committee, size_of
from api.db import models
from api.deals.filter import Filter, conditions
from api.deals.history import (
    AgreedPart,
    Closed,
    Credit,
    Dispute,
    Moment,
    Notice,
    Resolution,
    Settlement,
    TopUp,
    WaitingReport,
)
from api.deals.state import Deal
from api.networks import Network
from api.tokens.queries import tokens_by_address
from escrow.claims import Outcome
from escrow.errors import DealUnknown, PageProblem, ReportUnknown
from escrow.events import Closing
from escrow.ids import Address, DealId, Timestamp
from escrow.money import Token
from escrow.terms import unpack

WORD_DIGITS = 64
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)

Item = TypeVar("Item")
EventRow = Row[Any, str, Timestamp]
"""A row with its block's hash and time."""
Histories = Mapping[DealId, tuple[Item, ...]]


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
    found = deal.report(as_of)
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
    query = _with_block(models.Deal).where(*conditions(wanted, now))
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
    waiting = _history(
        index, models.WaitingReport, ids, lambda row, moment: _waiting(row, moment, members[committees[row.deal_id]])
    )
    disputes = _history(index, models.Dispute, ids, _dispute)
    agreed_parts = _history(index, models.AgreedPart, ids, _agreed_part)
    resolutions = _history(index, models.Resolution, ids, _resolution)
    notices = _history(index, models.Notice, ids, _notice)
    moved = _moved(index, ids)
    closings = _history(index, models.Closing, ids, lambda row, moment: _closed(row, moment, moved.get(row.deal_id)))
    credits = _history(index, models.Credit, ids, _credit)
    came_from = {new: old for old, new in moved.items()}
    return tuple(
        _deal(
            row,
            tokens[row[0].token],
            members=size_of(members[row[0].committee]),
            top_ups=top_ups[row[0].deal_id],
            settlements=settlements[row[0].deal_id],
            waiting_reports=waiting[row[0].deal_id],
            disputes=disputes[row[0].deal_id],
            agreed_parts=agreed_parts[row[0].deal_id],
            resolutions=resolutions[row[0].deal_id],
            notices=notices[row[0].deal_id],
            closed=next(iter(closings[row[0].deal_id]), None),
            credits=credits[row[0].deal_id],
            moved_from=came_from.get(row[0].deal_id),
        )
        for row in rows
    )


def _moved(index: Session, ids: Sequence[DealId]) -> Mapping[DealId, DealId]:
    """By a deal that was amended, the one that its rest opened, where either of them is among these: the event of the
    opening stands right after that of the closing."""
    closing, opening = models.Closing, models.Deal
    rows = index.execute(
        select(closing.deal_id, opening.deal_id)
        .join(opening, and_(opening.block_number == closing.block_number, opening.log_index == closing.log_index + 1))
        .where(closing.cause == Closing.AMENDED, or_(closing.deal_id.in_(ids), opening.deal_id.in_(ids)))
    )
    return {old: new for old, new in rows}


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
        signers=_signers(row.signers, members),
        base=row.base_units,
        performance=row.performance_units,
    )


def _waiting(row: models.WaitingReport, moment: Moment, members: Sequence[Member]) -> WaitingReport:
    return WaitingReport(
        moment=moment,
        as_of=row.as_of,
        value=row.value,
        evidence=row.evidence,
        signers=_signers(row.signers, members),
        is_self_report=row.signers == 0,
        adjust=row.adjust,
        window_ends_at=row.window_ends_at,
    )


def _signers(bitmap: int, members: Sequence[Member]) -> tuple[Address, ...]:
    return tuple(member.address for member in members if bitmap >> member.number & 1)


def _dispute(row: models.Dispute, moment: Moment) -> Dispute:
    return Dispute(moment, row.party, row.value, row.reason, row.base_units, row.performance_units)


def _agreed_part(row: models.AgreedPart, moment: Moment) -> AgreedPart:
    return AgreedPart(moment, row.as_of, row.value, row.base_units, row.performance_units)


def _resolution(row: models.Resolution, moment: Moment) -> Resolution:
    return Resolution(moment, row.as_of, row.value, Outcome(row.outcome), row.adjust, row.base_units, row.performance_units)


def _notice(row: models.Notice, moment: Moment) -> Notice:
    return Notice(moment, row.party, row.ends_at, row.performance_units)


def _closed(row: models.Closing, moment: Moment, moved_to: DealId | None) -> Closed:
    return Closed(moment, Closing(row.cause), row.base_units, row.performance_units, row.refunded_units, moved_to)


def _credit(row: models.Credit, moment: Moment) -> Credit:
    return Credit(moment, row.account, row.amount_units)


def pack_words(words: Sequence[int]) -> str:
    """As the column `terms` holds them."""
    return "".join(f"{word:064x}" for word in words)


def unpack_words(text: str) -> tuple[int, ...]:
    return tuple(int(text[at : at + WORD_DIGITS], 16) for at in range(0, len(text), WORD_DIGITS))
