"""Tests that carry the id of a row in their names, for the pages that are made of them: `test_threat__c7_given__it`,
`test_finding__f12_given__it`, `test_fault__f3_given__it`, `test_threat__o1_given__it`. Reads files only."""

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = (("threat", "C"), ("finding", "F"))
"""What `scripts.threats` has a page of; a row's kind in names, and the letter of its id."""
ORACLE = (("fault", "F"), ("threat", "O"))
"""And `scripts.faults`."""
_NAME = re.compile(r"test_(threat|finding|fault)__([a-z])([1-9]\d*)_(\w+?)__(\w+)")
_BEGINS = re.compile(r"test_(threat|finding|fault)_")


class NameProblem(Exception):
    """A test begins like one of a row and doesn't go on like it."""


@dataclass(frozen=True)
class NamedTest:
    """`words` say it as the name does: what is given, and what comes of it."""

    path: str
    name: str
    words: str

    @property
    def link(self) -> str:
        """In Markdown, from docs/."""
        given, _, then = self.words.partition(": ")
        return f"[{given}](../{self.path})" + (f": {then}" if then else "")


def named_tests(kinds: Collection[tuple[str, str]], root: Path = ROOT) -> dict[str, list[NamedTest]]:
    """Of these kinds, by the ids of their rows, in the order of files and lines; NameProblem for a name that fits none."""
    found: dict[str, list[NamedTest]] = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        for name in filter(_BEGINS.match, test_names(path)):
            parts = _NAME.fullmatch(name)
            kind, letter = (parts[1], parts[2].upper()) if parts else ("", "")
            if parts is None or (kind, letter) not in (*CONTRACT, *ORACLE):
                raise NameProblem(f"{path.name}: {name} is not like test_threat__c7_given__it")
            if (kind, letter) in kinds:
                found[letter + parts[3]].append(named_test(path.relative_to(root).as_posix(), name))
    return found


def named_test(path: str, name: str) -> NamedTest:
    """Of any test; its row's id is not told again."""
    parts = _NAME.fullmatch(name)
    words: Sequence[str] = (parts[4], parts[5]) if parts else name.removeprefix("test_").split("__")[-2:]
    return NamedTest(path, name, ": ".join(words).replace("_", " "))


def test_names(path: Path) -> tuple[str, ...]:
    """Of a module's tests, in its order."""
    return _names_in(path.read_text("utf-8"))


@lru_cache(maxsize=512)
def _names_in(module: str) -> tuple[str, ...]:
    functions = (node for node in ast.parse(module).body if isinstance(node, ast.FunctionDef))
    return tuple(one.name for one in functions if one.name.startswith("test_"))


Tests = Mapping[str, Sequence[NamedTest]]
"""By the ids of rows."""
