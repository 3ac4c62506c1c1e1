"""The page of faults, and what is wrong with its rows. Runs no test."""

from collections.abc import Mapping

from scripts.faults.rows import FAULTS, THREATS, Row
from scripts.named_tests import ROOT, NamedTest, Tests, named_test, test_names

ROWS = FAULTS | THREATS

INTRO = """\
# Faults

What can go wrong with an oracle, what is to happen then, and the tests that show it. This page is made from their names by
`make faults`; `make check` compares.

Cases play three real oracles on a real chain, each behind a [proxy](../tests/oracle/proxy.py) that delays, drops, rewrites,
reorders, cuts and corrupts what passes. After each case everything is mended, and then these hold
([the checks](../tests/oracle/faults/committee.py)): no report was settled twice and the agency has what it earned, to the
unit; no member signed two values for one report; what was answered with 202 is in the ledger; what each member knows of the
chain is what a new reading says; each transaction has come to an end; no secret was logged.

`make soak` plays thousands of settlements under random faults, from a seed that it prints.
"""


def faults_of(found: Tests) -> list[str]:
    """What is wrong, in words: bare rows, tests of no row, tests that are named and are not there."""
    wrong = [f"{row}: no test is named after it and no reason is given" for row in ROWS if _is_bare(row, found)]
    wrong += [f"{test.path}: {test.name} is of no row" for row in found if row not in ROWS for test in found[row]]
    for row, said in ROWS.items():
        for place in said.also:
            path, _, name = place.partition("::")
            if not (ROOT / path).exists() or name not in test_names(ROOT / path):
                wrong.append(f"{row}: {place} is not there")
    return wrong


def page(found: Tests) -> str:
    return "\n".join([INTRO, *_part("Faults", FAULTS, found), "", *_part("Threats", THREATS, found), ""])


def _is_bare(row: str, found: Tests) -> bool:
    return row not in found and not ROWS[row].also and not ROWS[row].not_yet


def _part(title: str, rows: Mapping[str, Row], found: Tests) -> list[str]:
    head = [f"## {title}", "", "| row | what goes wrong | what is to happen | shown by |", "|---|---|---|---|"]
    return [*head, *(_line(name, row, [*found.get(name, ()), *_others(row)]) for name, row in rows.items())]


def _line(name: str, row: Row, tests: list[NamedTest]) -> str:
    shown = [test.link for test in tests]
    if row.not_yet:
        shown.append(f"*not yet:* {row.not_yet}")
    return f"| {name} | {row.words} | {row.expected} | {'<br>'.join(shown)} |"


def _others(row: Row) -> list[NamedTest]:
    return [named_test(*place.split("::")) for place in row.also]
