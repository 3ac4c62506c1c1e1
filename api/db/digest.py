"""One hash over all rows that follow from the chain, the same for any two indexes of it. Knows tables by their metadata."""

import hashlib

from sqlalchemy import Connection, select

from api.db.models import EVENT_TABLES, Base, Block


def digest(connection: Connection) -> str:
    """Left out is what depends on when the node was asked: the cursor, checkpoints, and what tokens said."""
    hasher = hashlib.sha256()
    tables: list[type[Base]] = [Block, *EVENT_TABLES]
    for table in tables:
        columns = table.__table__.columns
        order = [column for column in columns if column.primary_key]
        hasher.update(f"{table.__tablename__}: {', '.join(sorted(columns.keys()))}\n".encode())
        rows = connection.execute(select(*(columns[name] for name in sorted(columns.keys()))).order_by(*order))
        for row in rows:
            hasher.update(f"{tuple(row)!r}\n".encode())
    return hasher.hexdigest()
