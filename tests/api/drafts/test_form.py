"""The form is read whole: what is sound becomes wishes, every fault is named by its field."""

import pytest

from api.drafts.fields import Kind
from api.drafts.form import Wishes, read_form
from escrow.clock import parse_time
from escrow.terms import Step
from tests.api.drafts.typed import DOLLAR, typed

SCALE = 10**6


def read(kind: Kind = "price", **changes: str) -> Wishes:
    wishes = read_form(kind, typed(**changes), [DOLLAR])
    assert isinstance(wishes, Wishes), wishes
    return wishes


def faults(kind: Kind = "price", **changes: str) -> dict[str, str]:
    found = read_form(kind, typed(**changes), [DOLLAR])
    assert isinstance(found, list), "the form has no fault"
    return {fault.field: fault.text for fault in found}


def test_form__price__is_one_step() -> None:
    wishes = read()
    assert wishes.steps == (Step(0, 0, 500 * SCALE * SCALE),)
    assert wishes.budget == 400_000 * SCALE
    assert (wishes.starts_at, wishes.ends_at) == (parse_time("2008-05-01T00:00:00Z"), parse_time("2008-08-01T00:00:00Z"))


def test_form__second_price__is_a_second_step() -> None:
    assert read(price="20", second_from="5 000", second_price="12").steps == (
        Step(0, 0, 20 * SCALE * SCALE),
        Step(5_000, 0, 12 * SCALE * SCALE),
    )


def test_form__target__pays_the_budget_once() -> None:
    assert read("target", target="300", budget="90000").steps == (Step(300, 90_000 * SCALE, 0),)


def test_form__base_and_share__has_periods() -> None:
    wishes = read("base", base="5", price="0.05", periods="3", last_day="2008-07-29", retention="10", budget="80")
    assert (wishes.base, wishes.periods, wishes.retention_bps) == (5 * SCALE, 3, 1_000)


def test_form__no_last_day_of_funding__takes_a_week_after_the_start() -> None:
    assert read().open_before == parse_time("2008-05-08T00:00:00Z")
    assert read(fund_by="2008-04-30").open_before == parse_time("2008-05-01T00:00:00Z")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("budget", "", "Enter budget"),
        ("budget", "-5", "is negative"),
        ("budget", "0", "more than 0"),
        ("budget", "1.0000001", "more decimals"),
        ("budget", "1,000.50", "is not a number"),
        ("budget", "9" * 30, "more than the contract can hold"),
        ("price", "9" * 20, "more than the contract can hold"),
        ("price", "lots", "is not a number"),
        ("title", "", "Enter title"),
        ("title", "x" * 121, "at most 120"),
        ("title", "turn\u202eed", "can’t be printed"),
        ("account", "bank telephone", "letters, digits"),
        ("first_day", "1.5.2008", "must be a date"),
        ("first_day", "2008-02-30", "must be a date"),
        ("last_day", "2008-04-01", "before the first day"),
        ("last_day", "9999-12-31", "years 1971 to 2199"),
        ("periods", "3", "93 days are"),
        ("periods", "-1", "must not be negative"),
        ("quorum", "1.5", "must be a whole number"),
        ("quorum", "0", "must be 1 to 255"),
        ("grace", "91", "must be 1 to 90"),
        ("retention", "50.01", "0 to 50%"),
        ("retention", "-1", "is negative"),
        ("client", "0x12", "is not 0x and 40 hex digits"),
        ("client", "0x70997970C51812dc3A010C7d01b50e0d17dc79c8", "checksum"),
        ("committee", "", "Enter oracles"),
        ("committee_id", "0x12", "id is not 0x"),
        ("token", "0x" + "11" * 20 + ":6", "choose one"),
        ("reports", "daily", "choose one"),
        ("test_field", "", "Enter a unit counts when"),
        ("test_operator", "like", "choose one"),
        ("second_price", "12", ""),
        ("fund_by", "2008-06-01", "at most 7 days"),
        ("key", "", "Load the form again"),
    ],
)
def test_form__fault__is_named_by_its_field(field: str, text: str, words: str) -> None:
    expected = "second_from" if field == "second_price" else field
    found = faults(**{field: text})
    assert set(found) == {expected}
    assert words in found[expected]


def test_form__operator_for_numbers__wants_a_number() -> None:
    assert "whole number" in faults(test_operator="at_least", test_value="yes")["test_value"]
    assert read(test_operator="at_least", test_value="180").test.value == 180


def test_form__agency_is_client__is_refused() -> None:
    assert "must not be the client" in faults(agency=typed()["client"])["agency"]


def test_form__base_beyond_budget__is_refused() -> None:
    found = faults("base", base="5", price="1", periods="3", last_day="2008-07-29", budget="14")
    assert "does not cover the base" in found["budget"]


def test_form__many_faults__come_at_once_in_the_order_of_the_fields() -> None:
    assert list(faults(title="", price="-1", agency="")) == ["title", "price", "agency"]


def test_form__per_period_basis__wants_a_report_each_period_and_no_retention() -> None:
    assert "end of each period" in faults(basis="1")["reports"]
    assert "must be 0%" in faults(basis="1", reports="periods", retention="10")["retention"]


def test_form__decimals_in_the_option__are_those_that_the_person_saw() -> None:
    assert read(token=f"{DOLLAR.address}:18").token.decimals == 18
