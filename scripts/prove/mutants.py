"""Changes the contracts in all ways of slither-mutate, one at a time, and sees whether forge notices. A survivor that can't
be told from the original is explained in tests/mutants.toml.

All of them are thousands, at up to a minute each: a sample is tried, the same in each run as long as the lines are the same.
MUTANTS_SAMPLE=2000 tries more and MUTANTS_SAMPLE=all every one; MUTANTS_FILE=PayoutMath keeps to one file.
"""

import hashlib
import json
import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.prove import forge
from scripts.prove.inputs import PROVE
from scripts.prove.results import Results
from scripts.prove.tree import copied_tree

EXPLAINED = forge.ROOT / "tests" / "mutants.toml"
SURVIVORS = forge.ROOT / "build" / "survivors.json"
LEAST_KILLED = 95
SAMPLE = "400"
# The tests that draw nothing first, then few runs, since most mutants die at once; what lives through both meets as many
# runs as in `make test`.
DRAWS_NOTHING = ("--match-test", "^test_")
QUICK = {"FOUNDRY_FUZZ_RUNS": "100", "FOUNDRY_INVARIANT_RUNS": "8", "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0"}
THOROUGH = {"FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0"}


@dataclass(frozen=True)
class Mutant:
    """Bytes `start` to `end` of a file become `new`."""

    file: str
    operator: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def name(self) -> str:
        """Without the line, which moves with every edit."""
        return f"{self.file}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"


def mutants(deep: bool) -> Results:
    """Enough are killed, and each survivor is explained. Those of one file alone write no figure."""
    one_file = os.environ.get("MUTANTS_FILE", "")
    alive: list[Mutant] = []
    tried = 0
    with copied_tree() as folder:
        for mutant in _sample([mutant for mutant in _listed(folder) if one_file in mutant.file]):
            verdict = _verdict(mutant, folder)
            tried += verdict != "invalid"
            if verdict == "alive":
                alive.append(mutant)
                click.echo(f"  ALIVE  {mutant.operator} {mutant.file}:{mutant.line} {mutant.name.partition(': ')[2]}")
    killed = tried - len(alive)
    SURVIVORS.write_text(json.dumps([vars(mutant) | {"name": mutant.name} for mutant in alive], indent=1) + "\n", "utf-8")
    click.echo(f"  {killed} of {tried} killed")
    unexplained = {mutant.name for mutant in alive} - _explained()
    if unexplained:
        raise click.ClickException(f"{len(unexplained)} survivors that {EXPLAINED.name} does not explain, see {SURVIVORS}")
    if killed * 100 < LEAST_KILLED * tried:
        raise click.ClickException(f"fewer than {LEAST_KILLED}% are killed")
    return {} if one_file else {"mutants": tried, "mutants_killed": killed}


def _sample(mutants: list[Mutant]) -> list[Mutant]:
    """In an order that says nothing of the place, so that the first are as good as any."""
    size = os.environ.get("MUTANTS_SAMPLE", SAMPLE)
    mixed = sorted(mutants, key=lambda mutant: hashlib.sha256(f"{mutant.operator} {mutant.name}".encode()).digest())
    return mixed if size == "all" else mixed[: int(size)]


def _listed(folder: Path) -> list[Mutant]:
    """All mutants, made by slither in an environment of its own."""
    path = f"{forge.ROOT / 'tools' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [str(PROVE / "python"), str(forge.ROOT / "tools" / "list_mutants.py")]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise click.ClickException(f"slither lists no mutants:\n{done.stderr[-3_000:]}")
    return [Mutant(**mutant) for mutant in json.loads(done.stdout)]


def _verdict(mutant: Mutant, folder: Path) -> str:
    path = folder / mutant.file
    original = path.read_bytes()
    path.write_bytes(original[: mutant.start] + mutant.new.encode() + original[mutant.end :])
    try:
        if not _compiles(folder):
            return "invalid"
        tries = [(THOROUGH, DRAWS_NOTHING), (QUICK, ()), (THOROUGH, ())]
        return "alive" if all(_passes(folder, settings, *chosen) for settings, chosen in tries) else "killed"
    finally:
        path.write_bytes(original)


def _compiles(folder: Path) -> bool:
    command = [str(forge.FORGE), "build", "--root", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def _passes(folder: Path, settings: dict[str, str], *chosen: str) -> bool:
    """By the exit code of forge, which the canary has tested."""
    command = [str(forge.FORGE), "test", "--root", str(folder), "--fail-fast", *chosen]
    return subprocess.run(command, cwd=folder, env=os.environ | settings, capture_output=True, check=False).returncode == 0


def _explained() -> set[str]:
    """Why a survivor can't be noticed, by its name."""
    return set(tomllib.loads(EXPLAINED.read_text("utf-8"))) if EXPLAINED.exists() else set()
