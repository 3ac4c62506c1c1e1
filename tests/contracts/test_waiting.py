"""settle, refund, topUp and decline of deals with an arbiter, where reports wait. Trees of the functions' names."""

import pytest
from deals import ACCEPTED, BY_FINAL_REPORT, BY_SILENCE, CLOSED, ENDED, EVIDENCE, SILENT, both_coins
from refusals import refused
from terms import DAY, PER_PERIOD

LARGEST = 2**64 - 1


@pytest.fixture
def waiting(open_contested):
    """A report of 300 as of the first boundary waits."""

    def make(**changes):
        deal = open_contested(**changes)
        deal.settle(300, deal.terms.boundary(1))
        return deal

    return make


# settle


@both_coins
def test_settle__the_deal_has_an_arbiter__lets_the_report_wait(open_contested):
    deal = open_contested(base_per_period=5_000)
    at = deal.terms.boundary(1) + 5
    with deal.moves_nothing():
        event = deal.settle(300, deal.terms.boundary(1), at=at).events["ReportWaits"]
    assert event == {
        "dealId": "0x" + deal.id.hex(),
        "asOf": deal.terms.boundary(1),
        "value": 300,
        "evidence": "0x" + EVIDENCE.hex(),
        "signers": 0b11,
        "adjust": 0,
        "windowEndsAt": at + 3 * DAY,
    }
    assert deal.claim() == {
        "as_of": deal.terms.boundary(1),
        "window_ends_at": at + 3 * DAY,
        "reported": 300,
        "value": 300,
        "client_value": 0,
        "agency_value": 0,
        "by_client": False,
        "by_agency": False,
        "is_self_report": False,
        "agreed_paid": False,
    }


def test_settle__a_report_waits_and_its_window_is_not_over__is_refused(waiting):
    deal = waiting()
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.boundary(1), end):
        deal.settle(400, deal.terms.boundary(1) + DAY, at=end - 1)


def test_settle__a_report_waits_and_the_arbiter_is_awaited__is_refused(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    end = deal.window_ends_at + 5 * DAY
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.boundary(1), end):
        deal.settle(400, deal.terms.boundary(1) + DAY, at=end - 1)


@both_coins
def test_settle__a_report_waits_and_its_window_is_over__applies_it_first(waiting):
    deal = waiting()
    with deal.moves(agency=30_000):
        tx = deal.settle(500, deal.terms.boundary(2))
    resolved, waits = tx.events["ReportResolved"], tx.events["ReportWaits"]
    assert (resolved["value"], resolved["outcome"], waits["value"]) == (300, ACCEPTED, 500)
    assert deal.claim()["as_of"] == deal.terms.boundary(2)


def test_settle__a_report_waits_and_the_arbiter_was_silent__applies_the_quorums_number_first(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    with deal.moves(agency=20_000):
        deal.settle(500, deal.terms.boundary(2))


def test_settle__the_final_report_waits_and_its_window_is_over__is_refused(open_contested):
    deal = open_contested()
    deal.settle(300)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.settle(300, at=deal.window_ends_at)


def test_settle__a_ruling_lowered_a_value__adds_it_to_the_next_one(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    deal.rule(200)
    tx = deal.settle(500, deal.terms.boundary(2))
    assert (tx.events["ReportWaits"]["value"], tx.events["ReportWaits"]["adjust"]) == (500, -100)
    with deal.moves(agency=20_000):
        deal.finalize()


def test_settle__a_ruling_raised_a_value__adds_it_to_the_next_one(waiting, agency):
    deal = waiting()
    deal.dispute(400, by=agency)
    deal.rule(350)
    deal.settle(500, deal.terms.boundary(2))
    with deal.moves(agency=20_000):
        deal.finalize()


def test_settle__what_rulings_left_exceeds_the_value__counts_zero(waiting, client):
    deal = waiting()
    deal.dispute(0, by=client)
    deal.rule(0)
    deal.settle(100, deal.terms.boundary(2))
    assert (deal.claim()["value"], deal.adjust) == (0, -300)


def test_settle__what_rulings_left_exceeds_the_range__counts_the_largest(waiting, agency):
    deal = waiting()
    deal.dispute(LARGEST, by=agency)
    deal.rule(LARGEST)
    deal.settle(LARGEST, deal.terms.boundary(2))
    assert (deal.claim()["value"], deal.adjust) == (LARGEST, LARGEST - 300)


def test_settle__a_ruling_met_the_edge_of_the_range__binds_later_values_all_the_same(waiting, client, agency):
    deal = waiting()
    deal.dispute(200, by=client)
    deal.rule(200)
    deal.settle(50, deal.terms.boundary(2))
    assert (deal.claim()["reported"], deal.claim()["value"]) == (50, 0)
    deal.dispute(50, by=agency)
    deal.rule(50)
    assert deal.adjust == 0
    deal.settle(350)
    assert deal.claim()["value"] == 350


def test_settle__two_rulings_followed_one_another__adds_both(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    deal.rule(200)
    deal.settle(500, deal.terms.boundary(2))
    deal.dispute(250, by=client)
    assert deal.claim()["value"] == 400
    deal.rule(370)
    assert deal.adjust == -130


@pytest.fixture
def resolved_late(open_contested, client):
    """A report was ruled after the end; the deal, and when it is silent."""
    deal = open_contested()
    at = deal.terms.ends_at - 1
    deal.settle(300, at, at=at)
    deal.dispute(100, by=client)
    resolved_at = deal.window_ends_at + 4 * DAY
    deal.rule(200, at=resolved_at)
    return deal, resolved_at + deal.terms.report_grace


def test_settle__the_last_resolution_was_after_the_end__is_accepted_until_the_grace_after_it_is_over(resolved_late):
    deal, silent = resolved_late
    deal.settle(400, at=silent - 1)


def test_settle__the_last_resolution_was_after_the_end__is_refused_when_the_grace_after_it_is_over(resolved_late):
    deal, silent = resolved_late
    with deal.moves_nothing(), refused("TimeProblem", deal.id, silent, silent):
        deal.settle(400, at=silent)


# refund


def test_refund__a_report_waits__is_refused(open_contested, client):
    deal = open_contested()
    deal.settle(300, at=deal.terms.silent_at - 1)
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.ends_at, end):
        deal.refund(at=end - 1)


@both_coins
def test_refund__the_final_report_waits_and_its_window_is_over__pays_it_and_returns_the_rest(open_contested):
    deal = open_contested()
    deal.settle(300, at=deal.terms.silent_at - 1)
    with deal.moves(agency=30_000, client=70_000):
        tx = deal.refund(at=deal.window_ends_at)
    assert tx.events["DealClosed"]["cause"] == BY_FINAL_REPORT


def test_refund__an_earlier_report_waits_and_the_grace_after_it_is_over__pays_it_and_returns_the_rest(waiting):
    deal = waiting(retention_bps=1_000, base_per_period=1_000)
    with deal.moves(agency=30_000 + 3_000, client=67_000):
        tx = deal.refund()
    assert tx.events["ReportResolved"]["performance"] == 27_000
    closed = tx.events["DealClosed"]
    assert (closed["cause"], closed["base"], closed["performance"]) == (BY_SILENCE, 2_000, 3_000)


def test_refund__an_earlier_report_waits_and_the_grace_after_it_is_not_over__is_refused(open_contested):
    deal = open_contested()
    at = deal.terms.ends_at - 1
    deal.settle(300, at, at=at)
    silent = deal.window_ends_at + deal.terms.report_grace
    with deal.moves_nothing(), refused("TimeProblem", deal.id, silent - 1, silent):
        deal.refund(at=silent - 1)
    with deal.moves(agency=30_000, client=70_000):
        deal.refund(at=silent)


def test_refund__a_report_was_resolved_after_the_end__runs_the_grace_from_it(open_contested, client):
    deal = open_contested()
    at = deal.terms.ends_at - 1
    deal.settle(300, at, at=at)
    deal.dispute(100, by=client)
    resolved_at = deal.window_ends_at + DAY
    deal.rule(200, at=resolved_at)
    silent = resolved_at + deal.terms.report_grace
    with deal.moves_nothing(), refused("TimeProblem", deal.id, silent - 1, silent):
        deal.refund(at=silent - 1)
    with deal.moves(client=80_000):
        deal.refund(at=silent)


def test_refund__the_deal_has_an_arbiter_and_nothing_came__returns_everything(open_contested):
    deal = open_contested()
    with deal.moves(client=100_000):
        deal.refund()


def test_refund__the_deal_has_an_arbiter_and_the_grace_is_not_over__is_refused(open_contested):
    deal = open_contested()
    silent = deal.terms.silent_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, silent - 1, silent):
        deal.refund(at=silent - 1)


# topUp and decline


def test_top_up__a_report_waits__is_refused(waiting):
    deal = waiting()
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.boundary(1), 0):
        deal.top_up(1)


def test_decline__a_report_waits__is_refused(waiting):
    deal = waiting()
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.boundary(1), 0):
        deal.decline()


# Views


def test_status_of__a_report_waits_beyond_the_grace__is_ended(open_contested):
    deal = open_contested()
    deal.settle(300, at=deal.terms.silent_at - 1)
    assert deal.status(deal.window_ends_at + 99 * DAY) == ENDED


def test_status_of__a_report_was_resolved_after_the_end__is_silent_when_the_grace_after_it_is_over(open_contested, client):
    deal = open_contested()
    at = deal.terms.ends_at - 1
    deal.settle(300, at, at=at)
    deal.finalize()
    silent = at + 3 * DAY + deal.terms.report_grace
    assert deal.status(silent - 1) == ENDED
    assert deal.status(silent) == SILENT


def test_claim_of__nothing_waits__is_zero(open_contested):
    deal = open_contested()
    assert not any(deal.claim().values())
    assert deal.adjust == 0


def test_claim_of__a_ruling_was_made__says_what_it_added(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    deal.rule(150)
    assert deal.adjust == -150
    assert not any(deal.claim().values())


def test_claim_of__per_period__never_adds(waiting, client):
    deal = waiting(basis=PER_PERIOD)
    deal.dispute(100, by=client)
    deal.rule(150)
    assert deal.adjust == 0
