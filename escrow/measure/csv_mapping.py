"""How the columns of a CSV file become events, as its mapping file says. Knows the mapping's form, and reads no rows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from escrow.errors import MappingFaults
from escrow.faults import MISSING, NAME, NAME_WORDS, FaultCode, FaultReader, line

SCHEMA = "csv-mapping/1"
MOST_BYTES = 64 * 1024
_REQUIRED = ("source_event_id", "goal", "unit_id", "occurred_at")
_OPTIONAL = ("kind", "quantity", "value_minor", "currency", "currency_exponent")
_SEPARATOR = re.compile(r"[,;|\t]")
_TEXT = line(200)
_TEXT_WORDS = "one line of 1 to 200 characters"


@dataclass(frozen=True)
class Column:
    """The cell as text, or as a whole number."""

    name: str
    as_integer: bool


@dataclass(frozen=True)
class Constant:
    value: str | int


@dataclass(frozen=True)
class RowNumber:
    """`prefix` and the row's number, from 1 and within the file, with at least `digits` digits.

    Fits a file that grows or is sent again as a whole, never one that is sent in parts.
    """

    prefix: str
    digits: int


@dataclass(frozen=True)
class DayInOrder:
    """A day and a month without a year: rows stand in the order of time, so a month that falls back begins a year.

    The event is at 00:00:00 UTC of its day.
    """

    day: str
    month: str
    first_year: int


Value = Column | Constant | RowNumber | DayInOrder


@dataclass(frozen=True)
class CsvMapping:
    """From the members of an event, and from those of its attributes, to where their values stand."""

    separator: str
    members: Mapping[str, Value]
    attributes: Mapping[str, Value]


def parse_mapping(data: bytes | str | Mapping[str, Any]) -> CsvMapping:
    """MappingFaults with every fault at once."""
    reader = _MappingReader()
    mapping = reader.mapping(reader.document(data, MOST_BYTES))
    if reader.faults:
        raise MappingFaults(tuple(reader.faults))
    return mapping


class _MappingReader(FaultReader):
    def mapping(self, document: Any) -> CsvMapping:
        given = self.members("", document, ("schema", "separator", "members"), ("attributes",))
        self.choice("/schema", given["schema"], (SCHEMA,))
        members = self.members("/members", given["members"], _REQUIRED, _OPTIONAL)
        return CsvMapping(
            separator=self.text("/separator", given["separator"], _SEPARATOR, "a comma, semicolon, bar or tab"),
            members={
                name: self._value(f"/members/{name}", item, is_time=name == "occurred_at")
                for name, item in members.items()
                if item is not MISSING
            },
            attributes={name: self._value(at, item) for name, at, item in self.named("/attributes", given["attributes"])},
        )

    def _value(self, path: str, data: Any, *, is_time: bool = False) -> Value:
        kinds: dict[str, Callable[[str, Any], Value]] = {"column": self._column}
        if is_time:
            kinds["day"] = self._day_in_order
        else:
            kinds |= {"constant": self._constant, "row_number": self._row_number}
        for name, read in kinds.items():
            if isinstance(data, Mapping) and name in data:
                return read(path, data)
        self.note(path, FaultCode.WRONG_FORM, f"names none of {', '.join(kinds)}")
        return Constant("")

    def _column(self, path: str, data: Any) -> Column:
        given = self.members(path, data, ("column",), ("as",))
        kind = "text" if given["as"] is MISSING else self.choice(f"{path}/as", given["as"], ("text", "integer"))
        return Column(self._column_name(f"{path}/column", given["column"]), kind == "integer")

    def _constant(self, path: str, data: Any) -> Constant:
        return Constant(self.constant(path, data))

    def _row_number(self, path: str, data: Any) -> RowNumber:
        given = self.members(path, data, ("row_number", "digits"))
        return RowNumber(
            self.text(f"{path}/row_number", given["row_number"], NAME, f"a prefix of {NAME_WORDS}"),
            self.integer(f"{path}/digits", given["digits"], 1, 18),
        )

    def _day_in_order(self, path: str, data: Any) -> DayInOrder:
        given = self.members(path, data, ("day", "month", "first_year"))
        return DayInOrder(
            self._column_name(f"{path}/day", given["day"]),
            self._column_name(f"{path}/month", given["month"]),
            self.integer(f"{path}/first_year", given["first_year"], 1970, 9998),
        )

    def _column_name(self, path: str, data: Any) -> str:
        return self.text(path, data, _TEXT, _TEXT_WORDS)
