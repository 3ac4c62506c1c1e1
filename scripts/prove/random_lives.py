"""The stages that forge plays: the canary, the fuzz tests and the invariants."""

import re
import secrets

import click

from scripts.prove import forge
from scripts.prove.results import Results

PROMISES = forge.ROOT / forge.TESTS / "world" / "Promises.sol"
SENTENCES = forge.ROOT / forge.TESTS / "PROMISES.md"
AFTER_LIFE = "everybody_can_leave"
CANARIES = 3


def canary(deep: bool) -> Results:
    """Tests that must fail do: an assertion, a fuzzed one and an invariant."""
    outcomes = forge.run("--match-contract", "^Canary$", profile="canary")
    if len(outcomes) != CANARIES or any(outcome.passed for outcome in outcomes):
        raise click.ClickException("a test that must fail passed: nothing that forge says can be believed")
    click.echo(f"  ok     {CANARIES} tests that must fail do")
    return {}


def fuzz(deep: bool) -> Results:
    """All inputs of one call, drawn at random; and the tests that draw nothing."""
    outcomes = forge.run("--no-match-contract", "^Canary$|InvariantTest$", *_profile(deep), profile=_name(deep))
    forge.show(outcomes)
    forge.require_passed(outcomes)
    return {"fuzz_runs": min(outcome.runs for outcome in outcomes if outcome.test.startswith("testFuzz_"))}


def invariants(deep: bool) -> Results:
    """All orders of calls, drawn at random."""
    names = promises()
    odd = names ^ sentences()
    if odd:
        raise click.ClickException(f"checks and sentences of {SENTENCES.name} differ: {', '.join(sorted(odd))}")
    outcomes = forge.run("--match-contract", "InvariantTest$", *_profile(deep), profile=_name(deep))
    forge.show(outcomes)
    forge.require_passed(outcomes)
    return {"invariants": len(names), "invariant_calls": sum(outcome.calls for outcome in outcomes)}


def promises() -> set[str]:
    """The names of what holds after every call, and after the last one."""
    return set(re.findall(r'_is\(asked, "(\w+)"\)', PROMISES.read_text("utf-8"))) | {AFTER_LIFE}


def sentences() -> set[str]:
    return set(re.findall(r"^- `(\w+)`", SENTENCES.read_text("utf-8"), re.M))


def _name(deep: bool) -> str:
    return "deep" if deep else "default"


def _profile(deep: bool) -> list[str]:
    """The deep runs draw anew each time, and say how to draw the same again."""
    if not deep:
        return []
    seed = f"0x{secrets.token_hex(8)}"
    click.echo(f"  seed {seed}")
    return ["--fuzz-seed", seed]
