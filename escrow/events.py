"""The contract's events as Python classes, and the decoding of logs to them.

Decoded by hand from the words of the log: an indexer reads 20,000 a second and more. Knows no node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_hash.auto import keccak

from escrow.errors import LogProblem
from escrow.ids import Address, CommitteeId, DealId, DocumentHash, Timestamp, Units, checksummed


class Closing(IntEnum):
    """Why a deal closed."""

    FINAL_REPORT = 0
    SILENCE = 1
    DECLINED = 2


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where on the chain the event stands."""

    block_number: int
    block_hash: str
    transaction_hash: str
    transaction_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class DealOpened:
    """`terms` are the packed words; `payer` paid, but refunds go to the client."""

    deal_id: DealId
    client: Address
    agency: Address
    payer: Address
    amount: Units
    terms: tuple[int, ...]
    log: LogPosition


@dataclass(frozen=True, slots=True)
class DealToppedUp:
    """`performance` was paid at once: what earlier reports had earned beyond the old amount."""

    deal_id: DealId
    payer: Address
    amount: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class ReportSettled:
    """Bit i of `signers` is set when the member with index i signed."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    evidence: DocumentHash
    signers: int
    base: Units
    performance: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class DealClosed:
    """`base` and `performance` are what closing paid beyond the reports."""

    deal_id: DealId
    cause: Closing
    base: Units
    performance: Units
    refunded: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class Credited:
    deal_id: DealId
    account: Address
    token: Address
    amount: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class Withdrawn:
    account: Address
    token: Address
    to: Address
    amount: Units
    log: LogPosition


@dataclass(frozen=True, slots=True)
class CommitteeCreated:
    committee: CommitteeId
    admin: Address
    creator: Address
    delay: int
    min_quorum: int
    max_quorum: int
    size: int
    log: LogPosition


@dataclass(frozen=True, slots=True)
class MemberAdded:
    """`index` is the member's bit in `signers`; it counts for reports as of later than `active_at`."""

    committee: CommitteeId
    member: Address
    index: int
    active_at: Timestamp
    log: LogPosition


Event = DealOpened | DealToppedUp | ReportSettled | DealClosed | Credited | Withdrawn | CommitteeCreated | MemberAdded


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
        DocumentHash(data[130:194]),
        _int(data, 3),
        Units(_int(data, 4)),
        Units(_int(data, 5)),
        log,
    )


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


Decoder = Callable[[list[str], str, LogPosition], Event]

SIGNATURES: dict[str, tuple[Decoder, int, int]] = {
    "DealOpened(bytes32,address,address,address,uint256,uint256[])": (_deal_opened, 4, 4),
    "DealToppedUp(bytes32,address,uint256,uint256)": (_deal_topped_up, 3, 2),
    "ReportSettled(bytes32,uint256,uint256,bytes32,uint256,uint256,uint256)": (_report_settled, 2, 6),
    "DealClosed(bytes32,uint8,uint256,uint256,uint256)": (_deal_closed, 2, 4),
    "Credited(bytes32,address,address,uint256)": (_credited, 4, 1),
    "Withdrawn(address,address,address,uint256)": (_withdrawn, 3, 2),
    "CommitteeCreated(bytes12,address,address,uint32,uint8,uint8,uint256)": (_committee_created, 3, 5),
    "MemberAdded(bytes12,address,uint8,uint40)": (_member_added, 3, 2),
}
"""Of each event: how to decode it, its topics, and the least words of its data."""

_DECODERS = {"0x" + keccak(name.encode()).hex(): entry for name, entry in SIGNATURES.items()}

TOPICS = list(_DECODERS)
"""The first topics of all events, for a filter."""
