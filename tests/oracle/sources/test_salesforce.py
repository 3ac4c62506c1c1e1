"""Salesforce change events through a relay: its signature, which changes are what, and what is refused."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.salesforce import Salesforce
from tests.oracle import made
from tests.oracle.sources.hearing import KEY, KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, must_reject

WON = "Opportunity:StageName=Closed Won"
SOURCE = Salesforce(
    "crm", tuple(Webhook(key) for key in KEYS), {WON: "deal", "Lead:IsConverted=true": "lead", "Case:CREATE": "case"},
    {"Opportunity:StageName=Closed Lost": "deal"}, "Amount", "USD",
)  # fmt: skip
HEADER = {
    "entityName": "Opportunity", "recordIds": ["006A"], "changeType": "UPDATE", "transactionKey": "0001-tx",
    "sequenceNumber": 1, "commitTimestamp": (NOW - 60) * 1_000 + 9, "commitUser": "005A", "changeOrigin": "com/salesforce/api",
}  # fmt: skip
CHANGE = {"ChangeEventHeader": HEADER, "StageName": "Closed Won", "Amount": 49.9}


def sign(body: bytes, at: int, key: bytes) -> Message:
    sender = made.Sender(base64.b64encode(key).decode())
    return Message(sender.headers(body, "message-1", at), body)


def change(header: Any = None, **fields: Any) -> Any:
    return {"ChangeEventHeader": HEADER | (header or {}), **(fields or {"StageName": "Closed Won"})}


VENDOR = Vendor(SOURCE, CHANGE, sign, "webhook-signature", encoding="standard", has_time=True)
REJECTED = must_reject(
    VENDOR,
    {
        "change of the future": (change({"commitTimestamp": (NOW + 301) * 1_000}), "FutureEvent"),
        "negative time": (change({"commitTimestamp": -1}), "EventProblem"),
        "no records": (change({"recordIds": []}), "EventProblem"),
        "no header": ({"StageName": "Closed Won"}, "EventProblem"),
        "negative amount": (CHANGE | {"Amount": -1}, "EventProblem"),
        "currency in small letters": (CHANGE | {"CurrencyIsoCode": "usd"}, "EventProblem"),
        "amount with too many decimals": (b'{"ChangeEventHeader":%b,"StageName":"Closed Won","Amount":1.001}' % json.dumps(HEADER).encode(), "EventProblem"),
        "an empty list": ([], "MalformedMessage"),
        "not a number": (b'{"a": NaN}', "MalformedMessage"),
    },
)  # fmt: skip


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_salesforce__must_be_refused__is_named_and_changes_nothing(
    hear: Callable[..., Heard], build: Build, code: str
) -> None:
    assert hear(SOURCE).refused(build()) == code


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: [one], lambda one: {"channel": "/data/x", "data": {"payload": one}}]
)
def test_salesforce__stage_that_is_a_goal__is_one_conversion_with_its_exact_amount(
    hear: Callable[..., Heard], wrap: Callable[[Any], Any]
) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message(wrap(CHANGE))).accepted == 1
    words = {"entity": "Opportunity", "change_type": "UPDATE", "topic": WON, "origin": "com/salesforce/api"}
    assert heard.events() == [
        Event(
            "salesforce",
            "crm",
            f"006A:0001-tx:1:{WON}",
            Kind.CONVERSION,
            "deal",
            "006A",
            NOW - 60,
            1,
            4_990,
            "USD",
            2,
            words,
        )
    ]


def test_salesforce__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1 and KEY != NEXT_KEY


def test_salesforce__same_change_in_another_delivery__is_no_second_event(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    again = made.Sender(base64.b64encode(KEY).decode()).headers(json.dumps(CHANGE).encode(), "message-2", NOW)
    answer = heard.take(Message(again, json.dumps(CHANGE).encode()))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (0, 1, 1)


def test_salesforce__id_of_a_delivery_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message([CHANGE])) == "ReplayMismatch"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (change({"entityName": "Lead"}, IsConverted=True), [(Kind.CONVERSION, "lead", "006A")]),
        (change({"entityName": "Lead"}, IsConverted=False), []),
        (change({"entityName": "Lead"}, Status="Open"), []),
        (change({"entityName": "Case", "changeType": "CREATE"}, Subject="x"), [(Kind.CONVERSION, "case", "006A")]),
        (change({"changeType": "GAP_UPDATE"}, Other="x"), []),
        (change(StageName="Closed Lost"), [(Kind.REVERSAL, "deal", "006A")]),
        (change({"recordIds": ["006A", "006B"]}), [(Kind.CONVERSION, "deal", "006A"), (Kind.CONVERSION, "deal", "006B")]),
    ],
)
def test_salesforce__other_changes__are_what_the_account_says(
    hear: Callable[..., Heard], body: Any, told: list[tuple[Kind, str, str]]
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(body))
    assert [(one.kind, one.goal, one.unit_id) for one in heard.events()] == told
