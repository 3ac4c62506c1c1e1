"""`make soak`: thousands of settlements by real oracles on Anvil, behind the proxy of the tests, under random faults.

SOAK_SETTLEMENTS=50 make soak       fewer than 10,000
SOAK_SEED=7 make soak               the same faults again
"""

import os
import secrets
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path
from random import Random

import click
import structlog

from scripts.soak.play import Failure, Soak, summary
from tests.chain import LocalChain, anvil
from tests.oracle.faults.committee import Committee, lay_ground

SETTLEMENTS = 10_000


def main() -> None:
    """Ends with 1 where a check does not hold, and says how to see it again."""
    wanted = int(os.environ.get("SOAK_SETTLEMENTS", SETTLEMENTS))
    seed = int(os.environ.get("SOAK_SEED", secrets.randbelow(10**9)))
    click.echo(f"seed {seed}, {wanted:,} settlements")
    # The oracles meet a fault every second, and say so.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder, anvil() as url, closing(LocalChain(url)) as chain:
        ground = lay_ground(chain, Path(folder) / "ground")
        with closing(Committee(ground, Path(folder) / "members")) as committee:
            soak = Soak(committee, Random(seed), wanted, click.echo)
            try:
                soak.run()
            except Failure as failure:
                click.echo(f"FAILED: {failure}", err=True)
            except Exception:  # noqa: BLE001
                click.echo(f"FAILED: {traceback.format_exc()}", err=True)
            else:
                _show(soak)
                return
            _show(soak)
            click.echo(f"again: SOAK_SEED={seed} SOAK_SETTLEMENTS={wanted} make soak", err=True)
            sys.exit(1)


def _show(soak: Soak) -> None:
    for name, figure in summary(soak.score):
        click.echo(f"{name:<42}{figure:>10}")


if __name__ == "__main__":
    main()
