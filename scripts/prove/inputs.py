"""Proofs for all inputs: halmos runs the bytecode of tests/halmos on symbols, and a solver looks for one that breaks an
assertion."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import click

from scripts.prove.forge import ROOT
from scripts.prove.results import Results

PROVE = ROOT / ".venv-prove" / "bin"
PROVED = 0
# Words a list has at most in the proofs.
LONGEST_LOOP = 16
PATIENCE = "120s"


def halmos(deep: bool) -> Results:
    """Every property holds, on at least one path that ends well."""
    answers = _answers()
    for name, (code, paths) in sorted(answers.items()):
        click.echo(f"  {'proved' if code == PROVED else 'FAILED'} {name}: {paths:,} paths")
    unproved = [name for name, (code, _) in answers.items() if code != PROVED]
    if unproved:
        raise click.ClickException(f"not proved: {', '.join(sorted(unproved))}")
    return {"halmos_properties": len(answers)}


def _answers() -> dict[str, tuple[int, int]]:
    """Exit code and number of paths of each property. Its words come from halmos where it did not get so far."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [str(PROVE / "halmos"), "--root", str(ROOT), "--forge-build-out", "build/halmos", "--no-status"]
        command += ["--loop", str(LONGEST_LOOP), "--solver-timeout-assertion", PATIENCE, "--json-output", str(answer)]
        command += ["--solver-command", f"{PROVE / 'yices-smt2'} --smt2-model-format"]
        path = f"{ROOT / 'tools' / 'bin'}{os.pathsep}{PROVE}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"FOUNDRY_PROFILE": "halmos", "PATH": path}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if not answer.exists():
            raise click.ClickException(f"halmos proved nothing:\n{(done.stdout + done.stderr)[-3_000:]}")
        contracts = json.loads(answer.read_text("utf-8"))["test_results"]
    return {
        f"{contract.rpartition(':')[2]}.{test['name'].partition('(')[0]}": (test["exitcode"], test["num_paths"][0])
        for contract, tests in contracts.items()
        for test in tests
    }
