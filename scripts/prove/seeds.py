"""Bugs that were put into the contract on purpose, a patch each in tests/seeded: the check that a patch names must find
it. A check that finds no bug is no check, so every invariant has one."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.prove import forge, random_lives
from scripts.prove.results import Results
from scripts.prove.tree import copied_tree

FOLDER = forge.ROOT / "tests" / "seeded"
CHECK = re.compile(r"^Found by: (invariant|fuzz) (\w+)$", re.M)
# Which life failed is of no interest here, the shortest one even less.
NO_SHRINKING = {"FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0"}


@dataclass(frozen=True)
class Seed:
    """One bug, and the one check that must find it."""

    patch: Path
    kind: str
    check: str


def seeds(deep: bool) -> Results:
    """Each bug is found by the check that its patch names, and no invariant is without a bug."""
    planted = [_seed(path) for path in sorted(FOLDER.glob("*.patch"))]
    unproved = random_lives.promises() - {seed.check for seed in planted}
    if unproved:
        raise click.ClickException(f"invariants that no seeded bug breaks: {', '.join(sorted(unproved))}")
    found = 0
    with copied_tree() as folder:
        for seed in planted:
            answer = _answer(seed, folder)
            found += answer == "found"
            click.echo(f"  {answer:<9} {seed.patch.stem}, by {seed.kind} {seed.check}")
    if found < len(planted):
        raise click.ClickException(f"{len(planted) - found} of {len(planted)} seeded bugs were not found")
    return {"seeded_bugs": len(planted), "seeded_bugs_found": found}


def _seed(path: Path) -> Seed:
    named = CHECK.search(path.read_text("utf-8"))
    if not named:
        raise click.ClickException(f"{path.name} does not say which check finds it")
    return Seed(path, named[1], named[2])


def _answer(seed: Seed, folder: Path) -> str:
    """Applies the bug, asks the check, takes the bug out again."""
    if not _patch(seed, folder):
        return "OUTDATED"
    try:
        return "found" if _is_found(seed, folder) else "NOT FOUND"
    finally:
        _patch(seed, folder, "--reverse")


def _is_found(seed: Seed, folder: Path) -> bool:
    if seed.kind == "fuzz":
        outcomes = forge.run("--match-test", rf"^{seed.check}\(", folder=folder)
        return not all(outcome.passed for outcome in outcomes)
    outcomes = forge.run("--match-contract", "InvariantTest$", folder=folder, PROMISE=seed.check, **NO_SHRINKING)
    return any(not outcome.passed and seed.check in outcome.reason for outcome in outcomes)


def _patch(seed: Seed, folder: Path, *options: str) -> bool:
    command = ["git", "apply", *options, str(seed.patch)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
