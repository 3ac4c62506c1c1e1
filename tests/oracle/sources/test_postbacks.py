"""Everflow, TUNE and Ringba: queries with a token, what they become, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message, Source
from oracle.sources.everflow import Everflow
from oracle.sources.ringba import Ringba
from oracle.sources.tune import Tune
from tests.oracle.single import Single
from tests.oracle.sources.hearing import KEY, NEXT_KEY, NOW, OTHER_KEY, Heard

KEYS = (KEY, NEXT_KEY)
EVERFLOW = Everflow("ef", KEYS, {"conversion": "sale", "event:5": "signup"}, "77", "USD", ("sub1",))
TUNE = Tune("ho", KEYS, {"offer:3": "sale", "goal:8": "signup"}, "-05:00", "USD")
RINGBA = Ringba("calls", KEYS, {"qualified": "call", "sold": "sale"}, {"refunded": "sale"}, "USD")
SALE = {
    "nid": "77",
    "transaction_id": "t-1",
    "timestamp": NOW - 60,
    "amount": "49.90",
    "oid": "3",
    "sub1": "x",
    "coupon_code": "",
}
AFF = {"offer_id": "3", "transaction_id": "t-1", "datetime": "2023-11-14 17:12:20", "amount": "49.9", "affiliate_id": "1002"}
CALL = {
    "call_id": "RGB1",
    "timestamp": NOW - 60,
    "qualified": "yes",
    "sold": "",
    "call_revenue": "12.00",
    "call_length": "184",
}
TOKENS = {"everflow": "verification_token", "tune": "security_token", "ringba": "token"}
GOOD: dict[str, tuple[Source, dict[str, Any]]] = {
    "everflow": (EVERFLOW, SALE),
    "tune": (TUNE, AFF),
    "ringba": (RINGBA, CALL),
}


def message(vendor: str, key: bytes = KEY, **changes: Any) -> Message:
    """The right query with other parameters; those that are None are left out."""
    given = {TOKENS[vendor]: key.decode(), **GOOD[vendor][1], **changes}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return Message({}, query.encode(), "GET", f"/intake/{vendor}")


def with_query(vendor: str, query: bytes) -> Message:
    return Message({}, query, "GET", f"/intake/{vendor}")


COMMON: dict[str, tuple[Callable[[str], Message], str]] = {
    "wrong token": (lambda vendor: message(vendor, OTHER_KEY), "BadSignature"),
    "token in capitals": (lambda vendor: message(vendor, KEY.upper()), "BadSignature"),
    "token cut short": (lambda vendor: message(vendor, KEY[:-1]), "BadSignature"),
    "token made longer": (lambda vendor: message(vendor, KEY + b"0"), "BadSignature"),
    "no token": (lambda vendor: message(vendor, **{TOKENS[vendor]: None}), "MissingParameter"),
    "empty token": (lambda vendor: message(vendor, **{TOKENS[vendor]: ""}), "MissingParameter"),
    "token twice": (
        lambda vendor: with_query(vendor, message(vendor).body + f"&{TOKENS[vendor]}=x".encode()),
        "MalformedMessage",
    ),
    "no query": (lambda vendor: with_query(vendor, b""), "MissingParameter"),
    "no pairs": (lambda vendor: with_query(vendor, b"abc"), "MalformedMessage"),
    "bytes that are no text": (lambda vendor: with_query(vendor, b"a=%ff"), "MalformedMessage"),
    "by POST": (lambda vendor: Message({}, message(vendor).body), "WrongMethod"),
}
OWN = [
    ("everflow", {"amount": "-1"}, "EventProblem"),
    ("everflow", {"amount": "1.001"}, "EventProblem"),
    ("everflow", {"amount": "1e3"}, "EventProblem"),
    ("everflow", {"currency": "usd"}, "EventProblem"),
    ("everflow", {"timestamp": NOW + 301}, "FutureEvent"),
    ("everflow", {"timestamp": "soon"}, "EventProblem"),
    ("everflow", {"timestamp": None}, "MissingParameter"),
    ("everflow", {"transaction_id": ""}, "MissingParameter"),
    ("everflow", {"status": "maybe"}, "EventProblem"),
    ("everflow", {"nid": "78"}, "OriginMismatch"),
    ("tune", {"status_code": "21"}, "NotLive"),
    ("tune", {"status_code": "23"}, "NotLive"),
    ("tune", {"amount": "-1"}, "EventProblem"),
    ("tune", {"currency": "$"}, "EventProblem"),
    ("tune", {"datetime": "2023-11-14 17:18:22"}, "FutureEvent"),
    ("tune", {"datetime": "14.11.2023"}, "EventProblem"),
    ("tune", {"transaction_id": None}, "MissingParameter"),
    ("tune", {"status": "fine"}, "EventProblem"),
    ("ringba", {"call_revenue": "-1"}, "EventProblem"),
    ("ringba", {"call_revenue": "1.001"}, "EventProblem"),
    ("ringba", {"timestamp": NOW + 301}, "FutureEvent"),
    ("ringba", {"call_id": None}, "MissingParameter"),
]


@pytest.mark.parametrize("vendor", GOOD)
@pytest.mark.parametrize("case", COMMON)
def test_postback__token_or_query_is_wrong__is_named_and_changes_nothing(
    hear: Callable[..., Heard], vendor: str, case: str
) -> None:
    build, code = COMMON[case]
    assert hear(GOOD[vendor][0]).refused(build(vendor)) == code


@pytest.mark.parametrize(("vendor", "changes", "code"), OWN)
def test_postback__must_be_refused__is_named_and_changes_nothing(
    hear: Callable[..., Heard], vendor: str, changes: Any, code: str
) -> None:
    assert hear(GOOD[vendor][0]).refused(message(vendor, **changes)) == code


@pytest.mark.parametrize("vendor", GOOD)
def test_postback__amount_without_a_currency__is_refused(hear: Callable[..., Heard], vendor: str) -> None:
    source = replace(GOOD[vendor][0], currency=None)  # type: ignore[type-var]
    assert hear(source).refused(message(vendor)) == "EventProblem"


def test_everflow__sale__is_one_conversion(hear: Callable[..., Heard]) -> None:
    heard = hear(EVERFLOW)
    heard.take(message("everflow"))
    words = {"oid": 3, "sub1": "x", "topic": "conversion", "status": "approved"}
    assert heard.events() == [
        Event(
            "everflow",
            "ef",
            "t-1:conversion::conversion",
            Kind.CONVERSION,
            "sale",
            "t-1",
            NOW - 60,
            1,
            4_990,
            "USD",
            2,
            words,
        )
    ]
    (kept,) = heard.deliveries()
    assert (kept.method, kept.target, kept.body) == ("GET", "/intake/everflow", message("everflow").body)


def test_tune__sale__is_one_conversion(hear: Callable[..., Heard]) -> None:
    heard = hear(TUNE)
    heard.take(message("tune"))
    words = {"offer_id": 3, "affiliate_id": 1_002, "topic": "offer:3", "status": "approved"}
    assert heard.events() == [
        Event("tune", "ho", "t-1:offer:3::conversion", Kind.CONVERSION, "sale", "t-1", NOW - 60, 1, 4_990, "USD", 2, words)
    ]


def test_ringba__flags_that_are_yes__are_conversions(hear: Callable[..., Heard]) -> None:
    heard = hear(RINGBA)
    heard.take(message("ringba"))
    words = {"call_length": 184, "topic": "qualified"}
    assert heard.events() == [
        Event(
            "ringba",
            "calls",
            "RGB1:qualified:conversion",
            Kind.CONVERSION,
            "call",
            "RGB1",
            NOW - 60,
            1,
            1_200,
            "USD",
            2,
            words,
        )
    ]


@pytest.mark.parametrize("vendor", GOOD)
def test_postback__token_that_comes_next__is_taken(hear: Callable[..., Heard], vendor: str) -> None:
    assert hear(GOOD[vendor][0]).take(message(vendor, NEXT_KEY)).accepted == 1


@pytest.mark.parametrize("vendor", GOOD)
def test_postback__same_business_id_in_another_query__is_no_second_event(hear: Callable[..., Heard], vendor: str) -> None:
    heard = hear(GOOD[vendor][0])
    first = heard.take(message(vendor))
    assert heard.take(message(vendor)) == first
    answer = heard.take(message(vendor, more="1"))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (0, 1, 1)


@pytest.mark.parametrize(
    ("vendor", "changes", "told"),
    [
        ("everflow", {"adv_event_id": "5"}, [(Kind.CONVERSION, "signup")]),
        ("everflow", {"adv_event_id": "6"}, []),
        ("everflow", {"timestamp": None, "conversion_unix_timestamp": NOW}, [(Kind.CONVERSION, "sale")]),
        ("everflow", {"status": "pending"}, []),
        ("everflow", {"status": "rejected"}, [(Kind.REVERSAL, "sale")]),
        ("everflow", {"status": "invalid"}, [(Kind.REVERSAL, "sale")]),
        ("tune", {"goal_id": "8"}, [(Kind.CONVERSION, "signup")]),
        ("tune", {"offer_id": "4"}, []),
        ("tune", {"status": "pending"}, []),
        ("tune", {"status": "rejected"}, [(Kind.REVERSAL, "sale")]),
        ("ringba", {"qualified": ""}, []),
        ("ringba", {"qualified": "no"}, []),
        ("ringba", {"sold": "yes"}, [(Kind.CONVERSION, "call"), (Kind.CONVERSION, "sale")]),
        ("ringba", {"qualified": "", "refunded": "yes"}, [(Kind.REVERSAL, "sale")]),
    ],
)
def test_postback__topics_and_states__are_what_the_account_says(
    hear: Callable[..., Heard], vendor: str, changes: Any, told: list[tuple[Kind, str]]
) -> None:
    heard = hear(GOOD[vendor][0])
    heard.take(message(vendor, **changes))
    assert [(one.kind, one.goal) for one in heard.events()] == told


def test_postback__over_http__is_answered_and_its_query_is_kept(single: Single) -> None:
    single.sources["ef"] = EVERFLOW
    sent = message("everflow")
    answer = single.http.get(f"/intake/ef?{sent.body.decode()}")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0})
    assert single.http.get("/intake/ef").status_code == 400
    assert single.http.post("/intake/ef", content=sent.body).json()["code"] == "WrongMethod"
    assert single.http.head("/intake/ef").status_code == 200
    assert single.http.head("/intake/nobody").status_code == 404
