"""The committed ABI and bytecode are those of the contracts, and a difference is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_hash.auto import keccak

from escrow.abi import artifact
from scripts import export_abi
from tests.chain import LocalChain

BYTES_ON_CHAIN = 24_576
"""EIP-170."""
BYTES_OF_CREATION = 49_152
"""EIP-3860."""


@pytest.fixture
def compiled() -> dict[str, dict[str, Any]]:
    """What the contracts compile to, by source and name."""
    return {
        source: {
            Path(source).stem: {
                "abi": [],
                "evm": {"bytecode": {"object": "60806040"}},
                "storageLayout": {"storage": [{"label": "_deals", "slot": "0", "offset": 0, "type": "t_mapping"}]},
            }
        }
        for source in (*export_abi.EXPORTED.values(), "contracts/RareCalls.sol")
    }


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, compiled: dict[str, dict[str, Any]]) -> Any:
    """Runs the script on a folder of its own."""
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


def test_export__contracts_of_one_storage_that_differ_in_it__fails_and_names_what_differs(
    run: Any, compiled: dict[str, dict[str, Any]]
) -> None:
    compiled["contracts/RareCalls.sol"]["RareCalls"]["storageLayout"]["storage"][0]["slot"] = "1"
    result = run()
    assert result.exit_code == 1
    assert "PerformanceEscrow and RareCalls differ in the storage of _deals" in result.output


def test_export__parameter_that_the_contract_leaves_unnamed__has_the_name_of_the_interface(
    run: Any, tmp_path: Path, compiled: dict[str, dict[str, Any]]
) -> None:
    def functions(*names: str) -> list[dict[str, Any]]:
        kinds = ("uint256[]", "uint256", "bytes32")
        inputs = [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
        return [{"type": "function", "name": "dispute", "inputs": inputs}]

    compiled["contracts/PerformanceEscrow.sol"]["PerformanceEscrow"]["abi"] = functions("", "", "")
    compiled["contracts/interfaces/IRareCalls.sol"] = {"IRareCalls": {"abi": functions("terms", "value", "reason")}}
    assert run().exit_code == 0
    assert json.loads((tmp_path / "PerformanceEscrow.json").read_text())["abi"] == functions("terms", "value", "reason")


def test_abi__parameters_of_functions__all_have_names() -> None:
    functions = [entry for entry in artifact("PerformanceEscrow").abi if entry["type"] == "function"]
    assert [entry["name"] for entry in functions if not all(given["name"] for given in entry["inputs"])] == []


def test_contract__code__fits_the_limits_of_chains(chain: LocalChain) -> None:
    assert len(artifact("PerformanceEscrow").bytecode) // 2 - 1 < BYTES_OF_CREATION
    escrow = bytes.fromhex(chain.domain.contract[2:])
    # The first contract that the escrow creates: RLP of its address and the number 1, hashed.
    rare_calls = keccak(b"\xd6\x94" + escrow + b"\x01")[-20:]
    for address in (escrow, rare_calls):
        code = chain.rpc.call("eth_getCode", ["0x" + address.hex(), "latest"])
        assert 0 < len(code) // 2 - 1 < BYTES_ON_CHAIN
