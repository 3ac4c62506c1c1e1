"""Many rows by few statements. The driver lets other threads run around each statement, and under load it waits for them
before it goes on, so that a statement a row makes a group of messages wait dozens of times.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, TextClause, text

MOST_VALUES = 900
"""In one statement: below the least limit that any SQLite was built with, 999."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """All rows have the same columns, with values as the driver takes them."""
    if not rows:
        return
    names = tuple(rows[0])
    size = MOST_VALUES // len(names)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        values = {f"{name}_{at}": row[name] for at, row in enumerate(part) for name in names}
        connection.execute(_statement(table.name, names, len(part)), values)


@lru_cache(maxsize=256)
def _statement(table: str, names: tuple[str, ...], count: int) -> TextClause:
    """Both names are this program's own."""
    values = ", ".join(f"({', '.join(f':{name}_{at}' for name in names)})" for at in range(count))
    return text(f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}")  # noqa: S608
