"""The deals of `examples/` by an outsider's count of the CSV: nothing of the product counts or computes on this side."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from escrow.agreement import check_against_terms, parse_agreement, report_times
from escrow.clock import parse_time
from escrow.measure import Event, measure
from escrow.schedule import apply_report, new_deal
from escrow.terms import Terms, check_terms, deal_id_of, from_json
from scripts.examples import Deal, load_calls, load_deals
from tests import factories
from tests.factories import person

FOLDER = Path(__file__).parents[3] / "examples"
CHAIN_STARTS = parse_time("2008-05-05T00:00:00Z")
MONTHS = {"may": 5, "jun": 6, "jul": 7, "aug": 8}
THOUSANDTHS = {"TUSD": 10**3, "ETH": 10**15}
"""Base units in one."""


@dataclass(frozen=True)
class Row:
    day: date
    seconds: int
    won: bool


def rows() -> list[Row]:
    with (FOLDER / "calls.csv").open(newline="") as file:
        return [
            Row(date(2008, MONTHS[row["month"]], int(row["day"])), int(row["duration"]), row["y"] == "yes")
            for row in csv.DictReader(file, delimiter=";")
        ]


ROWS = rows()


def customers(start: date, end: date) -> int:
    """Won from the first day until before the second."""
    return sum(row.won for row in ROWS if start <= row.day < end)


def leads(start: date, end: date) -> int:
    return sum(row.seconds >= 180 for row in ROWS if start <= row.day < end)


MAY, JUNE, JULY, AUGUST, SEPTEMBER = (date(2008, month, 1) for month in range(5, 10))
PERIODS = [date(2008, 5, 31), date(2008, 6, 30), date(2008, 7, 30)]


@dataclass(frozen=True)
class Outcome:
    """`paid_in_all` is what the agency has by then, in thousandths of a dollar or of an ETH."""

    as_of: date
    value: int
    paid_in_all: int


def finance(end: date) -> Outcome:
    won = customers(MAY, end)
    return Outcome(end, won, min(won * 500, 400_000) * 1_000)


def qualified(end: date) -> Outcome:
    count = leads(MAY, end)
    return Outcome(end, count, (min(count, 5_000) * 20 + max(count - 5_000, 0) * 12) * 1_000)


def target(start: date, end: date) -> Outcome:
    won = customers(start, end)
    return Outcome(end, won, 90_000_000 if won >= 300 else 0)


def share(number: int, end: date) -> Outcome:
    """5 ETH and 0.05 ETH, of which 90% is 0.045."""
    won = customers(MAY, end)
    performance = won * 50 if number == 3 else won * 45
    return Outcome(end, won, number * 5_000 + performance)


EXPECTED: dict[str, Callable[[], list[Outcome]]] = {
    "finance-cpa": lambda: [finance(end) for end in (JUNE, JULY, AUGUST)],
    "qualified-leads": lambda: [qualified(end) for end in (JUNE, JULY, AUGUST)],
    "target-july": lambda: [target(JULY, AUGUST)],
    "target-august": lambda: [target(AUGUST, SEPTEMBER)],
    "base-and-share": lambda: [share(number, end) for number, end in enumerate(PERIODS, 1)],
}


@pytest.fixture(scope="module")
def calls() -> list[Event]:
    return load_calls(FOLDER, "bank-telephone")


def deals() -> list[Deal]:
    return load_deals(FOLDER)


def terms_of(deal: Deal) -> Terms:
    draft = deal.draft(
        client=person("client"), agency=person("agency"), committee=factories.COMMITTEE, dollar=factories.TOKEN
    )
    return from_json(draft["terms"])


def test_calls__totals__are_the_campaigns() -> None:
    found = [
        (sum(row.day.month == month for row in ROWS), sum(row.won for row in ROWS if row.day.month == month))
        for month in MONTHS.values()
    ]
    assert found == [(7957, 258), (4486, 201), (6380, 384), (5215, 288)]


def test_outsider__counts__are_those_that_the_readme_tells() -> None:
    assert customers(MAY, AUGUST) == 843 and 843 * 500 == 421_500
    assert qualified(AUGUST) == Outcome(AUGUST, 9_407, 152_884_000)
    assert target(JULY, AUGUST) == Outcome(AUGUST, 384, 90_000_000)
    assert target(AUGUST, SEPTEMBER) == Outcome(SEPTEMBER, 288, 0)
    assert share(3, PERIODS[2]) == Outcome(PERIODS[2], 792, 54_600)


@pytest.mark.parametrize("deal", deals(), ids=lambda deal: deal.name)
def test_deal__as_shipped__can_be_opened_on_the_campaigns_first_day(deal: Deal) -> None:
    terms = terms_of(deal)

    check_terms(terms, now=CHAIN_STARTS, committee=factories.committee(), domain=factories.domain())
    check_against_terms(parse_agreement(deal.agreement), terms)
    assert CHAIN_STARTS < terms.open_before
    assert terms.quorum == 2


@pytest.mark.parametrize("deal", deals(), ids=lambda deal: deal.name)
def test_deal__measured_and_paid__is_what_an_outsider_counts(deal: Deal, calls: list[Event]) -> None:
    thousandth = THOUSANDTHS[deal.symbol]
    terms, agreement = terms_of(deal), parse_agreement(deal.agreement)
    state, paid, refunded = new_deal(terms, terms.budget), 0, 0
    found = []
    for as_of in report_times(agreement, terms):
        value = measure(agreement, deal_id_of(terms, factories.domain()), calls, as_of).value
        state, due = apply_report(terms, state, as_of, value)
        paid, refunded = paid + due.base + due.performance, refunded + due.refunded
        found.append((as_of, value, paid))

    assert found == [
        (parse_time(f"{outcome.as_of}T00:00:00Z"), outcome.value, outcome.paid_in_all * thousandth)
        for outcome in EXPECTED[deal.name]()
    ]
    assert state.closed and paid + refunded == terms.budget


def test_deals__files__are_the_five_of_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text()

    assert {path.stem for path in (FOLDER / "deals").iterdir()} == set(EXPECTED)
    assert all(f"| `{name}` |" in readme for name in EXPECTED)
