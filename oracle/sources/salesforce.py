"""Salesforce's change events (Change Data Capture), passed on by a relay that reads the event bus and signs what it read by
the Standard Webhooks scheme.

What a stage means is each organisation's own affair, so a topic here is a change: `Opportunity:StageName=Closed Won`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import StringConstraints
from standardwebhooks.webhooks import Webhook

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import MalformedMessage
from escrow.measure import Event, Kind
from oracle.sources import payload, webhook
from oracle.sources.account import ReversibleAccount
from oracle.sources.money import Money, money_of
from oracle.sources.payload import Part, Told
from oracle.sources.source import POST, Message, Source

HEADER = "ChangeEventHeader"


@dataclass(frozen=True)
class Salesforce:
    account: str
    keys: Sequence[Webhook]
    goals: Mapping[str, str]
    reversals: Mapping[str, str]
    amount: str | None = None
    """The field that says what a unit is worth, where a change carries it."""
    currency: str | None = None
    """Of organisations with one currency, whose changes name none."""

    adapter: ClassVar[str] = Adapter.SALESFORCE
    version: ClassVar[str] = "salesforce/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = webhook.HEADERS
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        return webhook.verified_id(self.account, self.keys, message, now)

    def events(self, message: Message) -> list[Event]:
        message.require_content_type(payload.JSON)
        given = payload.load(message.body)
        changes = given if isinstance(given, list) else [given]
        if not 1 <= len(changes) <= payload.MOST_EVENTS:
            raise MalformedMessage(f"has {len(changes)} changes, not 1 to {payload.MOST_EVENTS}")
        told = [one for index, change in enumerate(changes) for one in self._told(_change(change, index))]
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.SALESFORCE])

    def _told(self, change: Part) -> Iterator[Told]:
        """One for each record that the change is of, and each topic that it is."""
        header = change.part(HEADER)
        entity, kind = header.text("entityName"), header.text("changeType")
        at, order = header.unix_ms("commitTimestamp"), str(header.integer("sequenceNumber"))
        records = header.data.get("recordIds")
        if not isinstance(records, list) or not records or not all(isinstance(one, str) and one for one in records):
            raise header.problem("recordIds", "is not a list of ids")
        for event_kind, goals in ((Kind.CONVERSION, self.goals), (Kind.REVERSAL, self.reversals)):
            for topic, goal in goals.items():
                if _is(topic, entity, kind, change):
                    money = self._money(change) if event_kind is Kind.CONVERSION else None
                    words = {
                        "entity": entity,
                        "change_type": kind,
                        "topic": topic,
                        "origin": header.maybe_text("changeOrigin"),
                    }
                    for record in records:
                        name = payload.event_id(record, header.text("transactionKey"), order, topic)
                        yield Told(event_kind, goal, name, record, at, money, words)

    def _money(self, change: Part) -> Money | None:
        given = None if self.amount is None else change.data.get(self.amount)
        if given is None or self.amount is None:
            return None
        currency = change.maybe_text("CurrencyIsoCode") or self.currency
        if currency is None:
            raise change.problem("CurrencyIsoCode", "is missing, and the account has no currency")
        if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
            raise change.problem(self.amount, "is not a number")
        try:
            money = money_of(given, currency)
        except ValueError as error:
            raise change.problem(self.amount, str(error)) from error
        if money.minor < 0:
            raise change.problem(self.amount, "is negative")
        return money


class SalesforceAccount(ReversibleAccount):
    adapter: Literal["salesforce"]
    amount: str | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None

    def source(self, account: str, folder: Path) -> Source:
        for topic in (*self.goals, *self.reversals):
            if ":" not in topic:
                raise ValueError(f"has a goal for {topic!r}, which is not Entity:CREATE or Entity:Field=value")
        self.require_apart()
        keys = self.webhooks(folder)
        return Salesforce(account, keys, self.goals, self.reversals, self.amount, self.currency)


def _change(data: Any, index: int) -> Part:
    """The change itself, from the envelope of either of their interfaces, or without one."""
    part = payload.part_of(data, index=index)
    for name in ("data", "payload"):
        if HEADER not in part.data and name in part.data:
            part = part.part(name)
    return part


def _is(topic: str, entity: str, kind: str, change: Part) -> bool:
    wanted_entity, _, wanted = topic.partition(":")
    field, has_value, value = wanted.partition("=")
    if wanted_entity != entity:
        return False
    return _text(change.data.get(field)) == value if has_value else kind == wanted


def _text(value: Any) -> str | None:
    """As topics write it; None where a change does not touch the field."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
