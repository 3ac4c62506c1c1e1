"""giveNotice: either party ends the deal early. Tree: trees/giveNotice.tree."""

import pytest
from clock import EPOCH
from deals import BY_NOTICE, CLOSED, both_coins
from refusals import refused
from terms import DAY, HOUR, PER_PERIOD


@pytest.fixture
def deal(open_deal):
    return open_deal(notice_period=7 * DAY)


@pytest.mark.parametrize("name", ["client", "agency"])
def test_give_notice__a_party_gives_it__moves_the_end(deal, people, name):
    at = deal.terms.starts_at + 10 * DAY
    with deal.moves():
        event = deal.give_notice(by=people[name], at=at).events["NoticeGiven"]
    assert event == {"dealId": "0x" + deal.id.hex(), "party": people[name], "endsAt": at + 7 * DAY, "performance": 0}
    assert deal.state()["ends_at"] == at + 7 * DAY


@both_coins
def test_give_notice__a_party_gave_it__takes_the_final_report_as_of_the_new_end(open_deal):
    deal = open_deal(notice_period=7 * DAY, base_per_period=3_000)
    at = deal.terms.starts_at + 8 * DAY
    deal.give_notice(at=at)
    # Half of a period has passed.
    with deal.moves(agency=20_000 + 1_500, client=78_500):
        deal.settle(200, at + 7 * DAY)
    assert deal.status() == CLOSED


def test_give_notice__a_party_gave_it__runs_the_grace_from_the_new_end(deal, keeper):
    deal.give_notice(at=deal.terms.starts_at)
    silent = deal.terms.starts_at + 7 * DAY + deal.terms.report_grace
    with refused("TimeProblem", deal.id, silent - 1, silent):
        deal.refund(at=silent - 1)
    with deal.moves(client=100_000):
        deal.refund(at=silent)


def test_give_notice__earned_beyond_the_reserve_of_the_base_fee__pays_it_at_once(open_deal):
    # 60,000 are set aside for the base fee; 50,000 are earned, 40,000 of it paid.
    deal = open_deal(base_per_period=20_000, notice_period=HOUR)
    with deal.moves(agency=60_000):
        deal.settle(500, deal.terms.boundary(1))
    at = deal.terms.boundary(1) + 15 * DAY - HOUR
    # The end is at half of the second period: 30,000 of base fee in all, so 50,000 of performance fit.
    with deal.moves(agency=10_000):
        deal.give_notice(at=at)
    with deal.moves(agency=10_000, client=20_000):
        deal.settle(500, at + HOUR)


@pytest.mark.parametrize(
    ("after", "period"), [(0, 1), (23 * DAY, 1), (23 * DAY + 1, 2), (30 * DAY, 2)], ids=["0", "23d", "23d+1s", "30d"]
)
def test_give_notice__per_period__rounds_the_end_up_to_a_boundary(open_deal, after, period):
    deal = open_deal(basis=PER_PERIOD, notice_period=7 * DAY)
    deal.give_notice(at=deal.terms.starts_at + after)
    assert deal.state()["ends_at"] == deal.terms.boundary(period)


@both_coins
def test_give_notice__it_runs_out_before_the_start__returns_everything(open_deal, agency):
    deal = open_deal(base_per_period=5_000, starts_at=EPOCH + 20 * DAY)
    with deal.moves(client=100_000):
        closed = deal.give_notice(by=agency).events["DealClosed"]
    assert (closed["cause"], closed["refunded"]) == (BY_NOTICE, 100_000)
    assert deal.status() == CLOSED


def test_give_notice__it_runs_out_at_the_start__returns_everything(open_deal):
    deal = open_deal(notice_period=HOUR)
    with deal.moves(client=100_000):
        deal.give_notice(at=deal.terms.starts_at - HOUR)
    assert deal.status() == CLOSED


def test_give_notice__it_runs_out_a_second_after_the_start__leaves_the_deal_open(open_deal):
    deal = open_deal(notice_period=HOUR)
    deal.give_notice(at=deal.terms.starts_at - HOUR + 1)
    assert deal.state()["ends_at"] == deal.terms.starts_at + 1


def test_give_notice__it_would_run_out_at_the_end__is_refused(deal):
    end = deal.terms.ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end):
        deal.give_notice(at=end - 7 * DAY)


def test_give_notice__the_end_has_come__is_refused(deal):
    end = deal.terms.ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end + 7 * DAY, end):
        deal.give_notice(at=end)


def test_give_notice__it_was_given_already__is_refused_to_move_the_end_back(deal, agency):
    at = deal.terms.starts_at
    deal.give_notice(at=at)
    with deal.moves_nothing(), refused("TimeProblem", deal.id, at + 7 * DAY + 5, at + 7 * DAY):
        deal.give_notice(by=agency, at=at + 5)


def test_give_notice__a_report_waits__leaves_it_waiting(open_contested, client):
    deal = open_contested(notice_period=7 * DAY)
    deal.settle(300, deal.terms.boundary(1))
    deal.give_notice(at=deal.terms.boundary(1) + DAY)
    with deal.moves(agency=30_000):
        deal.finalize()
    assert deal.state()["ends_at"] == deal.terms.boundary(1) + 8 * DAY


@pytest.mark.parametrize("name", ["stranger", "arbiter"])
def test_give_notice__no_party_asks_for_it__is_refused(deal, people, name):
    with deal.moves_nothing(), refused("CallerProblem", deal.id, people[name].address, deal.terms.agency):
        deal.give_notice(by=people[name])


def test_give_notice__the_deal_is_closed__is_refused(deal):
    deal.decline()
    with refused("StatusProblem", deal.id, CLOSED):
        deal.give_notice()
