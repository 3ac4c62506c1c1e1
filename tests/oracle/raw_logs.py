"""The contract's events as a node gives them, without their place on the chain."""

from typing import Any

from eth_hash.auto import keccak

from escrow.eip712 import Domain
from escrow.events import SIGNATURES
from escrow.terms import Terms, deal_id_of, pack

_TOPICS = {name.partition("(")[0]: "0x" + keccak(name.encode()).hex() for name in SIGNATURES}


def member_added(committee: str, member: str, index: int = 0, active_at: int = 1) -> dict[str, Any]:
    return _log("MemberAdded", committee.ljust(66, "0"), _padded(member), words=(index, active_at))


def deal_opened(domain: Domain, terms: Terms) -> dict[str, Any]:
    packed = pack(terms)
    words = (int(terms.client, 16), terms.budget, 96, len(packed), *packed)
    return _log("DealOpened", deal_id_of(terms, domain), _padded(terms.client), _padded(terms.agency), words=words)


def report_settled(deal_id: str, as_of: int, value: int, evidence: str) -> dict[str, Any]:
    return _log("ReportSettled", deal_id, words=(as_of, value, int(evidence, 16), 3, 0, 0))


def report_waits(deal_id: str, as_of: int, evidence: str, *, signers: int = 3) -> dict[str, Any]:
    return _log("ReportWaits", deal_id, words=(as_of, 1, int(evidence, 16), signers, 2**256 - 4, as_of + 86_400))


def report_resolved(deal_id: str, as_of: int) -> dict[str, Any]:
    return _log("ReportResolved", deal_id, words=(as_of, 1, 1, 2**256 - 4, 0, 0))


def notice_given(deal_id: str, party: str, ends_at: int) -> dict[str, Any]:
    return _log("NoticeGiven", deal_id, _padded(party), words=(ends_at, 0))


def member_removed(committee: str, member: str, leaves_at: int) -> dict[str, Any]:
    return _log("MemberRemoved", committee.ljust(66, "0"), _padded(member), words=(leaves_at,))


def deal_closed(deal_id: str) -> dict[str, Any]:
    return _log("DealClosed", deal_id, words=(0, 0, 0, 0))


def _log(event: str, *indexed: str, words: tuple[int, ...]) -> dict[str, Any]:
    return {"topics": [_TOPICS[event], *indexed], "data": "0x" + "".join(f"{word:064x}" for word in words)}


def _padded(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")
