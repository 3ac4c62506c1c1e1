"""How the items of a JSON page become events, as an account's mapping says: JSON pointers in place of a file's columns.

{"schema": "json-mapping/1", "items": "/data",
 "members": {"source_event_id": {"pointer": "/id"}, "unit_id": {"pointer": "/order/id"}, "goal": {"constant": "order"},
             "occurred_at": {"pointer": "/created", "as": "unix"},
             "value_minor": {"pointer": "/total", "as": "decimal"}, "currency": {"pointer": "/currency"}},
 "attributes": {"state": {"pointer": "/state"}}}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from escrow.clock import format_time
from escrow.errors import EventProblem, MalformedMessage, MappingFaults, TimeFormatProblem
from escrow.faults import MISSING, FaultCode, FaultReader, line
from escrow.measure import Event, parse_event
from oracle.sources.money import money_of
from oracle.sources.payload import MOST_EVENTS, rfc3339

SCHEMA = "json-mapping/1"
MOST_BYTES = 64 * 1024
FORMS = ("text", "integer")
TIMES = ("rfc3339", "unix", "unix_ms")
AMOUNTS = ("minor", "decimal")
"""An integer of minor units, or a decimal number whose currency says how many decimals it has."""
_REQUIRED = ("source_event_id", "goal", "unit_id", "occurred_at")
_OPTIONAL = ("kind", "quantity", "value_minor", "currency", "currency_exponent")
_POINTER = line(200)
_ABSENT = object()


@dataclass(frozen=True)
class Field:
    """`constant` where there is one; else what `pointer` names, as `form` says."""

    pointer: tuple[str, ...]
    form: str
    constant: str | int | None = None


@dataclass(frozen=True)
class JsonMapping:
    items: tuple[str, ...]
    members: Mapping[str, Field]
    attributes: Mapping[str, Field]

    def events(self, page: Any, account: str, source: str) -> list[Event]:
        """MalformedMessage for a page without its list, EventProblem for the first item at fault."""
        items = at(page, self.items)
        if not isinstance(items, list):
            raise MalformedMessage(f"has no list at {pointer_text(self.items)!r}")
        if len(items) > MOST_EVENTS:
            raise MalformedMessage(f"has {len(items)} items, more than {MOST_EVENTS}")
        return [
            parse_event(self._shape(item, index), account, source=source, index=index) for index, item in enumerate(items)
        ]

    def _shape(self, item: Any, index: int) -> dict[str, Any]:
        shape = {name: _read(field, item, name, index) for name, field in self.members.items()}
        shape = {name: value for name, value in shape.items() if value is not None}
        amount = shape.get("value_minor")
        if isinstance(amount, Decimal):
            try:
                money = money_of(amount, str(shape.get("currency")))
            except ValueError as error:
                raise EventProblem(index, "value_minor", str(amount), str(error)) from error
            shape |= {"value_minor": str(money.minor), "currency_exponent": money.exponent}
        given = {name: _read(field, item, f"attributes.{name}", index) for name, field in self.attributes.items()}
        return shape | {"attributes": {name: value for name, value in given.items() if value is not None}}


def parse_json_mapping(data: bytes | str | Mapping[str, Any]) -> JsonMapping:
    """MappingFaults with every fault at once."""
    reader = _MappingReader()
    mapping = reader.mapping(reader.document(data, MOST_BYTES))
    if reader.faults:
        raise MappingFaults(tuple(reader.faults))
    return mapping


def pointer_of(text: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901); ValueError for a text that is none."""
    if text and not text.startswith("/"):
        raise ValueError(f"has {text!r}, which is no JSON pointer")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def pointer_text(steps: tuple[str, ...]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def at(data: Any, steps: tuple[str, ...]) -> Any:
    """What the pointer names; None where there is no such thing."""
    for step in steps:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def _read(field: Field, item: Any, name: str, index: int) -> Any:
    """In the form of an event's member; None where the item has nothing there."""
    if field.constant is not None:
        return field.constant
    found = at(item, field.pointer)
    if found is None:
        return None
    is_whole = isinstance(found, int) and not isinstance(found, bool)
    match field.form:
        case "unix" | "unix_ms" if is_whole:
            return _time(found if field.form == "unix" else found // 1_000, name, index)
        case "rfc3339" if isinstance(found, str):
            return _rfc3339(found, name, index)
        case "integer" if is_whole:
            return found
        case "integer" if isinstance(found, str) and found.removeprefix("-").isascii() and found.removeprefix("-").isdigit():
            return int(found)
        case "minor" if is_whole or isinstance(found, str):
            return str(found)
        case "decimal" if is_whole or isinstance(found, Decimal):
            return Decimal(found)
        case "decimal" if isinstance(found, str):
            return _decimal(found, name, index)
        case "text" if isinstance(found, bool):
            return "true" if found else "false"
        case "text" if is_whole or isinstance(found, str):
            return str(found)
    raise EventProblem(index, name, found, f"is no {field.form}")


def _time(seconds: int, name: str, index: int) -> str:
    try:
        return format_time(seconds)
    except TimeFormatProblem as error:
        raise EventProblem(index, name, seconds, error.why) from error


def _rfc3339(text: str, name: str, index: int) -> str:
    try:
        return format_time(rfc3339(text))
    except TimeFormatProblem as error:
        raise EventProblem(index, name, text, error.why) from error


def _decimal(text: str, name: str, index: int) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise EventProblem(index, name, text, "is no decimal") from error


class _MappingReader(FaultReader):
    def mapping(self, document: Any) -> JsonMapping:
        given = self.members("", document, ("schema", "items", "members"), ("attributes",))
        self.choice("/schema", given["schema"], (SCHEMA,))
        members = self.members("/members", given["members"], _REQUIRED, _OPTIONAL)
        return JsonMapping(
            items=self._pointer("/items", given["items"]),
            members={
                name: self._field(f"/members/{name}", item, _forms(name))
                for name, item in members.items()
                if item is not MISSING
            },
            attributes={
                name: self._field(path, item, FORMS) for name, path, item in self.named("/attributes", given["attributes"])
            },
        )

    def _field(self, path: str, data: Any, forms: tuple[str, ...]) -> Field:
        if isinstance(data, Mapping) and "constant" in data:
            return Field((), forms[0], self.constant(path, data))
        given = self.members(path, data, ("pointer",), ("as",))
        form = forms[0] if given["as"] is MISSING else self.choice(f"{path}/as", given["as"], forms)
        return Field(self._pointer(f"{path}/pointer", given["pointer"]), form)

    def _pointer(self, path: str, data: Any) -> tuple[str, ...]:
        if data == "":
            return ()
        text = self.text(path, data, _POINTER, "a JSON pointer")
        try:
            return pointer_of(text)
        except ValueError:
            self.note(path, FaultCode.WRONG_FORM, f"with {text!r} is not a JSON pointer")
            return ()


def _forms(member: str) -> tuple[str, ...]:
    """In which forms an event's member may stand in an item; the first one is meant where none is said."""
    if member == "occurred_at":
        return TIMES
    if member == "value_minor":
        return AMOUNTS
    return ("integer",) if member == "currency_exponent" else ("text",)
