"""Which deals are wanted, as conditions on the index's tables. The status is derived there as everywhere, never stored."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from api.db import models
from escrow.claims import Outcome
from escrow.ids import Address, Timestamp
from escrow.status import Status


@dataclass(frozen=True)
class Filter:
    """What is None is not asked for. `party` is client or agency; `transaction` opened it, brought a report or resolved
    one."""

    client: Address | None = None
    agency: Address | None = None
    party: Address | None = None
    status: Status | None = None
    transaction: str | None = None


def conditions(wanted: Filter, now: Timestamp) -> list[ColumnElement[bool]]:
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
        reported = [
            deal.deal_id.in_(select(table.deal_id).where(table.transaction_hash == wanted.transaction))
            for table in (models.Settlement, models.WaitingReport, models.Resolution)
        ]
        found.append(or_(deal.transaction_hash == wanted.transaction, *reported))
    return found


def _has_status(status: Status, now: Timestamp) -> ColumnElement[bool]:
    """The same question as `status_of`, asked of the table."""
    deal = models.Deal
    closed = exists().where(models.Closing.deal_id == deal.deal_id)
    noticed = select(func.min(models.Notice.ends_at)).where(models.Notice.deal_id == deal.deal_id).scalar_subquery()
    ends_at = func.coalesce(noticed, deal.ends_at)
    grace = deal.silent_at - deal.ends_at
    silent = and_(ends_at + grace <= now, ~_waits(), ~_was_resolved_after(now - grace))
    spans = {
        Status.SCHEDULED: deal.starts_at > now,
        Status.RUNNING: and_(deal.starts_at <= now, ends_at > now),
        Status.ENDED: and_(ends_at <= now, ~silent),
        Status.SILENT: silent,
    }
    if status is Status.CLOSED:
        return closed
    if status is Status.UNKNOWN:
        return deal.deal_id.is_(None)
    return and_(spans[status], ~closed)


def _waits() -> ColumnElement[bool]:
    """Whether a report of the open deal waits: one came after which none was resolved."""
    waiting, resolution = models.WaitingReport, models.Resolution
    resolved = exists().where(resolution.deal_id == waiting.deal_id, _place(resolution) > _place(waiting))
    return exists().where(waiting.deal_id == models.Deal.deal_id, ~resolved)


def _was_resolved_after(at: ColumnElement[Timestamp]) -> ColumnElement[bool]:
    """Whether a report that waited could be resolved at a later time only, as `resolved_at` says."""
    waiting, resolution = models.WaitingReport, models.Resolution
    # Its own block, and not that of the opening, which the list of deals is joined with.
    block = aliased(models.Block)
    resolved_at = case(
        (resolution.outcome == Outcome.RULED, block.at),
        (resolution.outcome == Outcome.UNRULED, waiting.window_ends_at + models.Deal.ruling_window),
        else_=waiting.window_ends_at,
    )
    return exists().where(
        resolution.deal_id == models.Deal.deal_id,
        block.number == resolution.block_number,
        waiting.deal_id == resolution.deal_id,
        waiting.as_of == resolution.as_of,
        resolved_at > at,
    )


def _place(table: type[Any]) -> ColumnElement[Any]:
    return tuple_(table.block_number, table.log_index)
