"""Reads JSON documents that people wrote, and notes every fault with the place where it is.

Knows JSON's types, texts, numbers and times; what a document means is its own module's.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from escrow.clock import parse_time
from escrow.errors import TimeFormatProblem
from escrow.ids import Timestamp
from escrow.texts import quoted

MOST_SAFE = 2**53 - 1
"""Largest integer that every JSON reader keeps, and RFC 8785 takes."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
"""Of an account, a goal, a field: safe in a URL and in a column."""
NAME_WORDS = "letters, digits and _ . : - only, at most 64"
_NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def line(most: int) -> re.Pattern[str]:
    """The form of a text on one line, without signs that turn its direction, which UTF-8 can write."""
    return re.compile(f"{_NO_CONTROLS}{{1,{most}}}")


_CONSTANT = line(200)


class FaultCode(StrEnum):
    NOT_JSON = "not_json"
    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    WRONG_FORM = "wrong_form"
    OUT_OF_RANGE = "out_of_range"
    CONTRADICTION = "contradiction"
    """Each part is sound by itself, but together they are not; beyond what a JSON Schema can say."""
    NOT_YET = "not_yet"
    """Has its name, but can't be done yet."""


@dataclass(frozen=True)
class Fault:
    """`path` is a JSON pointer (RFC 6901), empty for the whole document."""

    path: str
    code: FaultCode
    text: str


class _Missing:
    """Stands for a member that is not there, which has been noted already."""


MISSING = _Missing()


class FaultReader:
    """One pass over a document. A method gives the value, or notes the fault and gives a stand-in of its type."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def note(self, path: str, code: FaultCode, text: str) -> None:
        self.faults.append(Fault(path, code, text))

    def document(self, data: bytes | str | Mapping[str, Any], most_bytes: int) -> Any:
        """The parsed document; one that is parsed already stays as it is."""
        if isinstance(data, Mapping):
            return data
        if len(data) > most_bytes:
            self.note("", FaultCode.OUT_OF_RANGE, f"has {len(data)} bytes, more than {most_bytes}")
            return MISSING
        try:
            return json.loads(data, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            self.note("", FaultCode.NOT_JSON, f"is not JSON: {error}")
            return MISSING

    def members(self, path: str, data: Any, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
        """All of the names, MISSING for those that are not there."""
        found = dict.fromkeys((*names, *optional), MISSING)
        if data is MISSING:
            return found
        if not isinstance(data, Mapping):
            self._wrong_type(path, data, "an object")
            return found
        for name in names:
            if name not in data:
                self.note(f"{path}/{name}", FaultCode.MISSING, "is missing")
        for name, value in data.items():
            if name in found:
                found[name] = value
            else:
                self.note(f"{path}/{_escape(str(name))}", FaultCode.UNKNOWN, "is unknown")
        return found

    def items(self, path: str, data: Any, most: int) -> list[tuple[str, Any]]:
        """The items of a list that is not empty, each with its path."""
        if data is MISSING:
            return []
        if not isinstance(data, list):
            self._wrong_type(path, data, "a list")
            return []
        if not 1 <= len(data) <= most:
            self.note(path, FaultCode.OUT_OF_RANGE, f"has {len(data)} items, not 1 to {most}")
        return [(f"{path}/{index}", item) for index, item in enumerate(data)]

    def named(self, path: str, data: Any) -> list[tuple[str, str, Any]]:
        """The members of an object whose names are anybody's: each name, its path and what it holds. Nothing where there is
        no object."""
        if data is MISSING:
            return []
        if not isinstance(data, Mapping):
            self._wrong_type(path, data, "an object")
            return []
        return [
            (self.text(f"{path}/{_escape(str(name))}", name, NAME, NAME_WORDS), f"{path}/{_escape(str(name))}", item)
            for name, item in data.items()
        ]

    def constant(self, path: str, data: Any) -> str | int:
        """Of `{"constant": ...}`, a text on one line or a whole number."""
        value = self.members(path, data, ("constant",))["constant"]
        if isinstance(value, str):
            return self.text(f"{path}/constant", value, _CONSTANT, "one line of 1 to 200 characters")
        return self.integer(f"{path}/constant", value, -MOST_SAFE, MOST_SAFE)

    def text(self, path: str, data: Any, form: re.Pattern[str], words: str) -> str:
        """`words` says the form to a person."""
        if data is MISSING:
            return ""
        if not isinstance(data, str):
            self._wrong_type(path, data, "a string")
            return ""
        if not form.fullmatch(data):
            self.note(path, FaultCode.WRONG_FORM, f"with {quoted(data)} is not {words}")
        return data

    def choice(self, path: str, data: Any, options: Sequence[str], words: str = "") -> str:
        if data is MISSING:
            return options[0]
        if data not in options:
            words = words or (options[0] if len(options) == 1 else f"one of {', '.join(options)}")
            self.note(path, FaultCode.WRONG_FORM, f"with {quoted(data)} is not {words}")
            return options[0]
        return str(data)

    def integer(self, path: str, data: Any, least: int, most: int) -> int:
        if data is MISSING:
            return least
        if isinstance(data, bool) or not isinstance(data, int):
            self._wrong_type(path, data, "a whole number")
            return least
        if not least <= data <= most:
            self.note(path, FaultCode.OUT_OF_RANGE, f"with {data} is not {least} to {most}")
        return data

    def time(self, path: str, data: Any) -> Timestamp:
        """0, which is no deal's time, stands in."""
        if data is MISSING:
            return Timestamp(0)
        if not isinstance(data, str):
            self._wrong_type(path, data, "a string")
            return Timestamp(0)
        try:
            return parse_time(data)
        except TimeFormatProblem as problem:
            self.note(path, FaultCode.WRONG_FORM, f"with {quoted(data)} {problem.why}")
            return Timestamp(0)

    def _wrong_type(self, path: str, data: Any, wanted: str) -> None:
        self.note(path, FaultCode.WRONG_TYPE, f"with {quoted(data)} is not {wanted}")


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
