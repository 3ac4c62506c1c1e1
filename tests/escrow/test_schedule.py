"""Payout against numbers reckoned by hand; test_payout_on_chain compares the rest with Solidity."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.schedule import (
    MOST_UNITS,
    Due,
    apply_notice,
    apply_report,
    apply_ruling,
    apply_silence,
    apply_top_up,
    base_floor,
    earned_floor,
    new_deal,
    notice_end,
    paid_so_far,
)
from escrow.terms import Basis, Step
from tests import factories
from tests.factories import DAY, DOLLAR, RATE_SCALE

START = factories.STARTS_AT
ETHER = 10**18


def per_unit(units: int, **changes: object) -> object:
    """Terms that pay whole base units for each unit of the value."""
    return factories.terms(steps=(Step(0, 0, units * RATE_SCALE),), **changes)


@pytest.mark.parametrize(("value", "dollars"), [(0, 0), (1, 20), (5_000, 100_000), (5_001, 100_012), (10_000, 160_000)])
def test_earned_floor__two_tiers__each_unit_at_its_own_rate(value: int, dollars: int) -> None:
    scale = DOLLAR * RATE_SCALE
    terms = factories.terms(steps=(Step(0, 0, 20 * scale), Step(5_000, 0, 12 * scale)))
    assert earned_floor(terms, value) == dollars * DOLLAR


@pytest.mark.parametrize(("value", "earned"), [(299, 0), (300, 90_000), (301, 90_000), (2**64 - 1, 90_000)])
def test_earned_floor__flat_at_threshold__earned_once_from_there_on(value: int, earned: int) -> None:
    assert earned_floor(factories.terms(steps=(Step(300, 90_000, 0),)), value) == earned


@pytest.mark.parametrize(("cap", "earned"), [(0, 1_000), (999, 999), (1_000, 1_000), (1_001, 1_000)])
def test_earned_floor__cap__limits_where_it_is_set(cap: int, earned: int) -> None:
    assert earned_floor(per_unit(10, cap=cap), 100) == earned


@pytest.mark.parametrize(("value", "earned"), [(1, 0), (2, 1), (1_000_000, 999_999), (1_000_001, 999_999)])
def test_earned_floor__part_of_a_unit__rounds_down(value: int, earned: int) -> None:
    assert earned_floor(factories.terms(steps=(Step(0, 0, RATE_SCALE - 1),)), value) == earned


def test_earned_floor__beyond_the_type__is_the_most_that_fits() -> None:
    terms = factories.terms(steps=(Step(0, 0, MOST_UNITS), Step(2**64 - 2, MOST_UNITS, MOST_UNITS)))
    assert earned_floor(terms, 2**64 - 1) == MOST_UNITS


@given(st.integers(0, 2**64 - 2), st.lists(st.tuples(st.integers(1, 1_000), st.integers(0, 10**9)), max_size=5))
def test_earned_floor__one_more_unit__never_earns_less(value: int, pieces: list[tuple[int, int]]) -> None:
    starts = sorted({start for start, _ in pieces})
    steps = tuple(Step(start, rate, rate) for start, (_, rate) in zip(starts, pieces, strict=False))
    terms = factories.terms(steps=(Step(0, 0, 1), *steps))
    assert earned_floor(terms, value) <= earned_floor(terms, value + 1)


@pytest.mark.parametrize(("days", "base"), [(0, 0), (29, 0), (30, 10), (59, 10), (60, 20), (89, 20), (90, 30)])
def test_base_floor__inside_the_deal__counts_whole_periods(days: int, base: int) -> None:
    terms = factories.terms(period_length=30 * DAY, periods=3, base_per_period=10)
    assert base_floor(terms, START + days * DAY, terms.ends_at) == base


def test_base_floor__end_inside_a_period__pro_rata_to_the_second() -> None:
    terms = factories.terms(period_length=30 * DAY, periods=3, base_per_period=30)
    end = START + 45 * DAY + 1
    assert base_floor(terms, end, end) == 45
    assert base_floor(terms, end - 1, end) == 30


def test_apply_report__base_and_share__as_reckoned_by_hand() -> None:
    # 0.05 ETH a customer, a tenth retained; 5 ETH a period; 250, 700 and 1,001 customers
    terms = factories.terms(
        period_length=30 * DAY,
        periods=3,
        retention_bps=1_000,
        base_per_period=5 * ETHER,
        steps=(Step(0, 0, ETHER // 20 * RATE_SCALE),),
    )
    deal = new_deal(terms, 80 * ETHER)
    deal, first = apply_report(terms, deal, START + 30 * DAY, 250)
    deal, second = apply_report(terms, deal, START + 60 * DAY, 700)
    assert not deal.closed and paid_so_far(terms, deal) == sum((*vars(first).values(), *vars(second).values()))
    deal, last = apply_report(terms, deal, terms.ends_at, 1_001)
    assert first == Due(5 * ETHER, ETHER * 1125 // 100, 0)
    assert second == Due(5 * ETHER, ETHER * 2025 // 100, 0)
    assert last == Due(5 * ETHER, ETHER * 1855 // 100, ETHER * 1495 // 100)
    assert deal.closed


def test_apply_report__value_that_fell__pays_nothing_until_it_is_passed_again() -> None:
    terms = per_unit(10)
    deal = new_deal(terms, 10_000)
    paid = []
    for day, value in enumerate((50, 20, 50, 51), start=1):
        deal, due = apply_report(terms, deal, START + day * DAY, value)
        paid.append(due.performance)
    assert paid == [500, 0, 0, 10]


def test_apply_report__per_period__each_value_is_its_own_up_to_the_funds() -> None:
    terms = per_unit(10, basis=Basis.PER_PERIOD, period_length=DAY, periods=3, base_per_period=7)
    deal = new_deal(terms, 1_000)
    dues = []
    for day, value in enumerate((30, 60, 30), start=1):
        deal, due = apply_report(terms, deal, START + day * DAY, value)
        dues.append(due)
    assert dues == [Due(7, 300, 0), Due(7, 600, 0), Due(7, 79, 0)]


def test_apply_top_up__earned_beyond_the_funds__paid_at_once_less_retention() -> None:
    terms = per_unit(10, retention_bps=1_000)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), START + DAY, 150)
    deal, due = apply_top_up(terms, deal, 300)
    assert due == Due(0, 270, 0)
    assert apply_top_up(terms, deal, 900)[1] == Due(0, 180, 0)


def test_apply_top_up__per_period__pays_nothing_for_the_past() -> None:
    terms = per_unit(10, basis=Basis.PER_PERIOD, period_length=DAY, periods=3)
    deal, _ = apply_report(terms, new_deal(terms, 100), START + DAY, 50)
    deal, due = apply_top_up(terms, deal, 900)
    assert due == Due(0, 0, 0) and deal.funded == 1_000


def test_apply_silence__after_a_report__pays_what_was_retained_and_the_base_still_open() -> None:
    terms = per_unit(10, retention_bps=2_500, period_length=DAY, periods=4, base_per_period=5)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), START + DAY, 33)
    deal, due = apply_silence(terms, deal)
    assert due == Due(15, 83, 1_000 - 5 - 247 - 15 - 83) and deal.closed


def test_apply_report__state_given__is_left_as_it_was() -> None:
    terms = per_unit(10)
    deal = new_deal(terms, 1_000)
    apply_report(terms, deal, START + DAY, 5)
    assert deal == replace(deal) == new_deal(terms, 1_000)


def test_apply_report__final__keeps_what_was_paid_and_not_what_was_earned() -> None:
    terms = per_unit(10, retention_bps=1_000)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), START + DAY, 90)
    deal, due = apply_report(terms, deal, terms.ends_at, 50)
    assert (deal.performance, due) == (810, Due(0, 0, 190))
    assert paid_so_far(terms, deal) == 810


def test_apply_ruling__beyond_the_agreed_value__pays_only_the_difference() -> None:
    terms = per_unit(10)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), START + DAY, 50)
    assert apply_ruling(terms, deal, 50, 70)[1] == Due(0, 200, 0)
    assert apply_ruling(terms, deal, 50, 50)[1] == Due(0, 0, 0)


def test_apply_ruling__last_period__limited_by_the_funds_and_returns_the_rest() -> None:
    terms = per_unit(10, basis=Basis.PER_PERIOD, period_length=DAY, periods=1, base_per_period=7)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), terms.ends_at, 50)
    deal = replace(deal, closed=False)
    assert apply_ruling(terms, deal, 50, 70)[1] == Due(0, 200, 293)
    assert apply_ruling(terms, deal, 50, 200)[1] == Due(0, 493, 0)


def test_apply_notice__base_no_longer_set_aside__pays_what_was_earned_beyond_the_funds() -> None:
    terms = per_unit(10, period_length=30 * DAY, periods=3, base_per_period=100)
    deal, _ = apply_report(terms, new_deal(terms, 1_000), START + 30 * DAY, 90)
    deal, due = apply_notice(terms, deal, START + 45 * DAY)
    assert due == Due(0, 150, 0)
    assert apply_report(terms, deal, START + 45 * DAY, 100)[1] == Due(50, 0, 0)


@pytest.mark.parametrize("end", [START - 1, START])
def test_apply_notice__end_not_after_the_start__returns_everything(end: int) -> None:
    terms = per_unit(10)
    deal, due = apply_notice(terms, new_deal(terms, 1_000), end)
    assert (deal.closed, deal.ends_at, due) == (True, terms.ends_at, Due(0, 0, 1_000))


@pytest.mark.parametrize(
    ("basis", "now", "end"),
    [
        (Basis.CUMULATIVE, 3 * DAY, 10 * DAY),
        (Basis.PER_PERIOD, 3 * DAY, 30 * DAY),
        (Basis.PER_PERIOD, 23 * DAY, 30 * DAY),
        (Basis.PER_PERIOD, 23 * DAY + 1, 60 * DAY),
        (Basis.PER_PERIOD, -8 * DAY, -DAY),
    ],
)
def test_notice_end__per_period__is_rounded_up_to_a_periods_end(basis: Basis, now: int, end: int) -> None:
    terms = factories.terms(basis=basis, period_length=30 * DAY, periods=3, notice_period=7 * DAY)
    assert notice_end(terms, START + now) == START + end
