"""Measures what calls cost, prints it beside other escrows, and compares it with the committed snapshot.

python -m scripts.gas            the table; fails where a row is more than 2% worse than the snapshot
python -m scripts.gas --check    the same without the table
python -m scripts.gas --write    the figures are the new snapshot
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from escrow.errors import EscrowError
from scripts.gas.chain import ROOT, SETTING, LifeProblem, gas_chain
from scripts.gas.compare import differences, improvements
from scripts.gas.deal import hold_other_deals
from scripts.gas.lives import measure_lives
from scripts.gas.many import measure_many
from scripts.gas.table import rows_table, targets_table
from scripts.processes import StackProblem

PEERS = Path(__file__).with_name("peers.json")
SNAPSHOT = Path(__file__).with_name("snapshot.json")


@click.command()
@click.option("--check", is_flag=True, help="Print only what is wrong.")
@click.option("--write", is_flag=True, help="Keep the figures as the snapshot.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "build" / "gas.json", help="Where they go.")
@click.option("--snapshot", type=click.Path(path_type=Path), default=SNAPSHOT, help="What they are compared with.")
def main(check: bool, write: bool, output: Path, snapshot: Path) -> None:
    """Measure gas."""
    try:
        rows = measure()
    except (EscrowError, LifeProblem, StackProblem) as problem:
        raise click.ClickException(f"gas was not measured: {problem}") from problem
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(_text(rows), "utf-8")
    if not check:
        _say(SETTING, "", *rows_table(rows, _read(PEERS)["rows"]), "", *targets_table(rows))
    if write:
        snapshot.write_text(_text(rows), "utf-8")
        return
    kept = _read(snapshot) if snapshot.exists() else {}
    if better := improvements(rows, kept):
        _say("", *better, "To keep that: make gas-snapshot")
    if wrong := differences(rows, kept):
        click.echo("\n".join([*wrong, "If that is meant: make gas-snapshot"]), err=True)
        sys.exit(1)


def measure() -> dict[str, int]:
    """Gas by row, on a chain of its own."""
    with gas_chain() as chain:
        hold_other_deals(chain)
        return measure_lives(chain) | measure_many(chain)


def _text(rows: Mapping[str, int]) -> str:
    return json.dumps(rows, indent=1) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{path} is not JSON: {error}") from error
    return data


def _say(*lines: str) -> None:
    click.echo("\n".join(lines))


if __name__ == "__main__":
    main()
