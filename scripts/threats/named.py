"""Tests that carry the id of a row in their names: `test_threat__c7_given__it`, `test_finding__f12_given__it`. Reads files
only."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"test_(?:threat__(?=c)|finding__(?=f))([cf][1-9]\d*)_([a-z0-9_]+?)__([a-z0-9_]+)")


class NameProblem(Exception):
    """A test begins like one of a row and doesn't go on like it."""


@dataclass(frozen=True)
class NamedTest:
    path: str
    name: str
    words: str


def named_tests(root: Path) -> dict[str, list[NamedTest]]:
    """By the id of their row, in the order of files and lines."""
    found: dict[str, list[NamedTest]] = defaultdict(list)
    for file in sorted((root / "tests").rglob("test_*.py")):
        for function in _functions(ast.parse(file.read_text("utf-8"))):
            parts = NAME.fullmatch(function.name)
            if parts is None:
                raise NameProblem(
                    f"{file.name}: {function.name} is not test_threat__c7_given__it or test_finding__f7_given__it"
                )
            path = file.relative_to(root).as_posix()
            found[parts[1].upper()].append(NamedTest(path, function.name, _words(parts[2], parts[3])))
    return found


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """Those of the oracles' threats, O1 and so on, belong to another page."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and re.match(r"test_(threat__(?!o[1-9])|finding_|threat_(?!_))", node.name):
            yield node


def _words(given: str, it: str) -> str:
    """As the name says it: what is given, and what comes of it."""
    return f"{given.replace('_', ' ')}: {it.replace('_', ' ')}"
