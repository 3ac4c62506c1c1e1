"""One row of an evidence bundle and its leaf in the Merkle tree. Knows form, no rule."""

from functools import lru_cache
from typing import NamedTuple

from sha3 import keccak_256

from escrow.clock import format_time
from escrow.ids import Timestamp
from escrow.measure.state import COUNTED, COUNTING, EXCLUDED

_WORD = 32
_HEAD_WORDS = 5


class Row(NamedTuple):
    """One event of a unit, in the order of the bundle. `state` is one of `state`'s; `reason` is a code, empty where the unit
    is counted by this event.

    `unit_key` and `event_hash` have 32 bytes. `quantity` is what the event is worth in the metric, counted or not, and
    negative for a change downwards.
    """

    unit_key: bytes
    occurred_at: Timestamp
    event_hash: bytes
    state: str
    reason: str
    quantity: int

    @property
    def is_counted(self) -> bool:
        return self.state in COUNTING

    @property
    def leaf_types(self) -> tuple[str, ...]:
        """As OpenZeppelin's library names them. A quantity of evidence/1 is never negative."""
        quantity = "uint256" if self.state in (COUNTED, EXCLUDED) else "int256"
        return ("bytes32", "string", "string", quantity, "bytes32")


def row_text(row: Row) -> str:
    """Canonical JSON."""
    key, at, event_hash, state, reason, quantity = row
    return f'["{key.hex()}","{state}","{reason}","{quantity}","{format_time(at)}","{event_hash.hex()}"]'


def leaf_of(row: Row) -> bytes:
    """Of (bytes32 unit key, string state, string reason, int256 quantity, bytes32 event hash), hashed twice."""
    key, _, event_hash, state, reason, quantity = row
    offsets, texts = _encoded(state, reason)
    number = _word(quantity) if 0 <= quantity < 256 else quantity.to_bytes(_WORD, "big", signed=True)
    leaf: bytes = keccak_256(keccak_256(key + offsets + number + event_hash + texts).digest()).digest()
    return leaf


@lru_cache(maxsize=256)
def _word(number: int) -> bytes:
    return number.to_bytes(_WORD, "big")


@lru_cache(maxsize=1_024)
def _encoded(state: str, reason: str) -> tuple[bytes, bytes]:
    """The ABI's offsets of state and reason, and the two strings."""
    state_text, reason_text = _string(state), _string(reason)
    start = _HEAD_WORDS * _WORD
    offsets = start.to_bytes(_WORD, "big") + (start + len(state_text)).to_bytes(_WORD, "big")
    return offsets, state_text + reason_text


def _string(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(_WORD, "big") + data + bytes(-len(data) % _WORD)
