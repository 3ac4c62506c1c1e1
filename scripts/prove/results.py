"""What the stages found, kept in build/prove.json: a stage that runs alone writes its own figures and leaves the others."""

import json

import click

from scripts.prove.forge import ROOT

Results = dict[str, int | float]

FILE = ROOT / "build" / "prove.json"
KEYS = {
    "fuzz_runs": "runs of each fuzz test",
    "invariants": "invariants",
    "invariant_calls": "calls, after each of which all invariants held",
    "model_steps": "steps of the Python model beside a chain",
    "halmos_properties": "properties proved for all inputs",
    "mutants": "mutants, drawn from all that slither-mutate makes",
    "mutants_killed": "of them killed",
    "line_coverage": "lines of the contract that ran, percent",
    "branch_coverage": "branches of the contract that ran, percent",
    "seeded_bugs": "seeded bugs",
    "seeded_bugs_found": "of them found by the check that should",
}


def keep(found: Results) -> None:
    known = load() | found
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps({key: known.get(key) for key in KEYS}, indent=1) + "\n", "utf-8")


def load() -> Results:
    if not FILE.exists():
        return {}
    return {key: value for key, value in json.loads(FILE.read_text("utf-8")).items() if value is not None}


def show() -> None:
    """The table; a stage that never ran has a dash."""
    known = load()
    for key, words in KEYS.items():
        value = known.get(key)
        click.echo(f"{key:<18} {'–' if value is None else f'{value:,}':>10}  {words}")
