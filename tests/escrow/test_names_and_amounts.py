"""ids, clock and money: text from outside becomes a value, or a named error."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow import ids
from escrow.clock import format_time, parse_time
from escrow.errors import (
    AddressProblem,
    AmountProblem,
    CommitteeIdProblem,
    DealIdProblem,
    DocumentHashProblem,
    TimeFormatProblem,
)
from escrow.money import format_amount, parse_amount

# From EIP-55.
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    "text",
    [CHECKSUMMED, CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()],
    ids=["mixed", "lower", "upper"],
)
def test_address__any_right_case__is_checksummed(text: str) -> None:
    assert ids.address(text) == CHECKSUMMED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CHECKSUMMED.replace("aA", "Aa"), "checksum"),
        (CHECKSUMMED[:-1], "40 hex digits"),
        (CHECKSUMMED + "0", "40 hex digits"),
        (CHECKSUMMED + "\n", "40 hex digits"),
        (CHECKSUMMED[2:], "40 hex digits"),
        ("vitalik.eth", "40 hex digits"),
        ("", "40 hex digits"),
        (None, "40 hex digits"),
    ],
)
def test_address__wrong__says_what_and_why(text: Any, why: str) -> None:
    with pytest.raises(AddressProblem, match=why) as caught:
        ids.address(text)
    assert caught.value.given == text


@pytest.mark.parametrize(
    ("make", "right", "error"),
    [
        (ids.deal_id, "0x" + "a1" * 32, DealIdProblem),
        (ids.committee_id, "0x" + "a1" * 12, CommitteeIdProblem),
        (ids.document_hash, "a1" * 32, DocumentHashProblem),
    ],
)
def test_ids__only_their_one_written_form__is_taken(make: Callable[[Any], str], right: str, error: type[Exception]) -> None:
    assert make(right) == right
    for wrong in (right.upper(), right[:-1], right + "0", right + "\n", f"0x{right}", "", None, 5):
        with pytest.raises(error):
            make(wrong)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2008-05-01T00:00:00Z", 1_209_600_000),
        ("2008-05-01T02:00:00+02:00", 1_209_600_000),
        ("2008-04-30T18:30:00-05:30", 1_209_600_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ],
)
def test_parse_time__rfc3339__is_the_second_it_names(text: str, at: int) -> None:
    assert parse_time(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2008-05-01",
        "2008-05-01T00:00:00",
        "2008-05-01 00:00:00Z",
        "2008-05-01T00:00:00.5Z",
        "2008-05-01T24:00:00Z",
        "2008-05-01T00:00:60Z",
        "2008-02-30T00:00:00Z",
        "2008-05-01T00:00:00+24:00",
        "1969-12-31T23:59:59Z",
        "２008-05-01T00:00:00Z",
        "2008-05-01T00:00:00Z\n",
        "",
        None,
        1_209_600_000,
    ],
)
def test_parse_time__anything_else__is_refused(text: Any) -> None:
    with pytest.raises(TimeFormatProblem):
        parse_time(text)


@given(st.integers(0, 253_402_300_799))
def test_format_time__any_time__is_read_back(at: int) -> None:
    assert parse_time(format_time(at)) == at


@pytest.mark.parametrize("at", [-1, 253_402_300_800, 2**256 - 1])
def test_format_time__outside_the_calendar__is_refused(at: int) -> None:
    with pytest.raises(TimeFormatProblem):
        format_time(at)


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("1 000,50", 6, 1_000_500_000),
        ("1000.5", 6, 1_000_500_000),
        ("400\u202f000", 6, 400_000_000_000),
        ("1'000.25", 2, 100_025),
        (" 0 ", 6, 0),
        ("0.000001", 6, 1),
        ("0,125", 6, 125_000),
        ("1.10000000", 6, 1_100_000),
        ("7", 0, 7),
        ("0.05", 18, 5 * 10**16),
    ],
)
def test_parse_amount__as_people_type_it__is_exact(text: str, decimals: int, units: int) -> None:
    assert parse_amount(text, decimals) == units


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "is missing"),
        ("", "is missing"),
        ("   ", "is missing"),
        ("-5", "is negative"),
        ("- 5", "is negative"),
        ("0.0000001", "more decimals"),
        ("1,000.50", "is not a number"),
        ("1.000.000", "is not a number"),
        ("400,000", "can be read as"),
        ("5e3", "is not a number"),
        ("NaN", "is not a number"),
        ("0x10", "is not a number"),
        ("$5", "is not a number"),
        ("٣", "is not a number"),
        ("9" * 31, "is too large"),
    ],
)
def test_parse_amount__anything_else__says_why(text: str | None, why: str) -> None:
    with pytest.raises(AmountProblem, match=why) as caught:
        parse_amount(text, 6)
    assert caught.value.given == text


@pytest.mark.parametrize(
    ("units", "decimals", "least", "text"),
    [
        (1_000_500_000, 6, 2, "1000.50"),
        (1_000_500_001, 6, 2, "1000.500001"),
        (0, 6, 2, "0.00"),
        (1, 6, 0, "0.000001"),
        (5_000_000, 6, 0, "5"),
        (-5_000_000, 6, 2, "-5.00"),
        (12, 0, 2, "12"),
        (12, 1, 2, "1.2"),
    ],
)
def test_format_amount__shows_every_unit(units: int, decimals: int, least: int, text: str) -> None:
    assert format_amount(units, decimals, least) == text


def test_format_amount__grouped__thousands_apart() -> None:
    assert format_amount(123_456_789_000_000, 6, group="\u202f") == "123\u202f456\u202f789.00"


@given(st.integers(0, 2**96 - 1), st.integers(0, 18), st.integers(0, 18), st.sampled_from(["", "\u202f", " "]))
def test_format_amount__any_amount__is_read_back(units: int, decimals: int, least: int, group: str) -> None:
    assert parse_amount(format_amount(units, decimals, least, group=group), decimals) == units
