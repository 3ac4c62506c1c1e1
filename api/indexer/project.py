"""Events as rows. Pure: the same events give the same rows; knows no connection."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from api.db import models
from api.deals.queries import pack_words
from escrow.events import (
    AdminChanged,
    AdminOffered,
    AgreedPartPaid,
    CommitteeCreated,
    Credited,
    DealClosed,
    DealOpened,
    DealToppedUp,
    EquivocationProved,
    Event,
    ItemSkipped,
    LogPosition,
    MemberAdded,
    MemberRemoved,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
    Withdrawn,
)
from escrow.rpc import Block
from escrow.terms import unpack

Row = dict[str, Any]
Rows = Mapping[type[models.Base], list[Row]]


def project(events: Iterable[Event], blocks: Mapping[int, Block]) -> Rows:
    """The rows of these events by table, `block` first. `blocks` has the block of each event."""
    rows: dict[type[models.Base], list[Row]] = defaultdict(list)
    rows[models.Block] = [{"number": block.number, "hash": block.hash, "at": block.timestamp} for block in blocks.values()]
    for event in events:
        table, make = _TABLES[type(event)]
        rows[table].append(_position(event.log) | make(event))
    return rows


def _position(log: LogPosition) -> Row:
    return {
        "block_number": log.block_number,
        "log_index": log.log_index,
        "transaction_hash": log.transaction_hash,
        "transaction_index": log.transaction_index,
    }


def _deal(event: DealOpened) -> Row:
    terms = unpack(event.terms)
    return {
        "deal_id": event.deal_id,
        "client": event.client,
        "agency": event.agency,
        "token": terms.token,
        "committee": terms.committee,
        "agreement": terms.agreement,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "silent_at": terms.ends_at + terms.report_grace,
        "ruling_window": terms.ruling_window,
        "terms": pack_words(event.terms),
        "payer": event.payer,
        "amount_units": event.amount,
    }


def _top_up(event: DealToppedUp) -> Row:
    return {
        "deal_id": event.deal_id,
        "payer": event.payer,
        "amount_units": event.amount,
        "performance_units": event.performance,
    }


def _settlement(event: ReportSettled) -> Row:
    return {
        "deal_id": event.deal_id,
        "as_of": event.as_of,
        "value": event.value,
        "evidence": event.evidence,
        "signers": event.signers,
        "base_units": event.base,
        "performance_units": event.performance,
    }


def _waiting_report(event: ReportWaits) -> Row:
    return {
        "deal_id": event.deal_id,
        "as_of": event.as_of,
        "value": event.value,
        "evidence": event.evidence,
        "signers": event.signers,
        "adjust": event.adjust,
        "window_ends_at": event.window_ends_at,
    }


def _dispute(event: ReportDisputed) -> Row:
    return {
        "deal_id": event.deal_id,
        "party": event.party,
        "value": event.value,
        "reason": event.reason,
        "base_units": event.base,
        "performance_units": event.performance,
    }


def _agreed_part(event: AgreedPartPaid) -> Row:
    return {
        "deal_id": event.deal_id,
        "as_of": event.as_of,
        "value": event.value,
        "base_units": event.base,
        "performance_units": event.performance,
    }


def _resolution(event: ReportResolved) -> Row:
    return {
        "deal_id": event.deal_id,
        "as_of": event.as_of,
        "value": event.value,
        "outcome": int(event.outcome),
        "adjust": event.adjust,
        "base_units": event.base,
        "performance_units": event.performance,
    }


def _notice(event: NoticeGiven) -> Row:
    return {
        "deal_id": event.deal_id,
        "party": event.party,
        "ends_at": event.ends_at,
        "performance_units": event.performance,
    }


def _skipped_item(event: ItemSkipped) -> Row:
    return {"item": event.item, "reason": event.reason}


def _closing(event: DealClosed) -> Row:
    return {
        "deal_id": event.deal_id,
        "cause": int(event.cause),
        "base_units": event.base,
        "performance_units": event.performance,
        "refunded_units": event.refunded,
    }


def _credit(event: Credited) -> Row:
    return {
        "deal_id": event.deal_id,
        "account": event.account,
        "token": event.token,
        "amount_units": event.amount,
    }


def _withdrawal(event: Withdrawn) -> Row:
    return {
        "account": event.account,
        "token": event.token,
        "recipient": event.to,
        "amount_units": event.amount,
    }


def _committee(event: CommitteeCreated) -> Row:
    return {
        "committee": event.committee,
        "admin": event.admin,
        "creator": event.creator,
        "delay": event.delay,
        "min_quorum": event.min_quorum,
        "max_quorum": event.max_quorum,
        "size": event.size,
    }


def _member(event: MemberAdded) -> Row:
    return {
        "committee": event.committee,
        "member": event.member,
        "number": event.index,
        "active_at": event.active_at,
    }


def _departure(event: MemberRemoved) -> Row:
    return {"committee": event.committee, "member": event.member, "leaves_at": event.leaves_at}


def _equivocation(event: EquivocationProved) -> Row:
    return {
        "committee": event.committee,
        "member": event.member,
        "signed_deal_id": event.deal_id,
        "as_of": event.as_of,
    }


def _admin_offer(event: AdminOffered) -> Row:
    return {"committee": event.committee, "next_admin": event.next_admin}


def _admin_change(event: AdminChanged) -> Row:
    return {"committee": event.committee, "admin": event.admin}


_TABLES: dict[type[Any], tuple[type[models.Base], Callable[[Any], Row]]] = {
    DealOpened: (models.Deal, _deal),
    DealToppedUp: (models.TopUp, _top_up),
    ReportSettled: (models.Settlement, _settlement),
    ReportWaits: (models.WaitingReport, _waiting_report),
    ReportDisputed: (models.Dispute, _dispute),
    AgreedPartPaid: (models.AgreedPart, _agreed_part),
    ReportResolved: (models.Resolution, _resolution),
    NoticeGiven: (models.Notice, _notice),
    ItemSkipped: (models.SkippedItem, _skipped_item),
    DealClosed: (models.Closing, _closing),
    Credited: (models.Credit, _credit),
    Withdrawn: (models.Withdrawal, _withdrawal),
    CommitteeCreated: (models.Committee, _committee),
    MemberAdded: (models.Member, _member),
    MemberRemoved: (models.Departure, _departure),
    EquivocationProved: (models.Equivocation, _equivocation),
    AdminOffered: (models.AdminOffer, _admin_offer),
    AdminChanged: (models.AdminChange, _admin_change),
}
