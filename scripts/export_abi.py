"""Compiles the contracts and writes what the product needs of them to `escrow/abi`, or checks that.

    python -m scripts.export_abi            writes
    python -m scripts.export_abi --check    compares, and fails with the file that differs

The input is Brownie's (brownie-config.yaml): what is tested there is, byte for byte, what is deployed from here.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import solcx
from eth_utils.abi import abi_to_signature
from solcx.exceptions import SolcError

ROOT = Path(__file__).resolve().parent.parent
SOLC_VERSION = "0.8.30"
SOLC = ROOT / ".tools" / "solcx" / f"solc-v{SOLC_VERSION}"
EXPORTED = {
    "PerformanceEscrow": "contracts/PerformanceEscrow.sol",
    "TestDollar": "contracts/mocks/TestDollar.sol",
}
ONE_STORAGE = ("PerformanceEscrow", "RareCalls")
"""The second runs on the storage of the first, by delegatecall."""
SETTINGS: dict[str, Any] = {
    "evmVersion": "shanghai",
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 4_000},
    "remappings": ["@openzeppelin=node_modules/@openzeppelin"],
}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a committed file is not current.")
@click.option("--folder", type=click.Path(path_type=Path), default=ROOT / "escrow" / "abi", help="Where the files are.")
def main(check: bool, folder: Path) -> None:
    """Compile the contracts into escrow/abi."""
    outdated = []
    for name, text in artifacts().items():
        path = folder / f"{name}.json"
        if check:
            if not path.exists() or path.read_text("utf-8") != text:
                outdated.append(path)
        else:
            path.write_text(text, "utf-8")
            click.echo(f"{path.name}: {len(json.loads(text)['bytecode']) // 2 - 1:,} bytes of creation code")
    for path in outdated:
        click.echo(f"{path} differs from a fresh compile of {EXPORTED[path.stem]}; run: make abi", err=True)
    if outdated:
        sys.exit(1)


def artifacts() -> dict[str, str]:
    """The text of each exported contract's file, by its name."""
    compiled = compile_contracts()
    _require_one_storage(*(compiled[f"contracts/{name}.sol"][name]["storageLayout"] for name in ONE_STORAGE))
    return {name: _artifact(name, _with_names(compiled[source][name], compiled)) for name, source in EXPORTED.items()}


def compile_contracts(pattern: str = "**/*.sol", settings: Mapping[str, Any] = SETTINGS) -> dict[str, dict[str, Any]]:
    """Those of contracts/ and what they import, by source and name, with `abi`, `evm.bytecode.object`, `storageLayout`."""
    if not SOLC.exists():
        raise click.ClickException(f"no Solidity compiler at {SOLC}; run: make setup")
    sources = sorted((ROOT / "contracts").glob(pattern))
    request = {
        "language": "Solidity",
        "sources": {path.relative_to(ROOT).as_posix(): {"content": path.read_text("utf-8")} for path in sources},
        "settings": {**settings, "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "storageLayout"]}}},
    }
    try:
        output = solcx.compile_standard(request, solc_binary=SOLC, base_path=ROOT, allow_paths=ROOT)
    except SolcError as error:
        raise click.ClickException(f"contracts do not compile: {error}") from error
    contracts: dict[str, dict[str, Any]] = output["contracts"]
    return contracts


def _require_one_storage(*layouts: dict[str, Any]) -> None:
    """Every variable of both contracts stands at the same place."""
    first, second = (
        [(each["label"], each["slot"], each["offset"], each["type"]) for each in layout["storage"]] for layout in layouts
    )
    if first != second:
        differing = sorted({place[0] for place in {*first} ^ {*second}})
        raise click.ClickException(f"{' and '.join(ONE_STORAGE)} differ in the storage of {', '.join(differing)}")


def _with_names(contract: dict[str, Any], compiled: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Parameters that the contract only hands on, and leaves unnamed, have the names that its interfaces give them."""
    specified = {
        abi_to_signature(entry): entry["inputs"]
        for source, contracts in compiled.items()
        if source.startswith("contracts/interfaces/")
        for each in contracts.values()
        for entry in each["abi"]
        if entry["type"] == "function"
    }
    abi = [
        entry | {"inputs": specified.get(abi_to_signature(entry), entry["inputs"])}
        if entry["type"] == "function" and any(not given["name"] for given in entry["inputs"])
        else entry
        for entry in contract["abi"]
    ]
    return contract | {"abi": abi}


def _artifact(name: str, compiled: dict[str, Any]) -> str:
    data = {
        "name": name,
        "compiler": {"version": SOLC_VERSION} | SETTINGS,
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
    }
    return json.dumps(data, indent=1) + "\n"


if __name__ == "__main__":
    main()
