"""Events from a CSV file and its mapping, all of them or none. Knows cells and rows; what an event may be is `event`'s."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from escrow.clock import format_time
from escrow.errors import EventProblem, RowProblem
from escrow.faults import MOST_SAFE
from escrow.measure.csv_mapping import Column, Constant, CsvMapping, DayInOrder, RowNumber, Value
from escrow.measure.event import Event, parse_event

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_INTEGER = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_LAST_YEAR = 9_999


def read_csv(data: bytes, mapping: CsvMapping, account: str, *, source: str = "csv") -> list[Event]:
    """RowProblem for the first row that gives no event; then nothing of the file counts."""
    rows = csv.reader(io.StringIO(_decoded(data), newline=""), delimiter=mapping.separator, strict=True)
    try:
        return list(_events(rows, mapping, account, source))
    except csv.Error as error:
        raise RowProblem(rows.line_num, "the row", None, f"is no CSV: {error}") from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RowProblem(line, "the row", data[error.start : error.end], "is not UTF-8") from error


def _events(rows: Any, mapping: CsvMapping, account: str, source: str) -> Iterator[Event]:
    header: list[str] = next(rows, [])
    _require_columns(header, mapping)
    members = {name: _reader(value, header) for name, value in mapping.members.items()}
    attributes = {name: _reader(value, header) for name, value in mapping.attributes.items()}
    number = 0
    for cells in rows:
        if not cells:
            continue
        number, line = number + 1, rows.line_num
        if len(cells) != len(header):
            raise RowProblem(line, "the row", cells, f"has {len(cells)} cells, and the header {len(header)}")
        shape: dict[str, Any] = {name: read(line, number, cells) for name, read in members.items()}
        shape["attributes"] = {name: read(line, number, cells) for name, read in attributes.items()}
        try:
            yield parse_event(shape, account, source=source, index=line)
        except EventProblem as problem:
            raise RowProblem(line, _place(problem.field, mapping), problem.given, problem.why) from problem


def _require_columns(header: list[str], mapping: CsvMapping) -> None:
    for value in (*mapping.members.values(), *mapping.attributes.values()):
        for name in _columns(value):
            if header.count(name) != 1:
                why = "stands in the header more than once" if name in header else "is not in the header"
                raise RowProblem(1, f"column {name}", header, why)


def _columns(value: Value) -> tuple[str, ...]:
    match value:
        case Column(name=name):
            return (name,)
        case DayInOrder(day=day, month=month):
            return (day, month)
    return ()


def _place(member: str, mapping: CsvMapping) -> str:
    """The column that gave the member, or the member where no column did."""
    values: Mapping[str, Value] = mapping.members
    name = member
    if member.startswith("attributes."):
        values, name = mapping.attributes, member.removeprefix("attributes.")
    columns = _columns(values[name]) if name in values else ()
    return f"column {', '.join(columns)}" if columns else member


_Read = Callable[[int, int, list[str]], str | int]
"""From the line, the row's number and its cells to the value."""


def _reader(value: Value, header: list[str]) -> _Read:
    match value:
        case Constant(value=constant):
            return lambda line, number, cells: constant
        case RowNumber(prefix=prefix, digits=digits):
            return lambda line, number, cells: f"{prefix}{number:0{digits}}"
        case DayInOrder():
            return _DayReader(value, header)
    at = header.index(value.name)
    if not value.as_integer:
        return lambda line, number, cells: cells[at]
    return lambda line, number, cells: _integer(line, value.name, cells[at])


def _integer(line: int, column: str, cell: str) -> int:
    if not _INTEGER.fullmatch(cell) or abs(int(cell)) > MOST_SAFE:
        raise RowProblem(line, f"column {column}", cell, "is not a whole number")
    return int(cell)


class _DayReader:
    """Keeps the year from row to row."""

    def __init__(self, value: DayInOrder, header: list[str]) -> None:
        self._value = value
        self._day_at, self._month_at = header.index(value.day), header.index(value.month)
        self._year, self._month = value.first_year, 0

    def __call__(self, line: int, number: int, cells: list[str]) -> str:
        month = self._month_of(line, cells[self._month_at])
        self._year += month < self._month
        self._month = month
        cell = cells[self._day_at]
        day = _integer(line, self._value.day, cell)
        if self._year > _LAST_YEAR:
            raise RowProblem(line, f"column {self._value.month}", cells[self._month_at], "falls back too often")
        try:
            at = datetime(self._year, month, day, tzinfo=UTC)
        except ValueError as error:
            why = f"is no day of {MONTHS[month - 1]} {self._year}"
            raise RowProblem(line, f"column {self._value.day}", cell, why) from error
        return format_time(int(at.timestamp()))

    def _month_of(self, line: int, cell: str) -> int:
        if cell.lower() in MONTHS:
            return MONTHS.index(cell.lower()) + 1
        if cell.isascii() and cell.isdigit() and len(cell) <= 2 and 1 <= int(cell) <= 12:
            return int(cell)
        raise RowProblem(line, f"column {self._value.month}", cell, "is no month, as 5 or may")
