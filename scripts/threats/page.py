"""The page of threats, and what keeps it from being written. Pure: rows and tests in, text or sentences out."""

from collections.abc import Iterable, Mapping, Sequence

from scripts.named_tests import NamedTest, Tests
from scripts.threats.rows import IDS, Row

_HEAD = """\
# Threats

What somebody could try, how it is met, and the tests that play it; each has the id of its row in its name. C1 to C30 are
threats to a contract like ours, F1 to F51 what audits and incidents of other escrows, oracles and streams have found.
`make threats` writes this page from the tests and from `scripts/threats/rows.toml`; `make check` fails when a row has
neither a test nor a reason to have none, or both.
"""
_SECTIONS = (
    ("Threats to the contract", IDS[:30]),
    ("Signatures and quorum", IDS[30:46]),
    ("Money", IDS[46:65]),
    ("Time, silence, disputes, rights and data", IDS[65:]),
)


def problems(rows: Mapping[str, Row], tests: Tests, ids: Iterable[str] = IDS) -> list[str]:
    """Of each row that is not covered as it should be, one sentence."""
    found = [f"{name} is the id of {tests[name][0].name}, and of no row" for name in tests if name not in ids]
    for name in ids:
        row, count = rows.get(name), len(tests.get(name, ()))
        if row is None:
            found.append(f"{name} has no row in rows.toml")
        elif row.reason and count:
            found.append(f"{name} has a reason to have no test, and {count} of them")
        elif not row.reason and not count:
            found.append(f"{name} has neither a test nor a reason to have none")
    return found


def page(rows: Mapping[str, Row], tests: Tests) -> str:
    """In Markdown. Every row has to be there, as `problems` says."""
    met = [name for name, row in rows.items() if row.met]
    never = [name for name, row in rows.items() if row.not_applicable]
    not_yet = [name for name, row in rows.items() if row.not_yet]
    count = sum(len(of_row) for of_row in tests.values())
    summary = (
        f"{len(met)} rows are met, by {count} tests. Can't apply: {', '.join(never) or 'none'}. "
        f"Not met yet: {', '.join(not_yet) or 'none'}."
    )
    sections = [_section(title, ids, rows, tests) for title, ids in _SECTIONS]
    return "\n".join([_HEAD, summary, "", *sections])


def _section(title: str, ids: Sequence[str], rows: Mapping[str, Row], tests: Tests) -> str:
    lines = [f"| {name} | {rows[name].threat} | {_answer(rows[name])} | {_links(tests.get(name, ()))} |" for name in ids]
    return "\n".join([f"## {title}", "", "| id | threat | how it is met | tests |", "|---|---|---|---|", *lines, ""])


def _answer(row: Row) -> str:
    if row.not_applicable:
        return f"**Can't apply.** {row.not_applicable}"
    if row.not_yet:
        return f"**Not yet.** {row.not_yet}"
    return row.met


def _links(tests: Sequence[NamedTest]) -> str:
    return "<br>".join(each.link for each in tests) or "–"
