"""`docs/bad-input.md` against the tree: each test that it names is there, each error too, and no input of the list is left out."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from escrow import errors

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "bad-input.md").read_text().splitlines()
    if line.startswith("| ") and "`tests/" in line
]
OF_THE_WEB = {"RequestProblem"}
"""Not an `EscrowError`: the framework's, given a name in `api.problems`."""
INPUTS = (
    "stranger",
    "recovers to nobody",
    "not in order",
    "twice",
    "too few",
    "future",
    "old as-of",
    "beyond its type",
    "terms out of range",
    "unknown deal",
    "another chain",
    "decimals",
    "missing or negative",
    "bad signature",
    "stale",
    "sent twice",
    "broken row",
    "hash differs",
)


@lru_cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=[row[3].partition("::")[2].strip("`") for row in ROWS])
def test_bad_input__each_row__names_a_test_and_errors_that_exist(row: list[str]) -> None:
    path, _, name = row[3].strip("`").partition("::")
    assert name in names_in(path)
    for error in re.findall(r"`([A-Z]\w+)`", row[2]):
        assert error in OF_THE_WEB or issubclass(getattr(errors, error), errors.EscrowError)


def test_bad_input__rows__are_all_of_the_list() -> None:
    inputs = " ".join(row[0] for row in ROWS)
    assert [wanted for wanted in INPUTS if wanted not in inputs] == []
