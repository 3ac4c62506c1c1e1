"""settle: what a report pays, both bases. Figures are counted by hand. Tree: trees/settle.tree."""

import pytest
from deals import BY_FINAL_REPORT, CLOSED, both_coins
from refusals import refused
from terms import PER_PERIOD, RATE_SCALE, Step, per_unit

# Cumulative


@both_coins
def test_settle__the_first_report_comes__pays_what_the_value_earns(open_deal):
    deal = open_deal()
    with deal.moves(agency=25_800):
        deal.settle(258, deal.terms.boundary(1))


@both_coins
def test_settle__a_higher_value_follows__pays_the_difference(open_deal):
    deal = open_deal()
    deal.settle(258, deal.terms.boundary(1))
    with deal.moves(agency=14_200):
        deal.settle(400, deal.terms.boundary(2))


@both_coins
def test_settle__the_same_value_follows__pays_nothing(open_deal):
    deal = open_deal()
    deal.settle(258, deal.terms.boundary(1))
    with deal.moves():
        tx = deal.settle(258, deal.terms.boundary(2))
    assert (tx.events["ReportSettled"]["base"], tx.events["ReportSettled"]["performance"]) == (0, 0)
    assert deal.state()["last_as_of"] == deal.terms.boundary(2)


@both_coins
def test_settle__the_value_falls__pays_nothing_until_it_is_passed_again(open_deal):
    deal = open_deal()
    start = deal.terms.starts_at
    deal.settle(300, start + 1)
    for value, paid in ((200, 0), (299, 0), (301, 100), (0, 0), (301, 0), (310, 900)):
        with deal.moves(agency=paid):
            deal.settle(value, deal.state()["last_as_of"] + 1)
    with deal.moves(client=69_000):
        deal.settle(250)


@pytest.mark.parametrize("changes", [{}, {"retention_bps": 1_500, "base_per_period": 5_000}], ids=["plain", "all"])
def test_settle__reports_are_skipped__pays_the_same_in_all(open_deal, changes):
    with_all, with_one = open_deal(**changes), open_deal(salt=2, **changes)
    paid = 40_000 + 3 * changes.get("base_per_period", 0)
    with with_all.moves(agency=paid, client=100_000 - paid):
        for period, value in ((1, 120), (2, 90), (3, 400)):
            with_all.settle(value, with_all.terms.boundary(period))
    with with_one.moves(agency=paid, client=100_000 - paid):
        with_one.settle(400)


TIERS = (per_unit(20), per_unit(12, at=500), per_unit(5, at=600))


@pytest.mark.parametrize(
    ("value", "earned"),
    [(0, 0), (1, 20), (499, 9_980), (500, 10_000), (501, 10_012), (600, 11_200), (601, 11_205), (1_000, 13_200)],
)
def test_settle__steps_are_crossed__pays_each_by_its_own_rate(open_deal, value, earned):
    deal = open_deal(steps=TIERS)
    with deal.moves(agency=earned):
        deal.settle(value, deal.terms.boundary(1))


@pytest.mark.parametrize(("value", "earned"), [(299, 0), (300, 90_000), (301, 90_003), (400, 90_300), (401, 90_403)])
def test_settle__a_flat_amount_is_reached__pays_it_once(open_deal, value, earned):
    steps = (Step(300, 90_000, 3 * RATE_SCALE), Step(401, 100, 7 * RATE_SCALE))
    deal = open_deal(steps=steps)
    with deal.moves(agency=earned):
        deal.settle(value, deal.terms.boundary(1))
    with deal.moves():
        deal.settle(value, deal.terms.boundary(2))


@pytest.mark.parametrize(("value", "earned"), [(1, 0), (2, 0), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_settle__rates_have_fractions__rounds_their_sum_down_once(open_deal, value, earned):
    # Two units at 0.4, the others at 0.6: 0.4, 0.8, 1.4, 2.0, 2.6, 3.2.
    deal = open_deal(steps=(Step(0, 0, 400_000), Step(2, 0, 600_000)))
    with deal.moves(agency=earned):
        deal.settle(value, deal.terms.boundary(1))


@pytest.mark.parametrize(("value", "paid"), [(599, 59_900), (600, 60_000), (601, 60_000), (5_000, 60_000)])
def test_settle__the_cap_is_reached__pays_the_cap(open_deal, value, paid):
    deal = open_deal(cap=60_000)
    with deal.moves(agency=paid):
        deal.settle(value, deal.terms.boundary(1))
    assert deal.state()["performance"] == paid


@pytest.mark.parametrize("cap", [0, 200_000])
def test_settle__the_funds_are_exhausted__pays_the_funds(open_deal, cap):
    deal = open_deal(cap=cap)
    with deal.moves(agency=100_000):
        deal.settle(1_001, deal.terms.boundary(1))
    with deal.moves():
        deal.settle(5_000, deal.terms.boundary(2))
    with deal.moves():
        deal.settle(5_001)


@both_coins
def test_settle__nothing_was_achieved__pays_nothing(open_deal):
    deal = open_deal()
    with deal.moves():
        deal.settle(0, deal.terms.boundary(1))


@both_coins
def test_settle__whole_periods_passed__pays_them(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves(agency=10_000):
        tx = deal.settle(0, deal.terms.boundary(2))
    assert tx.events["ReportSettled"]["base"] == 10_000


def test_settle__a_period_is_not_over__pays_nothing_for_it(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves():
        deal.settle(0, deal.terms.boundary(1) - 1)
    with deal.moves(agency=5_000):
        deal.settle(0, deal.terms.boundary(2) - 1)


def test_settle__reports_of_periods_are_merged__pays_the_base_of_all_of_them(open_deal):
    deal = open_deal(base_per_period=5_000)
    deal.settle(0, deal.terms.boundary(1))
    with deal.moves(agency=10_000 + 1_000, client=84_000):
        deal.settle(10)


def test_settle__the_deal_ends__pays_the_base_up_to_the_end(open_deal):
    deal = open_deal(base_per_period=5_001)
    deal.settle(0, deal.terms.ends_at - 1)
    with deal.moves(agency=5_001, client=100_000 - 3 * 5_001):
        deal.settle(0)


@both_coins
def test_settle__the_performance_would_take_it_all__keeps_the_base_of_later_periods_apart(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves(agency=85_000 + 5_000):
        deal.settle(1_000, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(1_000, deal.terms.boundary(2))
    with deal.moves(agency=5_000):
        deal.settle(1_000)


def test_settle__the_value_falls_beside_it__pays_the_base_all_the_same(open_deal):
    deal = open_deal(base_per_period=5_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(10, deal.terms.boundary(2))


# Retention


@both_coins
def test_settle__a_report_comes_before_the_end__holds_the_share_back(open_deal):
    deal = open_deal(retention_bps=1_000)
    with deal.moves(agency=27_000):
        deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=9_000):
        deal.settle(400, deal.terms.ends_at - 1)


def test_settle__the_share_is_not_whole__rounds_the_payment_down(open_deal):
    deal = open_deal(retention_bps=3_333, steps=(per_unit(1),))
    # 6.667 of 10, then 7.3337 of 11: one unit more, in all.
    with deal.moves(agency=6):
        deal.settle(10, deal.terms.boundary(1))
    with deal.moves(agency=1):
        deal.settle(11, deal.terms.boundary(2))
    with deal.moves(agency=4, client=99_989):
        deal.settle(11)


@both_coins
def test_settle__the_final_report_confirms_the_value__releases_the_share(open_deal):
    deal = open_deal(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=3_000, client=70_000):
        deal.settle(300)


def test_settle__the_final_value_is_lower__releases_what_the_final_value_earns(open_deal):
    deal = open_deal(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=1_500, client=71_500):
        deal.settle(285)


def test_settle__the_final_value_is_below_what_was_paid__takes_nothing_back(open_deal):
    deal = open_deal(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(client=73_000):
        deal.settle(200)


def test_settle__only_the_final_report_comes__pays_without_retention(open_deal):
    deal = open_deal(retention_bps=5_000)
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)


# Per period


@both_coins
def test_settle__periods_are_reported_one_by_one__pays_each_by_its_own_value(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    for period, value in ((1, 100), (2, 40)):
        with deal.moves(agency=value * 100):
            deal.settle(value, deal.terms.boundary(period))
    assert deal.state()["performance"] == 14_000
    with deal.moves(agency=10_000, client=76_000):
        deal.settle(100)


def test_settle__a_period_is_left_out__is_refused(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    first, second = deal.terms.boundary(1), deal.terms.boundary(2)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, second, first):
        deal.settle(100, second)
    deal.settle(100, first, at=second)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, deal.terms.ends_at, second):
        deal.settle(100)


@pytest.mark.parametrize("aside", [-1, 1])
def test_settle__as_of_is_not_a_boundary__is_refused(open_deal, aside):
    deal = open_deal(basis=PER_PERIOD)
    boundary = deal.terms.boundary(1)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, boundary + aside, boundary):
        deal.settle(100, boundary + aside)


def test_settle__periods_are_caught_up_after_the_end__pays_each_by_its_own_value(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    late = deal.terms.silent_at - 3
    with deal.moves(agency=60_000, client=40_000):
        for period in (1, 2, 3):
            deal.settle(100 * period, deal.terms.boundary(period), at=late + period - 1)


def test_settle__each_period_reaches_the_cap__pays_the_cap_for_each(open_deal):
    deal = open_deal(basis=PER_PERIOD, cap=20_000)
    for period in (1, 2):
        with deal.moves(agency=20_000):
            deal.settle(201, deal.terms.boundary(period))
    with deal.moves(agency=20_000, client=40_000):
        deal.settle(5_000)


def test_settle__the_funds_are_exhausted_in_a_period__pays_the_rest_and_no_more(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    deal.settle(800, deal.terms.boundary(1))
    with deal.moves(agency=20_000):
        deal.settle(300, deal.terms.boundary(2))
    with deal.moves():
        deal.settle(300)


@both_coins
def test_settle__a_base_fee_comes_with_each_period__pays_one_base_for_each(open_deal):
    deal = open_deal(basis=PER_PERIOD, base_per_period=5_000)
    with deal.moves(agency=15_000):
        deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(0, deal.terms.boundary(2))
    with deal.moves(agency=6_000, client=74_000):
        deal.settle(10)


def test_settle__the_first_periods_would_take_it_all__keeps_the_base_of_the_later_ones_apart(open_deal):
    deal = open_deal(basis=PER_PERIOD, base_per_period=5_000)
    with deal.moves(agency=85_000 + 5_000):
        deal.settle(1_000, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(1_000, deal.terms.boundary(2))
    with deal.moves(agency=5_000):
        deal.settle(1_000)


def test_settle__the_last_period_is_reported__returns_the_rest(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    deal.settle(0, deal.terms.boundary(1))
    deal.settle(50, deal.terms.boundary(2))
    with deal.moves(agency=100, client=94_900):
        event = deal.settle(1).events["DealClosed"]
    assert event["refunded"] == 94_900


# The final report


@both_coins
def test_settle__some_was_earned__pays_and_returns_the_rest_at_once(open_deal):
    deal = open_deal()
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)


def test_settle__some_was_earned__closes_the_deal(open_deal):
    deal = open_deal()
    deal.settle(300)
    assert deal.state()["closed"]
    assert deal.status() == CLOSED


def test_settle__some_was_earned__emits_deal_closed_after_report_settled(open_deal):
    deal = open_deal(base_per_period=5_000)
    events = deal.settle(300).events
    names = [event.name for event in events if event.name != "Transfer"]
    assert names == ["ReportSettled", "DealClosed"]
    assert events["DealClosed"] == {
        "dealId": "0x" + deal.id.hex(),
        "cause": BY_FINAL_REPORT,
        "base": 0,
        "performance": 0,
        "refunded": 55_000,
    }


@both_coins
def test_settle__all_was_earned__returns_nothing(open_deal):
    deal = open_deal()
    with deal.moves(agency=100_000):
        deal.settle(1_000)


@both_coins
def test_settle__nothing_was_earned__returns_everything(open_deal):
    deal = open_deal()
    with deal.moves(client=100_000):
        deal.settle(0)


def test_settle__a_target_is_just_missed__returns_everything_that_a_hit_would_have_paid(open_deal):
    target = (Step(300, 90_000, 0),)
    missed, hit = open_deal(budget=90_000, steps=target), open_deal(budget=90_000, steps=target, salt=2)
    with missed.moves(client=90_000):
        missed.settle(299)
    with hit.moves(agency=90_000):
        hit.settle(300)
