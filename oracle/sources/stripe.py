"""Stripe's events: payments, invoices, refunds, disputes. Signed with a time; delivered in no order, sometimes twice.

A refund of the whole payment takes the unit away; a part of it, and the money of a dispute while it is open, changes what
the unit is worth.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, MalformedMessage, NotLive, OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import Name, VendorAccount, require_impersonal, require_topics
from oracle.sources.money import NO_DECIMALS, Money, exponent_of
from oracle.sources.payload import Part, Told
from oracle.sources.signature import is_signed, require_fresh
from oracle.sources.source import POST, Message, Source

SIGNATURE = "stripe-signature"
Unit = Literal["payment", "customer", "subscription"]
"""Which of Stripe's objects is one business thing of the deal."""
MOST_SIGNATURES = 16
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_API_NO_DECIMALS = (NO_DECIMALS - {"ISK", "UGX"}) | {"MGA"}
"""ISK and UGX keep their two zeros in the API; MGA has none there."""


@dataclass(frozen=True)
class _Said:
    """What a topic's object says, before units and goals. `id` names the business event."""

    kind: Kind
    id: str
    money: Money | None
    attributes: Mapping[str, str | int | bool | None]


@dataclass(frozen=True)
class Stripe:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    unit: Unit = "payment"
    connected_account: str | None = None
    """Whose events count where an endpoint hears those of many accounts."""
    metadata: tuple[str, ...] = ()
    """Which of the object's own metadata become attributes."""

    adapter: ClassVar[str] = Adapter.STRIPE
    version: ClassVar[str] = "stripe/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        sent_at, signatures = _parsed(message.header(SIGNATURE))
        require_fresh(sent_at, int(sent_at), now)
        signed = sent_at.encode() + b"." + message.body
        if not any([is_signed(self.keys, signed, one) for one in signatures]):
            raise BadSignature(self.account)
        event = payload.payload_of(message.body)
        # The one member that differs between tries to deliver the same event.
        pending = event.data.get("pending_webhooks")
        return payload.event_id(event.text("id"), *([] if pending is None else [str(pending)]))

    def events(self, message: Message) -> list[Event]:
        event = payload.payload_of(message.body)
        if event.data.get("livemode") is not True:
            raise NotLive(self.account, "livemode is not true")
        if self.connected_account is not None and event.maybe_text("account") != self.connected_account:
            raise OriginMismatch("account", event.maybe_text("account"), self.connected_account)
        topic = event.text("type")
        goal = self.goals.get(topic)
        if goal is None:
            return []
        item = event.part("data").part("object")
        said = _TOPICS[topic].read(event, item)
        if said is None:
            return []
        attributes = {"topic": topic, **self._metadata(item), **said.attributes}
        unit = _UNITS[self.unit](topic, item)
        told = Told(said.kind, goal, said.id, unit, event.unix("created"), said.money, attributes)
        return payload.to_events([told], self.account, SOURCE_NAMES[Adapter.STRIPE])

    def _metadata(self, item: Part) -> dict[str, str | None]:
        given = item.maybe_part("metadata")
        return {name: given.maybe_text(name) for name in self.metadata}


class StripeAccount(VendorAccount):
    adapter: Literal["stripe"]
    unit: Unit = "payment"
    connected_account: str | None = None
    metadata: tuple[Name, ...] = ()

    def source(self, account: str, folder: Path) -> Source:
        goals = require_topics(self.goals, frozenset(_TOPICS))
        for topic in goals:
            if self.unit not in _TOPICS[topic].units:
                raise ValueError(f"has a goal for {topic}, whose object names no {self.unit}")
        keys = self.vendor_keys(folder)
        return Stripe(account, keys, goals, self.unit, self.connected_account, require_impersonal(self.metadata))


def _parsed(header: str) -> tuple[str, list[str]]:
    """The time, and the signatures of version 1: while a key is rolled there is one by each."""
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    signatures = [value for name, value in pairs if name == "v1"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not 1 <= len(signatures) <= MOST_SIGNATURES:
        raise MalformedMessage(f"has a {SIGNATURE} that is not t=seconds,v1=hex")
    return times[0], signatures


def _money(item: Part, name: str, amount: int | None = None) -> Money:
    currency = item.text("currency")
    if not _CURRENCY.fullmatch(currency):
        raise item.problem("currency", "is not three small letters")
    code = currency.upper()
    exponent = 0 if code in _API_NO_DECIMALS else 2 if code in NO_DECIMALS else exponent_of(code)
    return Money(item.integer(name) if amount is None else amount, code, exponent)


# Topics: what their objects say


def _session(event: Part, item: Part) -> _Said | None:
    status = item.text("payment_status")
    if status != "paid":
        # An asynchronous payment has an event of its own when it succeeds.
        return None
    words = {"payment_status": status, "mode": item.maybe_text("mode")}
    return _Said(Kind.CONVERSION, f"session:{item.text('id')}:paid", _money(item, "amount_total"), words)


def _intent(event: Part, item: Part) -> _Said:
    return _Said(Kind.CONVERSION, f"intent:{item.text('id')}:succeeded", _money(item, "amount_received"), {})


def _charge(event: Part, item: Part) -> _Said | None:
    if not item.flag("captured"):
        return None
    return _Said(Kind.CONVERSION, f"charge:{item.text('id')}:succeeded", _money(item, "amount"), {})


def _invoice(event: Part, item: Part) -> _Said:
    words = {"billing_reason": item.maybe_text("billing_reason")}
    return _Said(Kind.CONVERSION, f"invoice:{item.text('id')}:paid", _money(item, "amount_paid"), words)


def _refunded(event: Part, item: Part) -> _Said:
    """The amount so far names the refund, since the charge does not tell one from the next."""
    so_far, whole = item.integer("amount_refunded"), item.integer("amount")
    if so_far >= whole:
        return _Said(Kind.REVERSAL, f"charge:{item.text('id')}:refunded", None, {"reason": "refund_full"})
    before = event.part("data").part("previous_attributes").integer("amount_refunded")
    money = _money(item, "amount_refunded", before - so_far)
    return _Said(Kind.ADJUSTMENT, f"charge:{item.text('id')}:refunded:{so_far}", money, {"reason": "refund_partial"})


def _dispute_closed(event: Part, item: Part) -> _Said | None:
    if item.text("status") != "lost":
        return None
    return _Said(Kind.REVERSAL, f"dispute:{item.text('id')}:lost", None, {"reason": "chargeback"})


def _withdrawn(event: Part, item: Part) -> _Said:
    words = {"reason": "chargeback"}
    return _Said(Kind.ADJUSTMENT, f"dispute:{item.text('id')}:withdrawn", -_money(item, "amount"), words)


def _reinstated(event: Part, item: Part) -> _Said:
    words = {"reason": "chargeback_won"}
    return _Said(Kind.ADJUSTMENT, f"dispute:{item.text('id')}:reinstated", _money(item, "amount"), words)


def _subscription_ended(event: Part, item: Part) -> _Said:
    return _Said(Kind.REVERSAL, f"subscription:{item.text('id')}:deleted", None, {"reason": "subscription_ended"})


@dataclass(frozen=True)
class _Topic:
    read: Callable[[Part, Part], _Said | None]
    units: tuple[Unit, ...]


_TOPICS: Mapping[str, _Topic] = {
    "checkout.session.completed": _Topic(_session, ("payment", "customer", "subscription")),
    "checkout.session.async_payment_succeeded": _Topic(_session, ("payment", "customer", "subscription")),
    "payment_intent.succeeded": _Topic(_intent, ("payment", "customer")),
    "charge.succeeded": _Topic(_charge, ("payment", "customer")),
    "invoice.paid": _Topic(_invoice, ("payment", "customer", "subscription")),
    "charge.refunded": _Topic(_refunded, ("payment", "customer")),
    "charge.dispute.closed": _Topic(_dispute_closed, ("payment",)),
    "charge.dispute.funds_withdrawn": _Topic(_withdrawn, ("payment",)),
    "charge.dispute.funds_reinstated": _Topic(_reinstated, ("payment",)),
    "customer.subscription.deleted": _Topic(_subscription_ended, ("customer", "subscription")),
}


# Units: which of an object's ids names the business thing


def _payment_of(topic: str, item: Part) -> str:
    if topic.startswith("payment_intent."):
        return item.text("id")
    found = item.maybe_text("payment_intent")
    if not found and topic in ("charge.succeeded", "charge.refunded"):
        return item.text("id")
    for paid in item.maybe_part("payments").parts("data"):
        # Where newer versions of the API have an invoice's.
        found = found or paid.part("payment").maybe_text("payment_intent")
    # A dispute of a charge that was made without an intent.
    return found or item.maybe_text("charge") or item.text("payment_intent")


def _customer_of(topic: str, item: Part) -> str:
    return item.text("customer")


def _subscription_of(topic: str, item: Part) -> str:
    if topic.startswith("customer.subscription."):
        return item.text("id")
    found = item.maybe_text("subscription")
    return found or item.maybe_part("parent").maybe_part("subscription_details").text("subscription")


_UNITS: Mapping[Unit, Callable[[str, Part], str]] = {
    "payment": _payment_of,
    "customer": _customer_of,
    "subscription": _subscription_of,
}
