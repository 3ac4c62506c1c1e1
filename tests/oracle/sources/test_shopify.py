"""Shopify: its signature, what its orders become, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.shopify import TOPICS, Shopify
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_base64, must_reject

SHOP = "a-shop.myshopify.com"
SOURCE = Shopify("shop", KEYS, dict.fromkeys(TOPICS, "order"), SHOP, note_attributes=("click_id",))
ORDER = {
    "id": 5_001, "currency": "USD", "total_price": "49.90", "subtotal_price": "40.00", "financial_status": "paid",
    "created_at": "2023-11-14T16:00:00-05:00", "processed_at": "2023-11-14T17:00:00-05:00", "cancelled_at": None,
    "email": "a@b.example", "customer": {"id": 7, "first_name": "Ada", "orders_count": 1}, "test": False,
    "note_attributes": [{"name": "click_id", "value": "c-7"}, {"name": "gift", "value": "for Bob"}],
    "discount_codes": [{"code": "MAY10", "amount": "1.00", "type": "fixed_amount"}],
    "tax_lines": [{"rate": 0.06}], "source_name": "web",
}  # fmt: skip
PAID_AT = NOW - 800
REFUND = {
    "id": 9, "order_id": 5_001, "created_at": "2023-11-14T22:10:00Z",
    "transactions": [
        {"kind": "refund", "status": "success", "amount": "10.05", "currency": "USD"},
        {"kind": "refund", "status": "failure", "amount": "5.00", "currency": "USD"},
    ],
}  # fmt: skip


def sign(body: bytes, at: int, key: bytes) -> Message:
    headers = {
        "x-shopify-hmac-sha256": hmac_base64(key, body), "x-shopify-topic": "orders/paid", "x-shopify-shop-domain": SHOP,
        "x-shopify-event-id": "event-1", "x-shopify-webhook-id": "delivery-1", "content-type": "application/json",
    }  # fmt: skip
    return Message(headers, body)


VENDOR = Vendor(SOURCE, ORDER, sign, "x-shopify-hmac-sha256", encoding="base64")
REJECTED = must_reject(
    VENDOR,
    {
        "test order": (ORDER | {"test": True}, "NotLive"),
        "currency in small letters": (ORDER | {"currency": "usd"}, "EventProblem"),
        "negative amount": (ORDER | {"total_price": "-1.00"}, "EventProblem"),
        "amount as a number": (ORDER | {"total_price": 49.9}, "EventProblem"),
        "amount with too many decimals": (ORDER | {"total_price": "49.901"}, "EventProblem"),
        "order of the future": (ORDER | {"processed_at": "2023-11-14T22:18:22Z"}, "FutureEvent"),
        "no order id": (ORDER | {"id": None}, "EventProblem"),
        "a list": ([ORDER], "MalformedMessage"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_shopify__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_shopify_topic": None}, "MissingHeader"),
        ({"x_shopify_event_id": None}, "MissingHeader"),
        ({"x_shopify_shop_domain": None}, "MissingHeader"),
        ({"x_shopify_shop_domain": "another.myshopify.com"}, "OriginMismatch"),
        ({"x_shopify_test": "true"}, "NotLive"),
    ],
)
def test_shopify__header__must_be_there_and_right(hear: Callable[..., Heard], headers: Any, code: str) -> None:
    assert hear(SOURCE).refused(VENDOR.message(**headers)) == code


def test_shopify__published_vector__verifies() -> None:
    body = b'{"id":"evt_1","type":"charge.succeeded"}'
    message = replace(sign(body, NOW, b"shpss_test"))
    assert message.headers["x-shopify-hmac-sha256"] == "AIIdtyCn0tkyM/CiafW0tyVnC2IACWY+bSBT64c1e7s="
    assert Shopify("shop", (b"shpss_test",), {}, SHOP).verify(message, NOW) == "event-1:orders/paid"


def test_shopify__paid_order__is_one_conversion_without_anything_personal(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    words = {
        "click_id": "c-7", "topic": "orders/paid", "financial_status": "paid", "source_name": "web", "discount_code": "MAY10",
        "customer_orders_count": 1,
    }  # fmt: skip
    assert heard.events() == [
        Event(
            "shopify",
            "shop",
            "order:5001:paid",
            Kind.CONVERSION,
            "order",
            f"{SHOP}/5001",
            PAID_AT,
            1,
            4_990,
            "USD",
            2,
            words,
        )
    ]


def test_shopify__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


def test_shopify__same_order_under_another_event_id__is_no_second_event(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.take(VENDOR.message(x_shopify_event_id="event-2")).duplicates == 1
    changed = VENDOR.message(ORDER | {"source_name": "pos"}, x_shopify_event_id="event-3")
    assert (heard.take(changed).accepted, len(heard.events())) == (0, 1)
    assert heard.refusals.counts() == {"EventConflict": 1}


def test_shopify__event_id_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message(ORDER | {"total_price": "1.00"})) == "ReplayMismatch"


@pytest.mark.parametrize(
    ("topic", "body", "kind", "value"),
    [
        ("orders/create", ORDER | {"financial_status": "pending"}, Kind.CONVERSION, 4_990),
        ("orders/paid", ORDER | {"financial_status": "pending"}, None, None),
        ("orders/cancelled", ORDER | {"cancelled_at": "2023-11-14T22:00:00Z"}, Kind.REVERSAL, None),
        ("orders/cancelled", ORDER, None, None),
        ("orders/updated", ORDER, None, None),
        (
            "orders/updated",
            ORDER | {"financial_status": "refunded", "refunds": [{"created_at": "2023-11-14T22:00:00Z"}]},
            Kind.REVERSAL,
            None,
        ),
        ("refunds/create", REFUND, Kind.ADJUSTMENT, -1_005),
        ("refunds/create", REFUND | {"transactions": []}, None, None),
        ("customers/create", {"id": 1}, None, None),
    ],
)
def test_shopify__each_topic__is_this_kind_of_event_of_the_order(
    hear: Callable[..., Heard], topic: str, body: Any, kind: Kind | None, value: int | None
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(body, x_shopify_topic=topic))
    wanted = [(kind, f"{SHOP}/5001", value)] if kind else []
    assert [(one.kind, one.unit_id, one.value_minor) for one in heard.events()] == wanted


def test_shopify__amount_and_yen__as_the_account_and_the_currency_say() -> None:
    source = replace(SOURCE, amount="subtotal_price")
    (event,) = source.events(VENDOR.message())
    assert event.value_minor == 4_000
    (event,) = SOURCE.events(VENDOR.message(ORDER | {"currency": "JPY", "total_price": "4990"}))
    assert (event.value_minor, event.currency_exponent) == (4_990, 0)
