"""Which report is due: a table over bases, clocks and what was settled already."""

from typing import Any

import pytest

from escrow.claims import Claim
from escrow.ids import Timestamp
from escrow.status import Status
from escrow.terms import Basis
from oracle.schedule import DueReport, NothingDue, due_report, earliest_next, finalizable_at
from tests import factories
from tests.factories import DAY, STARTS_AT
from tests.oracle.made import AUGUST, JULY, JUNE

TIMES = (JUNE, JULY, AUGUST)
GRACE = 14 * DAY


def cumulative(now: int, last_as_of: int = STARTS_AT, **changes: Any) -> DueReport | NothingDue:
    terms = factories.terms()
    return due_report(TIMES, terms, factories.deal(terms, last_as_of=last_as_of, **changes), now)


def per_period(now: int, periods_settled: int = 0, **changes: Any) -> DueReport | NothingDue:
    terms = factories.terms(basis=Basis.PER_PERIOD, period_length=30 * DAY, periods=3)
    times = [Timestamp(STARTS_AT + n * 30 * DAY) for n in (1, 2, 3)]
    last = STARTS_AT + periods_settled * 30 * DAY
    return due_report(times, terms, factories.deal(terms, last_as_of=last, **changes), now)


@pytest.mark.parametrize(
    ("now", "last_as_of", "expected"),
    [
        pytest.param(STARTS_AT - 1, STARTS_AT, NothingDue(Status.SCHEDULED, JUNE), id="before the start"),
        pytest.param(JUNE - 1, STARTS_AT, NothingDue(Status.RUNNING, JUNE), id="a second too early"),
        pytest.param(JUNE, STARTS_AT, DueReport(JUNE, None, False), id="at the second"),
        pytest.param(JULY + 5, STARTS_AT, DueReport(JUNE, None, False), id="two are open: the first goes first"),
        pytest.param(JULY + 5, JUNE, DueReport(JULY, None, False), id="then the second"),
        pytest.param(JULY + 5, JULY, NothingDue(Status.RUNNING, AUGUST), id="all that were due are settled"),
        pytest.param(JULY, JUNE + 3, DueReport(JULY, None, False), id="somebody settled between two times"),
        pytest.param(AUGUST - 1, JULY, NothingDue(Status.RUNNING, AUGUST), id="the end is not reached"),
        pytest.param(AUGUST, JULY, DueReport(AUGUST, None, True), id="the final one"),
        pytest.param(AUGUST, STARTS_AT, DueReport(AUGUST, None, True), id="after the end only the final one is taken"),
        pytest.param(AUGUST + GRACE - 1, JUNE, DueReport(AUGUST, None, True), id="the last second of the grace"),
        pytest.param(AUGUST + GRACE, JULY, NothingDue(Status.SILENT, None), id="too late for ever"),
    ],
)
def test_due_report__cumulative__is(now: int, last_as_of: int, expected: DueReport | NothingDue) -> None:
    assert cumulative(now, last_as_of) == expected


@pytest.mark.parametrize(
    ("day", "settled", "expected"),
    [
        pytest.param(29, 0, NothingDue(Status.RUNNING, STARTS_AT + 30 * DAY), id="before the first boundary"),
        pytest.param(30, 0, DueReport(STARTS_AT + 30 * DAY, STARTS_AT, False), id="the first period"),
        pytest.param(70, 0, DueReport(STARTS_AT + 30 * DAY, STARTS_AT, False), id="late ones in order"),
        pytest.param(70, 1, DueReport(STARTS_AT + 60 * DAY, STARTS_AT + 30 * DAY, False), id="the second period"),
        pytest.param(95, 0, DueReport(STARTS_AT + 30 * DAY, STARTS_AT, False), id="in order after the end, too"),
        pytest.param(95, 2, DueReport(STARTS_AT + 90 * DAY, STARTS_AT + 60 * DAY, True), id="the last period"),
        pytest.param(104, 2, NothingDue(Status.SILENT, None), id="too late for ever"),
    ],
)
def test_due_report__per_period__is(day: int, settled: int, expected: DueReport | NothingDue) -> None:
    assert per_period(STARTS_AT + day * DAY, settled) == expected


def test_due_report__closed_deal__is_none() -> None:
    assert cumulative(AUGUST, JUNE, closed=True) == NothingDue(Status.CLOSED, None)


def test_due_report__deal_that_was_never_opened__is_none() -> None:
    assert cumulative(AUGUST, funded=0) == NothingDue(Status.UNKNOWN, None)


def test_due_report__end_brought_forward__is_the_final_report_at_that_end() -> None:
    early = JUNE + 10 * DAY
    assert cumulative(JUNE + DAY, JUNE, ends_at=early) == NothingDue(Status.RUNNING, early)
    assert cumulative(early, JUNE, ends_at=early) == DueReport(early, None, True)


def test_earliest_next__all_settled__is_none() -> None:
    assert earliest_next(TIMES, AUGUST) is None
    assert earliest_next(TIMES, JUNE) == JULY


def test_due_report__grace_began_later__goes_by_the_contracts_status() -> None:
    terms = factories.terms()
    late = AUGUST + GRACE
    found = due_report(TIMES, terms, factories.deal(terms, last_as_of=JULY), late, Status.ENDED)
    assert found == DueReport(AUGUST, None, True)


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        pytest.param({}, 7, id="undisputed"),
        pytest.param({"agency_value": 9}, 7, id="what is agreed of it"),
        pytest.param({"agency_value": 9, "agreed_paid": True}, 21, id="the rest of it"),
        pytest.param({"client_value": 1, "agreed_paid": True}, 21, id="paid by the dispute"),
    ],
)
def test_finalizable_at__report_that_waits__is(changes: dict[str, Any], days: int) -> None:
    terms = factories.terms(arbiter=factories.person("arbiter"), challenge_window=7 * DAY, ruling_window=14 * DAY)
    claim = Claim(JUNE, Timestamp(JUNE + 7 * DAY), 5, 5, **changes)
    assert finalizable_at(terms, claim) == JUNE + days * DAY
