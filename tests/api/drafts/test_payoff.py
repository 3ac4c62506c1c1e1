"""The chart's points are exact: each equals what the contract's twin computes."""

import pytest

from api.drafts.payoff import MOST_POINTS, payoff_chart, payoff_of, payoff_sentence
from escrow.ids import Units
from escrow.schedule import apply_report, new_deal
from escrow.terms import Basis, Terms
from tests.api.drafts.typed import DOLLAR
from tests.factories import DAY, step, terms

SCALE = 10**6


def rate(dollars: int) -> int:
    return dollars * SCALE * SCALE


CASES = {
    "price": terms(),
    "two prices": terms(budget=Units(160_000 * SCALE), steps=(step(rate=rate(20)), step(5_000, 0, rate(12)))),
    "target": terms(budget=Units(90_000 * SCALE), steps=(step(300, 90_000 * SCALE, 0),)),
    "base": terms(
        budget=Units(80 * SCALE), period_length=30 * DAY, periods=3, base_per_period=Units(5 * SCALE), retention_bps=1_000
    ),
    "cap": terms(cap=Units(1_000 * SCALE)),
    "sixteen steps": terms(steps=tuple(step(100 * n + 1, SCALE, rate(n % 3)) for n in range(16))),
    "nothing to earn": terms(steps=(step(rate=0),)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_payoff__each_point__equals_a_final_report(case: Terms) -> None:
    points = payoff_of(case, case.budget).points
    assert len(points) <= MOST_POINTS
    assert points[0].value == 0
    assert [point.value for point in points] == sorted({point.value for point in points})
    for point in points:
        _, due = apply_report(case, new_deal(case, case.budget), case.ends_at, point.value)
        assert point.agency == due.base + due.performance
        assert point.client == due.refunded


def test_payoff__target__shows_both_sides_of_the_cliff() -> None:
    values = {point.value: point.agency for point in payoff_of(CASES["target"], 90_000 * SCALE).points}
    assert (values[299], values[300]) == (0, 90_000 * SCALE)


def test_payoff__price__bends_where_the_money_is_used_up() -> None:
    payoff = payoff_of(terms(), 400_000 * SCALE)
    assert [point.value for point in payoff.points] == [0, 800, 960]
    assert "800 customers" in payoff_sentence(payoff, "customer", DOLLAR).replace("\u00a0", " ")


def test_payoff__per_period__shows_one_period() -> None:
    case = terms(basis=Basis.PER_PERIOD, period_length=DAY, periods=92, cap=Units(1_000 * SCALE))
    payoff = payoff_of(case, case.budget)
    assert max(point.agency for point in payoff.points) == 1_000 * SCALE
    assert all(point.client is None for point in payoff.points)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_payoff__chart__stays_inside_its_frame(case: Terms) -> None:
    chart = payoff_chart(payoff_of(case, case.budget), "customer", DOLLAR)
    for x, y in chart.dots:
        assert chart.left <= x <= chart.right
        assert chart.top <= y <= chart.bottom
    assert 2 <= len(chart.x_ticks) <= 6
