"""finalize: what is due when nobody is awaited any longer. Tree: trees/finalize.tree."""

import pytest
from deals import ACCEPTED, CLOSED, UNRULED, both_coins
from refusals import refused
from terms import DAY, PER_PERIOD


@pytest.fixture
def waiting(open_contested):
    def make(*, value=300, as_of=1, **changes):
        deal = open_contested(**changes)
        deal.settle(value, deal.terms.boundary(as_of))
        return deal

    return make


@both_coins
def test_finalize__nobody_disputed__pays_the_report(waiting, stranger):
    deal = waiting(base_per_period=5_000, retention_bps=1_000)
    with deal.moves(agency=32_000):
        deal.finalize(by=stranger)
    assert deal.claim()["as_of"] == 0


def test_finalize__nobody_disputed__emits_report_resolved(waiting):
    deal = waiting()
    assert deal.finalize().events["ReportResolved"] == {
        "dealId": "0x" + deal.id.hex(),
        "asOf": deal.terms.boundary(1),
        "value": 300,
        "outcome": ACCEPTED,
        "adjust": 0,
        "base": 0,
        "performance": 30_000,
    }


@both_coins
def test_finalize__nobody_disputed_the_final_report__closes_the_deal_and_returns_the_rest(waiting):
    deal = waiting(as_of=3)
    with deal.moves(agency=30_000, client=70_000):
        deal.finalize()
    assert deal.status() == CLOSED


def test_finalize__the_window_is_not_over__is_refused(waiting):
    deal = waiting()
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end - 1, end):
        deal.finalize(at=end - 1)


def test_finalize__the_client_disputed_and_the_arbiter_is_awaited__is_refused(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end + 5 * DAY):
        deal.finalize()


def test_finalize__the_client_disputed_and_the_arbiter_was_silent__pays_the_quorums_number(waiting, client):
    deal = waiting()
    deal.dispute(100, by=client)
    with deal.moves(agency=20_000):
        resolved = deal.finalize(at=deal.window_ends_at + 5 * DAY).events["ReportResolved"]
    assert (resolved["value"], resolved["outcome"], resolved["adjust"]) == (300, UNRULED, 0)


def test_finalize__both_disputed_and_the_arbiter_was_silent__pays_the_quorums_number(waiting, client, agency):
    deal = waiting()
    deal.dispute(100, by=client)
    deal.dispute(900, by=agency)
    with deal.moves(agency=20_000):
        deal.finalize(at=deal.window_ends_at + 5 * DAY)


def test_finalize__the_agency_alone_disputed__pays_the_quorums_number_and_waits_on(waiting, agency):
    deal = waiting(base_per_period=5_000)
    deal.dispute(500, by=agency)
    with deal.moves(agency=35_000):
        paid = deal.finalize().events["AgreedPartPaid"]
    assert (paid["asOf"], paid["value"], paid["base"], paid["performance"]) == (
        deal.terms.boundary(1),
        300,
        5_000,
        30_000,
    )
    assert deal.claim()["agreed_paid"]


def test_finalize__the_agreed_part_is_paid_already__is_refused(waiting, agency):
    deal = waiting()
    deal.dispute(500, by=agency)
    deal.finalize()
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end + 1, end + 5 * DAY):
        deal.finalize(at=end + 1)


def test_finalize__the_agency_alone_disputed_and_the_arbiter_was_silent__pays_nothing_more(waiting, agency):
    deal = waiting()
    deal.dispute(500, by=agency)
    deal.finalize()
    with deal.moves():
        deal.finalize(at=deal.window_ends_at + 5 * DAY)
    assert deal.claim()["as_of"] == 0


def test_finalize__a_self_report_was_not_disputed__pays_it_and_returns_the_rest(open_contested):
    deal = open_contested(base_per_period=5_000)
    deal.self_report(200)
    with deal.moves(agency=35_000, client=65_000):
        deal.finalize()


def test_finalize__a_self_report_was_disputed_and_the_arbiter_was_silent__leaves_the_clients_number(open_contested, client):
    deal = open_contested()
    deal.self_report(200)
    with deal.moves(agency=5_000):
        deal.dispute(50, by=client)
    with deal.moves(client=95_000):
        deal.finalize(at=deal.window_ends_at + 5 * DAY)
    assert deal.status() == CLOSED


def test_finalize__per_period__pays_the_period(waiting):
    deal = waiting(basis=PER_PERIOD)
    with deal.moves(agency=30_000):
        deal.finalize()


def test_finalize__the_agency_can_not_be_paid__becomes_a_credit(waiting, moody_receiver, set_mood, moody):
    deal = waiting(token=moody)
    set_mood(paying="Reverts")
    with deal.moves():
        deal.finalize()
    assert deal.credit(deal.terms.agency) == 30_000


def test_finalize__nothing_waits__is_refused(open_contested):
    deal = open_contested()
    with refused("WaitingProblem", deal.id, 0, 1):
        deal.finalize(at=deal.terms.starts_at)


def test_finalize__it_was_done_already__is_refused(waiting):
    deal = waiting()
    deal.finalize()
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, 0, 1):
        deal.finalize(at=deal.terms.boundary(2))
