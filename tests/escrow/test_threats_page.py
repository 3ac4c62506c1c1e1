"""The page of threats is made from the tests, and refuses a row that nothing covers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scripts.named_tests import CONTRACT, named_tests
from scripts.threats import __main__ as command
from scripts.threats.page import problems
from scripts.threats.rows import IDS, Row, read

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree in which C1 alone needs no test."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "contracts").mkdir(parents=True)
    write_rows(tmp_path)
    write_tests(tmp_path, *(name for name in map(test_of, IDS) if "__c1_" not in name))
    return tmp_path


def test_of(row: str) -> str:
    kind = {"C": "threat", "F": "finding"}[row[0]]
    return f"test_{kind}__{row.lower()}_somebody_tries__is_refused"


test_of.__test__ = False  # type: ignore[attr-defined]


def write_tests(folder: Path, *names: str) -> None:
    (folder / "tests" / "contracts" / "test_all.py").write_text("\n".join(f"def {name}(): ..." for name in names))


def write_rows(folder: Path, **changes: str) -> None:
    kept = {name: 'threat = "t"\nmet = "m"' for name in IDS} | {"C1": 'threat = "t"\nnot_yet = "n"'} | changes
    (folder / "rows.toml").write_text("\n".join(f"[{name}]\n{text}" for name, text in kept.items() if text))


@pytest.fixture
def run(folder: Path) -> Run:
    def invoke(*options: str) -> Result:
        return CliRunner().invoke(command.main, [*options, "--root", str(folder), "--file", str(folder / "rows.toml")])

    return invoke


def test_check__committed_page__is_current() -> None:
    result = CliRunner().invoke(command.main, ["--check"])
    assert result.exit_code == 0, result.output


def test_check__what_was_just_written__is_current(run: Run, folder: Path) -> None:
    assert run().exit_code == 0
    assert run("--check").exit_code == 0
    page = (folder / "docs" / "threats.md").read_text()
    assert "| C2 | t | m | [somebody tries](../tests/contracts/test_all.py): is refused |" in page
    assert "| C1 | t | **Not yet.** n | – |" in page


@pytest.mark.parametrize("fault", ["missing", "changed"])
def test_check__another_page__fails_and_says_what_helps(run: Run, folder: Path, fault: str) -> None:
    run()
    path = folder / "docs" / "threats.md"
    path.unlink() if fault == "missing" else path.write_text("else")
    result = run("--check")
    assert result.exit_code == 1
    assert "make threats" in result.output


@pytest.mark.parametrize("row", ["C2", "C30", "F1", "F51"])
def test_check__row_without_a_test__fails_and_names_it(run: Run, folder: Path, row: str) -> None:
    run()
    write_tests(folder, *(test_of(name) for name in IDS if name not in ("C1", row)))
    result = run("--check")
    assert result.exit_code == 1
    assert f"{row} has neither a test nor a reason to have none" in result.output


def test_check__row_with_a_reason_and_a_test__fails_and_names_it(run: Run, folder: Path) -> None:
    run()
    write_tests(folder, *map(test_of, IDS))
    result = run("--check")
    assert result.exit_code == 1
    assert "C1 has a reason to have no test, and 1 of them" in result.output


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"F7": ""}, "F7 has no row in rows.toml"),
        ({"F7": 'threat = "t"'}, "F7 has threat, and needs"),
        ({"F7": 'threat = "t"\nmet = "m"\nnot_yet = "n"'}, "F7 has threat, met, not_yet, and needs"),
        ({"F7": 'threat = "t"\nmet = ""'}, "F7 has threat, met, and needs"),
        ({"F7": 'threat = "t"\nnot_applicabel = "n"'}, "F7 has not_applicabel, and may have"),
        ({"F52": 'threat = "t"\nmet = "m"'}, "F52 is no row"),
    ],
)
def test_check__rows_that_say_too_little_or_too_much__fails_and_names_it(
    run: Run, folder: Path, changes: dict[str, Any], words: str
) -> None:
    write_rows(folder, **changes)
    result = run("--check")
    assert result.exit_code == 1
    assert words in result.output


@pytest.mark.parametrize(
    "name",
    [
        "test_threat__c7_without_an_outcome",
        "test_threat__x7_of_the_wrong__kind",
        "test_fault__c7_of_the_wrong__kind",
        "test_finding__f_without__number",
    ],
)
def test_check__test_that_names_no_row__fails_and_names_it(run: Run, folder: Path, name: str) -> None:
    write_tests(folder, *map(test_of, IDS[1:]), name)
    result = run("--check")
    assert result.exit_code == 1
    assert name in result.output


def test_check__test_of_a_row_that_is_none__fails_and_names_it(run: Run, folder: Path) -> None:
    write_tests(folder, *map(test_of, IDS[1:]), test_of("C31"))
    assert "C31 is the id of" in run("--check").output


def test_problems__all_rows_and_tests_of_this_tree__there_are_none() -> None:
    rows, tests = read(), named_tests(CONTRACT)
    assert problems(rows, tests) == []
    assert problems({**rows, "C1": Row("t", not_yet="n")}, tests) != []
