"""HubSpot: its signature over method, address, body and time, what its changes become, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.hubspot import HubSpot, decoded_uri
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_base64, must_reject

URL = "https://oracle.example/intake/crm"
STAGE = "contact.propertyChange:lifecyclestage=customer"
SOURCE = HubSpot(
    "crm", KEYS, {STAGE: "customer", "deal.creation": "deal", "contact.propertyChange:email": "reached"},
    {"contact.propertyChange:hs_lead_status=UNQUALIFIED": "customer"}, "62515", URL,
)  # fmt: skip
CHANGE = {
    "eventId": 100, "subscriptionId": 1, "portalId": 62_515, "appId": 5, "occurredAt": (NOW - 60) * 1_000 + 7,
    "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": 123, "propertyName": "lifecyclestage",
    "propertyValue": "customer", "changeSource": "CRM_UI", "sourceId": "userId:1",
}  # fmt: skip


def sign(body: bytes, at: int, key: bytes) -> Message:
    sent_at = str(at * 1_000)
    signature = hmac_base64(key, f"POST{URL}".encode() + body + sent_at.encode())
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": sent_at, "host": "inner.example"}
    return Message(headers, body, "POST", "/other/path")


VENDOR = Vendor(SOURCE, [CHANGE], sign, "x-hubspot-signature-v3", encoding="base64", has_time=True)
REJECTED = must_reject(
    VENDOR,
    {
        "another portal": ([CHANGE | {"portalId": 1}], "OriginMismatch"),
        "second change of another portal": ([CHANGE, CHANGE | {"portalId": 1}], "OriginMismatch"),
        "change of the future": ([CHANGE | {"occurredAt": (NOW + 301) * 1_000}], "FutureEvent"),
        "negative time": ([CHANGE | {"occurredAt": -1}], "EventProblem"),
        "no object": ([CHANGE | {"objectId": None}], "EventProblem"),
        "an object": (CHANGE, "MalformedMessage"),
        "an empty list": ([], "MalformedMessage"),
        "a list of numbers": ([1], "EventProblem"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_hubspot__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code


@pytest.mark.parametrize(
    ("given", "code"),
    [(None, "MissingHeader"), ("soon", "MalformedMessage"), (str(NOW), "StaleTimestamp"), (f"{NOW}001", "BadSignature")],
)
def test_hubspot__time__must_be_signed_milliseconds(hear: Callable[..., Heard], given: str | None, code: str) -> None:
    assert hear(SOURCE).refused(VENDOR.message(x_hubspot_request_timestamp=given)) == code


def test_hubspot__published_vector__verifies() -> None:
    body = b'{"id":"evt_1","type":"charge.succeeded"}'
    headers = {
        "x-hubspot-signature-v3": "sDUlNXcU5utZrA1mfCtX4IcC9g0GfLqOLfMUo6wpbjE=",
        "x-hubspot-request-timestamp": "1700000000000",
    }
    source = HubSpot("crm", (b"hs_secret",), {}, {}, "1", "https://oracle.example/hooks/hubspot")
    assert source.verify(Message(headers, body), 1_700_000_000).startswith("sha256:")


def test_hubspot__address__is_decoded_as_it_is_signed() -> None:
    assert decoded_uri("https://a.example/p%2Fq%3fx%3D%20%40") == "https://a.example/p/q?x%3D%20@"


def test_hubspot__mapped_change__is_one_conversion(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    (event,) = heard.events()
    words = {
        "change": "contact.propertyChange", "property": "lifecyclestage", "value": "customer", "change_source": "CRM_UI",
    }  # fmt: skip
    assert event == Event(
        "hubspot", "crm", event.source_event_id, Kind.CONVERSION, "customer", "62515/contact/123", NOW - 60, 1, None, None,
        None, words,
    )  # fmt: skip


def test_hubspot__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


@pytest.mark.parametrize("again", [{"attemptNumber": 1}, {"eventId": 7}, {"changeSource": "IMPORT"}])
def test_hubspot__same_change_in_another_delivery__is_no_second_event(hear: Callable[..., Heard], again: Any) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    answer = heard.take(VENDOR.message([CHANGE | again, CHANGE | {"objectId": 124}]))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (1, 1, 2)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"propertyName": "hs_lead_status", "propertyValue": "UNQUALIFIED"}, [Kind.REVERSAL]),
        ({"propertyValue": "lead"}, []),
        ({"propertyName": "phone", "propertyValue": "+1 555"}, []),
        ({"subscriptionType": "deal.creation", "propertyName": None, "propertyValue": None}, [Kind.CONVERSION]),
    ],
)
def test_hubspot__other_changes__are_what_the_account_says(
    hear: Callable[..., Heard], change: Any, kinds: list[Kind]
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message([CHANGE | change]))
    assert [one.kind for one in heard.events()] == kinds


def test_hubspot__value_that_the_account_does_not_name__stays_out_of_the_event(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message([CHANGE | {"propertyName": "email", "propertyValue": "a@b.example"}]))
    assert len(heard.events()) == 1 and "a@b.example" not in repr(heard.events())
