"""Shopify's orders and refunds. The signature covers the body alone, so topic, shop and event id are checked against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, NotLive, OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import Name, VendorAccount, require_impersonal, require_topics
from oracle.sources.money import Money, money_of
from oracle.sources.payload import Part, Told
from oracle.sources.signature import is_signed
from oracle.sources.source import POST, Message, Source

SIGNATURE, TOPIC, SHOP = "x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-shop-domain"
EVENT_ID, DELIVERY_ID, TEST = "x-shopify-event-id", "x-shopify-webhook-id", "x-shopify-test"
Amount = Literal["total_price", "subtotal_price", "current_total_price", "current_subtotal_price"]
"""With tax, shipping and what was taken off an order, or without: the deal decides."""
TOPICS = frozenset({"orders/create", "orders/paid", "orders/cancelled", "orders/updated", "refunds/create"})


@dataclass(frozen=True)
class Shopify:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    shop: str
    """Its myshopify.com name; one app's key signs for many shops."""
    amount: Amount = "total_price"
    note_attributes: tuple[str, ...] = ()
    """Which of the order's own notes become attributes, such as a click id."""

    adapter: ClassVar[str] = Adapter.SHOPIFY
    version: ClassVar[str] = "shopify/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, TOPIC, SHOP, EVENT_ID, DELIVERY_ID, TEST, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        given = message.header(SIGNATURE)
        delivery = payload.event_id(message.header(EVENT_ID), message.header(TOPIC))
        if not is_signed(self.keys, message.body, given, encoding="base64"):
            raise BadSignature(self.account)
        if message.header(SHOP) != self.shop:
            raise OriginMismatch("shop", message.header(SHOP), self.shop)
        return delivery

    def events(self, message: Message) -> list[Event]:
        if message.headers.get(TEST, "").lower() == "true":
            raise NotLive(self.account, f"{TEST} is true")
        item = payload.payload_of(message.body)
        if item.flag("test"):
            raise NotLive(self.account, "the order is a test order")
        topic = message.header(TOPIC)
        if topic not in self.goals:
            return []
        told = list(self._told(topic, self.goals[topic], item))
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.SHOPIFY])

    def _told(self, topic: str, goal: str, item: Part) -> Iterator[Told]:
        """Nothing where the body is not what the topic, which is not signed, says it is."""
        if topic == "refunds/create":
            yield from self._refund(goal, item)
            return
        order = item.id("id")
        status, unit = item.maybe_text("financial_status"), self._unit(order)
        if topic == "orders/cancelled":
            if item.maybe_text("cancelled_at"):
                words = {"reason": "order_cancelled", "cancel_reason": item.maybe_text("cancel_reason")}
                yield Told(Kind.REVERSAL, goal, f"order:{order}:cancelled", unit, item.time("cancelled_at"), None, words)
        elif topic == "orders/updated":
            if status in ("refunded", "voided"):
                words = {"reason": "refund_full", "financial_status": status}
                yield Told(Kind.REVERSAL, goal, f"order:{order}:{status}", unit, _last_refund(item), None, words)
        elif topic == "orders/create" or status == "paid":
            at = item.time("processed_at" if item.data.get("processed_at") else "created_at")
            name = "paid" if topic == "orders/paid" else "created"
            money = _money(item, self.amount, item.text("currency"))
            yield Told(Kind.CONVERSION, goal, f"order:{order}:{name}", unit, at, money, self._words(topic, item))

    def _refund(self, goal: str, item: Part) -> Iterator[Told]:
        """What was given back, which may be nothing: a restock alone is a refund too."""
        parts = [
            _money(part, "amount", part.text("currency"))
            for part in item.parts("transactions")
            if part.maybe_text("kind") == "refund" and part.maybe_text("status") == "success" and not part.flag("test")
        ]
        if len({part.currency for part in parts}) > 1:
            raise item.problem("transactions", "are in several currencies")
        if parts:
            money = Money(-sum(part.minor for part in parts), parts[0].currency, parts[0].exponent)
            unit, words = self._unit(item.id("order_id")), {"reason": "refund_partial"}
            yield Told(Kind.ADJUSTMENT, goal, f"refund:{item.id('id')}", unit, item.time("created_at"), money, words)

    def _words(self, topic: str, item: Part) -> dict[str, str | int | None]:
        notes = {part.maybe_text("name"): part.data.get("value") for part in item.parts("note_attributes")}
        codes = [part.maybe_text("code") for part in item.parts("discount_codes")]
        return {
            **{name: notes.get(name) for name in self.note_attributes},
            "topic": topic,
            "financial_status": item.maybe_text("financial_status"),
            "source_name": item.maybe_text("source_name"),
            "discount_code": codes[0] if codes else None,
            "customer_orders_count": item.maybe_part("customer").data.get("orders_count"),
        }

    def _unit(self, order: str) -> str:
        return f"{self.shop}/{order}"


class ShopifyAccount(VendorAccount):
    adapter: Literal["shopify"]
    shop: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$")]
    amount: Amount = "total_price"
    note_attributes: tuple[Name, ...] = ()

    def source(self, account: str, folder: Path) -> Source:
        goals = require_topics(self.goals, TOPICS)
        notes = require_impersonal(self.note_attributes)
        return Shopify(account, self.vendor_keys(folder), goals, self.shop, self.amount, notes)


def _money(item: Part, name: str, currency: str) -> Money:
    try:
        found = money_of(item.text(name), currency)
    except ValueError as error:
        raise item.problem(name, str(error)) from error
    if found.minor < 0:
        raise item.problem(name, "is negative")
    return found


def _last_refund(item: Part) -> int:
    """The same however often the order is updated afterwards."""
    times = [part.time("created_at") for part in item.parts("refunds")]
    return max(times) if times else item.time("updated_at")
