"""What the chain said of a deal, as the events that an auditor would read from it. Knows tables; judges nothing."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db import models
from api.deals.queries import unpack_words
from escrow.claims import Outcome
from escrow.events import (
    AgreedPartPaid,
    Closing,
    DealClosed,
    DealOpened,
    DealToppedUp,
    Event,
    LogPosition,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.ids import DealId


def chain_events(index: Session, deal_id: DealId) -> list[Event]:
    """All of the deal that move its money, by table; `verify_deal` brings them in order."""
    return [
        make(row, LogPosition(row.block_number, block_hash, row.transaction_hash, row.transaction_index, row.log_index))
        for table, make in _EVENTS.items()
        for row, block_hash in index.execute(
            select(table, models.Block.hash)
            .join(models.Block, models.Block.number == table.block_number)
            .where(table.deal_id == deal_id)
        )
    ]


def _opened(row: models.Deal, log: LogPosition) -> DealOpened:
    words = unpack_words(row.terms)
    return DealOpened(row.deal_id, row.client, row.agency, row.payer, row.amount_units, words, log)


def _topped_up(row: models.TopUp, log: LogPosition) -> DealToppedUp:
    return DealToppedUp(row.deal_id, row.payer, row.amount_units, row.performance_units, log)


def _settled(row: models.Settlement, log: LogPosition) -> ReportSettled:
    return ReportSettled(
        row.deal_id,
        row.as_of,
        row.value,
        row.evidence,
        row.signers,
        row.base_units,
        row.performance_units,
        log,
    )


def _waits(row: models.WaitingReport, log: LogPosition) -> ReportWaits:
    return ReportWaits(
        row.deal_id,
        row.as_of,
        row.value,
        row.evidence,
        row.signers,
        row.adjust,
        row.window_ends_at,
        log,
    )


def _disputed(row: models.Dispute, log: LogPosition) -> ReportDisputed:
    return ReportDisputed(row.deal_id, row.party, row.value, row.reason, row.base_units, row.performance_units, log)


def _agreed_part(row: models.AgreedPart, log: LogPosition) -> AgreedPartPaid:
    return AgreedPartPaid(row.deal_id, row.as_of, row.value, row.base_units, row.performance_units, log)


def _resolved(row: models.Resolution, log: LogPosition) -> ReportResolved:
    return ReportResolved(
        row.deal_id,
        row.as_of,
        row.value,
        Outcome(row.outcome),
        row.adjust,
        row.base_units,
        row.performance_units,
        log,
    )


def _noticed(row: models.Notice, log: LogPosition) -> NoticeGiven:
    return NoticeGiven(row.deal_id, row.party, row.ends_at, row.performance_units, log)


def _closed(row: models.Closing, log: LogPosition) -> DealClosed:
    return DealClosed(
        row.deal_id,
        Closing(row.cause),
        row.base_units,
        row.performance_units,
        row.refunded_units,
        log,
    )


_EVENTS: dict[type[Any], Any] = {
    models.Deal: _opened,
    models.TopUp: _topped_up,
    models.Settlement: _settled,
    models.WaitingReport: _waits,
    models.Dispute: _disputed,
    models.AgreedPart: _agreed_part,
    models.Resolution: _resolved,
    models.Notice: _noticed,
    models.Closing: _closed,
}
