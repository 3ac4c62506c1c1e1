"""Compiles the contracts and writes what the product needs of them to `escrow/abi`, or checks that.

    python -m scripts.export_abi            writes
    python -m scripts.export_abi --check    compares, and fails with the file that differs

The input is Brownie's (brownie-config.yaml): what is tested there is, byte for byte, what is deployed from here.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click
import solcx
from solcx.exceptions import SolcError

ROOT = Path(__file__).resolve().parent.parent
SOLC_VERSION = "0.8.30"
SOLC = ROOT / ".tools" / "solcx" / f"solc-v{SOLC_VERSION}"
EXPORTED = {
    "PerformanceEscrow": "contracts/PerformanceEscrow.sol",
    "TestDollar": "contracts/mocks/TestDollar.sol",
}
SETTINGS: dict[str, Any] = {
    "evmVersion": "shanghai",
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 10_000},
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
    return {name: _artifact(name, compiled[source][name]) for name, source in EXPORTED.items()}


def compile_contracts(pattern: str = "**/*.sol") -> dict[str, dict[str, Any]]:
    """Those of contracts/ and what they import, by source and name; each has `abi` and `evm.bytecode.object`."""
    if not SOLC.exists():
        raise click.ClickException(f"no Solidity compiler at {SOLC}; run: make setup")
    sources = sorted((ROOT / "contracts").glob(pattern))
    request = {
        "language": "Solidity",
        "sources": {path.relative_to(ROOT).as_posix(): {"content": path.read_text("utf-8")} for path in sources},
        "settings": SETTINGS | {"outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}}},
    }
    try:
        output = solcx.compile_standard(request, solc_binary=SOLC, base_path=ROOT, allow_paths=ROOT)
    except SolcError as error:
        raise click.ClickException(f"contracts do not compile: {error}") from error
    contracts: dict[str, dict[str, Any]] = output["contracts"]
    return contracts


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
