"""Reads the JSON that vendors send: each member with its type, or a named fault with its place.

Knows JSON and the canonical event; what a member means is its adapter's. Numbers with a fraction are kept exact, as
Decimal, and no two members of one object have one name.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from escrow.clock import format_time, parse_time
from escrow.errors import EventProblem, MalformedMessage, TimeFormatProblem
from escrow.faults import MOST_SAFE, line
from escrow.measure import Event, Kind, parse_event
from oracle.sources.money import Money

MOST_EVENTS = 1_000
JSON = "application/json"
_FRACTION = re.compile(r"(?<=:\d\d)\.\d{1,12}(?=[Z+-])", re.ASCII)
_SHORT_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$", re.ASCII)
_ATTRIBUTE = line(200)
_LONGEST_ID = 200
_LAST_SECOND = 253_402_300_799


def load(body: bytes, parse_float: Any = Decimal) -> Any:
    """MalformedMessage for what is no JSON, or could be read in two ways."""
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_number, parse_float=parse_float
        )
    except RecursionError as error:
        raise MalformedMessage("is nested too deep") from error
    except ValueError as error:
        raise MalformedMessage(f"is not JSON: {error}") from error


@dataclass(frozen=True)
class Part:
    """One object of a payload. Every method raises EventProblem for a member of another type."""

    data: Mapping[str, Any]
    path: str = ""
    index: int = 0
    """Of the event in its message."""

    def problem(self, name: str, why: str) -> EventProblem:
        return EventProblem(self.index, f"{self.path}{name}", self.data.get(name), why)

    def text(self, name: str) -> str:
        found = self.maybe_text(name)
        if not found:
            raise self.problem(name, "is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        found = self.data.get(name)
        if found is not None and not isinstance(found, str):
            raise self.problem(name, "is not a string")
        return found

    def id(self, name: str) -> str:
        """A text, or a whole number as text."""
        found = self.maybe_id(name)
        if not found:
            raise self.problem(name, "is missing")
        return found

    def maybe_id(self, name: str) -> str | None:
        found = self.data.get(name)
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.problem(name, "is neither a string nor a whole number")
        return str(found)

    def integer(self, name: str, least: int = 0) -> int:
        found = self.data.get(name)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.problem(name, "is not a whole number")
        if found < least:
            raise self.problem(name, f"is below {least}")
        return found

    def flag(self, name: str) -> bool:
        """False where it is not there."""
        found = self.data.get(name, False)
        if not isinstance(found, bool):
            raise self.problem(name, "is neither true nor false")
        return found

    def unix(self, name: str) -> int:
        """A time in Unix seconds."""
        return self._within(name, self.integer(name))

    def unix_ms(self, name: str) -> int:
        """A time in Unix milliseconds, as whole seconds, rounded down."""
        return self._within(name, self.integer(name) // 1_000)

    def time(self, name: str) -> int:
        """A time in RFC 3339, as whole seconds, rounded down."""
        try:
            return rfc3339(self.text(name))
        except TimeFormatProblem as error:
            raise self.problem(name, error.why) from error

    def _within(self, name: str, at: int) -> int:
        if at > _LAST_SECOND:
            raise self.problem(name, "is outside the years 1970 to 9999")
        return at

    def part(self, name: str) -> "Part":
        found = self.data.get(name)
        if not isinstance(found, Mapping):
            raise self.problem(name, "is not an object")
        return Part(found, f"{self.path}{name}.", self.index)

    def maybe_part(self, name: str) -> "Part":
        """Empty where it is not there."""
        return self.part(name) if self.data.get(name) is not None else Part({}, f"{self.path}{name}.", self.index)

    def parts(self, name: str) -> Iterator["Part"]:
        """The objects of a list; none where it is not there."""
        found = self.data.get(name)
        if found is not None and not isinstance(found, list):
            raise self.problem(name, "is not a list")
        for at, item in enumerate(found or ()):
            yield part_of(item, f"{self.path}{name}.{at}.", self.index)


def part_of(data: Any, path: str = "", index: int = 0) -> Part:
    if not isinstance(data, Mapping):
        raise EventProblem(index, path.rstrip(".") or "payload", data, "is not an object")
    return Part(data, path, index)


def payload_of(body: bytes) -> Part:
    """A message that is one object."""
    found = load(body)
    if not isinstance(found, Mapping):
        raise MalformedMessage("is not a JSON object")
    return Part(found)


def rfc3339(text: str) -> int:
    """Unix seconds of a time that may have a fraction, which is dropped; TimeFormatProblem."""
    return parse_time(_SHORT_OFFSET.sub(r"\1:\2", _FRACTION.sub("", text)))


def event_id(*parts: str) -> str:
    """One text of several, and of bounded length: the name of a business event, however it was delivered."""
    joined = ":".join(parts)
    return joined if len(joined) <= _LONGEST_ID else id_text(joined)


def id_text(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True)
class Told:
    """What an adapter read, before it is an event. `attributes` that are None, or no short line, are left out."""

    kind: Kind
    goal: str
    id: str
    unit: str
    at: int
    money: Money | None = None
    attributes: Mapping[str, Any] | None = None


def to_event(told: Told, account: str, source: str, index: int = 0) -> Event:
    """EventProblem where it is not in the canonical form."""
    shape: dict[str, Any] = {
        "source_event_id": told.id,
        "kind": str(told.kind),
        "goal": told.goal,
        "unit_id": told.unit,
        "occurred_at": format_time(told.at),
        "quantity": "0" if told.kind is Kind.ADJUSTMENT else "1",
        "attributes": _fitting(told.attributes or {}),
    }
    if told.money is not None:
        shape |= {
            "value_minor": str(told.money.minor),
            "currency": told.money.currency,
            "currency_exponent": told.money.exponent,
        }
    return parse_event(shape, account, source=source, index=index)


def to_events(told: Sequence[Told], account: str, source: str) -> list[Event]:
    if len(told) > MOST_EVENTS:
        raise MalformedMessage(f"has {len(told)} events, more than {MOST_EVENTS}")
    return [to_event(one, account, source, index) for index, one in enumerate(told)]


def _fitting(attributes: Mapping[str, Any]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for name, value in attributes.items():
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, int) and abs(value) <= MOST_SAFE:
            found[name] = value
        elif isinstance(value, str) and _ATTRIBUTE.fullmatch(value):
            found[name] = value
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers could take a different one of two members with one name."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice in one object")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no whole number")
