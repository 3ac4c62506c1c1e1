"""Zendesk: its signature over time and body, what its tickets become, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.clock import format_time
from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.zendesk import Zendesk
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_base64, must_reject

SOLVED, OPEN = "ticket.status_changed=SOLVED", "ticket.status_changed=OPEN"
SOURCE = Zendesk("desk", KEYS, {SOLVED: "resolution"}, {OPEN: "resolution"}, "22129848", ("ai_agent",))
EVENT = {
    "id": "cbe4028c-7239-495d-b020-f22348516046", "type": "zen:event-type:ticket.status_changed", "account_id": 22_129_848,
    "time": "2023-11-14T22:12:20.098717591Z", "zendesk_event_version": "2022-11-06", "subject": "zen:ticket:5158",
    "event": {"previous": "OPEN", "current": "SOLVED"},
    "detail": {
        "id": "5158", "status": "SOLVED", "tags": ["ai_agent", "vip"], "via": {"channel": "chat"},
        "subject": "from a@b.example", "description": "call me",
    },
}  # fmt: skip


def sign(body: bytes, at: int, key: bytes) -> Message:
    sent_at = format_time(at)
    headers = {
        "x-zendesk-webhook-signature": hmac_base64(key, sent_at.encode() + body),
        "x-zendesk-webhook-signature-timestamp": sent_at,
    }
    return Message(headers, body)


VENDOR = Vendor(SOURCE, EVENT, sign, "x-zendesk-webhook-signature", encoding="base64", has_time=True)
REJECTED = must_reject(
    VENDOR,
    {
        "another account": (VENDOR.changed(account_id=1), "OriginMismatch"),
        "event of the future": (VENDOR.changed(time="2023-11-14T22:18:22Z"), "FutureEvent"),
        "time that is none": (VENDOR.changed(time="yesterday"), "EventProblem"),
        "no ticket": (VENDOR.changed(detail={"id": None}), "EventProblem"),
        "ticket that is no object": (VENDOR.changed(detail=5), "EventProblem"),
        "no id": (VENDOR.changed(id=None), "EventProblem"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_zendesk__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code


@pytest.mark.parametrize(
    ("given", "code"), [(None, "MissingHeader"), ("1700000000", "MalformedMessage"), (format_time(NOW + 1), "BadSignature")]
)
def test_zendesk__time__must_be_the_signed_one(hear: Callable[..., Heard], given: str | None, code: str) -> None:
    assert hear(SOURCE).refused(VENDOR.message(x_zendesk_webhook_signature_timestamp=given)) == code


def test_zendesk__solved_ticket__is_one_conversion_without_anything_personal(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    name = f"22129848/5158:{SOLVED}:2023-11-14T22:12:20.098717591Z"
    words = {"topic": SOLVED, "status": "SOLVED", "channel": "chat", "tag.ai_agent": "yes"}
    assert heard.events() == [
        Event(
            "zendesk", "desk", name, Kind.CONVERSION, "resolution", "22129848/5158", NOW - 60, 1, None, None, None, words
        )
    ]  # fmt: skip


def test_zendesk__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


def test_zendesk__same_change_under_another_id__is_no_second_event(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    answer = heard.take(VENDOR.message(VENDOR.changed(id="another")))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (0, 1, 1)


def test_zendesk__id_of_an_event_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message(VENDOR.changed(subject="zen:ticket:1"))) == "ReplayMismatch"


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"event": {"previous": "SOLVED", "current": "OPEN"}}, [Kind.REVERSAL]),
        ({"event": {"previous": "OPEN", "current": "PENDING"}}, []),
        ({"type": "zen:event-type:ticket.comment_added", "event": {"comment": {}}}, []),
    ],
)
def test_zendesk__other_changes__are_what_the_account_says(
    hear: Callable[..., Heard], changes: Any, kinds: list[Kind]
) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message(VENDOR.changed(**changes)))
    assert [one.kind for one in heard.events()] == kinds
