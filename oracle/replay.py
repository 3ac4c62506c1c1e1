"""The stored raw messages read once more, by the adapters of today: which events would be others. Changes nothing.

Knows deliveries and events as they are kept. A message is not verified again: that it came is what the ledger says.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from escrow.errors import DatabaseProblem, EscrowError
from escrow.measure import Event
from oracle.db import schema
from oracle.db.connection import Database
from oracle.db.tables import delivery, event
from oracle.ledger import MOST_NAMES, SHAPE, event_of
from oracle.sources import Message, Source

AT_ONCE = 200
"""Messages, whose bodies are held together."""


class Change(StrEnum):
    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    """The message would give no event any more, by the reason that stands beside it."""


@dataclass(frozen=True)
class Difference:
    """`name` is the event's, or the message's where that is unreadable."""

    change: Change
    account: str
    name: str
    words: str

    def __str__(self) -> str:
        return f"{self.change:<10}  {self.account}  {self.name}  {self.words}".rstrip()


def require_readable(database: Database) -> None:
    """DatabaseProblem where there is none, or one of another version, which this command does not change."""
    if not database.path.exists():
        raise DatabaseProblem(str(database.path), "is not there")
    with database.read() as connection:
        found = schema.revision(connection)
    if found != schema.newest():
        words = f"is of version {found}, not {schema.newest()}; the oracle brings it up to date when it starts"
        raise DatabaseProblem(str(database.path), words)


def accounts_of(database: Database) -> list[str]:
    """Those that anything was heard from."""
    with database.read() as connection:
        return list(
            connection.execute(select(delivery.c.source_account).distinct().order_by(delivery.c.source_account)).scalars()
        )


def replay(database: Database, sources: Mapping[str, Source], account: str) -> Iterator[Difference]:
    """Message by message as they came, then what no message gives any more."""
    source = sources.get(account)
    if source is None:
        yield Difference(Change.UNREADABLE, account, "all messages", "the account is none of this oracle's sources")
        return
    with database.read() as connection:
        seen: set[str] = set()
        for rows in connection.execute(
            select(delivery).where(delivery.c.source_account == account).order_by(delivery.c.id)
        ).partitions(AT_ONCE):
            new: dict[str, Event] = {}
            for row in rows:
                try:
                    events = source.events(_message(row))
                except EscrowError as problem:
                    yield Difference(Change.UNREADABLE, account, row.message_id, str(problem))
                    continue
                for one in events:
                    if one.source_event_id not in seen:
                        new.setdefault(one.source_event_id, one)
            seen |= new.keys()
            yield from _compared(connection, account, new)
        names = select(event.c.source_event_id).where(event.c.source_account == account).order_by(event.c.id)
        for name in connection.execute(names).scalars():
            if name not in seen:
                yield Difference(Change.GONE, account, name, "")


def _compared(connection: Connection, account: str, events: Mapping[str, Event]) -> Iterator[Difference]:
    names, stored = list(events), {}
    for start in range(0, len(names), MOST_NAMES):
        query = select(*SHAPE).where(
            event.c.source_account == account, event.c.source_event_id.in_(names[start : start + MOST_NAMES])
        )
        stored.update({row.source_event_id: event_of(row) for row in connection.execute(query)})
    for name, now in events.items():
        before = stored.get(name)
        if before is None:
            yield Difference(Change.ADDED, account, name, f"{now.kind} of {now.goal}")
        elif before != now:
            yield Difference(Change.CHANGED, account, name, _difference(before.to_json(), now.to_json()))


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {before[name]!r} → {now[name]!r}" for name in before if before[name] != now[name])


def _message(row: Any) -> Message:
    return Message(json.loads(row.headers), row.body, row.method, row.target, row.received_at)
