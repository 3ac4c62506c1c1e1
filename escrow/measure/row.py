"""One row of an evidence bundle and its leaf in the Merkle tree. Knows form, no rule."""

from functools import lru_cache
from typing import NamedTuple

from sha3 import keccak_256

from escrow.ids import Timestamp
from escrow.measure.keyed import time_text

COUNTED = "counted"
EXCLUDED = "excluded"
_WORD = 32
_HEAD_WORDS = 5


class Row(NamedTuple):
    """One event of a unit, in the order of the bundle. `reason` is a code, empty where the unit is counted by this event.

    `unit_key` and `event_hash` have 32 bytes.
    """

    unit_key: bytes
    occurred_at: Timestamp
    event_hash: bytes
    reason: str
    quantity: int

    @property
    def is_counted(self) -> bool:
        return not self.reason

    @property
    def state(self) -> str:
        return EXCLUDED if self.reason else COUNTED


def row_text(row: Row) -> str:
    """Canonical JSON."""
    key, at, event_hash, reason, quantity = row
    state = EXCLUDED if reason else COUNTED
    return f'["{key.hex()}","{state}","{reason}","{quantity}","{time_text(at)}","{event_hash.hex()}"]'


def leaf_of(row: Row) -> bytes:
    """Of (bytes32 unit key, string state, string reason, uint256 quantity, bytes32 event hash), hashed twice."""
    key, _, event_hash, reason, quantity = row
    offsets, texts = _encoded(reason)
    inner = keccak_256(key + offsets + quantity.to_bytes(_WORD, "big") + event_hash + texts).digest()
    leaf: bytes = keccak_256(inner).digest()
    return leaf


@lru_cache(maxsize=256)
def _encoded(reason: str) -> tuple[bytes, bytes]:
    """The ABI's offsets of state and reason, and the two strings."""
    state_text, reason_text = _string(EXCLUDED if reason else COUNTED), _string(reason)
    start = _HEAD_WORDS * _WORD
    offsets = start.to_bytes(_WORD, "big") + (start + len(state_text)).to_bytes(_WORD, "big")
    return offsets, state_text + reason_text


def _string(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(_WORD, "big") + data + bytes(-len(data) % _WORD)
