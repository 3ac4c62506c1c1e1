"""What a page says of a deal at a time, and that its money bar and chart show what is there."""

from dataclasses import replace
from itertools import pairwise

import pytest

from api.deals.challenge import closing_sentence, notice_sentence
from api.deals.history import Closed, Notice
from api.deals.state import Deal
from api.deals.words import bar_of, due_of, next_of, progress_chart, progress_sentence, status_words
from escrow.clock import parse_time
from escrow.events import Closing
from escrow.ids import Timestamp, Units
from escrow.status import Status
from tests.api.made import made_deal, moment, waiting_deal
from tests.factories import DAY, DOLLAR, person, terms

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


# Reports that wait, and deals that end early


DISPUTABLE = terms(arbiter=person("arbiter"), challenge_window=2 * DAY, ruling_window=5 * DAY)
JUNE = TIMES[0]
UNDISPUTED = waiting_deal(DISPUTABLE, JUNE, 30)
DISPUTED = waiting_deal(DISPUTABLE, JUNE, 30, ("client", 10))
BOTH = waiting_deal(DISPUTABLE, JUNE, 30, ("client", 10), ("agency", 40))


@pytest.mark.parametrize(
    ("deal", "now", "what", "at", "otherwise"),
    [
        (UNDISPUTED, JUNE, "can be disputed until", JUNE + 2 * DAY, "If nobody disputes it, it pays 15 000.00 TUSD."),
        (UNDISPUTED, JUNE + 2 * DAY, "anybody can have it paid now, 15 000.00 TUSD", None, ""),
        (DISPUTED, JUNE, "can be disputed until", JUNE + 2 * DAY, "Then the arbiter decides."),
        (BOTH, JUNE + 2 * DAY, "The arbiter can decide until", JUNE + 7 * DAY, "which pays a further 10 000.00 TUSD."),
        (DISPUTED, JUNE + 7 * DAY, "anybody can have it paid now, a further 10 000.00 TUSD", None, ""),
    ],
)
def test_next__report_waits__says_for_whom_until_when_and_what_it_pays(
    deal: Deal, now: int, what: str, at: int | None, otherwise: str
) -> None:
    found = next_of(deal, deal.status(now), TIMES, now)
    assert found is not None
    plain = [text.replace("\u00a0", " ").replace("\u202f", " ") for text in (found.what, found.otherwise)]
    assert what in plain[0] and found.at == at and plain[1].endswith(otherwise)


def test_due__report_waits__says_so() -> None:
    assert [due.words for due in due_of(UNDISPUTED, TIMES, JUNE)] == ["Waits", "Expected", "Expected"]


def test_status__after_the_end_with_a_report_that_waits__says_so() -> None:
    deal = waiting_deal(DISPUTABLE, END, 30)
    assert status_words(deal, deal.status(END + 90 * DAY)) == "Ended, a report waits"


@pytest.mark.parametrize(
    ("cause", "words", "sentence"),
    [
        (Closing.NOTICE, "Closed by notice", "Closed by a notice that ran out before the start; 7.00 TUSD went back"),
        (Closing.AGREED, "Closed by agreement", "both parties’ signatures: 5.00 TUSD went to the agency, 7.00 TUSD back"),
        (Closing.AMENDED, "Moved to new terms", "399 995.00 TUSD opened a deal on new terms."),
    ],
)
def test_closing__by_the_parties__is_told_in_plain_words(cause: Closing, words: str, sentence: str) -> None:
    closed = Closed(moment(99, JUNE), cause, Units(0), Units(5 * DOLLAR), Units(7 * DOLLAR))
    if cause is Closing.AMENDED:
        closed = replace(closed, refunded=Units(0))
    deal = replace(made_deal(TERMS), closed=closed)
    assert status_words(deal, Status.CLOSED) == words
    assert sentence in closing_sentence(deal, closed).replace("\u00a0", " ").replace("\u202f", " ")


def test_notice__given__moves_the_chart_and_what_is_next() -> None:
    end = Timestamp(JUNE + 10 * DAY)
    deal = replace(RUNNING, notices=(Notice(moment(50, JUNE + DAY), TERMS.agency, end, Units(0)),))
    assert next_of(deal, deal.status(JUNE + DAY), (JUNE, end), JUNE + DAY).at == end  # type: ignore[union-attr]
    told = notice_sentence(TERMS, deal.notices[0], deal.token).replace("\u00a0", " ")
    assert told == "The agency gave notice on 2 June 2008, 00:00 UTC: the deal ends on 11 June 2008, 00:00 UTC."
