"""Google lead form: its key in the body, what a lead becomes, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.google_lead_form import GoogleLeadForm
from tests.oracle.sources.hearing import KEY, KEYS, NEXT_KEY, NOW, OTHER_KEY, Build, Heard, Vendor, as_json, must_reject

SOURCE = GoogleLeadForm("form", KEYS, {"lead": "lead", "lead:77": "big-lead"})
LEAD = {
    "lead_id": "TeSter_1", "api_version": "1.0", "form_id": 55, "campaign_id": 12, "adgroup_id": 0, "gcl_id": "gcl-1",
    "google_key": KEY.decode(), "is_test": False, "lead_submit_time": "2023-11-14T22:12:20Z",
    "user_column_data": [{"column_id": "EMAIL", "string_value": "a@b.example", "column_name": "User Email"}],
}  # fmt: skip


def sign(body: bytes, at: int, key: bytes) -> Message:
    changed = body.replace(KEY, key)
    return Message({"content-type": "application/json; charset=utf-8"}, changed)


VENDOR = Vendor(SOURCE, LEAD, sign, None)
REJECTED = must_reject(
    VENDOR,
    {
        "test lead": (LEAD | {"is_test": True}, "NotLive"),
        "key with a letter changed": (LEAD | {"google_key": KEY.decode().upper()}, "BadSignature"),
        "key cut short": (LEAD | {"google_key": KEY.decode()[:-1]}, "BadSignature"),
        "key that is no text": (LEAD | {"google_key": 7}, "BadSignature"),
        "no key": ({name: value for name, value in LEAD.items() if name != "google_key"}, "BadSignature"),
        "two keys": (as_json(LEAD)[:-1] + b',"google_key":"x"}', "MalformedMessage"),
        "lead of the future": (LEAD | {"lead_submit_time": "2023-11-14T22:18:22Z"}, "FutureEvent"),
        "no lead id": (LEAD | {"lead_id": ""}, "EventProblem"),
        "form that is no number": (LEAD | {"form_id": 1.5}, "EventProblem"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_google__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code
    assert OTHER_KEY not in KEYS


def test_google__no_content_type__is_refused(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).refused(VENDOR.message(content_type=None)) == "MissingHeader"


def test_google__lead__is_one_conversion_without_what_was_typed(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message()).accepted == 1
    words = {"form_id": "55", "campaign_id": "12", "adgroup_id": "0", "gcl_id": "gcl-1"}
    assert heard.events() == [
        Event(
            "google_lead_form",
            "form",
            "lead:TeSter_1",
            Kind.CONVERSION,
            "lead",
            "TeSter_1",
            NOW - 60,
            1,
            None,
            None,
            None,
            words,
        )
    ]


def test_google__key_that_comes_next__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


def test_google__lead_without_a_time__is_dated_by_its_arrival_and_stays_so(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    lead: Any = LEAD | {"lead_submit_time": None}
    first = heard.take(VENDOR.message(lead))
    heard.now += 40
    assert heard.take(VENDOR.message(lead)) == first
    assert [one.occurred_at for one in heard.events()] == [NOW]


def test_google__lead_id_with_other_bytes__is_refused(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    heard.take(VENDOR.message())
    assert heard.refused(VENDOR.message(LEAD | {"campaign_id": 13})) == "ReplayMismatch"


def test_google__form_without_a_goal__is_kept_and_answered(hear: Callable[..., Heard]) -> None:
    heard = hear(GoogleLeadForm("form", KEYS, {"lead:77": "big-lead"}))
    assert heard.take(VENDOR.message()).accepted == 0 and len(heard.deliveries()) == 1
