"""Events without unit ids: their canonical line, their keys, and the way back from an export."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.canonical import canonical
from escrow.clock import format_time
from escrow.errors import EventProblem
from escrow.measure import Event, Kind, event_line, parse_line, read_lines, unit_key
from tests.escrow.measured import event

SALT = b"\x5a" * 32
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
EVENTS = st.builds(
    Event,
    NAMES,
    NAMES,
    TEXTS,
    st.sampled_from(Kind),
    NAMES,
    TEXTS,
    st.integers(0, 253_402_300_799),
    st.integers(1, 2**63 - 1),
    st.none(),
    st.none(),
    st.none(),
    st.dictionaries(NAMES, st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS, max_size=5),
)
PRICED = st.builds(
    lambda bare, value, currency, exponent: Event(
        *(getattr(bare, name) for name in Event.__slots__[:8]), value, currency, exponent, bare.attributes
    ),
    EVENTS,
    st.integers(0, 10**29),
    st.from_regex(r"[A-Z]{3}", fullmatch=True),
    st.integers(0, 18),
)


@settings(deadline=None)
@given(EVENTS | PRICED)
def test_event_line__any_event__is_the_canonical_json_of_its_shape(any_event: Event) -> None:
    shape = any_event.to_json()
    shape["unit_key"] = hashlib.sha256(SALT + shape.pop("unit_id").encode()).hexdigest()

    assert event_line(any_event, SALT) == canonical(shape)


def test_unit_key__of_one_unit__differs_between_salts() -> None:
    assert unit_key(SALT, "person-00001") == hashlib.sha256(SALT + b"person-00001").digest()
    assert unit_key(SALT, "person-00001") != unit_key(b"\x5b" * 32, "person-00001")


def test_event_line__says_no_unit_id() -> None:
    assert b"person-00001" not in event_line(event(1), SALT)


def test_parse_line__exported_event__has_the_hash_of_its_line() -> None:
    line = event_line(event(1), SALT)
    keyed = parse_line(json.loads(line))

    assert keyed.event_hash == hashlib.sha256(line).digest()
    assert keyed.unit_key == unit_key(SALT, "person-00001")
    assert format_time(keyed.occurred_at) == "2008-05-02T00:00:00Z"


@pytest.mark.parametrize("key", [None, "", "AB" * 32, "ab" * 31, 7])
def test_parse_line__key_that_is_none__is_refused(key: object) -> None:
    with pytest.raises(EventProblem) as caught:
        parse_line({**json.loads(event_line(event(1), SALT)), "unit_key": key}, 4)
    assert (caught.value.index, caught.value.field) == (4, "unit_key")


def test_read_lines__each_form__is_told_apart() -> None:
    full = json.dumps(event(1).to_json()).encode()
    exported = event_line(event(2), SALT)
    sent = json.dumps(event(3).to_wire()).encode()

    first, second, third = read_lines([full, b"\n", exported, sent], "bank-telephone")

    assert first == event(1)
    assert second == parse_line(json.loads(exported))
    assert third == event(3)


def test_read_lines__broken_line__is_named() -> None:
    with pytest.raises(EventProblem) as caught:
        list(read_lines([event_line(event(1), SALT), b"{"]))
    assert caught.value.index == 1
