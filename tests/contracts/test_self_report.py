"""selfReport: the agency's way out of the oracles' silence. Tree: trees/selfReport.tree."""

import pytest
from deals import EVIDENCE, both_coins
from refusals import refused
from terms import DAY

LARGEST = 2**64 - 1


def test_self_report__the_quorum_is_silent__waits_for_twice_the_window(open_contested):
    deal = open_contested()
    at = deal.terms.silent_at - 7 * DAY
    with deal.moves_nothing():
        event = deal.self_report(200, at=at).events["ReportWaits"]
    assert event == {
        "dealId": "0x" + deal.id.hex(),
        "asOf": deal.terms.ends_at,
        "value": 200,
        "evidence": "0x" + EVIDENCE.hex(),
        "signers": 0,
        "adjust": 0,
        "windowEndsAt": at + 6 * DAY,
    }
    claim = deal.claim()
    assert (claim["is_self_report"], claim["value"], claim["window_ends_at"]) == (True, 200, at + 6 * DAY)


def test_self_report__it_is_the_last_second_of_the_grace__is_accepted(open_contested):
    deal = open_contested()
    deal.self_report(200, at=deal.terms.silent_at - 1)


def test_self_report__the_first_half_of_the_grace_is_not_over__is_refused(open_contested):
    deal = open_contested()
    start = deal.terms.silent_at - 7 * DAY
    with deal.moves_nothing(), refused("TimeProblem", deal.id, start - 1, start):
        deal.self_report(200, at=start - 1)


def test_self_report__the_grace_is_over__is_refused(open_contested):
    deal = open_contested()
    end = deal.terms.silent_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end):
        deal.self_report(200, at=end)


@pytest.mark.parametrize("name", ["client", "arbiter", "stranger"])
def test_self_report__somebody_else_reports__is_refused(open_contested, people, name):
    deal = open_contested()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, people[name].address, deal.terms.agency):
        deal.self_report(200, by=people[name])


def test_self_report__the_terms_do_not_allow_it__is_refused(open_contested):
    deal = open_contested(self_report=0)
    with deal.moves_nothing(), refused("SelfReportProblem", deal.id, 0, 1):
        deal.self_report(200)


def test_self_report__the_deal_has_no_arbiter__is_refused(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("SelfReportProblem", deal.id, 0, 1):
        deal.self_report(200)


def test_self_report__a_report_waits__is_refused(open_contested):
    deal = open_contested()
    deal.settle(300, at=deal.terms.silent_at - 7 * DAY)
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.ends_at, 0):
        deal.self_report(200, at=deal.terms.silent_at - 6 * DAY)


def test_self_report__the_value_is_beyond_64_bits__is_refused(open_contested):
    deal = open_contested()
    with deal.moves_nothing(), refused("ValueProblem", deal.id, LARGEST + 1, LARGEST):
        deal.self_report(LARGEST + 1)


@both_coins
def test_self_report__the_quorum_speaks_after_all__is_replaced(open_contested):
    deal = open_contested()
    deal.self_report(1_000, at=deal.terms.silent_at - 1)
    at = deal.terms.silent_at + DAY
    deal.settle(300, at=at)
    claim = deal.claim()
    assert (claim["value"], claim["is_self_report"], claim["window_ends_at"]) == (300, False, at + 3 * DAY)
    with deal.moves(agency=30_000, client=70_000):
        deal.finalize()


def test_self_report__the_quorum_speaks_after_the_client_accepted_a_part__claws_nothing_back(open_contested, client):
    deal = open_contested()
    deal.self_report(1_000)
    with deal.moves(agency=50_000):
        deal.dispute(500, by=client)
    deal.settle(300, at=deal.window_ends_at + DAY)
    with deal.moves(client=50_000):
        deal.finalize()


def test_self_report__the_quorum_speaks_when_it_is_resolvable__is_refused_to_the_quorum(open_contested):
    deal = open_contested()
    deal.self_report(1_000)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, 5):
        deal.settle(300, at=deal.window_ends_at)


def test_self_report__the_quorum_reports_an_earlier_time__is_refused_to_the_quorum(open_contested):
    deal = open_contested()
    deal.self_report(1_000)
    end, window = deal.terms.ends_at, deal.window_ends_at
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, end, window):
        deal.settle(300, deal.terms.boundary(1), at=window - 1)
