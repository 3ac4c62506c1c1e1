"""Names of things, as types that must not be mixed, and the functions that make them from outside text.

Knows their written form only, not what they name.
"""

import re
from functools import lru_cache
from typing import NewType

from eth_utils.address import to_checksum_address

from escrow.errors import AddressProblem, CommitteeIdProblem, DealIdProblem, DocumentHashProblem

DealId = NewType("DealId", str)
"""0x and 64 lower-case hex digits."""
Address = NewType("Address", str)
"""EIP-55 checksummed."""
CommitteeId = NewType("CommitteeId", str)
"""0x and 24 lower-case hex digits."""
DocumentHash = NewType("DocumentHash", str)
"""SHA-256, 64 lower-case hex digits."""
Digest = NewType("Digest", str)
"""Keccak-256 of something signed or of a tree's node, 0x and 64 lower-case hex digits."""
Units = NewType("Units", int)
"""Base units of a token."""
Timestamp = NewType("Timestamp", int)
"""Unix seconds, UTC."""

ZERO_ADDRESS = Address("0x0000000000000000000000000000000000000000")
NO_DEAL = DealId("0x" + "0" * 64)

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_DEAL_ID = re.compile(r"0x[0-9a-f]{64}")
_COMMITTEE_ID = re.compile(r"0x[0-9a-f]{24}")
_DOCUMENT_HASH = re.compile(r"[0-9a-f]{64}")


@lru_cache(maxsize=65_536)
def checksummed(digits: str) -> Address:
    """The address with these 40 lower-case hex digits."""
    return Address(to_checksum_address("0x" + digits))


def address(text: str) -> Address:
    """Mixed case must be a right EIP-55 checksum, since a wrong one is a mistyped address; AddressProblem."""
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise AddressProblem(text, "is not 0x and 40 hex digits")
    digits = text[2:]
    result = checksummed(digits.lower())
    if digits not in (digits.lower(), digits.upper()) and text != result:
        raise AddressProblem(text, "has a wrong checksum (EIP-55)")
    return result


def deal_id(text: str) -> DealId:
    if not isinstance(text, str) or not _DEAL_ID.fullmatch(text):
        raise DealIdProblem(text, "is not 0x and 64 lower-case hex digits")
    return DealId(text)


def committee_id(text: str) -> CommitteeId:
    if not isinstance(text, str) or not _COMMITTEE_ID.fullmatch(text):
        raise CommitteeIdProblem(text, "is not 0x and 24 lower-case hex digits")
    return CommitteeId(text)


def document_hash(text: str) -> DocumentHash:
    if not isinstance(text, str) or not _DOCUMENT_HASH.fullmatch(text):
        raise DocumentHashProblem(text, "is not 64 lower-case hex digits")
    return DocumentHash(text)
