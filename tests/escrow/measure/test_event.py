"""Events from and to JSON: what is accepted, and the first fault named with its member."""

from typing import Any

import pytest

from escrow.errors import EventProblem
from escrow.measure import Event, Kind, parse_event
from tests.escrow.measured import ACCOUNT, day, event

FULL = {
    "source": "api",
    "source_account": "bank-telephone",
    "source_event_id": "call-00001",
    "kind": "conversion",
    "goal": "call",
    "unit_id": "person-00001",
    "occurred_at": "2008-05-05T00:00:00Z",
    "quantity": "1",
    "value_minor": None,
    "currency": None,
    "currency_exponent": None,
    "attributes": {"customer": "no", "duration_seconds": 261},
}
REVERSED = {**FULL, "kind": "reversal", "quantity": "7"}
PRICED = {**FULL, "value_minor": "4990", "currency": "EUR", "currency_exponent": 2}
SENT = {name: value for name, value in FULL.items() if name not in ("source", "source_account")}


def test_parse_event__example_of_the_protocol__gives_its_event() -> None:
    assert parse_event(FULL) == Event(
        "api", "bank-telephone", "call-00001", Kind.CONVERSION, "call", "person-00001", day(4), 1, None, None, None,
        {"customer": "no", "duration_seconds": 261},
    )  # fmt: skip


def test_parse_event__sent_to_an_account__has_that_account() -> None:
    assert parse_event(SENT, "bank-telephone") == parse_event(FULL)
    assert parse_event(SENT, "other", source="csv").source_account == "other"


def test_parse_event__optional_members_left_out__mean_their_defaults() -> None:
    short = {name: SENT[name] for name in ("source_event_id", "goal", "unit_id", "occurred_at")}

    assert parse_event(short, "bank-telephone") == parse_event({**FULL, "attributes": {}})


def test_parse_event__time_with_an_offset__is_the_same_second_in_utc() -> None:
    assert parse_event({**FULL, "occurred_at": "2008-05-05T02:00:00+02:00"}) == parse_event(FULL)


@pytest.mark.parametrize("full", [FULL, REVERSED, PRICED])
def test_event__to_json_and_to_wire__are_read_back(full: dict[str, Any]) -> None:
    parsed = parse_event(full)

    assert parsed.to_json() == full
    assert parse_event(parsed.to_wire(), "bank-telephone") == parsed


def test_event__to_wire__leaves_out_what_is_at_its_default() -> None:
    assert event(1).to_wire() == {
        "source_event_id": "call-00001",
        "goal": "call",
        "unit_id": "person-00001",
        "occurred_at": "2008-05-02T00:00:00Z",
        "attributes": {"customer": "yes", "duration_seconds": 261},
    }


BROKEN: list[tuple[str, Any]] = [
    ("source_event_id", ""),
    ("source_event_id", 7),
    ("source_event_id", "a\nb"),
    ("unit_id", "x" * 201),
    ("unit_id", "\ud800"),
    ("goal", "a call"),
    ("kind", "amendment"),
    ("kind", ["conversion"]),
    ("occurred_at", "2008-05-05"),
    ("occurred_at", "2008-02-30T00:00:00Z"),
    ("occurred_at", "2008-05-05T00:00:00.5Z"),
    ("occurred_at", 1209945600),
    ("quantity", 1),
    ("quantity", "0"),
    ("quantity", "-1"),
    ("quantity", "01"),
    ("quantity", "1.0"),
    ("quantity", str(2**63)),
    ("attributes", ["customer"]),
    ("attributes", {f"a{number}": 1 for number in range(65)}),
    ("attributes", {"a b": 1}),
    ("attributes.a", {"a": True}),
    ("attributes.a", {"a": 1.5}),
    ("attributes.a", {"a": 2**53}),
    ("attributes.a", {"a": None}),
    ("attributes.a", {"a": "x\ty"}),
]


@pytest.mark.parametrize("member, given", BROKEN)
def test_parse_event__one_fault__is_named_with_index_and_member(member: str, given: Any) -> None:
    with pytest.raises(EventProblem) as caught:
        parse_event({**SENT, member.split(".")[0]: given}, ACCOUNT, index=3)
    assert (caught.value.index, caught.value.field) == (3, member)


@pytest.mark.parametrize("member", ["source_event_id", "goal", "unit_id", "occurred_at"])
def test_parse_event__missing_member__is_named(member: str) -> None:
    with pytest.raises(EventProblem, match=f"event 0: {member} with None is missing"):
        parse_event({name: value for name, value in SENT.items() if name != member}, ACCOUNT)


@pytest.mark.parametrize("member", ["source", "source_account", "received_at"])
def test_parse_event__member_that_a_sender_may_not_give__is_refused(member: str) -> None:
    with pytest.raises(EventProblem, match=f"{member} with 'x' is unknown"):
        parse_event({**SENT, member: "x"}, ACCOUNT)


@pytest.mark.parametrize("left_out", ["value_minor", "currency", "currency_exponent"])
def test_parse_event__money_without_all_its_three_parts__is_refused(left_out: str) -> None:
    money = {"value_minor": "4990", "currency": "EUR", "currency_exponent": 2, left_out: None}

    with pytest.raises(EventProblem) as caught:
        parse_event({**SENT, **money}, ACCOUNT)
    assert caught.value.field == left_out


@pytest.mark.parametrize("given", [None, [], "event", 7])
def test_parse_event__no_object__is_refused(given: Any) -> None:
    with pytest.raises(EventProblem, match="is not an object"):
        parse_event(given, ACCOUNT)


MONEY = {"value_minor": "-300", "currency": "EUR", "currency_exponent": 2}
GROUNDS = {"reason": "bad_contact_data", "evidence": "ab" * 32}


def test_parse_event__adjustment__is_signed_and_of_no_quantity() -> None:
    parsed = event(1, kind="adjustment", **MONEY)

    assert (parsed.value_minor, parsed.quantity) == (-300, 0)
    assert parse_event(parsed.to_wire(), ACCOUNT) == parse_event(parsed.to_json()) == parsed
    assert event(1, kind="adjustment", **{**MONEY, "quantity": "0"}) == parsed


@pytest.mark.parametrize("kind", ["decline", "contest", "approve"])
def test_parse_event__what_a_party_says__is_read_and_written(kind: str) -> None:
    parsed = event(1, kind=kind, attributes=GROUNDS)

    assert (parsed.kind, parsed.quantity, parsed.attributes) == (Kind(kind), 1, GROUNDS)
    assert parse_event(parsed.to_wire(), ACCOUNT) == parse_event(parsed.to_json()) == parsed


def test_parse_event__approval__needs_no_reason() -> None:
    assert event(1, kind="approve", attributes={}).kind is Kind.APPROVE


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"kind": "adjustment"}, "value_minor"),
        ({"kind": "adjustment", **MONEY, "quantity": "1"}, "quantity"),
        ({"kind": "adjustment", **MONEY, "value_minor": "-0"}, "value_minor"),
        ({"kind": "adjustment", **MONEY, "value_minor": "- 3"}, "value_minor"),
        ({"kind": "conversion", **MONEY}, "value_minor"),
        ({"kind": "reversal", **MONEY}, "value_minor"),
        ({"kind": "conversion", "quantity": "0"}, "quantity"),
        ({"kind": "decline", "attributes": {}}, "attributes.reason"),
        ({"kind": "decline", "attributes": {**GROUNDS, "reason": "did_not_buy"}}, "attributes.reason"),
        ({"kind": "decline", "attributes": {**GROUNDS, "reason": 7}}, "attributes.reason"),
        ({"kind": "contest", "attributes": {"reason": "terms_breach"}}, "attributes.evidence"),
        ({"kind": "contest", "attributes": {**GROUNDS, "evidence": "AB" * 32}}, "attributes.evidence"),
    ],
)
def test_parse_event__message_without_what_its_kind_needs__names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EventProblem) as caught:
        event(1, **changes)
    assert caught.value.field == field
