"""Logs as events, decoded by hand from their words: an indexer reads 20,000 a second and more. Knows no node."""

from collections.abc import Callable
from typing import Any

from eth_hash.auto import keccak

from escrow.claims import Outcome
from escrow.errors import LogProblem
from escrow.events.model import (
    AdminChanged,
    AdminOffered,
    AgreedPartPaid,
    Closing,
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
from escrow.ids import Address, CommitteeId, DealId, DocumentHash, Timestamp, Units, checksummed


def decode_log(raw: dict[str, Any]) -> Event | None:
    """None for a log that is no event of this contract; LogProblem for one that only looks like it.

    The caller asks the node for the contract's own logs: anyone can make equal ones from another address.
    """
    topics = raw["topics"]
    entry = _DECODERS.get(topics[0]) if topics else None
    if entry is None:
        return None
    decode, topic_count, word_count = entry
    data = raw["data"]
    if len(topics) != topic_count or len(data) < 2 + 64 * word_count:
        raise LogProblem(raw["transactionHash"], int(raw["logIndex"], 16), "has not the words of its event")
    position = LogPosition(
        int(raw["blockNumber"], 16),
        raw["blockHash"],
        raw["transactionHash"],
        int(raw["transactionIndex"], 16),
        int(raw["logIndex"], 16),
    )
    return decode(topics, data, position)


def _int(data: str, index: int) -> int:
    start = 2 + 64 * index
    return int(data[start : start + 64], 16)


def _signed(data: str, index: int) -> int:
    value = _int(data, index)
    return value - (1 << 256) if value >> 255 else value


def _hash(data: str, index: int) -> DocumentHash:
    start = 2 + 64 * index
    return DocumentHash(data[start : start + 64])


def _address(data: str, index: int) -> Address:
    start = 2 + 64 * index
    return checksummed(data[start + 24 : start + 64])


def _indexed_address(topic: str) -> Address:
    return checksummed(topic[26:])


def _deal_opened(topics: list[str], data: str, log: LogPosition) -> DealOpened:
    # payer, amount, offset of the terms (which stand right after it), their number, the terms
    count = _int(data, 3)
    if len(data) != 2 + 64 * (4 + count):
        raise LogProblem(log.transaction_hash, log.log_index, f"names {count} words of terms and has others")
    return DealOpened(
        DealId(topics[1]),
        _indexed_address(topics[2]),
        _indexed_address(topics[3]),
        _address(data, 0),
        Units(_int(data, 1)),
        tuple(_int(data, 4 + index) for index in range(count)),
        log,
    )


def _deal_topped_up(topics: list[str], data: str, log: LogPosition) -> DealToppedUp:
    return DealToppedUp(DealId(topics[1]), _indexed_address(topics[2]), Units(_int(data, 0)), Units(_int(data, 1)), log)


def _report_settled(topics: list[str], data: str, log: LogPosition) -> ReportSettled:
    return ReportSettled(
        DealId(topics[1]),
        Timestamp(_int(data, 0)),
        _int(data, 1),
        _hash(data, 2),
        _int(data, 3),
        Units(_int(data, 4)),
        Units(_int(data, 5)),
        log,
    )


def _report_waits(topics: list[str], data: str, log: LogPosition) -> ReportWaits:
    return ReportWaits(
        DealId(topics[1]),
        Timestamp(_int(data, 0)),
        _int(data, 1),
        _hash(data, 2),
        _int(data, 3),
        _signed(data, 4),
        Timestamp(_int(data, 5)),
        log,
    )


def _report_disputed(topics: list[str], data: str, log: LogPosition) -> ReportDisputed:
    return ReportDisputed(
        DealId(topics[1]),
        _indexed_address(topics[2]),
        _int(data, 0),
        _hash(data, 1),
        Units(_int(data, 2)),
        Units(_int(data, 3)),
        log,
    )


def _agreed_part_paid(topics: list[str], data: str, log: LogPosition) -> AgreedPartPaid:
    return AgreedPartPaid(
        DealId(topics[1]),
        Timestamp(_int(data, 0)),
        _int(data, 1),
        Units(_int(data, 2)),
        Units(_int(data, 3)),
        log,
    )


def _report_resolved(topics: list[str], data: str, log: LogPosition) -> ReportResolved:
    return ReportResolved(
        DealId(topics[1]),
        Timestamp(_int(data, 0)),
        _int(data, 1),
        Outcome(_int(data, 2)),
        _signed(data, 3),
        Units(_int(data, 4)),
        Units(_int(data, 5)),
        log,
    )


def _notice_given(topics: list[str], data: str, log: LogPosition) -> NoticeGiven:
    return NoticeGiven(
        DealId(topics[1]),
        _indexed_address(topics[2]),
        Timestamp(_int(data, 0)),
        Units(_int(data, 1)),
        log,
    )


def _item_skipped(topics: list[str], data: str, log: LogPosition) -> ItemSkipped:
    return ItemSkipped(int(topics[1], 16), data[:10], log)


def _deal_closed(topics: list[str], data: str, log: LogPosition) -> DealClosed:
    return DealClosed(
        DealId(topics[1]),
        Closing(_int(data, 0)),
        Units(_int(data, 1)),
        Units(_int(data, 2)),
        Units(_int(data, 3)),
        log,
    )


def _credited(topics: list[str], data: str, log: LogPosition) -> Credited:
    return Credited(
        DealId(topics[1]),
        _indexed_address(topics[2]),
        _indexed_address(topics[3]),
        Units(_int(data, 0)),
        log,
    )


def _withdrawn(topics: list[str], data: str, log: LogPosition) -> Withdrawn:
    return Withdrawn(
        _indexed_address(topics[1]),
        _indexed_address(topics[2]),
        _address(data, 0),
        Units(_int(data, 1)),
        log,
    )


def _committee_created(topics: list[str], data: str, log: LogPosition) -> CommitteeCreated:
    return CommitteeCreated(
        CommitteeId(topics[1][:26]),
        _indexed_address(topics[2]),
        _address(data, 0),
        _int(data, 1),
        _int(data, 2),
        _int(data, 3),
        _int(data, 4),
        log,
    )


def _member_added(topics: list[str], data: str, log: LogPosition) -> MemberAdded:
    return MemberAdded(
        CommitteeId(topics[1][:26]),
        _indexed_address(topics[2]),
        _int(data, 0),
        Timestamp(_int(data, 1)),
        log,
    )


def _member_removed(topics: list[str], data: str, log: LogPosition) -> MemberRemoved:
    return MemberRemoved(CommitteeId(topics[1][:26]), _indexed_address(topics[2]), Timestamp(_int(data, 0)), log)


def _equivocation_proved(topics: list[str], data: str, log: LogPosition) -> EquivocationProved:
    return EquivocationProved(
        CommitteeId(topics[1][:26]),
        _indexed_address(topics[2]),
        DealId(data[:66]),
        Timestamp(_int(data, 1)),
        log,
    )


def _admin_offered(topics: list[str], data: str, log: LogPosition) -> AdminOffered:
    return AdminOffered(CommitteeId(topics[1][:26]), _indexed_address(topics[2]), log)


def _admin_changed(topics: list[str], data: str, log: LogPosition) -> AdminChanged:
    return AdminChanged(CommitteeId(topics[1][:26]), _indexed_address(topics[2]), log)


Decoder = Callable[[list[str], str, LogPosition], Event]

SIGNATURES: dict[str, tuple[Decoder, int, int]] = {
    "DealOpened(bytes32,address,address,address,uint256,uint256[])": (_deal_opened, 4, 4),
    "DealToppedUp(bytes32,address,uint256,uint256)": (_deal_topped_up, 3, 2),
    "ReportSettled(bytes32,uint256,uint256,bytes32,uint256,uint256,uint256)": (_report_settled, 2, 6),
    "ReportWaits(bytes32,uint256,uint256,bytes32,uint256,int256,uint256)": (_report_waits, 2, 6),
    "ReportDisputed(bytes32,address,uint256,bytes32,uint256,uint256)": (_report_disputed, 3, 4),
    "AgreedPartPaid(bytes32,uint256,uint256,uint256,uint256)": (_agreed_part_paid, 2, 4),
    "ReportResolved(bytes32,uint256,uint256,uint8,int256,uint256,uint256)": (_report_resolved, 2, 6),
    "NoticeGiven(bytes32,address,uint256,uint256)": (_notice_given, 3, 2),
    "ItemSkipped(uint256,bytes4)": (_item_skipped, 2, 1),
    "DealClosed(bytes32,uint8,uint256,uint256,uint256)": (_deal_closed, 2, 4),
    "Credited(bytes32,address,address,uint256)": (_credited, 4, 1),
    "Withdrawn(address,address,address,uint256)": (_withdrawn, 3, 2),
    "CommitteeCreated(bytes12,address,address,uint32,uint8,uint8,uint256)": (_committee_created, 3, 5),
    "MemberAdded(bytes12,address,uint8,uint40)": (_member_added, 3, 2),
    "MemberRemoved(bytes12,address,uint40)": (_member_removed, 3, 1),
    "EquivocationProved(bytes12,address,bytes32,uint256)": (_equivocation_proved, 3, 2),
    "AdminOffered(bytes12,address)": (_admin_offered, 3, 0),
    "AdminChanged(bytes12,address)": (_admin_changed, 3, 0),
}
"""Of each event: how to decode it, its topics, and the least words of its data."""

_DECODERS = {"0x" + keccak(name.encode()).hex(): entry for name, entry in SIGNATURES.items()}

TOPICS = list(_DECODERS)
"""The first topics of all events, for a filter."""
