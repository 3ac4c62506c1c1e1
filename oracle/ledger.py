"""What this oracle heard: each message's raw bytes, and the events that were in it. Rows are added and never changed.

Knows events and deliveries; knows no adapter, no agreement and no chain.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select

from escrow.errors import EscrowError, EventConflict, ReplayMismatch
from escrow.ids import Timestamp
from escrow.measure import Event, Kind
from oracle.db.connection import Database
from oracle.db.rows import insert_rows
from oracle.db.tables import delivery, event

MOST_NAMES = 500
"""In one query: below the least limit that any SQLite was built with, 999."""

SHAPE = (
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
"""The columns that `event_of` reads."""
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
    method: str = "POST"
    target: str = ""
    first_stays: bool = False
    """As the source says: an event that is known with another content does not refuse the message."""

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a sender is told: events that were new, and those that were known already.

    `differing` are the names of the known ones that came with another content, of a source whose first one stays.
    """

    accepted: int
    duplicates: int
    differing: tuple[str, ...] = ()


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

        ReplayMismatch; EventConflict for an event that is known with another content.
        """
        (answer,) = self.record_all([(message, events)])
        if isinstance(answer, EscrowError):
            raise answer
        return answer

    def record_all(self, group: Sequence[tuple[Delivery, Sequence[Event]]]) -> list[Answer | EscrowError]:
        """As `record` in their order, with one wait for the disk; what is wrong with one message refuses only that one."""
        with self._database.write() as connection:
            return _Group(connection, group).record()

    def position(self) -> int:
        """How far it has grown: the last event's number."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(event.c.id), 0))).scalar_one())

    def events(self, wanted: EventFilter, position: int) -> list[Event]:
        """Those that were known at that position, in no particular order."""
        query = _matching(select(*SHAPE), wanted).where(event.c.id <= position)
        with self._database.read() as connection:
            return [event_of(row) for row in connection.execute(query)]

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


class _Group:
    """Messages in one transaction. Later ones see what the earlier ones brought."""

    def __init__(self, connection: Connection, group: Sequence[tuple[Delivery, Sequence[Event]]]) -> None:
        self._connection = connection
        self._group = group
        self._answers: dict[tuple[str, str], tuple[str, Answer]] = {}
        self._known: dict[tuple[str, str], Event] = {}

    def record(self) -> list[Answer | EscrowError]:
        self._look_up()
        last = self._connection.execute(select(func.coalesce(func.max(delivery.c.id), 0))).scalar_one()
        deliveries: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        results: list[Answer | EscrowError] = []
        for message, events in self._group:
            try:
                answer, new = self._answer(message, events)
            except EscrowError as problem:
                results.append(problem)
                continue
            results.append(answer)
            if new is not None:
                number = last + len(deliveries) + 1
                deliveries.append(_delivery_row(number, message, answer))
                rows += [_row(one, message, number) for one in new]
        insert_rows(self._connection, delivery, deliveries)
        insert_rows(self._connection, event, rows)
        return results

    def _answer(self, message: Delivery, events: Sequence[Event]) -> tuple[Answer, Sequence[Event] | None]:
        """And what of it is new; None for a message that came before."""
        name, sha256 = (message.account, message.message_id), message.sha256
        found = self._answers.get(name)
        if found is not None:
            if found[0] != sha256:
                raise ReplayMismatch(message.message_id)
            return found[1], None
        new, differing = self._new_events(message, events)
        answer = Answer(len(new), len(events) - len(new), tuple(differing))
        self._known.update({(one.source_account, one.source_event_id): one for one in new})
        self._answers[name] = (sha256, replace(answer, differing=()))
        return answer, new

    def _new_events(self, message: Delivery, events: Sequence[Event]) -> tuple[list[Event], list[str]]:
        """Each once, and the names of those that differ from what is known."""
        seen: dict[str, Event] = {}
        differing = []
        for one in events:
            before = self._known.get((message.account, one.source_event_id)) or seen.setdefault(one.source_event_id, one)
            if before != one:
                if not message.first_stays:
                    raise EventConflict(one.source_account, one.source_event_id)
                differing.append(one.source_event_id)
        new = [one for name, one in seen.items()]
        return new, differing

    def _look_up(self) -> None:
        """What is known of these messages and their events."""
        messages: dict[str, set[str]] = {}
        events: dict[str, set[str]] = {}
        for message, its_events in self._group:
            messages.setdefault(message.account, set()).add(message.message_id)
            events.setdefault(message.account, set()).update(one.source_event_id for one in its_events)
        for account, ids in messages.items():
            query = select(delivery.c.message_id, delivery.c.sha256, delivery.c.accepted, delivery.c.duplicates)
            for row in self._rows(query, delivery.c.source_account == account, delivery.c.message_id, ids):
                self._answers[account, row.message_id] = (row.sha256, Answer(row.accepted, row.duplicates))
        for account, ids in events.items():
            for row in self._rows(select(*SHAPE), event.c.source_account == account, event.c.source_event_id, ids):
                self._known[account, row.source_event_id] = event_of(row)

    def _rows(self, query: Select[Any], account: ColumnElement[bool], column: Column[Any], ids: set[str]) -> Iterator[Any]:
        ordered = list(ids)
        for start in range(0, len(ordered), MOST_NAMES):
            yield from self._connection.execute(query.where(account, column.in_(ordered[start : start + MOST_NAMES])))


def _delivery_row(number: int, message: Delivery, answer: Answer) -> dict[str, Any]:
    return {
        "id": number,
        "source_account": message.account,
        "message_id": message.message_id,
        "adapter_version": message.adapter_version,
        "method": message.method,
        "target": message.target,
        "headers": json.dumps(dict(message.headers)),
        "body": message.body,
        "sha256": message.sha256,
        "received_at": message.received_at,
        "accepted": answer.accepted,
        "duplicates": answer.duplicates,
    }


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


def event_of(row: Any) -> Event:
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
