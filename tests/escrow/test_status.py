import pytest

from escrow.claims import Claim
from escrow.ids import Timestamp
from escrow.status import Status, status_of
from tests import factories
from tests.factories import DAY

START = factories.STARTS_AT
END = START + 92 * DAY
GRACE_END = END + 14 * DAY


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (START - 1, Status.SCHEDULED),
        (START, Status.RUNNING),
        (END - 1, Status.RUNNING),
        (END, Status.ENDED),
        (GRACE_END - 1, Status.ENDED),
        (GRACE_END, Status.SILENT),
    ],
)
def test_status_of__open_deal__changes_at_the_border_and_not_before(now: int, status: Status) -> None:
    assert status_of(factories.terms(), factories.deal(), now) is status


@pytest.mark.parametrize("now", [START - 1, START, END, GRACE_END])
def test_status_of__never_opened_or_closed__at_no_time_anything_else(now: int) -> None:
    terms = factories.terms()
    assert status_of(terms, factories.deal(funded=0), now) is Status.UNKNOWN
    assert status_of(terms, factories.deal(closed=True), now) is Status.CLOSED


def test_status_of__end_moved__follows_the_deal_and_not_the_terms() -> None:
    deal = factories.deal(ends_at=START + DAY)
    assert status_of(factories.terms(), deal, START + DAY) is Status.ENDED


def test_status_of__report_waits_after_end_and_grace__is_not_silent() -> None:
    claim = Claim(Timestamp(END), Timestamp(GRACE_END + DAY), 7, 7)
    assert status_of(factories.terms(), factories.deal(), GRACE_END, claim=claim) is Status.ENDED
    assert status_of(factories.terms(), factories.deal(), END - 1, claim=claim) is Status.RUNNING


def test_status_of__report_resolved_after_the_end__grace_runs_anew() -> None:
    terms, deal = factories.terms(), factories.deal()
    assert status_of(terms, deal, GRACE_END + DAY - 1, resolved_at=END + DAY) is Status.ENDED
    assert status_of(terms, deal, GRACE_END + DAY, resolved_at=END + DAY) is Status.SILENT
    assert status_of(terms, deal, GRACE_END, resolved_at=END - DAY) is Status.SILENT
