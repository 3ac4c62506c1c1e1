"""`docs/faults.md`: current, whole, and its check fails when a row is bare or a test is of none."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts.faults import table
from scripts.faults.__main__ import PAGE, main
from scripts.faults.rows import FAULTS, THREATS, Row
from scripts.named_tests import ORACLE, named_tests

ASKED = {f"F{number}" for number in (*range(1, 24), *range(27, 39))}, {f"O{number}" for number in range(1, 13)}


def test_page__committed_one__is_what_the_tests_say_and_no_row_is_bare() -> None:
    result = CliRunner().invoke(main, ["--check"])
    assert (result.exit_code, result.output) == (0, "")
    assert (set(FAULTS), set(THREATS)) == ASKED


def test_page__written_and_checked__is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "faults.md"
    assert CliRunner().invoke(main, ["--page", str(path)]).exit_code == 0
    assert path.read_text() == PAGE.read_text()
    path.write_text(path.read_text() + "more")
    result = CliRunner().invoke(main, ["--check", "--page", str(path)])
    assert result.exit_code == 1 and "run: make faults" in result.output


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Row("x", "y"), "no test is named after it and no reason is given"),
        (Row("x", "y", also=("tests/oracle/test_fees.py::test_nothing",)), "is not there"),
        (Row("x", "y", also=("tests/oracle/nowhere.py::test_nothing",)), "is not there"),
    ],
    ids=["bare", "no such test", "no such file"],
)
def test_page__row_without_a_test__is_named(monkeypatch: pytest.MonkeyPatch, row: Row, words: str) -> None:
    monkeypatch.setitem(table.ROWS, "F99", row)
    (wrong,) = table.faults_of(named_tests(ORACLE))
    assert wrong.startswith("F99") and words in wrong


def test_page__test_of_no_row__is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(table.ROWS, "F7")
    assert all("is of no row" in wrong for wrong in table.faults_of(named_tests(ORACLE)))
