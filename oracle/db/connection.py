"""Connections to the database: SQLite in WAL mode. One writer at a time, any number of readers.

Each commit is on the disk before it returns (synchronous = FULL), for all tables: the journal must never forget what
was signed, the outbox what was sent; and a message that was answered with 202 will not come again, so an oracle that
lost it would differ from its peers for ever.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from escrow.errors import DatabaseProblem

BUSY_SECONDS = 30
MOST_READERS = 48
"""As many as the threads that answer requests, and the cycle."""


class Database:
    """`address` is a path or an SQLAlchemy URL. Nothing is opened yet."""

    def __init__(self, address: str) -> None:
        url = make_url(address if "://" in address else f"sqlite:///{address}")
        if url.get_backend_name() != "sqlite" or not url.database:
            raise DatabaseProblem(url.render_as_string(), "is no SQLite file, which is all this version takes")
        self.path = Path(url.database)
        options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}}
        self._writer = create_engine(url, pool_size=1, **options)
        self._reader = create_engine(url, pool_size=MOST_READERS, max_overflow=0, **options)
        self._turn = threading.Lock()
        _prepare(self._writer, writes=True)
        _prepare(self._reader, writes=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, on the disk at the end. Threads wait here for each other, since SQLite would make them poll."""
        with self._turn, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One state of the database, whatever is written meanwhile."""
        with self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def _prepare(engine: Engine, *, writes: bool) -> None:
    # Transactions are begun by hand, since the driver would run DDL outside of them.
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
