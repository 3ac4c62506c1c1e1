"""Events without their units' ids: what is measured, hashed and shown to auditors. Knows the salt, not the agreement.

The canonical JSON of a keyed event is its line in an export, and the SHA-256 of that line its hash. It is written by
hand, since that is five times as fast as a general writer; a test holds it to one.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from escrow.clock import format_time
from escrow.errors import EventProblem
from escrow.ids import Timestamp
from escrow.measure.event import Event, Kind, parse_event

_KEY = re.compile(r"[0-9a-f]{64}")

_quoted = lru_cache(maxsize=4_096)(encode_basestring)
"""For texts of which there are few, such as names."""


@dataclass(frozen=True, slots=True)
class KeyedEvent:
    """What the measurement needs of an event. `unit_key` and `event_hash` have 32 bytes."""

    source_account: str
    source_event_id: str
    kind: Kind
    goal: str
    unit_key: bytes
    occurred_at: Timestamp
    quantity: int
    value_minor: int | None
    currency: str | None
    currency_exponent: int | None
    attributes: Mapping[str, str | int]
    event_hash: bytes


def unit_key(salt: bytes, unit_id: str) -> bytes:
    """Names a unit without its id: 32 bytes, and others under another deal's salt."""
    return hashlib.sha256(salt + unit_id.encode()).digest()


def keys_of(event: Event, salt: bytes) -> tuple[bytes, bytes]:
    """The unit key and the event hash, 32 bytes each."""
    key = unit_key(salt, event.unit_id)
    return key, hashlib.sha256(_line(event, key)).digest()


def event_line(event: Event, salt: bytes) -> bytes:
    """Canonical JSON (RFC 8785) of the event with `unit_key` in place of `unit_id`."""
    return _line(event, unit_key(salt, event.unit_id))


def parse_line(data: Mapping[str, Any], index: int = 0) -> KeyedEvent:
    """An exported event; EventProblem for the first fault."""
    key = data.get("unit_key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise EventProblem(index, "unit_key", key, "is not 64 lower-case hex digits")
    if "unit_id" in data:
        raise EventProblem(index, "unit_id", data["unit_id"], "stands beside a unit key")
    shape = {name: value for name, value in data.items() if name != "unit_key"}
    event = parse_event(shape | {"unit_id": key}, index=index)
    unit = bytes.fromhex(key)
    return KeyedEvent(
        event.source_account,
        event.source_event_id,
        event.kind,
        event.goal,
        unit,
        event.occurred_at,
        event.quantity,
        event.value_minor,
        event.currency,
        event.currency_exponent,
        event.attributes,
        hashlib.sha256(_line(event, unit)).digest(),
    )


def _line(event: Event, key: bytes) -> bytes:
    attributes = ",".join(
        [
            f"{_quoted(name)}:{value if isinstance(value, int) else encode_basestring(value)}"
            for name, value in sorted(event.attributes.items())
        ]
    )
    if event.value_minor is None:
        currency = exponent = value = "null"
    else:
        currency, exponent = f'"{event.currency}"', str(event.currency_exponent)
        value = f'"{event.value_minor}"'
    return (
        f'{{"attributes":{{{attributes}}},"currency":{currency},"currency_exponent":{exponent},'
        f'"goal":{_quoted(event.goal)},"kind":"{event.kind._value_}","occurred_at":"{format_time(event.occurred_at)}",'
        f'"quantity":"{event.quantity}","source":{_quoted(event.source)},'
        f'"source_account":{_quoted(event.source_account)},'
        f'"source_event_id":{encode_basestring(event.source_event_id)},'
        f'"unit_key":"{key.hex()}","value_minor":{value}}}'
    ).encode()
