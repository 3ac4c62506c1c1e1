"""Stripe: its signature, what its topics become, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.stripe import Stripe
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_hex, must_reject

GOALS = {
    topic: "sale"
    for topic in (
        "payment_intent.succeeded", "charge.succeeded", "invoice.paid", "checkout.session.completed",
        "charge.refunded", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    )
}  # fmt: skip
SOURCE = Stripe("shop", KEYS, GOALS, metadata=("click_id",))
INTENT = {
    "object": "payment_intent", "id": "pi_1", "amount_received": 4_990, "currency": "usd", "customer": "cus_1",
    "metadata": {"click_id": "c-7", "email": "a@b.example"}, "receipt_email": "a@b.example",
}  # fmt: skip
CHARGE = {"object": "charge", "id": "ch_1", "payment_intent": "pi_1", "amount": 4_990, "currency": "usd", "captured": True}
DISPUTE = {"object": "dispute", "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "amount": 4_990, "currency": "usd"}


def sign(body: bytes, at: int, key: bytes) -> Message:
    signature = f"t={at},v0={'0' * 64},v1={hmac_hex(key, f'{at}.'.encode() + body)}"
    return Message({"stripe-signature": signature, "content-type": "application/json"}, body)


def envelope(topic: str, item: Any, number: int = 1, **changes: Any) -> Any:
    data = {"object": item} | ({"previous_attributes": changes.pop("before")} if "before" in changes else {})
    return {"id": f"evt_{number}", "type": topic, "created": NOW - 60, "livemode": True, "data": data} | changes


PAID = envelope("payment_intent.succeeded", INTENT)
VENDOR = Vendor(SOURCE, PAID, sign, "stripe-signature", has_time=True)
HEADER = "stripe-signature"
REJECTED = must_reject(
    VENDOR,
    {
        "test mode": (VENDOR.changed(livemode=False), "NotLive"),
        "no mode": ({name: value for name, value in PAID.items() if name != "livemode"}, "NotLive"),
        "currency in capitals": (envelope("payment_intent.succeeded", INTENT | {"currency": "USD"}), "EventProblem"),
        "no currency": (envelope("payment_intent.succeeded", INTENT | {"currency": None}), "EventProblem"),
        "negative amount": (envelope("payment_intent.succeeded", INTENT | {"amount_received": -1}), "EventProblem"),
        "amount with a fraction": (envelope("payment_intent.succeeded", INTENT | {"amount_received": 1.5}), "EventProblem"),
        "event of the future": (VENDOR.changed(created=NOW + 301), "FutureEvent"),
        "no id": (VENDOR.changed(id=None), "EventProblem"),
        "no JSON": (b"{", "MalformedMessage"),
        "a member twice": (b'{"id":"evt_1","id":"evt_2"}', "MalformedMessage"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_stripe__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code


@pytest.mark.parametrize(
    "header",
    ["", "v1=ab", "t=1,t=2,v1=ab", "t=x,v1=ab", f"t={NOW}", f"t={NOW},v0=ab", f"t={NOW}," + ",".join(["v1=a"] * 17)],
)
def test_stripe__broken_signature_header__is_refused(hear: Callable[..., Heard], header: str) -> None:
    assert hear(SOURCE).refused(VENDOR.message(stripe_signature=header)) in ("MalformedMessage", "MissingHeader")


def test_stripe__published_vector__verifies() -> None:
    body = b'{"id":"evt_1","type":"charge.succeeded"}'
    signature = "t=1700000000,v1=a3f7d2647ca8af4e7ebbd79c4f9380dbd98ee11b35cf0485b700ca327380e947"
    message = Message({"stripe-signature": signature}, body)
    assert Stripe("shop", (b"whsec_test",), {}).verify(message, 1_700_000_000) == "evt_1"


def test_stripe__payment__is_one_conversion_without_anything_personal(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    words = {"topic": "payment_intent.succeeded", "click_id": "c-7"}
    assert heard.events() == [
        Event(
            "stripe", "shop", "intent:pi_1:succeeded", Kind.CONVERSION, "sale", "pi_1", NOW - 60, 1, 4_990, "USD", 2, words
        )
    ]


def test_stripe__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


def test_stripe__same_delivery_again_and_the_same_payment_under_another_id__change_nothing(
    hear: Callable[..., Heard],
) -> None:
    heard = hear(SOURCE)
    first = heard.take(VENDOR.message())
    assert heard.take(VENDOR.message(at=NOW + 30)) == first
    for number, created in ((2, NOW - 60), (3, NOW - 30)):
        answer = heard.take(VENDOR.message(envelope("payment_intent.succeeded", INTENT, number, created=created)))
        assert (answer.accepted, answer.duplicates) == (0, 1)
    assert len(heard.events()) == 1 and heard.refusals.counts() == {"EventConflict": 1}


def test_stripe__id_of_a_delivery_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message(VENDOR.changed(created=NOW - 61))) == "ReplayMismatch"


def test_stripe__retry_with_another_count_of_pending_webhooks__is_no_mismatch(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(VENDOR.changed(pending_webhooks=2)))
    assert heard.take(VENDOR.message(VENDOR.changed(pending_webhooks=1))).duplicates == 1


def test_stripe__topic_without_a_goal__is_kept_and_answered(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message(envelope("customer.created", {"object": "customer"}))).accepted == 0
    assert len(heard.deliveries()) == 1 and heard.events() == []


@pytest.mark.parametrize(
    ("topic", "item", "more", "kind", "value"),
    [
        ("charge.succeeded", CHARGE, {}, Kind.CONVERSION, 4_990),
        ("charge.succeeded", CHARGE | {"captured": False}, {}, None, None),
        ("checkout.session.completed", {"id": "cs_1", "object": "checkout.session", "payment_status": "unpaid"}, {}, None, None),
        (
            "checkout.session.completed",
            {"id": "cs_1", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 4_990, "currency": "usd"},
            {}, Kind.CONVERSION, 4_990,
        ),
        (
            "invoice.paid",
            {"id": "in_1", "payments": {"data": [{"payment": {"payment_intent": "pi_1"}}]}, "amount_paid": 4_990, "currency": "usd"},
            {}, Kind.CONVERSION, 4_990,
        ),
        ("charge.refunded", CHARGE | {"amount_refunded": 4_990}, {"before": {"amount_refunded": 0}}, Kind.REVERSAL, None),
        ("charge.refunded", CHARGE | {"amount_refunded": 1_500}, {"before": {"amount_refunded": 500}}, Kind.ADJUSTMENT, -1_000),
        ("charge.dispute.closed", DISPUTE | {"status": "lost"}, {}, Kind.REVERSAL, None),
        ("charge.dispute.closed", DISPUTE | {"status": "won"}, {}, None, None),
        ("charge.dispute.funds_withdrawn", DISPUTE, {}, Kind.ADJUSTMENT, -4_990),
        ("charge.dispute.funds_reinstated", DISPUTE, {}, Kind.ADJUSTMENT, 4_990),
    ],
)  # fmt: skip
def test_stripe__each_topic__is_this_kind_of_event_of_the_payment(
    hear: Callable[..., Heard], topic: str, item: Any, more: Any, kind: Kind | None, value: int | None
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(envelope(topic, item, **more)))
    assert [(one.kind, one.unit_id, one.value_minor) for one in heard.events()] == ([(kind, "pi_1", value)] if kind else [])


def test_stripe__partial_refunds__add_up_and_each_counts_once(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    for number, (before, after) in enumerate([(0, 500), (500, 1_500), (0, 500)]):
        body = envelope("charge.refunded", CHARGE | {"amount_refunded": after}, number, before={"amount_refunded": before})
        heard.take(VENDOR.message(body))
    assert [(one.value_minor, one.quantity) for one in heard.events()] == [(-500, 0), (-1_000, 0)]


@pytest.mark.parametrize(("currency", "exponent"), [("jpy", 0), ("isk", 2), ("ugx", 2), ("mga", 0), ("kwd", 3), ("eur", 2)])
def test_stripe__currency__has_the_exponent_of_its_api(hear: Callable[..., Heard], currency: str, exponent: int) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(envelope("payment_intent.succeeded", INTENT | {"currency": currency})))
    (event,) = heard.events()
    assert (event.value_minor, event.currency, event.currency_exponent) == (4_990, currency.upper(), exponent)


def test_stripe__units_of_customers_and_subscriptions__are_those_ids(hear: Callable[..., Heard]) -> None:
    invoice = {
        "id": "in_1", "customer": "cus_1", "amount_paid": 5, "currency": "usd", "billing_reason": "subscription_create",
        "parent": {"subscription_details": {"subscription": "sub_1"}},
    }  # fmt: skip
    for unit, wanted in (("customer", "cus_1"), ("subscription", "sub_1")):
        source = Stripe("shop", KEYS, GOALS, unit)  # type: ignore[arg-type]
        (event,) = source.events(VENDOR.message(envelope("invoice.paid", invoice)))
        assert event.unit_id == wanted and event.attributes["billing_reason"] == "subscription_create"


def test_stripe__event_of_another_connected_account__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(Stripe("shop", KEYS, GOALS, connected_account="acct_1"))
    assert heard.refused(VENDOR.message(VENDOR.changed(account="acct_2"))) == "OriginMismatch"
    assert heard.take(VENDOR.message(VENDOR.changed(account="acct_1"))).accepted == 1
