"""What this oracle heard: each message's raw bytes, and the events that were in it. Rows are added and never changed.

Knows events and deliveries; knows no adapter, no agreement and no chain.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from escrow.errors import EventConflict, ReplayMismatch
from escrow.ids import Timestamp
from escrow.measure import Event, Kind
from oracle.db.connection import Database
from oracle.db.tables import delivery, event

MOST_NAMES = 500
"""In one query: below the least limit that any SQLite was built with, 999."""

_SHAPE = (
    event.c.source,
    event.c.source_account,
    event.c.source_event_id,
    event.c.kind,
    event.c.goal,
    event.c.unit_id,
    event.c.occurred_at,
    event.c.quantity,
    event.c.value_minor,
    event.c.currency,
    event.c.currency_exponent,
    event.c.attributes,
)
_KINDS = {str(kind): kind for kind in Kind}


@dataclass(frozen=True)
class Delivery:
    """One verified message, as it is kept."""

    account: str
    message_id: str
    adapter_version: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a sender is told: events that were new, and those that were known already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True)
class EventFilter:
    """What an agreement can count as of some time: events of these accounts and this goal that occurred before."""

    accounts: Collection[str]
    goal: str
    before: int


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def first_answer(self, account: str, message_id: str, sha256: str) -> Answer | None:
        """To the same message when it came before; ReplayMismatch where that had other bytes."""
        with self._database.read() as connection:
            return _first_answer(connection, account, message_id, sha256)

    def record(self, message: Delivery, events: Sequence[Event]) -> Answer:
        """The message and its new events are on the disk, all or none.

        EventConflict for an event that is known with another content.
        """
        sha256 = message.sha256
        with self._database.write() as connection:
            answer = _first_answer(connection, message.account, message.message_id, sha256)
            if answer is not None:
                return answer
            known = _known(connection, message.account, [one.source_event_id for one in events])
            new = _new_events(events, known)
            answer = Answer(len(new), len(events) - len(new))
            delivery_id = _insert_delivery(connection, message, sha256, answer)
            if new:
                connection.execute(insert(event), [_row(one, message, delivery_id) for one in new])
            return answer

    def position(self) -> int:
        """How far it has grown: the last event's number."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(event.c.id), 0))).scalar_one())

    def events(self, wanted: EventFilter, position: int) -> list[Event]:
        """Those that were known at that position, in no particular order."""
        query = _matching(select(*_SHAPE), wanted).where(event.c.id <= position)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def has_news(self, wanted: EventFilter, after: int, position: int) -> bool:
        """Whether any of them came later than `after`, up to the position."""
        # Read by number and compared here: only what came since is looked at, however much there was before.
        query = (
            select(event.c.source_account, event.c.goal, event.c.occurred_at)
            .where(event.c.id > after, event.c.id <= position)
            .order_by(event.c.id)
        )
        with self._database.read() as connection:
            return any(
                row.source_account in wanted.accounts and row.goal == wanted.goal and row.occurred_at < wanted.before
                for row in connection.execute(query)
            )

    def counts(self) -> dict[str, int]:
        """Messages and events so far."""
        with self._database.read() as connection:
            return {
                table.name: connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
                for table in (delivery, event)
            }


def _first_answer(connection: Connection, account: str, message_id: str, sha256: str) -> Answer | None:
    query = select(delivery.c.sha256, delivery.c.accepted, delivery.c.duplicates).where(
        delivery.c.source_account == account, delivery.c.message_id == message_id
    )
    found = connection.execute(query).first()
    if found is None:
        return None
    if found.sha256 != sha256:
        raise ReplayMismatch(message_id)
    return Answer(found.accepted, found.duplicates)


def _known(connection: Connection, account: str, ids: Sequence[str]) -> dict[str, Event]:
    known = {}
    for start in range(0, len(ids), MOST_NAMES):
        query = select(*_SHAPE).where(
            event.c.source_account == account, event.c.source_event_id.in_(ids[start : start + MOST_NAMES])
        )
        known.update({row.source_event_id: _event(row) for row in connection.execute(query)})
    return known


def _new_events(events: Iterable[Event], known: Mapping[str, Event]) -> list[Event]:
    """Each once."""
    seen = dict(known)
    new = []
    for one in events:
        before = seen.setdefault(one.source_event_id, one)
        if before is one:
            new.append(one)
        elif before != one:
            raise EventConflict(one.source_account, one.source_event_id)
    return new


def _insert_delivery(connection: Connection, message: Delivery, sha256: str, answer: Answer) -> int:
    result = connection.execute(
        insert(delivery).values(
            source_account=message.account,
            message_id=message.message_id,
            adapter_version=message.adapter_version,
            headers=json.dumps(dict(message.headers)),
            body=message.body,
            sha256=sha256,
            received_at=message.received_at,
            accepted=answer.accepted,
            duplicates=answer.duplicates,
        )
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def _row(one: Event, message: Delivery, delivery_id: int) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "adapter_version": message.adapter_version,
        "received_at": message.received_at,
        "source": one.source,
        "source_account": one.source_account,
        "source_event_id": one.source_event_id,
        "kind": str(one.kind),
        "goal": one.goal,
        "unit_id": one.unit_id,
        "occurred_at": one.occurred_at,
        "quantity": one.quantity,
        "value_minor": None if one.value_minor is None else str(one.value_minor),
        "currency": one.currency,
        "currency_exponent": one.currency_exponent,
        "attributes": json.dumps(dict(one.attributes), separators=(",", ":")),
    }


def _matching(query: Select[Any], wanted: EventFilter) -> Select[Any]:
    return query.where(
        event.c.source_account.in_(sorted(wanted.accounts)),
        event.c.goal == wanted.goal,
        event.c.occurred_at < wanted.before,
    )


def _event(row: Any) -> Event:
    source, account, name, kind, goal, unit, at, quantity, value, currency, exponent, attributes = row
    return Event(
        source,
        account,
        name,
        _KINDS[kind],
        goal,
        unit,
        Timestamp(at),
        quantity,
        None if value is None else int(value),
        currency,
        exponent,
        json.loads(attributes),
    )
