"""Sums, rates and savings: what an event is worth, and what becomes of it when its value changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.agreement.metric import SumOfValue
from escrow.measure.worth import value_in
from tests.escrow.measure.units import VALUE, adjustment, decline, sale, states, take, windowed
from tests.escrow.measured import agreement, day, event, lost, reversal
from tests.factories import DAY

SUM = {"method": "sum/1", "metric": VALUE}
RATE = {"method": "rate/1", "metric": {"scale": 10_000}}
COSTS = [
    {"channel": "chat", "topic": "billing", "human": 450, "own": 99},
    {"channel": "chat", "topic": "login", "human": 200, "own": 250},
]
SAVINGS = {"method": "savings/1", "metric": {"currency": "USD", "exponent": 2, "costs": COSTS}}


# Sums


def test_sum__of_quantity__adds_what_a_count_adds() -> None:
    events = [event(1, quantity="3"), lost(2), event(3, quantity="4")]

    assert take(agreement(method="sum/1", metric={"of": "quantity"}), events).value == 7


def test_sum__of_value__adds_the_values_of_what_counts() -> None:
    events = [sale(1, 1, 4990), sale(2, 1, 10), sale(3, 1, 700), reversal(3, 2)]

    assert take(agreement(**SUM), events).value == 5000


@pytest.mark.parametrize("money", [{}, {"currency": "USD"}], ids=["no value", "another currency"])
def test_sum__value_in_another_currency_or_none__is_a_row_with_its_reason(money: dict[str, Any]) -> None:
    other = sale(1, 1, 100, **money) if money else event(1, 1)

    assert states(agreement(**SUM), [other, sale(2, 1, 5)]) == [("invalid", "wrong_currency"), ("approved", "")]


@pytest.mark.parametrize(
    "minor, exponent, worth",
    [("1999", 3, 199), ("1", 3, 0), ("7", 0, 700), ("5", 2, 5), ("12345678901234567890", 18, 1234)],
)
def test_sum__value_of_another_exponent__is_rounded_down_row_by_row(minor: str, exponent: int, worth: int) -> None:
    assert (
        take(agreement(**SUM), [sale(1, 1, minor, exponent=exponent), sale(2, 1, minor, exponent=exponent)]).value
        == 2 * worth
    )


def test_adjustment__partial_refund__lowers_the_unit_and_names_its_reason() -> None:
    events = [sale(1, 1, 1000), adjustment(1, 2, -300), adjustment(1, 3, "-5", exponent=3)]

    assert states(agreement(**SUM), events) == [
        ("approved", ""),
        ("adjusted", "refund_partial"),
        ("adjusted", "refund_partial"),
    ]
    assert take(agreement(**SUM), events).value == 1000 - 300 - 1


def test_adjustment__more_than_the_unit__stops_at_zero() -> None:
    events = [sale(1, 1, 1000), adjustment(1, 2, -300), adjustment(1, 3, -900, reason="chargeback"), sale(2, 1, 50)]
    measured = take(agreement(**SUM), events)

    assert measured.value == 50
    assert [row.quantity for row in measured.rows if row.reason == "chargeback"] == [-700]
    assert states(agreement(**SUM), [*events, adjustment(1, 4, -1)])[-1] == ("ignored", "no_effect")


def test_adjustment__upwards__raises_the_unit() -> None:
    assert take(agreement(**SUM), [sale(1, 1, 1000), adjustment(1, 2, 250, reason="order_update")]).value == 1250


def test_adjustment__of_a_unit_that_does_not_count__counts_no_more_than_it() -> None:
    events = [sale(1, 1, 1000), adjustment(1, 2, -300), reversal(1, 3), adjustment(9, 2, -5)]

    assert states(agreement(**SUM), events) == [
        ("returned", "reversed"), ("ignored", "reversed"), ("applied", "reversed"), ("ignored", "no_matching_click"),
    ]  # fmt: skip
    assert take(agreement(**SUM), events).value == 0


def test_adjustment__in_another_currency__changes_nothing_and_says_why() -> None:
    events = [sale(1, 1, 1000), adjustment(1, 2, -300, currency="USD")]

    assert states(agreement(**SUM), events)[1] == ("ignored", "wrong_currency")
    assert take(agreement(**SUM), events).value == 1000


def test_adjustment__after_the_reversal_window__changes_nothing() -> None:
    by = agreement(**SUM, reversal={"within_seconds": 5 * DAY})

    assert states(by, [sale(1, 1, 1000), adjustment(1, 6, -300)]) == [("locked", ""), ("ignored", "outside_reversal_window")]


def test_adjustment__that_takes_all__is_of_the_share_that_may_be_taken_back() -> None:
    by = agreement(**SUM, reversal={"share_bps": 5_000})
    events = [sale(1, 1, 1000), sale(2, 1, 1000), adjustment(1, 2, -1000), adjustment(2, 3, -1000), adjustment(2, 4, -999)]

    assert take(by, events).value == 1


def test_caps__of_a_sum__count_the_unit_with_its_changes() -> None:
    by = agreement(**SUM, caps={"total": 1000})

    assert take(by, [sale(1, 1, 1200), adjustment(1, 2, -300), sale(2, 2, 100)]).value == 1000
    assert states(by, [sale(1, 1, 1200), adjustment(1, 2, -100)]) == [("overcap", "cap_reached"), ("ignored", "cap_reached")]


@given(st.integers(-(10**12), 10**12), st.integers(0, 18), st.integers(0, 18))
def test_value_in__any_exponent__is_the_floor(minor: int, given_exponent: int, exponent: int) -> None:
    change = adjustment(1, 1, minor, exponent=given_exponent)
    worth = value_in(SumOfValue("EUR", exponent), change).amount

    assert worth * 10**given_exponent <= minor * 10**exponent < (worth + 1) * 10**given_exponent


# Rates


def test_rate__accepted_per_decided__is_scaled_and_rounded_down() -> None:
    assert take(agreement(**RATE), [event(1), event(2), lost(3)]).value == 6_666
    assert take(agreement(**RATE), []).value == 0


def test_rate__declined_and_returned__were_decided() -> None:
    events = [event(1, 1), event(2, 1), decline(2, 2), event(3, 1), reversal(3, 2), event(4, 1), lost(5, 1)]

    assert take(windowed(**RATE), events).value == 4_000


def test_rate__still_open_or_no_unit_of_its_own__is_neither() -> None:
    events = [event(1, 1), lost(2, 1), event(3, 25), event(1, 2, source_event_id="again"), event(9, -1)]
    events.append(lost(3, 24, source_event_id="first"))

    assert take(windowed(**RATE), events, day(30)).value == 5_000


def test_rate__unit_that_failed_first__is_one_unit() -> None:
    assert take(agreement(**RATE), [lost(1, 1), event(1, 2, source_event_id="then"), lost(2, 1)]).value == 5_000


def test_rate__of_a_period__is_of_its_own_units() -> None:
    events = [event(1, 5), event(2, 31), lost(3, 32), lost(4, 33)]

    assert take(agreement(**RATE), events, day(60), period_start=day(30)).value == 3_333


# Savings


def contact(number: int, on: int = 1, topic: str = "billing", **changes: Any) -> Any:
    return event(number, on, attributes={"customer": "yes", "channel": "chat", "topic": topic}, **changes)


def test_savings__resolved__is_the_cost_of_people_less_the_agents_own() -> None:
    assert take(agreement(**SAVINGS), [contact(1), contact(2, quantity="2")]).value == 3 * (450 - 99)


def test_savings__reopened__costs_people_after_all() -> None:
    events = [contact(1), contact(2), reversal(2, 2, attributes={"reason": "reopened"})]

    assert states(agreement(**SAVINGS), events) == [("approved", ""), ("approved", ""), ("adjusted", "reopened")]
    assert take(agreement(**SAVINGS), events).value == 2 * (450 - 99) - 450


def test_savings__not_resolved_after_all__saves_nothing() -> None:
    events = [contact(1), reversal(1, 2, attributes={"reason": "human_handoff"})]

    assert take(agreement(**SAVINGS), events).value == 0


def test_savings__without_an_agreed_cost__is_a_row_with_its_reason() -> None:
    assert states(agreement(**SAVINGS), [contact(1, topic="other"), event(2)]) == [("invalid", "no_agreed_cost")] * 2


def test_savings__costing_more_than_people__lowers_the_sum_and_never_below_zero() -> None:
    assert take(agreement(**SAVINGS), [contact(1), contact(2, topic="login")]).value == 351 - 50
    assert take(agreement(**SAVINGS), [contact(2, topic="login")]).value == 0


# Periods


def test_period__unit_that_is_decided_later__counts_in_the_period_in_which_it_is() -> None:
    events = [event(1, 5), event(2, 25), event(3, 26), decline(3, 27)]
    values = [take(windowed(), events, day(end), period_start=day(end - 30)).value for end in (30, 60, 90)]

    assert values == [1, 1, 0]


def test_period__taken_back_after_it_was_paid__lowers_the_next() -> None:
    events = [sale(1, 5, 1000), adjustment(1, 40, -300), sale(2, 70, 200), sale(3, 75, 200)]
    measured = [take(agreement(**SUM), events, day(end), period_start=day(end - 30)) for end in (30, 60, 90)]

    assert [one.value for one in measured] == [1000, 0, 100]
    assert measured[2].bundle.earlier == (1000, 700)
