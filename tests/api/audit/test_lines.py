"""The lines of a payout end in exactly what the contract's twin pays, whatever the terms."""

import pytest

from api.audit.lines import decline_lines, report_lines, silence_lines
from api.deals.state import step as move
from escrow.claims import DealState
from escrow.ids import Units
from escrow.schedule import apply_silence, new_deal
from escrow.terms import Basis, Terms
from tests.api.made import DOLLAR, made_deal
from tests.factories import DAY, step, terms

SCALE = 10**6
BASE = terms(
    budget=Units(80 * SCALE),
    period_length=30 * DAY,
    periods=3,
    base_per_period=Units(5 * SCALE),
    retention_bps=1_000,
    steps=(step(rate=SCALE * SCALE // 20),),
)
CASES = {
    "price": terms(),
    "two prices": terms(steps=(step(rate=20 * SCALE * SCALE), step(200, 0, 12 * SCALE * SCALE))),
    "target": terms(steps=(step(300, 90_000 * SCALE, 0),)),
    "base, share and retention": BASE,
    "cap": terms(cap=Units(1_000 * SCALE)),
    "odd rate": terms(steps=(step(rate=333_333_333_333),)),
    "per period": terms(basis=Basis.PER_PERIOD, period_length=30 * DAY, periods=3, budget=Units(200_000 * SCALE)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("values", [(0, 0, 0), (258, 400, 650), (650, 400, 300), (10**9, 1, 2)])
def test_lines__each_report__total_what_was_paid_and_returned(case: Terms, values: tuple[int, int, int]) -> None:
    third = (case.ends_at - case.starts_at) // 3
    times = [case.starts_at + third, case.starts_at + 2 * third, case.ends_at]
    deal = made_deal(case, list(zip(times, values, strict=True)))
    kept = DealState(new_deal(case, deal.amount))
    for report in deal.settlements:
        lines = report_lines(case, kept.deal, report, "customer", DOLLAR)
        totals = {line.label: line.units for line in lines if line.total}
        assert totals["Paid to the agency by this report"] == report.paid
        kept = move(case, kept, report)
    assert deal.closed is not None
    assert totals["Back to the client"] == deal.closed.refunded


def test_lines__price__says_count_times_price() -> None:
    deal = made_deal(terms(), [(terms().starts_at + DAY, 258)])
    first = report_lines(terms(), new_deal(terms(), deal.amount), deal.settlements[0], "customer", DOLLAR)[0]
    assert first.label.replace("\u00a0", " ") == "258 customers"
    assert first.how.replace("\u00a0", " ") == "× 500.00 TUSD"
    assert first.units == 129_000 * SCALE


def test_lines__before_the_end__show_what_is_held() -> None:
    deal = made_deal(BASE, [(BASE.starts_at + 30 * DAY, 100)])
    lines = {line.label: line for line in report_lines(BASE, new_deal(BASE, deal.amount), deal.settlements[0], "x", DOLLAR)}
    assert lines["Held until the end"].units == -5 * SCALE // 10
    assert lines["Base fee"].units == 5 * SCALE


def test_lines__silence__total_what_closing_paid() -> None:
    deal = made_deal(BASE, [(BASE.starts_at + 30 * DAY, 100)])
    lines = {line.label: line.units for line in silence_lines(BASE, deal.state)}
    _, due = apply_silence(BASE, deal.state)
    assert lines["Paid to the agency in closing"] == due.base + due.performance > 0
    assert lines["Back to the client"] == due.refunded


def test_lines__declined__return_everything() -> None:
    assert [line.units for line in decline_lines(new_deal(terms(), 7))] == [7]
