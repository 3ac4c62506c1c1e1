"""`python -m oracle`: check, once, run, replay, keys new. Reads the settings, once, and gives every error one line."""

import logging
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from escrow import logs
from escrow.errors import EscrowError, UnknownAccount
from oracle.assembly import assemble
from oracle.check import Requirement, requirements
from oracle.daemon import run
from oracle.db.connection import Database
from oracle.db.lease import lease
from oracle.replay import Change, accounts_of, require_readable
from oracle.replay import replay as replay_account
from oracle.settings import OracleSettings, load_settings
from oracle.signer import new_keystore
from oracle.sources import load_sources

json_option = click.option("--json", "as_json", is_flag=True, help="Log one JSON object a line.")


@click.group()
def main() -> None:
    """One oracle: takes in signed events, measures deals, agrees with its peers, signs and submits reports.

    Its settings are environment variables, ESCROW_... and ORACLE_...; `check` says which are missing.
    """


@main.command()
def check() -> None:
    """Look at everything that must be true. The exit code is how many things are not."""
    failed = 0
    for requirement in requirements(lambda: load_settings(os.environ)):
        click.echo(_line(requirement))
        failed += requirement.problem is not None
    sys.exit(failed)


@main.command()
@json_option
def once(as_json: bool) -> None:
    """Run one cycle and say how far each deal came; serve nothing."""
    _guarded(lambda: _once(as_json))


@main.command(name="run")
@json_option
def run_command(as_json: bool) -> None:
    """Serve and cycle until SIGTERM or Ctrl-C."""
    _guarded(lambda: _run(as_json))


@main.command()
@click.option("--account", help="Only this one's messages.")
def replay(account: str | None) -> None:
    """Read the stored messages with the adapters of today, and show which events would be others. Changes nothing.

    The exit code is 1 where anything would.
    """
    _guarded(lambda: _replay(account))


@main.group()
def keys() -> None:
    """Keystore files."""


@keys.command()
@click.argument("keystore", type=click.Path(path_type=Path))
@click.option("--password-file", required=True, type=click.Path(path_type=Path), help="Its text is the password; mode 0600.")
def new(keystore: Path, password_file: Path) -> None:
    """Write a new encrypted key to KEYSTORE, and print its address."""
    _guarded(lambda: click.echo(new_keystore(keystore, password_file)))


def _once(as_json: bool) -> None:
    settings = _configured(as_json)
    with lease(Database(settings.database).path):
        oracle = assemble(settings)
        try:
            oracle.contract.require_deployed()
            _, outcomes = oracle.cycle.run()
        finally:
            oracle.close()
    for outcome in outcomes:
        click.echo(f"{outcome.deal_id}  {outcome.sentence}")


def _run(as_json: bool) -> None:
    settings = _configured(as_json)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with lease(Database(settings.database).path):
        oracle = assemble(settings)
        try:
            run(oracle, stop)
        finally:
            oracle.close()


def _replay(account: str | None) -> None:
    settings = _configured(as_json=False)
    sources = load_sources(settings.sources)
    counts: Counter[Change] = Counter()
    with closing(Database(settings.database)) as database:
        require_readable(database)
        accounts = accounts_of(database)
        if account is not None and account not in accounts:
            raise UnknownAccount(account)
        for name in accounts if account is None else [account]:
            for difference in replay_account(database, sources, name):
                click.echo(str(difference))
                counts[difference.change] += 1
    click.echo(", ".join(f"{counts[change]} {change}" for change in Change))
    sys.exit(1 if counts else 0)


def _configured(as_json: bool) -> OracleSettings:
    # What sources say of people is in the database; nobody else on this machine needs to read it.
    os.umask(0o077)
    settings = load_settings(os.environ)
    logs.configure("oracle", as_json or settings.log_json)
    # These say what they are about to do, each time.
    for library in ("alembic", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
    return settings


def _line(requirement: Requirement) -> str:
    if requirement.problem is None:
        return f"✓ {requirement.name}"
    return f"✗ {requirement.name}: {requirement.problem}\n  → {requirement.remedy}"


def _guarded(command: Callable[[], object]) -> None:
    try:
        command()
    except EscrowError as error:
        click.echo(f"oracle: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
