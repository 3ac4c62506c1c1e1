"""Connections to the index's database: SQLite in WAL mode, or any other by its URL."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

BUSY_SECONDS = 30


def open_database(url: str, *, writes: bool = False) -> Engine:
    """Without `writes` nothing can be changed through it. Nothing is opened yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # A reader sees one state of the index for as long as it asks, as in SQLite.
        options = {} if writes else {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return create_engine(parsed, pool_pre_ping=True, execution_options=options)
    if writes and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    _prepare_sqlite(engine, writes)
    return engine


def _prepare_sqlite(engine: Engine, writes: bool) -> None:
    # Transactions are begun by hand, since the driver would run DDL outside of them. A writer takes its lock at once:
    # waiting for it later could fail after the work is done.
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        else:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
