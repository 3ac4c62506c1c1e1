"""Whether an agreement is the one of the terms, and when its reports are due."""

from typing import Any

import pytest

from escrow.agreement import check_against_terms, check_dates, report_times
from escrow.clock import parse_time
from escrow.errors import AgreementMismatch
from escrow.terms import Basis, Terms
from tests import factories
from tests.escrow.measured import ENDS_AT, agreement, day
from tests.factories import DAY


def terms(**changes: Any) -> Terms:
    return factories.terms(**{"agreement": agreement().hash, **changes})


def test_check_against_terms__its_own_terms__passes() -> None:
    check_against_terms(agreement(), terms())


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"agreement": "ab" * 32}, "hash"),
        ({"starts_at": day(1)}, "start"),
        ({"period_length": 91 * DAY}, "end"),
        ({"periods": 2}, "end"),
        ({"basis": Basis.PER_PERIOD}, "reports"),
    ],
)
def test_check_against_terms__one_difference__is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(AgreementMismatch) as caught:
        check_against_terms(agreement(), terms(**changes))
    assert caught.value.field == field


def test_agreement_mismatch__message__says_both_sides() -> None:
    with pytest.raises(AgreementMismatch) as caught:
        check_against_terms(agreement(), terms(starts_at=day(1)))
    assert str(caught.value) == ("agreement has the start 2008-05-01T00:00:00Z, the deal's terms have 2008-05-02T00:00:00Z")


def test_check_dates__tail_longer_than_the_notice__is_named() -> None:
    attributed = {"attribution": {"field": "clicked_at", "within_seconds": DAY}}
    notice = terms().notice_period

    check_dates(agreement(**attributed, tail_seconds=notice), terms())
    with pytest.raises(AgreementMismatch) as caught:
        check_dates(agreement(**attributed, tail_seconds=notice + 1), terms())
    assert caught.value.field == "tail"


def test_check_dates__draft_without_hash__looks_at_the_rest() -> None:
    check_dates(agreement(), terms(agreement="ab" * 32))


def test_report_times__times_of_the_agreement__are_taken_as_they_are() -> None:
    assert report_times(agreement(), terms()) == (
        parse_time("2008-06-01T00:00:00Z"),
        parse_time("2008-07-01T00:00:00Z"),
        ENDS_AT,
    )


def test_report_times__every_period__are_the_boundaries_up_to_the_end() -> None:
    every = agreement(reports={"every": "period"})

    assert report_times(every, terms(period_length=23 * DAY, periods=4)) == (day(23), day(46), day(69), ENDS_AT)


def test_report_times__end_moved_by_notice__are_those_before_it_and_the_new_end() -> None:
    assert report_times(agreement(), terms(), ends_at=day(40)) == (parse_time("2008-06-01T00:00:00Z"), day(40))
    assert report_times(agreement(), terms(), ends_at=ENDS_AT) == report_times(agreement(), terms())
