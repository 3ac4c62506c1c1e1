"""Evidence with states, a check source or periods: recomputed from events and from the rows alone, and found when forged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from escrow.measure import Bundle, Event, counts_of, leaf_of
from escrow.measure.merkle import root_of
from escrow.terms import Basis
from tests.escrow.measure.units import CHECK, CHECKED, DECLINE, VALUE, adjustment, decline, sale
from tests.escrow.measured import day, document, reversal
from tests.escrow.verify.life import Life
from tests.factories import DAY

JUNE, JULY = 1212278400, 1214870400
SALES = [sale(number, number % 60, 100 + number) for number in range(1, 60)]
EVENTS = [
    *SALES,
    *(sale(number, number % 60, 100 + number, account=CHECK) for number in range(2, 60)),
    adjustment(3, 5, -50),
    adjustment(3, 5, -50, account=CHECK, source_event_id="their"),
    decline(5, 6),
]
AGREED = document(sources=CHECKED, method="sum/1", metric=VALUE, decline=DECLINE)


def life(events: list[Event] | None = None, **terms: Any) -> Life:
    return Life(EVENTS if events is None else events, AGREED, **terms).open()


def test_verify_deal__sums_with_a_check_source__are_equal_from_events_and_from_rows_alone() -> None:
    whole = life().report(JUNE).report(JULY)

    assert whole.verdict().is_equal and all(report.from_events for report in whole.verdict().reports)
    whole.calls_at_hand = None
    assert whole.verdict().is_equal


def test_verify_deal__per_period_with_windows__is_equal() -> None:
    every = {
        **AGREED,
        "reports": {"every": "period"},
        "flight": {"from": "2008-05-01T00:00:00Z", "to": "2008-07-30T00:00:00Z"},
    }
    whole = Life([*EVENTS, reversal(7, 40), reversal(7, 40, account=CHECK)], every, basis=Basis.PER_PERIOD,
                 period_length=30 * DAY, periods=3).open()  # fmt: skip
    whole.report(day(30)).report(day(60)).report(day(90))

    assert whole.verdict().is_equal, whole.verdict().text
    whole.calls_at_hand = None
    assert whole.verdict().is_equal


def test_verify_deal__notice_with_a_tail__is_measured_to_the_new_end() -> None:
    touched = [sale(number, 28, 100, attributes={"customer": "yes", "clicked_at": day(number)}) for number in range(15, 28)]
    agreed = document(
        sources=CHECKED[:3], method="sum/1", metric=VALUE,
        attribution={"field": "clicked_at", "within_seconds": 20 * DAY}, tail_seconds=7 * DAY,
    )  # fmt: skip
    whole = Life(touched, agreed).open().notice(day(30)).report(day(30))

    assert whole.verdict().is_equal, whole.verdict().text
    assert whole.verdict().reports[0].value == 8 * 100


def fitting(change: Callable[[Bundle], Bundle]) -> Callable[[Bundle], Bundle]:
    """Makes counts and root fit the rows again."""

    def forge(bundle: Bundle) -> Bundle:
        changed = change(bundle)
        rows = tuple(sorted(changed.rows))
        return replace(changed, rows=rows, counts=counts_of(rows), units_root=root_of(map(leaf_of, rows)))

    return forge


def in_check(**changes: Any) -> Callable[[Bundle], Bundle]:
    def change(bundle: Bundle) -> Bundle:
        assert bundle.check
        return replace(bundle, check=replace(bundle.check, **changes))

    return change


def in_first_row(**changes: Any) -> Callable[[Bundle], Bundle]:
    return lambda bundle: replace(bundle, rows=(bundle.rows[0]._replace(**changes), *bundle.rows[1:]))


ALONE: dict[str, tuple[Callable[[Bundle], Bundle], str]] = {
    "no check source": (lambda bundle: replace(bundle, check=None), "check source of the evidence"),
    "schema": (lambda bundle: replace(bundle, schema="evidence/1", method="count/1"), "evidence should be a bundle"),
    "controlling number": (in_check(controlling=1), "controlling number of the rows"),
    "check number": (in_check(value=6_000), "number of the check source"),
    "no unit differs": (in_check(differing=()), "number of the check source"),
    "value": (lambda bundle: replace(bundle, value=bundle.value + 1), "value of the rows"),
    "earlier periods": (lambda bundle: replace(bundle, earlier=(1,)), "number of periods before"),
    "row worth more": (fitting(in_first_row(quantity=10**6)), "controlling number of the rows"),
}


@pytest.mark.parametrize("change, what", ALONE.values(), ids=ALONE)
def test_verify_deal__forged_sides__are_found_without_any_events(change: Callable[[Bundle], Bundle], what: str) -> None:
    forged = life().report(JULY, change)
    forged.calls_at_hand = None

    assert what in str(forged.verdict().difference), forged.verdict().text


def test_verify_deal__check_source_forged_so_that_all_fits__is_found_by_the_events() -> None:
    def forge(bundle: Bundle) -> Bundle:
        assert bundle.check
        return replace(bundle, check=replace(bundle.check, units_root=b"\x01" * 32))

    forged = life().report(JULY, forge)

    assert forged.verdict().difference is not None
    assert forged.verdict().difference.what == "units root of the check source"


def test_verify_deal__one_event_of_the_check_source_missing__is_named() -> None:
    whole = life().report(JULY)
    whole.calls_at_hand = [each for each in EVENTS if (each.source_account, each.unit_id) != (CHECK, "person-00009")]
    difference = whole.verdict().difference

    assert difference is not None and (difference.what, difference.found) == ("number of the check source", str(CHECKED_SUM))


def test_verify_deal__check_source_left_out__is_the_first_difference() -> None:
    whole = life().report(JULY)
    whole.calls_at_hand = [each for each in EVENTS if each.source_account != CHECK]
    difference = whole.verdict().difference

    assert difference is not None and difference.what == "number of the check source"
    assert (difference.expected, difference.found) == ("0", str(CHECKED_SUM))


CHECKED_SUM = sum(100 + number for number in range(2, 52) if number != 5) - 50
"""What the check source has as of 1 July: without the declined one, and those whose window is still open."""
