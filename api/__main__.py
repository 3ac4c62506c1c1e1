"""`python -m api serve | index | reindex`. Reads the settings, makes the parts and runs one of the three."""

import signal
import sys
import time
from contextlib import closing
from threading import Event

import click
import uvicorn

from api.app import create_app
from api.deps import make_services
from api.indexer.run import Indexer
from api.settings import ApiSettings
from escrow.errors import EscrowError
from escrow.logs import configure
from escrow.settings import load


def clock() -> int:
    return time.time_ns() // 10**9


@click.group()
def main() -> None:
    """The web side: pages and JSON over an index of the chain."""


@main.command()
def serve() -> None:
    """Answer requests. Reads the index and writes nothing into it."""
    settings = load(ApiSettings)
    configure("api", settings.log_json)
    with closing(make_services(settings, clock)) as services:
        uvicorn.run(
            create_app(services),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
        )


@main.command()
def index() -> None:
    """Follow the chain into the index, until told to stop."""
    settings = load(ApiSettings)
    configure("index", settings.log_json)
    with Indexer(settings, clock, _stopping()) as indexer:
        indexer.follow()


@main.command()
def reindex() -> None:
    """Drop all rows, read the chain anew up to its newest block, and print the digest of the rows."""
    settings = load(ApiSettings)
    configure("reindex", settings.log_json)
    with Indexer(settings, clock, _stopping()) as indexer:
        found = indexer.rebuild()
    if found is None:
        raise click.ClickException("stopped before the newest block was read")
    click.echo(found)


def _stopping() -> Event:
    """Set by SIGINT and SIGTERM."""
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


if __name__ == "__main__":
    try:
        main()
    except EscrowError as error:
        print(f"api: {error}", file=sys.stderr)
        sys.exit(1)
