"""What a page says of a deal at a time, and that its money bar and chart show what is there."""

from itertools import pairwise

import pytest

from api.deals.state import Deal
from api.deals.words import bar_of, due_of, next_of, progress_chart, progress_sentence, status_words
from escrow.clock import parse_time
from escrow.ids import Timestamp
from escrow.status import Status
from tests.api.made import made_deal
from tests.factories import DAY, terms

TERMS = terms()
TIMES = tuple(parse_time(f"2008-0{month}-01T00:00:00Z") for month in (6, 7, 8))
START, END = TERMS.starts_at, TERMS.ends_at
RUNNING = made_deal(TERMS, [(TIMES[0], 258)])
CLOSED = made_deal(TERMS, [(TIMES[0], 258), (TIMES[2], 650)])


@pytest.mark.parametrize(
    ("deal", "now", "words"),
    [
        (RUNNING, START - 1, "Scheduled"),
        (RUNNING, START, "Running"),
        (RUNNING, END, "Ended, last report due"),
        (RUNNING, END + TERMS.report_grace, "Silent, refund possible"),
        (CLOSED, END, "Closed"),
        (made_deal(TERMS, silent=True), END, "Closed after silence"),
        (made_deal(TERMS, declined=True), START, "Declined"),
    ],
)
def test_status__each_state__has_its_words(deal: Deal, now: int, words: str) -> None:
    assert status_words(deal, deal.status(now)) == words


def next_at(deal: Deal, now: int) -> tuple[str, int | None]:
    found = next_of(deal, deal.status(now), TIMES, now)
    assert found is not None
    return found.what, found.at


def test_next__running__is_the_first_report_that_was_not_settled() -> None:
    assert next_at(RUNNING, TIMES[0] + DAY) == ("The next report is as of", TIMES[1])
    assert next_at(RUNNING, TIMES[1] + DAY) == ("A report is due as of", TIMES[1])


def test_next__after_the_end__says_when_a_refund_is_possible() -> None:
    assert next_at(RUNNING, END) == ("The last report is accepted until", END + TERMS.report_grace)
    assert next_at(RUNNING, END + TERMS.report_grace)[1] is None


def test_next__closed__is_nothing() -> None:
    assert next_of(CLOSED, Status.CLOSED, TIMES, END) is None


def test_due__each_time__says_what_became_of_it() -> None:
    assert [due.words for due in due_of(RUNNING, TIMES, TIMES[1])] == ["Settled", "Due", "Expected"]
    assert [due.words for due in due_of(CLOSED, TIMES, END)] == ["Settled", "Covered by a later report", "Settled"]
    declined = made_deal(TERMS, declined=True)
    assert {due.words for due in due_of(declined, TIMES, END)} == {"Not reported"}


def test_due__many_times__shows_the_ones_around_now() -> None:
    times = [Timestamp(START + day * DAY) for day in range(1, 93)]
    deal = made_deal(TERMS, [(at, 1) for at in times[:50]])
    shown = due_of(deal, times, times[50])
    assert [due.at for due in shown] == times[48:56]


@pytest.mark.parametrize("deal", [RUNNING, CLOSED, made_deal(TERMS), made_deal(TERMS, declined=True)])
def test_bar__parts__fill_it_without_gaps(deal: Deal) -> None:
    parts = bar_of(deal.money)
    assert parts[0].x == 0
    assert parts[-1].x + parts[-1].width == 1_000
    for left, right in pairwise(parts):
        assert left.x + left.width == right.x


def test_chart__progress__ends_at_what_was_paid() -> None:
    chart = progress_chart(CLOSED, END)
    assert len(chart.dots) == 2
    assert [text for _, text, _ in chart.x_ticks] == ["1 May", "1 Jun", "1 Jul", "1 Aug"]
    assert not chart.marks
    assert progress_chart(RUNNING, TIMES[1]).marks


def test_sentence__progress__has_amounts_and_count() -> None:
    assert progress_sentence(made_deal(TERMS), "customer").startswith("No report yet")
    words = progress_sentence(RUNNING, "customer").replace("\u00a0", " ").replace("\u202f", " ")
    assert (
        words
        == "129 000.00 TUSD of 400 000.00 TUSD are paid. The last report counted 258 customers as of 1 June 2008, 00:00 UTC."
    )
