"""Meta lead ads: its signature, its question before it sends, what its leads become, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from escrow.errors import EscrowError
from escrow.measure import Event, Kind
from oracle.sources import Message
from oracle.sources.meta_lead_ads import MetaLeadAds
from tests.oracle.single import Single
from tests.oracle.sources.hearing import KEYS, NEXT_KEY, NOW, Build, Heard, Vendor, hmac_hex, must_reject

TOKEN = b"the token for its question"
SOURCE = MetaLeadAds("page", KEYS, {"leadgen": "lead", "leadgen:77": "big-lead"}, "153", TOKEN)
LEAD = {"leadgen_id": "991", "page_id": "153", "form_id": "55", "ad_id": "12", "adgroup_id": "12", "created_time": NOW - 60}


def body(*leads: Any, page: str = "153", field: str = "leadgen") -> Any:
    changes = [{"field": field, "value": lead} for lead in leads]
    return {"object": "page", "entry": [{"id": page, "time": (NOW - 50) * 1_000, "changes": changes}]}


def sign(raw: bytes, at: int, key: bytes) -> Message:
    return Message({"x-hub-signature-256": f"sha256={hmac_hex(key, raw)}", "content-type": "application/json"}, raw)


VENDOR = Vendor(SOURCE, body(LEAD), sign, "x-hub-signature-256")
REJECTED = must_reject(
    VENDOR,
    {
        "another page": (body(LEAD, page="154"), "OriginMismatch"),
        "lead of the future": (body(LEAD | {"created_time": NOW + 301}), "FutureEvent"),
        "negative time": (body(LEAD | {"created_time": -1}), "EventProblem"),
        "no lead id": (body({**LEAD, "leadgen_id": None}), "EventProblem"),
        "a list": ([1], "MalformedMessage"),
    },
)


@pytest.mark.parametrize(("build", "code"), REJECTED)
def test_meta__must_be_refused__is_named_and_changes_nothing(hear: Callable[..., Heard], build: Build, code: str) -> None:
    assert hear(SOURCE).refused(build()) == code


def test_meta__published_vector__verifies() -> None:
    raw = b'{"id":"evt_1","type":"charge.succeeded"}'
    signature = "sha256=127ead3368b8b01e93d6de6d475c5df6d676560d929c839a98168865f134769e"
    source = MetaLeadAds("page", (b"fb_secret",), {}, "1", TOKEN)
    assert source.verify(Message({"x-hub-signature-256": signature}, raw), NOW).startswith("sha256:")


def test_meta__leads__are_conversions_by_their_form(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    other = LEAD | {"leadgen_id": "992", "form_id": "77"}
    assert heard.take(VENDOR.message(body(LEAD, other))).accepted == 2
    words = {"form_id": "55", "ad_id": "12", "adgroup_id": "12"}
    first, second = heard.events()
    assert first == Event("meta", "page", "lead:991", Kind.CONVERSION, "lead", "991", NOW - 60, 1, None, None, None, words)
    assert (second.goal, second.unit_id) == ("big-lead", "992")


def test_meta__signed_with_the_next_key__is_taken(hear: Callable[..., Heard]) -> None:
    assert hear(SOURCE).take(VENDOR.message(key=NEXT_KEY)).accepted == 1


def test_meta__same_lead_in_another_delivery__is_no_second_event(hear: Callable[..., Heard]) -> None:
    heard = hear(SOURCE)
    first = heard.take(VENDOR.message())
    assert heard.take(VENDOR.message()) == first
    answer = heard.take(VENDOR.message(body(LEAD, LEAD | {"leadgen_id": "992"})))
    assert (answer.accepted, answer.duplicates, len(heard.events())) == (1, 1, 2)


@pytest.mark.parametrize("other", [body(LEAD, field="feed"), body(LEAD) | {"object": "instagram"}])
def test_meta__other_news__is_kept_and_answered(hear: Callable[..., Heard], other: Any) -> None:
    heard = hear(SOURCE)
    assert heard.take(VENDOR.message(other)).accepted == 0 and len(heard.deliveries()) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (b"hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=158", "BadSignature"),
        (b"hub.mode=unsubscribe&hub.verify_token=the+token+for+its+question&hub.challenge=158", "MalformedMessage"),
        (b"hub.mode=subscribe&hub.verify_token=the+token+for+its+question&hub.challenge=<b>", "MalformedMessage"),
        (b"", "MalformedMessage"),
    ],
)
def test_meta__question_that_is_not_its_own__is_refused(query: bytes, code: str) -> None:
    with pytest.raises(EscrowError) as caught:
        SOURCE.answer_challenge(query)
    assert caught.value.code == code


def test_meta__its_question__is_answered_over_http(single: Single) -> None:
    single.sources["page"] = SOURCE
    asked = {"hub.mode": "subscribe", "hub.verify_token": TOKEN.decode(), "hub.challenge": "1158201444"}
    answer = single.http.get("/intake/page", params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
