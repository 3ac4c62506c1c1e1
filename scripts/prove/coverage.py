"""Which lines and branches of the contracts forge's tests run.

Forge measures code that is hardly optimised, in which OpenZeppelin's multiproof over calldata does not fit the stack; in the
copy that is measured its twin over memory stands in, on the same line.
"""

import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import click

from scripts.prove.forge import FORGE
from scripts.prove.results import Results
from scripts.prove.tree import copied_tree

SKIPPED = ("contracts/mocks/", "contracts/interfaces/", "contracts/types/")
ASSEMBLY = re.compile(r"^( *)assembly .*\{$")


def coverage(deep: bool) -> Results:
    """Percent of lines and branches; every line that did not run is named."""
    with copied_tree() as folder:
        report = _report(folder)
        lines, branches = _runs(report, folder)
    for path, missed in sorted(_missed(lines).items()):
        click.echo(f"  lines of {path} that did not run: {missed}")
    for path, missed in sorted(_missed(branches).items()):
        click.echo(f"  branches of {path} not taken, by line: {missed}")
    return {"line_coverage": _percent(lines), "branch_coverage": _percent(branches)}


Runs = dict[tuple[str, int, str], int]


def _report(folder: Path) -> str:
    for path in (folder / "contracts").glob("*.sol"):
        text = path.read_text("utf-8")
        path.write_text(text.replace("processMultiProofCalldata(", "processMultiProof("), "utf-8")
    report = folder / "lcov.info"
    command = [
        str(FORGE),
        "coverage",
        "--root",
        str(folder),
        "--ir-minimum",
        "--report",
        "lcov",
        "--report-file",
        str(report),
    ]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not report.exists():
        raise click.ClickException(f"forge measured nothing:\n{(done.stdout + done.stderr)[-3_000:]}")
    return report.read_text("utf-8")


def _runs(report: str, folder: Path) -> tuple[Runs, Runs]:
    """How often each line, and each branch of each, ran. Assembly is left out: forge sees none of it run."""
    lines: Runs = {}
    branches: Runs = {}
    path = ""
    hidden: set[int] = set()
    for record in report.splitlines():
        kind, _, rest = record.partition(":")
        if kind == "SF":
            path = rest
            hidden = _assembly(folder / path)
        if not path.startswith("contracts/") or path.startswith(SKIPPED) or kind not in ("DA", "BRDA"):
            continue
        numbers = rest.split(",")
        if int(numbers[0]) in hidden:
            continue
        if kind == "DA":
            lines[path, int(numbers[0]), ""] = int(numbers[1])
        else:
            branches[path, int(numbers[0]), f"{numbers[1]}.{numbers[2]}"] = int(numbers[3].replace("-", "0"))
    return lines, branches


def _assembly(path: Path) -> set[int]:
    """The lines within blocks of assembly."""
    hidden: set[int] = set()
    end = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if end:
            hidden.add(number)
            end = "" if line.startswith(end) else end
        elif begin := ASSEMBLY.match(line):
            end = f"{begin[1]}}}"
    return hidden


def _missed(runs: Runs) -> dict[str, str]:
    missed: dict[str, list[int]] = defaultdict(list)
    for (path, line, _), count in runs.items():
        if count == 0:
            missed[path].append(line)
    return {path: ", ".join(str(line) for line in sorted(set(found))) for path, found in missed.items()}


def _percent(runs: Runs) -> float:
    if not runs:
        raise click.ClickException("forge's report names no line of the contracts")
    return round(100 * sum(count > 0 for count in runs.values()) / len(runs), 2)
