"""Runs forge and reads its answer. Knows the binary and its JSON; knows nothing of what the tests say."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
FORGE = ROOT / "tools" / "bin" / "forge"
TESTS = Path("tests") / "forge"


@dataclass(frozen=True)
class Outcome:
    """Of one test."""

    contract: str
    test: str
    passed: bool
    reason: str
    runs: int
    calls: int


def run(*arguments: str, profile: str = "default", folder: Path = ROOT, **settings: str) -> list[Outcome]:
    """The outcome of each test that the arguments choose. Fails where nothing ran, or where forge's exit code says another
    thing than its answer."""
    environment = os.environ | {"FOUNDRY_PROFILE": profile} | settings
    command = [str(FORGE), "test", "--root", str(folder), "--json", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    outcomes = [outcome for line in done.stdout.splitlines() for outcome in _outcomes(line)]
    if not outcomes:
        raise click.ClickException(f"forge ran no test:\n{(done.stderr or done.stdout)[-3_000:]}")
    if (done.returncode == 0) != all(outcome.passed for outcome in outcomes):
        raise click.ClickException(f"forge ended with {done.returncode}, which is not what it answered")
    return outcomes


def show(outcomes: list[Outcome]) -> None:
    """A line a test; one that failed with its reason."""
    for outcome in outcomes:
        size = f"{outcome.calls:,} calls" if outcome.calls else f"{outcome.runs:,} runs"
        click.echo(f"  {'ok    ' if outcome.passed else 'FAILED'} {outcome.contract}.{outcome.test}: {size}")
        if not outcome.passed:
            click.echo(f"         {outcome.reason}")


def require_passed(outcomes: list[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if failed:
        raise click.ClickException(f"{len(failed)} of {len(outcomes)} tests failed, the first is {failed[0].test}")


def _outcomes(line: str) -> list[Outcome]:
    """Forge prints its events as JSON lines too; the answer is the one that holds suites."""
    if not line.startswith("{"):
        return []
    suites: dict[str, Any] = json.loads(line)
    return [
        _outcome(suite, test, result)
        for suite, content in suites.items()
        if isinstance(content, dict) and "test_results" in content
        for test, result in content["test_results"].items()
    ]


def _outcome(suite: str, test: str, result: dict[str, Any]) -> Outcome:
    kind: dict[str, Any] = next(iter(result["kind"].values()))
    reason = str(result["reason"] or "no reason given")
    if result["counterexample"]:
        reason += f"; counterexample: {_example(result['counterexample'])}"
    return Outcome(
        contract=suite.rpartition(":")[2],
        test=test.partition("(")[0],
        passed=result["status"] == "Success",
        reason=reason,
        runs=kind.get("runs", 1),
        calls=kind.get("calls", 0),
    )


def _example(counterexample: dict[str, Any]) -> str:
    """Arguments of one call, or the calls of a life, shortest as forge found it."""
    if "Single" in counterexample:
        return str(counterexample["Single"].get("args"))[:1_000]
    calls = counterexample.get("Sequence", [[], []])[1]
    return "".join(f"\n           {call.get('signature')} {call.get('args')}" for call in calls)
