"""The tests of each row, read from their names, and the page that is made of them. Runs no test."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scripts.faults.rows import FAULTS, THREATS, Row

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "oracle"
ROWS = FAULTS | THREATS
_NAME = re.compile(r"test_(fault|threat)__([fo]\d+)_(\w+?)__(\w+)")

INTRO = """\
# Faults

What can go wrong with an oracle, what is to happen then, and the tests that show it. This page is made from their names by
`python -m scripts.faults`; `make check` compares.

Cases play three real oracles on a real chain, each behind a [proxy](../tests/oracle/proxy.py) that delays, drops, rewrites,
reorders, cuts and corrupts what passes. After each case everything is mended, and then these hold
([the checks](../tests/oracle/faults/committee.py)): no report was settled twice and the agency has what it earned, to the
unit; no member signed two values for one report; what was answered with 202 is in the ledger; what each member knows of the
chain is what a new reading says; each transaction has come to an end; no secret was logged.

`make soak` plays thousands of settlements under random faults, from a seed that it prints.
"""


@dataclass(frozen=True)
class Test:
    path: str
    name: str
    given: str
    then: str


def tests_by_row() -> dict[str, list[Test]]:
    """In the order of files and lines."""
    found: dict[str, list[Test]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in names_in(path):
            match = _NAME.fullmatch(name)
            if match:
                _, row, given, then = match.groups()
                test = Test(str(path.relative_to(ROOT)), name, given.replace("_", " "), then.replace("_", " "))
                found.setdefault(row, []).append(test)
    return found


def faults_of(found: Mapping[str, Sequence[Test]]) -> list[str]:
    """What is wrong, in words: bare rows, tests of no row, tests that are named and are not there."""
    wrong = [f"{row}: no test is named after it and no reason is given" for row in ROWS if _is_bare(row, found)]
    wrong += [f"{test.path}: {test.name} is of no row" for row in found if row not in ROWS for test in found[row]]
    for row, said in ROWS.items():
        for place in said.also:
            path, _, name = place.partition("::")
            if not (ROOT / path).exists() or name not in names_in(ROOT / path):
                wrong.append(f"{row}: {place} is not there")
    return wrong


def page(found: Mapping[str, Sequence[Test]]) -> str:
    return "\n".join([INTRO, *_part("Faults", FAULTS, found), "", *_part("Threats", THREATS, found), ""])


@lru_cache(maxsize=256)
def names_in(path: Path) -> tuple[str, ...]:
    tree = ast.parse(path.read_text("utf-8"))
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def _is_bare(row: str, found: Mapping[str, Sequence[Test]]) -> bool:
    return row not in found and not ROWS[row].also and not ROWS[row].not_yet


def _part(title: str, rows: Mapping[str, Row], found: Mapping[str, Sequence[Test]]) -> list[str]:
    head = [f"## {title}", "", "| row | what goes wrong | what is to happen | shown by |", "|---|---|---|---|"]
    return [*head, *(_line(name, row, found.get(name, ())) for name, row in rows.items())]


def _line(name: str, row: Row, tests: Sequence[Test]) -> str:
    shown = [f"[{test.given}](../{test.path}): {test.then}" for test in tests]
    shown += [_other(place) for place in row.also]
    if row.not_yet:
        shown.append(f"*not yet:* {row.not_yet}")
    return f"| {name.upper()} | {row.words} | {row.expected} | {'<br>'.join(shown)} |"


def _other(place: str) -> str:
    path, _, name = place.partition("::")
    _, *parts = name.removeprefix("test_").split("__")
    words = [part.replace("_", " ") for part in parts] or [name.removeprefix("test_")]
    return f"[{words[0]}](../{path})" + (f": {words[1]}" if len(words) > 1 else "")
