"""The deep proofs, a stage each, alone or in a row.

python -m scripts.prove                       every stage, and the table
python -m scripts.prove fuzz seeds            these alone
python -m scripts.prove --quick fuzz          as much of it as `make test` does
"""

import time
from collections.abc import Callable

import click

from scripts.prove import coverage, inputs, model, mutants, random_lives, results, rules, seeds
from scripts.prove.results import Results

STAGES: dict[str, Callable[[bool], Results]] = {
    "canary": random_lives.canary,
    "fuzz": random_lives.fuzz,
    "invariants": random_lives.invariants,
    "seeds": seeds.seeds,
    "halmos": inputs.halmos,
    "slither": rules.slither,
    "coverage": coverage.coverage,
    "model": model.model,
    "mutants": mutants.mutants,
}
QUICK = ("canary", "fuzz", "invariants")


@click.command(epilog=f"Stages: {', '.join(STAGES)}.")
@click.argument("stages", nargs=-1, type=click.Choice(list(STAGES)), metavar="[STAGE]...")
@click.option("--quick", is_flag=True, help="Small numbers, the same in each run; nothing is written.")
def main(stages: tuple[str, ...], quick: bool) -> None:
    """Try hard to break the contract."""
    chosen = stages or (QUICK if quick else tuple(STAGES))
    failed = [name for name in chosen if not _passes(name, deep=not quick)]
    if not quick:
        results.show()
    if failed:
        raise click.ClickException(f"failed: {', '.join(failed)}")


def _passes(name: str, deep: bool) -> bool:
    """Runs a stage and keeps what it found. Without its canary nothing else runs."""
    click.echo(name)
    start = time.monotonic()
    try:
        found = STAGES[name](deep)
    except click.ClickException as problem:
        click.echo(f"  {problem.format_message()}", err=True)
        if name == "canary":
            raise
        return False
    if deep:
        results.keep(found)
    click.echo(f"{name}: done, {time.monotonic() - start:.0f} s")
    return True


if __name__ == "__main__":
    main()
