"""Amounts, counts and times as people read them."""

import pytest

from api import wording
from api.chart import compact, nice_steps
from escrow.clock import parse_time
from escrow.ids import ZERO_ADDRESS
from escrow.money import Token


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (400_000_000_000, 6, "400 000.00 T"),
        (1, 6, "0.000001 T"),
        (0, 6, "0.00 T"),
        (7, 0, "7 T"),
        (2**96, 18, "79 228 162 514.264337593543950336 T"),
    ],
)
def test_money__any_decimals__shows_every_digit(units: int, decimals: int, text: str) -> None:
    assert plain(wording.money(units, Token(ZERO_ADDRESS, "T", decimals))) == text


@pytest.mark.parametrize(
    ("symbol", "text"), [("TUSD", "TUSD"), ("U\u202eSD", "USD"), ("x" * 60, "x" * 12), ("\n ", "unnamed"), ("<b>", "<b>")]
)
def test_symbol__hostile__is_bare_and_short(symbol: str, text: str) -> None:
    assert wording.symbol_text(symbol) == text


def test_days__half_open__names_the_last_day_that_counts() -> None:
    start, end = parse_time("2008-05-01T00:00:00Z"), parse_time("2008-08-01T00:00:00Z")
    assert plain(wording.days_of(start, end)) == "1 May 2008 to 31 July 2008"
    assert plain(wording.days_of(start, start + 86_400)) == "1 May 2008"
    assert "00:01 UTC" in plain(wording.days_of(start + 60, end))


@pytest.mark.parametrize(
    ("gap", "text"),
    [(0, "now"), (59, "in 59 seconds"), (-3_600, "1 hour ago"), (86_399, "in 23 hours"), (3 * 86_400, "in 3 days")],
)
def test_relative__gap__is_rounded_down(gap: int, text: str) -> None:
    assert plain(wording.relative(1_000_000 + gap, 1_000_000)) == text


@pytest.mark.parametrize(
    ("unit", "text"), [("lead", "leads"), ("enquiry", "enquiries"), ("day", "days"), ("box", "boxes"), ("visit", "visits")]
)
def test_plural__unit__is_english(unit: str, text: str) -> None:
    assert wording.plural(unit) == text


def test_count__one__is_singular() -> None:
    assert plain(wording.count(1, "lead")) == "1 lead"
    assert plain(wording.count(5_000, "lead")) == "5 000 leads"


@pytest.mark.parametrize("most", [1, 3, 7, 360, 960, 12_000, 400_000 * 10**6, 80 * 10**18, 2**96])
def test_steps__any_height__are_few_and_round(most: int) -> None:
    steps = nice_steps(most)
    assert 2 <= len(steps) <= 6
    assert steps[-1] <= most
    assert str(steps[1]).rstrip("0") in ("1", "2", "5")


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [(400_000 * 10**6, 10**6, "400k"), (1_200_000, 1, "1.2M"), (50, 1, "50"), (5 * 10**16, 10**18, "0.05"), (0, 1, "0")],
)
def test_compact__tick__is_exact(value: int, scale: int, text: str) -> None:
    assert compact(value, scale) == text
