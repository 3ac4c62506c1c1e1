"""The comparison of gas with the snapshot and the targets, and a measurement that can't take a failure for a figure."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scripts.gas import __main__ as command
from scripts.gas.chain import AMOUNT, GasChain, LifeProblem, gas_chain
from scripts.gas.compare import differences, improvements
from scripts.gas.deal import WHOLE, GasDeal
from scripts.gas.many import CALLS
from scripts.gas.table import COLUMNS, rows_table, targets_table
from scripts.gas.targets import TARGETS

ALWAYS = (
    "approve",
    "open",
    "open_with_permit",
    "settle_2of3_warm",
    "settle_3of5_warm",
    "refund",
    "lifecycle_2of3_warm",
    "lifecycle_permit_2of3_warm",
    "lifecycle_refund",
)
SNAPSHOT = {"open": 10_000, "settle": 50_000}


@pytest.fixture(scope="module")
def chain() -> Iterator[GasChain]:
    with gas_chain() as chain:
        yield chain


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs the command on files of its own, as if it had measured these rows."""
    (tmp_path / "snapshot.json").write_text(json.dumps(SNAPSHOT))

    def invoke(rows: dict[str, int], *options: str) -> Result:
        monkeypatch.setattr(command, "measure", lambda: rows)
        files = ["--output", str(tmp_path / "build" / "gas.json"), "--snapshot", str(tmp_path / "snapshot.json")]
        return CliRunner().invoke(command.main, [*options, *files])

    return invoke


# Against the snapshot


@pytest.mark.parametrize("gas", [10_000, 10_200, 9_000])
def test_differences__up_to_two_percent_worse_or_better__none(gas: int) -> None:
    assert differences({"open": gas}, {"open": 10_000}) == []


def test_differences__one_gas_beyond_two_percent__names_row_and_figures() -> None:
    assert differences({"open": 10_201}, {"open": 10_000}) == ["open is 10,201 gas, 2.1% above the snapshot's 10,000"]


def test_differences__row_only_on_one_side__is_named() -> None:
    assert differences({"open": 1, "settle": 1}, {"open": 1, "refund": 1}) == [
        "refund is in the snapshot and was not measured",
        "settle was measured and is not in the snapshot",
    ]


@pytest.mark.parametrize(("gas", "count"), [(9_804, 0), (9_803, 1)])
def test_improvements__only_what_would_be_too_much_the_other_way(gas: int, count: int) -> None:
    assert len(improvements({"open": gas}, {"open": 10_000})) == count


def test_snapshot__committed__has_every_row_that_is_asked_for() -> None:
    kept = json.loads(command.SNAPSHOT.read_text())
    assert {*ALWAYS, *CALLS} <= set(kept)
    assert {target.row for target in TARGETS} <= set(kept)


def test_peers__committed__each_is_described_and_each_row_is_ours() -> None:
    data = json.loads(command.PEERS.read_text())
    assert {peer for row in data["rows"].values() for peer in row} == set(data["peers"])
    assert set(COLUMNS) <= set(data["peers"])
    assert set(data["rows"]) <= set(json.loads(command.SNAPSHOT.read_text()))


# As text


def test_rows_table__peers__columns_then_names_and_lives_last() -> None:
    lines = rows_table({"lifecycle_refund": 9, "open": 7_000}, {"open": {"Kleros v1": 79_108, "OCR2": 94_264}})
    assert [line.split()[0] for line in lines[1:]] == ["open", "lifecycle_refund"]
    assert lines[1].split() == ["open", "7,000", "79,108", "OCR2", "94,264"]
    assert lines[1].index("79,108") + len("79,108") == lines[0].index("Kleros v1") + len("Kleros v1")


def test_targets_table__row_at_the_limit__is_missed_and_one_below_is_met() -> None:
    first = targets_table({"lifecycle_2of3_warm": 193_000})[1]
    assert "200,000 met" in first and "193,000 missed" in first
    assert "193,000 met" in targets_table({"lifecycle_2of3_warm": 192_999})[1]


def test_targets_table__first_row__beside_the_cheapest_peer_less_its_signatures() -> None:
    assert targets_table({"lifecycle_2of3_warm": 195_882})[-1].endswith("182,032  Kleros v1, without any: 182,033 met")


def test_targets_table__row_that_the_contract_has_not__says_so() -> None:
    assert all(line.endswith("not yet") for line in targets_table({})[1:])


# The command


def test_gas__nothing_worse__prints_the_table_and_writes_the_figures(run: Any, tmp_path: Path) -> None:
    result = run(SNAPSHOT)
    assert result.exit_code == 0, result.output
    assert "ours" in result.output and "must be below" in result.output
    assert json.loads((tmp_path / "build" / "gas.json").read_text()) == SNAPSHOT


def test_check__worse__fails_with_the_row_and_what_to_do(run: Any) -> None:
    result = run(SNAPSHOT | {"open": 11_000}, "--check")
    assert result.exit_code == 1
    assert result.output == "open is 11,000 gas, 10.0% above the snapshot's 10,000\nIf that is meant: make gas-snapshot\n"


def test_check__nothing_worse__is_quiet(run: Any) -> None:
    result = run(SNAPSHOT, "--check")
    assert (result.exit_code, result.output) == (0, "")


def test_check__much_better__passes_and_says_how_to_keep_it(run: Any) -> None:
    result = run(SNAPSHOT | {"open": 9_000}, "--check")
    assert result.exit_code == 0
    assert "open is 9,000 gas, 10.0% below the snapshot's 10,000" in result.output and "make gas-snapshot" in result.output


def test_write__worse__is_the_snapshot_from_now_on(run: Any) -> None:
    worse = {"open": 11_000, "settle": 50_000}
    assert run(worse, "--write").exit_code == 0
    assert run(worse, "--check").exit_code == 0


@pytest.mark.parametrize(("text", "why"), [("{", "is not JSON"), (None, "open was measured and is not in the snapshot")])
def test_check__no_snapshot_or_a_broken_one__says_so(run: Any, tmp_path: Path, text: str | None, why: str) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text(text) if text else path.unlink()
    result = run(SNAPSHOT, "--check")
    assert result.exit_code == 1 and why in result.output


def test_gas__life_that_went_wrong__is_one_line_and_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail() -> dict[str, int]:
        raise LifeProblem("settled", ValueError("why"))

    monkeypatch.setattr(command, "measure", fail)
    result = CliRunner().invoke(command.main, ["--output", str(tmp_path / "gas.json")])
    assert result.exit_code == 1
    assert result.output == "Error: gas was not measured: settled: why\n"
    assert not (tmp_path / "gas.json").exists()


# On a chain


def test_settle__pays_another_amount_than_its_row_says__is_no_figure(chain: GasChain) -> None:
    with pytest.raises(LifeProblem, match=r"half: the change in the balance of .* is 500000000, and should be 1000000000"):
        with chain.undone("half"):
            deal = GasDeal(chain, "half")
            deal.approve()
            deal.open()
            deal.settle(1, WHOLE // 2, pays=AMOUNT)


def test_open__reverts__is_no_figure(chain: GasChain) -> None:
    with pytest.raises(LifeProblem, match=r"no allowance: .*allowance"):
        with chain.undone("no allowance"):
            GasDeal(chain, "no allowance").open()


def test_open__same_deal_again_on_the_same_chain__costs_the_same(chain: GasChain) -> None:
    figures = []
    for _ in range(2):
        with chain.undone("again"):
            deal = GasDeal(chain, "again")
            figures.append((deal.approve(), deal.open(), deal.settle(1, WHOLE, pays=AMOUNT)))
    assert figures[0] == figures[1]
