"""From a rule's JSON to its model. Knows the rule's form, and how deep and how long it may be."""

from collections.abc import Mapping
from typing import Any as Json

from escrow.agreement.reason import Reason
from escrow.agreement.rule import All, Any, AtLeast, Below, Is, Rule
from escrow.faults import MISSING, MOST_SAFE, NAME, NAME_WORDS, FaultCode, FaultReader, line

MOST_DEPTH = 8
MOST_TESTS = 64
MOST_TOGETHER = 32
_GROUPS: dict[str, type[All] | type[Any]] = {"all": All, "any": Any}
_OPERATORS = ("is", "at_least", "below")
_WORD = line(200)
_STAND_IN = All(())


class RuleReader:
    """Counts the tests of one agreement's rule."""

    def __init__(self, reader: FaultReader) -> None:
        self._reader = reader
        self._tests = 0

    def rule(self, path: str, data: Json, depth: int = 1) -> Rule:
        if data is MISSING:
            return _STAND_IN
        if not isinstance(data, Mapping):
            self._reader.note(path, FaultCode.WRONG_TYPE, "is not an object")
            return _STAND_IN
        for name, group in _GROUPS.items():
            if name in data:
                return self._group(path, data, name, group, depth)
        return self._test(path, data)

    def _group(self, path: str, data: Json, name: str, group: type[All] | type[Any], depth: int) -> Rule:
        if depth > MOST_DEPTH:
            self._reader.note(path, FaultCode.CONTRADICTION, f"lies more than {MOST_DEPTH} groups deep")
            return _STAND_IN
        given = self._reader.members(path, data, (name,))
        items = self._reader.items(f"{path}/{name}", given[name], MOST_TOGETHER)
        return group(tuple(self.rule(at, item, depth + 1) for at, item in items))

    def _test(self, path: str, data: Json) -> Rule:
        self._tests += 1
        if self._tests == MOST_TESTS + 1:
            self._reader.note(path, FaultCode.CONTRADICTION, f"is more than the {MOST_TESTS} tests that a rule may have")
        given = self._reader.members(path, data, ("field", "else"), _OPERATORS)
        field = self._reader.text(f"{path}/field", given["field"], NAME, NAME_WORDS)
        reason = Reason(self._reader.choice(f"{path}/else", given["else"], list(Reason), "a reason code"))
        used = [name for name in _OPERATORS if given[name] is not MISSING]
        if len(used) != 1:
            words = "has none of" if not used else "has more than one of"
            self._reader.note(path, FaultCode.WRONG_FORM, f"{words} {', '.join(_OPERATORS)}")
            return _STAND_IN
        operand, at = given[used[0]], f"{path}/{used[0]}"
        if used[0] == "is" and isinstance(operand, str):
            return Is(field, self._reader.text(at, operand, _WORD, "one line of 1 to 200 characters"), reason)
        number = self._reader.integer(at, operand, -MOST_SAFE, MOST_SAFE)
        match used[0]:
            case "is":
                return Is(field, number, reason)
            case "at_least":
                return AtLeast(field, number, reason)
        return Below(field, number, reason)
