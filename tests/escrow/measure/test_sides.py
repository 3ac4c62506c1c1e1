"""Controlling against check source: what is compared, the bands of 2% and 10%, and what the evidence shows of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.measure import Event, read_bundle, unit_key
from escrow.measure.reconcile import Nearness, nearness, reconciled
from tests.escrow.measure.units import CHECK, CHECKED, VALUE, adjustment, decline, sale, take, windowed
from tests.escrow.measured import agreement, day, event, lost, reversal


@pytest.mark.parametrize(
    "controlling, check, near, counts",
    [(100, 98, "FINE", 100), (100, 102, "FINE", 100), (0, 0, "FINE", 0), (1000, 979, "APART", 1000), (1000, 1021, "APART", 1000),
     (100, 90, "APART", 100), (100, 110, "APART", 100), (1000, 899, "FAR", 899), (1000, 1101, "FAR", 1000), (0, 1, "FAR", 0),
     (1, 0, "FAR", 0), (9, 8, "FAR", 8)],
)  # fmt: skip
def test_reconciled__at_the_edges_of_the_bands__is_the_controlling_or_beyond_them_the_smaller(
    controlling: int, check: int, near: str, counts: int
) -> None:
    assert (nearness(controlling, check), reconciled(controlling, check)) == (Nearness[near], counts)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_reconciled__any_two__is_one_of_them_and_never_more_than_the_controlling(controlling: int, check: int) -> None:
    value = reconciled(controlling, check)
    assert value == controlling or (value == check < controlling and (controlling - check) * 10 > controlling)


def won(numbers: range, account: str | None = None) -> list[Event]:
    return [event(number, 1, account=account) if account else event(number, 1) for number in numbers]


def test_measure__check_source_within_two_percent__the_controlling_counts_and_the_units_are_named() -> None:
    by = windowed(sources=CHECKED)
    measured = take(by, [*won(range(1, 101)), *won(range(2, 102), CHECK)])
    check = read_bundle(measured.evidence).check

    assert check is not None and (measured.value, check.controlling, check.value) == (100, 100, 100)
    assert {one.unit_key: (one.controlling, one.check) for one in check.differing} == {
        unit_key(by.salt, "person-00001"): (1, 0),
        unit_key(by.salt, "person-00101"): (0, 1),
    }


def test_measure__check_source_lower_by_five_percent__the_controlling_counts_and_the_units_are_named() -> None:
    measured = take(windowed(sources=CHECKED), [*won(range(1, 101)), *won(range(1, 96), CHECK)])
    assert measured.bundle.check is not None
    assert (measured.value, measured.bundle.check.value, len(measured.bundle.check.differing)) == (100, 95, 5)


def test_measure__check_source_lower_by_half__the_smaller_counts_and_the_units_are_named() -> None:
    measured = take(windowed(sources=CHECKED), [*won(range(1, 21)), *won(range(1, 11), CHECK)])
    assert measured.bundle.check is not None
    assert (measured.value, measured.bundle.check.controlling, len(measured.bundle.check.differing)) == (10, 20, 10)


def test_measure__check_source_silent__nothing_counts_and_every_unit_is_named() -> None:
    measured = take(windowed(sources=CHECKED), won(range(1, 21)))
    assert measured.bundle.check is not None
    assert (measured.value, measured.bundle.check.controlling, len(measured.bundle.check.differing)) == (0, 20, 20)


def test_measure__what_the_client_declines__is_declined_at_both() -> None:
    events = [*won(range(1, 21)), *won(range(1, 21), CHECK), *(decline(number, 2) for number in range(1, 11))]
    check = take(windowed(sources=CHECKED), events).bundle.check

    assert check is not None and (check.controlling, check.value, check.differing) == (10, 10, ())


def test_measure__rows_of_the_check_source__are_counted_and_rooted_but_not_listed() -> None:
    plain, checked = windowed(), windowed(sources=CHECKED)
    own = [*won(range(1, 21)), lost(21)]
    measured = take(checked, [*own, *won(range(1, 21), CHECK), lost(30, account=CHECK)])
    check = measured.bundle.check

    assert measured.rows == take(plain, own).rows
    assert check is not None and check.counts.counted == 20 and check.counts.excluded == {"criteria_not_met": 1}
    assert check.units_root != bytes(32)


def test_measure__check_source_with_its_own_rule__is_judged_by_that() -> None:
    rule = {"field": "paid", "is": 1, "else": "payment_failed"}
    by = windowed(sources=[*CHECKED[:3], {**CHECKED[3], "accept": rule}])
    paid = [event(number, 1, account=CHECK, attributes={"paid": number % 20 and 1}) for number in range(1, 21)]
    check = take(by, [*won(range(1, 21)), *paid]).bundle.check

    assert check is not None and check.value == 19 and check.counts.excluded == {"payment_failed": 1}


def test_measure__sum_with_adjustments__compares_the_values() -> None:
    by = agreement(sources=[CHECKED[0], CHECKED[3]], method="sum/1", metric=VALUE)
    events = [sale(1, 1, 1000), adjustment(1, 2, -100), sale(1, 1, 1000, account=CHECK)]

    assert take(by, events).value == 900
    assert take(by, [*events, adjustment(1, 2, -90, account=CHECK, source_event_id="their")]).value == 900


def test_measure__period_whose_sides_were_too_far_apart__counts_the_lower_for_later_ones() -> None:
    by = agreement(sources=[CHECKED[0], CHECKED[3]])
    events = [*won(range(1, 21)), *won(range(1, 11), CHECK)]
    events += [event(number, 40, account=CHECK) for number in range(11, 21)]
    measured = take(by, events, day(60), period_start=day(30))

    assert (measured.bundle.earlier, measured.value) == ((10,), 10)


def test_measure__check_source_takes_back__only_its_own_number_falls() -> None:
    by = agreement(sources=[CHECKED[0], CHECKED[3]])
    events = [*won(range(1, 21)), *won(range(1, 21), CHECK), reversal(1, 2, account=CHECK)]
    measured = take(by, events)

    assert measured.bundle.check is not None and measured.bundle.check.value == 19
    assert measured.value == 20 and sum(row.is_counted for row in measured.rows) == 20
