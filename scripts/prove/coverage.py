"""Whether forge's tests run every line of the contracts, and decide every `if` both ways.

Forge's own branch figures say less than they seem to: an `if` without an `else` has one branch for it, and of an `else` it
watches the last jump before its end, which may be another's. So the ways through an `if` are counted here: how often its
body ran, and how often its condition was asked and the body did not run.

What is measured is a copy, hardly optimised, in which each condition and some other words have a twin that the optimiser
does not merge with others (see IF and TWINS). A twin whose words are gone, and a condition that is counted less often than
its body, fail the stage.

Forge can't see, and this stage says nothing of:
- assembly, which is one place to it. Its only decisions are the `if` in PerformanceEscrow._delegate and the `switch` in
  Payment.trySend, of which MoneyTest has a token for each way;
- the sides of `&&`, `||` and `?:`, and a `catch {}` without words. The mutants see to those.
"""

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.prove.forge import FORGE
from scripts.prove.results import Results
from scripts.prove.tree import copied_tree

SKIPPED = ("contracts/mocks/", "contracts/interfaces/", "contracts/types/")
# Words that mean the same in the copy that is measured.
TWINS = [
    # OpenZeppelin's multiproof over calldata does not fit the stack of code that is hardly optimised.
    ("contracts/PerformanceEscrow.sol", "processMultiProofCalldata(", "processMultiProof("),
    # A call without arguments that never returns, and a copy of a variable, leave nothing in the code to be watched.
    ("contracts/PerformanceEscrow.sol", "_delegate();", "_delegate(gasleft());"),
    ("contracts/PerformanceEscrow.sol", "function _delegate() private", "function _delegate(uint256) private"),
    ("contracts/CommitteeChanges.sol", "previous = member;", "previous = members[i];"),
]
# A variable alone is no condition to forge, and of two that are the same the optimiser asks one. What gas is left is another
# each time; it is nothing for a pure function.
IF = re.compile(r"\bif \(")
IF_WITH_GAS = "if ((gasleft() > 0) == ("
PURE = re.compile(r"\bpure\b")
# Each call is traced, which is slow, and nearly every line has a test that needs no luck.
SETTINGS = {
    "FOUNDRY_FUZZ_RUNS": "50",
    "FOUNDRY_INVARIANT_RUNS": "6",
    "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0",
}
ASSEMBLY = re.compile(rb"^( *)assembly [^\n]*\{$.*?^\1\}$", re.M | re.S)
ITEM = re.compile(
    r"- (?P<kind>Line|Statement|Branch)(?: \(branch: \d+, path: (?P<way>\d+)\))?"
    r" \(location: \(source ID: \d+, lines: (?P<line>\d+)\.\.\d+, bytes: (?P<start>\d+)\.\.(?P<end>\d+)\),"
    r" hits: (?P<hits>\d+)\)"
)


@dataclass(frozen=True)
class Item:
    """What forge counts: a line, a statement, or the body of an `if`. `start` and `end` are bytes of the file."""

    kind: str
    way: str
    line: int
    start: int
    end: int
    hits: int


# How often each line, and each way from it, ran: by file, line and way.
Runs = dict[tuple[str, int, str], int]


def coverage(deep: bool) -> Results:
    """Percent of lines and branches, which are 100; every one that did not run is named."""
    with copied_tree() as folder:
        report = _report(folder)
        lines, branches = _runs(_items(report), folder)
    for path, missed in sorted(_missed(lines).items()):
        click.echo(f"  lines of {path} that did not run: {missed}")
    for path, missed in sorted(_missed(branches).items()):
        click.echo(f"  branches of {path} not taken, by line: {missed}")
    found: Results = {"line_coverage": _percent(lines), "branch_coverage": _percent(branches)}
    click.echo(f"  {found['line_coverage']}% of {len(lines)} lines, {found['branch_coverage']}% of {len(branches)} branches")
    if not all(lines.values()) or not all(branches.values()):
        raise click.ClickException("not everything ran")
    return found


def _report(folder: Path) -> str:
    """What forge counts in the copy."""
    _write_twins(folder)
    command = [str(FORGE), "coverage", "--root", str(folder), "--ir-minimum", "--report", "debug"]
    done = subprocess.run(command, cwd=folder, env=os.environ | SETTINGS, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise click.ClickException(f"forge measured nothing:\n{(done.stdout + done.stderr)[-3_000:]}")
    return done.stdout


def _write_twins(folder: Path) -> None:
    for path, words, twin in TWINS:
        text = (folder / path).read_text("utf-8")
        if words not in text:
            raise click.ClickException(f"{path} has no {words!r} any more, for which TWINS has a twin")
        (folder / path).write_text(text.replace(words, twin), "utf-8")
    for file in folder.glob("contracts/**/*.sol"):
        file.write_text(_with_gas(file.read_text("utf-8")), "utf-8")
    for file in [*folder.glob("contracts/**/*.sol"), *folder.glob("tests/**/*.sol")]:
        file.write_text(PURE.sub("view", file.read_text("utf-8")), "utf-8")


def _with_gas(source: str) -> str:
    """Each condition compared with another one, which is true."""
    parts = IF.split(source)
    return parts[0] + "".join(f"{IF_WITH_GAS}{part[:end]}){part[end:]}" for part in parts[1:] for end in [_closing(part)])


def _closing(text: str) -> int:
    """Where the bracket that is open before the text is closed."""
    depth = 1
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return at
    raise click.ClickException(f"no end of the condition {text[:80]!r}")


def _items(report: str) -> dict[str, list[Item]]:
    """Of each contract that is measured, what forge counted."""
    items: dict[str, list[Item]] = defaultdict(list)
    path = ""
    for record in report.splitlines():
        if record.endswith(".sol:"):
            path = record.removesuffix(":")
        elif path.startswith("contracts/") and not path.startswith(SKIPPED) and (found := ITEM.match(record)):
            kind, way, *numbers = found.groups(default="")
            items[path].append(Item(kind, way, *map(int, numbers)))
    return items


def _runs(items: dict[str, list[Item]], folder: Path) -> tuple[Runs, Runs]:
    lines: Runs = {}
    branches: Runs = {}
    for path, counted in items.items():
        source = (folder / path).read_bytes()
        seen = _without_assembly(path, counted, source)
        for item in seen:
            if item.kind == "Line":
                lines[path, item.line, ""] = max(item.hits, lines.get((path, item.line, ""), 0))
            elif item.kind == "Branch" and item.way == "0":
                branches[path, item.line, f"taken {item.start}"] = item.hits
                if not source.startswith(b"try ", item.start):
                    asked = _condition(path, item, seen, source).hits
                    branches[path, item.line, f"passed over {item.start}"] = asked - item.hits
    return lines, branches


def _without_assembly(path: str, items: list[Item], source: bytes) -> list[Item]:
    blocks = [found.span() for found in ASSEMBLY.finditer(source)]
    hidden = [item for item in items if any(start < item.start and item.end < end for start, end in blocks)]
    if any(item.hits for item in hidden):
        raise click.ClickException(f"forge saw assembly of {path} run, which it could not do: measure it")
    return [item for item in items if item not in hidden]


def _condition(path: str, body: Item, items: Iterable[Item], source: bytes) -> Item:
    """Of the `if` with this body: what ends at the bracket before it. Of more than one, the whole."""
    found = [item for item in items if item.end < body.start and source[item.end : body.start].strip() == b")"]
    if not found:
        raise click.ClickException(f"forge does not count the condition of the `if` in {path}, line {body.line}")
    whole = min(found, key=lambda item: item.start)
    if whole.hits < body.hits:
        raise click.ClickException(f"forge counts fewer conditions than bodies of the `if` in {path}, line {body.line}")
    return whole


def _missed(runs: Runs) -> dict[str, str]:
    missed: dict[str, list[str]] = defaultdict(list)
    for (path, line, way), count in sorted(runs.items()):
        if count == 0:
            missed[path].append(f"{line} {way.rpartition(' ')[0]}".strip())
    return {path: ", ".join(found) for path, found in missed.items()}


def _percent(runs: Runs) -> float:
    if not runs:
        raise click.ClickException("forge's report names nothing of the contracts")
    return round(100 * sum(count > 0 for count in runs.values()) / len(runs), 2)
