"""Whose turn it is to submit a report: the same order for every member, another one for every report. Pure."""

import hashlib
from collections.abc import Collection

from escrow.ids import Address, DealId


def turn_of(member: Address, members: Collection[Address], deal_id: DealId, as_of: int) -> int:
    """0 for the one who sends at once, 1 for the next one, and so on."""
    ordered = sorted(members, key=lambda address: int(address, 16))
    seed = hashlib.sha256(bytes.fromhex(deal_id[2:]) + as_of.to_bytes(8, "big")).digest()
    first = int.from_bytes(seed, "big") % len(ordered)
    return (ordered.index(member) - first) % len(ordered)
