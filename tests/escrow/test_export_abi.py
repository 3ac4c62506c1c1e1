"""The committed ABI and bytecode are those of the contracts, and a difference is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escrow.abi import artifact
from scripts import export_abi

BYTES_ON_CHAIN = 24_576


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs the script on a folder of its own, as if the contracts compiled to this."""
    made = {"abi": [], "evm": {"bytecode": {"object": "60806040"}}}
    compiled = {source: {name: made} for name, source in export_abi.EXPORTED.items()}
    monkeypatch.setattr(export_abi, "compile_contracts", lambda: compiled)

    def invoke(*options: str) -> Result:
        return CliRunner().invoke(export_abi.main, [*options, "--folder", str(tmp_path)])

    return invoke


def test_check__committed_files__equal_a_fresh_compile() -> None:
    result = CliRunner().invoke(export_abi.main, ["--check"])
    assert result.exit_code == 0, result.output


def test_check__what_was_just_written__is_current(run: Any) -> None:
    assert run().exit_code == 0
    assert run("--check").exit_code == 0


@pytest.mark.parametrize("fault", ["missing", "changed"])
def test_check__another_file__fails_and_names_it(run: Any, tmp_path: Path, fault: str) -> None:
    run()
    path = tmp_path / "TestDollar.json"
    if fault == "missing":
        path.unlink()
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | {"bytecode": "0x00"}, indent=1) + "\n")
    result = run("--check")
    assert result.exit_code == 1
    assert f"{path} differs from a fresh compile of contracts/mocks/TestDollar.sol" in result.output
    assert "PerformanceEscrow" not in result.output


def test_compile__no_compiler__says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(export_abi, "SOLC", tmp_path / "solc")
    result = CliRunner().invoke(export_abi.main, ["--check"])
    assert result.exit_code == 1
    assert "no Solidity compiler" in result.output and "make setup" in result.output


def test_contract__creation_code__fits_the_limit_of_chains() -> None:
    assert len(artifact("PerformanceEscrow").bytecode) // 2 - 1 < BYTES_ON_CHAIN
