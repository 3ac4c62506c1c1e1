"""Intercom and Fin: its signature, which conversations are resolved, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.intercom import Intercom
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_hex, must_reject

CLOSED, REOPENED = "conversation.admin.closed", "conversation.admin.opened"
SOURCE = Intercom("desk", KEYS, {CLOSED: "resolution"}, {REOPENED: "resolution"}, "app-1")
ITEM = {
    "type": "conversation", "id": "215", "created_at": NOW - 900, "updated_at": NOW - 60, "ai_agent_participated": True,
    "ai_agent": {"resolution_state": "confirmed_resolution", "last_answer_type": "ai_answer", "rating": 5},
    "statistics": {"count_reopens": 0}, "contacts": {"contacts": [{"email": "a@b.example"}]},
}  # fmt: skip
NOTE = {
    "type": "notification_event", "id": "notif_1", "topic": CLOSED, "app_id": "app-1", "created_at": NOW - 50,
    "delivery_attempts": 1, "data": {"type": "notification_event_data", "item": ITEM},
}  # fmt: skip


def sign(body: bytes, at: int, key: bytes) -> Message:
    return Message({"x-hub-signature": f"sha1={hmac_hex(key, body, 'sha1')}", "content-type": "application/json"}, body)


def with_item(**changes: Any) -> Any:
    return NOTE | {"data": {"item": ITEM | changes}}


def with_state(state: str | None, **changes: Any) -> Any:
    return with_item(ai_agent={"resolution_state": state}, **changes)


VENDOR = Vendor(SOURCE, NOTE, sign, "x-hub-signature")
REJECTED = must_reject(
    VENDOR,
    {
        "another workspace": (NOTE | {"app_id": "app-2"}, "OriginMismatch"),
        "resolved in the future": (with_item(updated_at=NOW + 301), "FutureEvent"),
        "negative time": (with_item(updated_at=-1), "EventProblem"),
        "no conversation": (NOTE | {"data": {}}, "EventProblem"),
        "participation that is no flag": (with_item(ai_agent_participated="yes"), "EventProblem"),
        "no id": (NOTE | {"id": None}, "EventProblem"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_intercom__must_be_refused__is_named_and_changes_nothing(
    hear: Callable[..., Heard], build: Build, code: str
) -> None:
    assert hear(SOURCE).refused(build()) == code


def test_intercom__signature_of_another_scheme__is_refused(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).refused(VENDOR.message(x_hub_signature="sha256=" + "0" * 64)) == "BadSignature"


def test_intercom__published_vector__verifies() -> None:
    body = b'{"id":"evt_1","type":"charge.succeeded"}'
    message = Message({"x-hub-signature": "sha1=d9c62a0a2d3eba33a7b1a95a827db84f115698fe"}, body)
    assert Intercom("desk", (b"ic_secret",), {}, {}, "app-1").verify(message, NOW) == "evt_1"


def test_intercom__resolved_conversation__is_one_conversion_without_anything_personal(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    words = {
        "topic": CLOSED, "resolution_state": "confirmed_resolution", "last_answer_type": "ai_answer", "rating": 5,
        "reopened_times": 0,
    }  # fmt: skip
    assert heard.events() == [
        Event(
            "intercom", "desk", "215:confirmed_resolution:0", Kind.CONVERSION, "resolution", "app-1/215", NOW - 60, 1, None,
            None, None, words,
        )
    ]  # fmt: skip


def test_intercom__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


@pytest.mark.parametrize(
    "again", [{"delivery_attempts": 2}, {"id": "notif_2"}, with_item(updated_at=NOW - 5) | {"id": "notif_2"}]
)
def test_intercom__same_outcome_in_another_delivery__is_no_second_event(hear: Callable[..., Heard], again: Any) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    answer = heard.take(VENDOR.message({**NOTE, "id": "notif_2", **again}))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (0, 1, 1)


def test_intercom__id_of_a_notification_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message(NOTE | {"created_at": NOW - 51})) == "ReplayMismatch"


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (with_state("assumed_resolution"), [Kind.CONVERSION]),
        (with_state("escalated"), [Kind.REVERSAL]),
        (with_state("routed_to_team"), []),
        (with_state(None), []),
        (with_item(ai_agent_participated=False), []),
        (with_item(ai_agent=None), []),
        (with_item() | {"topic": REOPENED}, [Kind.REVERSAL]),
        (with_item() | {"topic": "ping"}, []),
    ],
)
def test_intercom__states_and_topics__count_only_what_is_resolved(
    hear: Callable[..., Heard], body: Any, kinds: list[Kind]
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(body))
    assert [one.kind for one in heard.events()] == kinds


def test_intercom__reopened_and_resolved_again__is_three_events_of_one_unit(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    again = {"updated_at": NOW - 20, "statistics": {"count_reopens": 1}}
    heard.take(VENDOR.message())
    heard.take(VENDOR.message(with_item(**again) | {"id": "notif_2", "topic": REOPENED}))
    heard.take(VENDOR.message(with_item(**again) | {"id": "notif_3"}))
    assert [one.kind for one in heard.events()] == [Kind.CONVERSION, Kind.REVERSAL, Kind.CONVERSION]
    assert {one.unit_id for one in heard.events()} == {"app-1/215"}
