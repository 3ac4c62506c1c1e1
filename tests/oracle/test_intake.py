"""The intake over HTTP: what it takes, what it refuses by which name, and that a refusal changes nothing."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from escrow.clock import format_time
from escrow.measure import Event
from oracle.db.tables import delivery, refusal
from oracle.ledger import EventFilter
from tests.oracle import made
from tests.oracle.single import MOST_BYTES, OLD_KEY, Single

BODY = made.events_body([made.wire(1), made.wire(2)])
Send = Callable[[Single], Any]


def events(single: Single, account: str = made.ACCOUNT) -> list[Event]:
    return single.ledger.events(EventFilter({account}, "call", 2**40), single.ledger.position())


def rows(single: Single, table: Any) -> list[Any]:
    with single.database.read() as connection:
        return list(connection.execute(select(table)))


def test_take__signed_events__are_in_the_ledger_with_their_raw_bytes(single: Single) -> None:
    answer = single.send(BODY)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "duplicates": 0})
    assert events(single) == [made.event(1), made.event(2)]
    (kept,) = rows(single, delivery)
    assert (kept.body, kept.message_id, kept.adapter_version) == (BODY, "message-1", "signed_api/1")
    assert json.loads(kept.headers).keys() == {
        "content-type", "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip


def test_take__all_members_of_an_event__come_back_as_they_were(single: Single) -> None:
    sent = made.wire(
        1, kind="reversal", quantity="9223372036854775807", value_minor="12345678901234567890", currency="EUR",
        currency_exponent=2, attributes={"ünï": "ö", "n": -5} | {"customer": ""},
    )  # fmt: skip
    sent["attributes"].pop("ünï")
    assert single.send(made.events_body([sent])).status_code == 202
    assert events(single) == [made.event(1, **{k: v for k, v in sent.items() if k != "source_event_id"})]


def test_take__same_message_twice__gives_the_first_answer_and_changes_nothing(single: Single) -> None:
    first = single.send(BODY)
    single.send(made.events_body([made.wire(3)]), message_id="message-2")
    again = single.send(BODY)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(rows(single, delivery)) == 2 and len(events(single)) == 3


def test_take__known_event_in_a_new_message__is_a_duplicate(single: Single) -> None:
    single.send(BODY)
    answer = single.send(made.events_body([made.wire(2), made.wire(3), made.wire(3)]), message_id="message-2")
    assert answer.json() == {"accepted": 1, "duplicates": 2}
    assert len(events(single)) == 3


def test_take__signed_with_the_second_key__is_taken(single: Single) -> None:
    assert single.send(BODY, **as_kwargs(made.Sender(OLD_KEY).headers(BODY))).status_code == 202


def test_take__several_signatures__one_of_them_is_enough(single: Single) -> None:
    good = made.Sender().headers(BODY)["webhook-signature"]
    other = made.Sender(made.secret("stranger")).headers(BODY)["webhook-signature"]
    assert single.send(BODY, webhook_signature=f"v1a,xyz {other} {good}").status_code == 202


def test_take__csv_file__its_rows_are_events(single: Single) -> None:
    body = made.csv_body("c1;p1;2008-05-05T00:00:00Z;yes;261", "c2;p2;2008-05-06T00:00:00Z;no;10")
    assert single.send(body, made.FILES).json() == {"accepted": 2, "duplicates": 0}
    first, second = events(single, made.FILES)
    assert (first.source, first.source_event_id, first.unit_id) == ("csv", "c1", "p1")
    assert second.attributes == {"customer": "no", "duration_seconds": 10}


def test_take__csv_file_that_has_grown__only_new_rows_are_accepted(single: Single) -> None:
    rows = ["c1;p1;2008-05-05T00:00:00Z;yes;261", "c2;p2;2008-05-06T00:00:00Z;no;10"]
    single.send(made.csv_body(*rows[:1]), made.FILES)
    assert single.send(made.csv_body(*rows), made.FILES, "message-2").json() == {"accepted": 1, "duplicates": 1}


def as_kwargs(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def tampered(body: bytes) -> Send:
    """Other bytes under the signature of the right ones."""
    return lambda single: single.send(body, **as_kwargs(made.Sender().headers(BODY)))


def aged(seconds: int) -> Send:
    """Rightly signed so many seconds ago."""
    return lambda single: single.send(BODY, **as_kwargs(made.Sender().headers(BODY, at=made.now() - seconds)))


def with_body(body: bytes, account: str = made.ACCOUNT, **headers: Any) -> Send:
    return lambda single: single.send(body, account, **headers)


def with_events(*sent: Any) -> Send:
    return with_body(json.dumps({"events": list(sent)}).encode())


GOOD_SIGNATURE = made.Sender().headers(BODY)["webhook-signature"]
REJECTED = [
    # The transport
    ("changed byte", tampered(BODY.replace(b"person-00001", b"person-00009")), 401, "BadSignature"),
    ("re-serialised JSON", tampered(json.dumps(json.loads(BODY), indent=1).encode()), 401, "BadSignature"),
    ("wrong key", with_body(BODY, **as_kwargs(made.Sender(made.secret("x")).headers(BODY))), 401, "BadSignature"),
    ("changed id", with_body(BODY, webhook_id="message-2"), 401, "BadSignature"),
    ("changed time", with_body(BODY, webhook_timestamp=str(made.now() - 7)), 401, "BadSignature"),
    ("signature in hex", with_body(BODY, webhook_signature="v1," + "ab" * 32), 401, "BadSignature"),
    ("signature cut short", with_body(BODY, webhook_signature=GOOD_SIGNATURE[:-8]), 401, "BadSignature"),
    ("signature without version", with_body(BODY, webhook_signature=GOOD_SIGNATURE[3:]), 401, "BadSignature"),
    ("signature that is no base64", with_body(BODY, webhook_signature="v1,%%%"), 401, "BadSignature"),
    ("signature of another version", with_body(BODY, webhook_signature="v2" + GOOD_SIGNATURE[2:]), 401, "BadSignature"),
    ("body that is no text", tampered(b"\xff\xfe"), 401, "BadSignature"),
    ("no id", with_body(BODY, webhook_id=None), 400, "MissingHeader"),
    ("no time", with_body(BODY, webhook_timestamp=None), 400, "MissingHeader"),
    ("no signature", with_body(BODY, webhook_signature=None), 400, "MissingHeader"),
    ("no content type", with_body(BODY, content_type=None), 400, "MissingHeader"),
    ("stale", aged(301), 401, "StaleTimestamp"),
    ("from the future", aged(-330), 401, "StaleTimestamp"),
    ("time that is no number", with_body(BODY, webhook_timestamp="1e9"), 401, "StaleTimestamp"),
    ("time with a sign", with_body(BODY, webhook_timestamp="+1700000000"), 401, "StaleTimestamp"),
    ("id with a space", with_body(BODY, webhook_id="a b"), 400, "MalformedMessage"),
    ("unknown account", with_body(BODY, "nobody"), 404, "UnknownAccount"),
    ("too large", with_body(b"x" * (MOST_BYTES + 1)), 413, "TooLarge"),
    # The message
    ("CSV where JSON is due", with_body(BODY, content_type="text/csv"), 400, "MalformedMessage"),
    ("JSON where CSV is due", with_body(BODY, made.FILES, content_type="application/json"), 400, "MalformedMessage"),
    ("no JSON", with_body(b"{"), 400, "MalformedMessage"),
    ("a list", with_body(b"[]"), 400, "MalformedMessage"),
    ("no events", with_events(), 400, "MalformedMessage"),
    ("another member", with_body(b'{"events": [], "more": 1}'), 400, "MalformedMessage"),
    ("too many events", with_events(*[{}] * 1_001), 400, "MalformedMessage"),
    ("a member twice", with_body(b'{"events": [], "events": []}'), 400, "MalformedMessage"),
    ("a number with a fraction", with_events(made.wire(1, attributes={"n": 1.5})), 400, "MalformedMessage"),
    ("NaN", with_body(b'{"events": [{"a": NaN}]}'), 400, "MalformedMessage"),
    ("nested without end", with_body(b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400, "MalformedMessage"),
    ("an event that is no object", with_events(7), 422, "EventProblem"),
    ("no unit", with_events({**made.wire(1), "unit_id": ""}), 422, "EventProblem"),
    ("a source of its own", with_events({**made.wire(1), "source_account": "other"}), 422, "EventProblem"),
    ("negative quantity", with_events(made.wire(1, quantity="-1")), 422, "EventProblem"),
    ("a day that is none", with_events(made.wire(1, at="2008-02-30T00:00:00Z")), 422, "EventProblem"),
    ("one event with two contents", with_events(made.wire(1), made.wire(1, won=False)), 409, "EventConflict"),
    ("empty CSV", with_body(made.csv_body(), made.FILES), 400, "MalformedMessage"),
]  # fmt: skip


@pytest.mark.parametrize(("send", "status", "code"), [case[1:] for case in REJECTED], ids=[case[0] for case in REJECTED])
def test_take__must_be_refused__is_named_and_kept_and_changes_nothing(
    single: Single, send: Send, status: int, code: str
) -> None:
    answer = send(single)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"].endswith(code) and problem["detail"]
    assert rows(single, delivery) == [] and single.ledger.position() == 0
    (kept,) = rows(single, refusal)
    assert kept.code == code and kept.reason == problem["detail"][: len(kept.reason)]
    assert single.refusals.counts() == {code: 1}


def word(kind: str, seconds_ago: int, **changes: Any) -> dict[str, Any]:
    grounds = {"reason": "bad_contact_data", "evidence": "ab" * 32}
    at = format_time(made.now() - seconds_ago)
    return made.wire(1, kind=kind, source_event_id=f"{kind}-{seconds_ago}", occurred_at=at, attributes=grounds, **changes)


@pytest.mark.parametrize("kind", ["decline", "contest", "approve"])
def test_take__word_that_is_dated_back__is_refused_and_changes_nothing(single: Single, kind: str) -> None:
    answer = single.send(made.events_body([word(kind, 3_601)]))
    assert (answer.status_code, answer.json()["code"]) == (422, "LateWord")
    assert events(single) == []
    assert single.send(made.events_body([word(kind, 3_600)])).json() == {"accepted": 1, "duplicates": 0}


def test_take__conversion_of_long_ago__is_taken(single: Single) -> None:
    assert single.send(made.events_body([word("conversion", 90 * 86_400)])).json() == {"accepted": 1, "duplicates": 0}


def test_refuse__one_bad_event_of_three__names_its_place_and_takes_none(single: Single) -> None:
    answer = single.send(made.events_body([made.wire(1), made.wire(2), made.wire(3, quantity="x")]))
    problem = answer.json()
    assert (problem["index"], problem["field"], problem["given"]) == (2, "quantity", "x")
    assert events(single) == []


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("c2;p2;2008-05-06T00:00:00Z;no;soon", "column seconds"),
        ("c2;p2;6 May;no;10", "column at"),
        ("c2;p2;2008-05-06T00:00:00Z;no", "the row"),
        ("c2;;2008-05-06T00:00:00Z;no;10", "column person"),
    ],
)
def test_refuse__broken_csv_row__names_line_and_column_and_takes_none(single: Single, row: str, place: str) -> None:
    answer = single.send(made.csv_body("c1;p1;2008-05-05T00:00:00Z;yes;261", row), made.FILES)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["index"], problem["field"]) == (422, "RowProblem", 3, place)
    assert events(single, made.FILES) == []


def test_refuse__same_id_with_other_bytes__is_a_replay_mismatch(single: Single) -> None:
    single.send(BODY)
    answer = single.send(made.events_body([made.wire(3)]))
    assert (answer.status_code, answer.json()["code"]) == (409, "ReplayMismatch")
    assert len(events(single)) == 2


def test_refuse__known_event_with_another_content__is_a_conflict_and_the_first_one_stays(single: Single) -> None:
    single.send(BODY)
    answer = single.send(made.events_body([made.wire(3), made.wire(1, won=False)]), message_id="message-2")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "EventConflict")
    assert (problem["source_account"], problem["source_event_id"]) == (made.ACCOUNT, "call-00001")
    assert events(single) == [made.event(1), made.event(2)]


def test_refuse__then_sent_right_under_the_same_id__is_taken(single: Single) -> None:
    single.send(made.events_body([made.wire(1, quantity="0")]))
    assert single.send(BODY).status_code == 202


def test_refuse__the_same_bytes_again_and_again__are_kept_once(single: Single) -> None:
    for _ in range(3):
        single.send(b"{")
    (kept,) = rows(single, refusal)
    assert (kept.times, kept.body) == (3, b"{")


def test_refuse__flood_of_strangers__keeps_the_newest_and_no_long_bodies(
    single: Single, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oracle.refusals.MOST_ROWS", 5)
    for number in range(12):
        single.send(str(number).encode() + b"x" * 200_000, "nobody")
    kept = rows(single, refusal)
    assert [row.body[:2] for row in kept] == [b"7x", b"8x", b"9x", b"10", b"11"]
    assert {len(row.body) for row in kept} == {64 * 1024} and kept[0].size == 200_001


def test_refuse__message__never_repeats_a_key(single: Single) -> None:
    answer = single.send(BODY, webhook_signature="v1," + base64.b64encode(b"x" * 32).decode())
    assert made.secret(made.ACCOUNT)[6:] not in answer.text


def test_take__database_that_can_not_be_written__is_503_and_asks_to_come_again(single: Single) -> None:
    single.database.path.chmod(0o400)
    with single.database.write() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    answer = single.send(BODY)
    assert (answer.status_code, answer.json()["code"]) == (503, "DatabaseProblem")
    assert answer.headers["retry-after"] == "5"
