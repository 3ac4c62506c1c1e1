"""One event in the shape that all sources share, from and to JSON. Knows no agreement and no deal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from escrow.agreement.reason import Reason
from escrow.clock import format_time, parse_time
from escrow.errors import EventProblem, TimeFormatProblem
from escrow.faults import MOST_SAFE, NAME, NAME_WORDS, line
from escrow.ids import Timestamp

MOST_QUANTITY = 2**63 - 1
MOST_EXPONENT = 18
MOST_ATTRIBUTES = 64


class Kind(StrEnum):
    CONVERSION = "conversion"
    REVERSAL = "reversal"
    """Takes the unit away again."""
    ADJUSTMENT = "adjustment"
    """Changes the unit's value by `value_minor`, which may be negative; its quantity is 0."""
    DECLINE = "decline"
    """The client's: the unit is not to count. Attributes `reason`, a code, and `evidence`, a SHA-256."""
    CONTEST = "contest"
    """The agency's, of a decline; the same attributes."""
    APPROVE = "approve"
    """The client's: the unit counts without waiting, or its decline is taken back. The check source's: no decline stands."""


JUDGING = frozenset({Kind.DECLINE, Kind.CONTEST})
"""Kinds that have to say why, with evidence."""


@dataclass(frozen=True, slots=True)
class Event:
    """`value_minor`, `currency` and `currency_exponent` are all there or all None."""

    source: str
    source_account: str
    source_event_id: str
    kind: Kind
    goal: str
    unit_id: str
    occurred_at: Timestamp
    quantity: int
    value_minor: int | None
    currency: str | None
    currency_exponent: int | None
    attributes: Mapping[str, str | int]

    def to_json(self) -> dict[str, Any]:
        """All members."""
        return {
            "source": self.source,
            "source_account": self.source_account,
            "source_event_id": self.source_event_id,
            "kind": str(self.kind),
            "goal": self.goal,
            "unit_id": self.unit_id,
            "occurred_at": format_time(self.occurred_at),
            "quantity": str(self.quantity),
            "value_minor": None if self.value_minor is None else str(self.value_minor),
            "currency": self.currency,
            "currency_exponent": self.currency_exponent,
            "attributes": dict(self.attributes),
        }

    def to_wire(self) -> dict[str, Any]:
        """As a source sends it to an account's intake: without its source, and without what is at its default."""
        return {
            name: value
            for name, value in self.to_json().items()
            if name not in ("source", "source_account") and value != DEFAULTS.get(name, "")
        }


DEFAULTS: dict[str, Any] = {
    "kind": "conversion",
    "quantity": "1",
    "value_minor": None,
    "currency": None,
    "currency_exponent": None,
    "attributes": {},
}
"""What a source may leave out, and what is meant then."""

_NO_MONEY = (None, None, None)
_ORIGIN = frozenset({"source", "source_account"})
_SENT = frozenset({"source_event_id", "goal", "unit_id", "occurred_at"})
_MONEY = frozenset({"value_minor", "currency", "currency_exponent"})
_KINDS = {str(kind): kind for kind in Kind}
_ID = line(200)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,29}", re.ASCII)
_SIGNED = re.compile(r"0|-?[1-9][0-9]{0,29}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REASONS = frozenset(map(str, Reason))
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def parse_event(data: Any, account: str | None = None, *, source: str = "api", index: int = 0) -> Event:
    """EventProblem, which carries `index`, for the first fault.

    With an account the event may not name its origin, since that is who sent it; without one it has to.
    """
    if not isinstance(data, Mapping):
        raise EventProblem(index, "event", data, "is not an object")
    required = _SENT if account is not None else _SENT | _ORIGIN
    if not (required <= data.keys() <= required | DEFAULTS.keys()):
        _refuse_members(data, required, index)
    if account is None:
        source, account = _name(data, "source", index), _name(data, "source_account", index)
    kind = _kind(data, index) if "kind" in data else Kind.CONVERSION
    is_adjustment = kind is Kind.ADJUSTMENT
    money = _money(data, index, _SIGNED if is_adjustment else _WHOLE) if data.keys() & _MONEY else _NO_MONEY
    attributes = _attributes(data["attributes"], index) if "attributes" in data else {}
    if is_adjustment and money == _NO_MONEY:
        raise EventProblem(index, "value_minor", None, "is missing, and an adjustment is of a value")
    if kind in JUDGING:
        _require_grounds(attributes, index)
    return Event(
        source,
        account,
        _id(data, "source_event_id", index),
        kind,
        _name(data, "goal", index),
        _id(data, "unit_id", index),
        _time(data, index),
        _quantity(data, index, 0 if is_adjustment else 1),
        *money,
        attributes,
    )


def _refuse_members(data: Mapping[str, Any], required: frozenset[str], index: int) -> None:
    for name in sorted(required - data.keys()):
        raise EventProblem(index, name, None, "is missing")
    for name in data.keys() - required - DEFAULTS.keys():
        raise EventProblem(index, str(name), data[name], "is unknown")


def _id(data: Mapping[str, Any], member: str, index: int) -> str:
    text = data[member]
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise EventProblem(index, member, text, "is not one line of 1 to 200 characters")
    return text


def _name(data: Mapping[str, Any], member: str, index: int) -> str:
    text = data[member]
    if not isinstance(text, str) or not NAME.fullmatch(text):
        raise EventProblem(index, member, text, f"is not {NAME_WORDS}")
    return text


def _kind(data: Mapping[str, Any], index: int) -> Kind:
    kind = data["kind"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise EventProblem(index, "kind", kind, f"is not one of {', '.join(_KINDS)}")
    return _KINDS[kind]


parsed_time = lru_cache(maxsize=65_536)(parse_time)


def _time(data: Mapping[str, Any], index: int) -> Timestamp:
    text = data["occurred_at"]
    if not isinstance(text, str):
        raise EventProblem(index, "occurred_at", text, "is not a string")
    try:
        return parsed_time(text)
    except TimeFormatProblem as problem:
        raise EventProblem(index, "occurred_at", text, problem.why) from problem


def _quantity(data: Mapping[str, Any], index: int, least: int) -> int:
    """An adjustment's is 0, which is meant where it is left out, too."""
    text = data.get("quantity", str(least))
    if text == "1" and least:
        return 1
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise EventProblem(index, "quantity", text, "is not a string of a whole number")
    if not least and text != "0":
        raise EventProblem(index, "quantity", text, "is not 0, and an adjustment changes a value alone")
    if least and not least <= int(text) <= MOST_QUANTITY:
        raise EventProblem(index, "quantity", text, f"is not 1 to {MOST_QUANTITY}")
    return int(text)


def _money(data: Mapping[str, Any], index: int, form: re.Pattern[str]) -> tuple[int | None, str | None, int | None]:
    value, currency, exponent = (data.get(name) for name in ("value_minor", "currency", "currency_exponent"))
    if value is None and currency is None and exponent is None:
        return _NO_MONEY
    if not isinstance(value, str) or not form.fullmatch(value):
        raise EventProblem(index, "value_minor", value, "is not a string of a whole number, beside a currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise EventProblem(index, "currency", currency, "is not three capital letters, beside a value")
    if isinstance(exponent, bool) or not isinstance(exponent, int) or not 0 <= exponent <= MOST_EXPONENT:
        raise EventProblem(index, "currency_exponent", exponent, f"is not 0 to {MOST_EXPONENT}, beside a value")
    return int(value), currency, exponent


def _require_grounds(attributes: Mapping[str, str | int], index: int) -> None:
    """No unit is declined or contested without a reason and evidence."""
    reason, evidence = attributes.get("reason"), attributes.get("evidence")
    if reason not in _REASONS:
        raise EventProblem(index, "attributes.reason", reason, "is no reason code")
    if not isinstance(evidence, str) or not _SHA256.fullmatch(evidence):
        raise EventProblem(index, "attributes.evidence", evidence, "is not a SHA-256 in lower-case hex digits")


def _attributes(data: Any, index: int) -> dict[str, str | int]:
    if not isinstance(data, Mapping):
        raise EventProblem(index, "attributes", data, "is not an object")
    if len(data) > MOST_ATTRIBUTES:
        raise EventProblem(index, "attributes", len(data), f"has more than {MOST_ATTRIBUTES} members")
    for name, value in data.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise EventProblem(index, "attributes", name, f"as a name is not {NAME_WORDS}")
        if isinstance(value, str):
            if value and not _ID.fullmatch(value):
                raise EventProblem(index, f"attributes.{name}", value, "is not one line of up to 200 characters")
        elif isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_SAFE:
            raise EventProblem(index, f"attributes.{name}", value, "is neither a string nor a whole number")
    return dict(data)
