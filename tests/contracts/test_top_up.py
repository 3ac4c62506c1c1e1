"""topUp: more money for a running deal. Tree: trees/topUp.tree."""

import pytest
from deals import BY_DECLINE, CLOSED, PUSH_GAS_FLOOR, UNKNOWN, both_coins
from refusals import refused
from terms import PER_PERIOD

LARGEST = 2**96 - 1


@both_coins
def test_top_up__the_client_pays__adds_the_money(open_deal):
    deal = open_deal()
    with deal.moves(client=-40_000):
        deal.top_up(40_000)
    assert deal.state()["funded"] == 140_000


@both_coins
def test_top_up__the_client_pays__emits_deal_topped_up(open_deal, client):
    deal = open_deal()
    event = deal.top_up(40_000).events["DealToppedUp"]
    assert event == {"dealId": "0x" + deal.id.hex(), "payer": client, "amount": 40_000, "performance": 0}


@both_coins
def test_top_up__a_stranger_pays__adds_the_money_and_the_client_gets_what_is_left(open_deal, patron):
    deal = open_deal()
    with deal.moves(escrow=40_000):
        deal.top_up(40_000, by=patron)
    with deal.moves(client=140_000):
        deal.refund()


@both_coins
def test_top_up__nothing_comes__is_refused(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 0, 1):
        deal.top_up(0)


def test_top_up__the_sum_stays_below_two_to_the_96__adds_the_money(open_deal, dollar, client):
    dollar.mint(client, LARGEST, {"from": client})
    deal = open_deal()
    with deal.moves(client=-(LARGEST - 100_000)):
        deal.top_up(LARGEST - 100_000)
    assert deal.state()["funded"] == LARGEST


def test_top_up__the_sum_reaches_two_to_the_96__is_refused(open_deal, dollar, client):
    dollar.mint(client, LARGEST, {"from": client})
    deal = open_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, LARGEST - 99_999, LARGEST - 100_000):
        deal.top_up(LARGEST - 99_999)


def test_top_up__it_is_the_last_second_before_the_end__adds_the_money(open_deal):
    deal = open_deal()
    with deal.moves(client=-1):
        deal.top_up(1, at=deal.terms.ends_at - 1)


@pytest.mark.parametrize("late", [0, 1])
def test_top_up__the_end_has_come__is_refused(open_deal, late):
    deal = open_deal()
    now = deal.terms.ends_at + late
    with deal.moves_nothing(), refused("TimeProblem", deal.id, now, deal.terms.ends_at):
        deal.top_up(1, at=now)


@both_coins
def test_top_up__reports_earned_more_than_was_funded__pays_the_difference_at_once(open_deal):
    deal = open_deal()
    with deal.moves(agency=100_000):
        deal.settle(1_300, deal.terms.boundary(1))
    # 130,000 were earned, 100,000 were there.
    with deal.moves(agency=30_000, client=-40_000):
        topped = deal.top_up(40_000)
    assert topped.events["DealToppedUp"]["performance"] == 30_000


def test_top_up__reports_earned_more_than_was_funded__pays_at_most_what_the_money_allows(open_deal):
    deal = open_deal()
    deal.settle(1_300, deal.terms.boundary(1))
    with deal.moves(agency=20_000, client=-20_000):
        deal.top_up(20_000)
    with deal.moves(agency=10_000, client=-50_000):
        deal.top_up(50_000)


def test_top_up__reports_earned_more_than_was_funded__keeps_the_share_that_is_retained(open_deal):
    deal = open_deal(retention_bps=1_000)
    with deal.moves(agency=90_000):
        deal.settle(1_300, deal.terms.boundary(1))
    # kept(110,001) = 99,000.9, rounded down
    with deal.moves(agency=9_000, client=-10_001):
        deal.top_up(10_001)


def test_top_up__the_cap_was_reached_and_not_the_funds__pays_nothing(open_deal):
    deal = open_deal(cap=60_000)
    deal.settle(1_300, deal.terms.boundary(1))
    with deal.moves(client=-40_000):
        deal.top_up(40_000)


def test_top_up__the_value_fell_after_the_best_report__pays_by_the_best_report(open_deal):
    # Paid follows the highest value that a quorum signed: a page must show this before the client tops up.
    deal = open_deal()
    deal.settle(1_300, deal.terms.boundary(1))
    deal.settle(900, deal.terms.boundary(2))
    with deal.moves(agency=30_000, client=-40_000):
        deal.top_up(40_000)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_top_up__the_agency_refuses_the_payment__becomes_a_credit(open_deal, moody_receiver):
    agency = moody_receiver("Reverts")
    deal = open_deal(agency=agency)
    deal.settle(1_300, deal.terms.boundary(1))
    with deal.moves(client=-40_000, escrow=40_000):
        deal.top_up(40_000)
    assert deal.credit(agency) == 130_000


def test_top_up__the_payer_is_called_back_in_between__is_refused_to_close_on_money_that_has_not_come(
    open_deal, moody, moody_receiver, escrow, client
):
    # Agency and payer are one: between the books and the money it declines, so that the client would get
    # 200,000 while 100,000 came, the rest from the deals of others.
    payer = moody_receiver()
    moody.mint(payer, 100_000, {"from": client})
    payer.act(moody, 0, moody.approve.encode_input(escrow, 100_000), {"from": client})
    moody.setHooked(payer, True, {"from": client})
    open_deal(token=moody, salt=2)
    deal = open_deal(token=moody, agency=payer)
    payer.callBack(escrow, escrow.decline.encode_input(deal.words), {"from": client})
    with deal.moves_nothing(), refused("Integer overflow"):
        payer.act(escrow, 0, escrow.topUp.encode_input(deal.words, 100_000), {"from": client})


def test_top_up__little_gas_comes_along__is_refused_rather_than_credited(open_deal, client):
    deal = open_deal()
    deal.settle(1_300, deal.terms.boundary(1))
    deal.coin.approve(client, deal.escrow, 40_000)
    with deal.moves_nothing(), refused("GasProblem", deal.id, ..., PUSH_GAS_FLOOR):
        deal.escrow.topUp(deal.words, 40_000, {"from": client, "gas_limit": 200_000})


def test_top_up__an_earlier_period_fell_short__pays_nothing_for_the_earlier_period(open_deal):
    deal = open_deal(basis=PER_PERIOD)
    deal.settle(1_300, deal.terms.boundary(1))
    with deal.moves(client=-40_000):
        deal.top_up(40_000)
    with deal.moves(agency=20_000):
        deal.settle(200, deal.terms.boundary(2))


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("sent", [0, 1, 40_001])
def test_top_up__other_coins_come_than_the_top_up_says__is_refused(open_deal, sent):
    deal = open_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, sent, 40_000):
        deal.top_up(40_000, value=sent)


def test_top_up__coins_come_with_the_tokens__is_refused(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 1, 0):
        deal.top_up(40_000, value=1)


def test_top_up__the_token_delivers_less__is_refused(open_deal, moody, set_mood):
    deal = open_deal(token=moody)
    set_mood(taking="Fee")
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, 39_600, 40_000):
        deal.top_up(40_000)


def test_top_up__a_deal_that_was_never_opened__is_refused(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, UNKNOWN):
        deal.top_up(1)


def test_top_up__a_deal_that_is_closed__is_refused(open_deal):
    deal = open_deal()
    assert deal.decline().events["DealClosed"]["cause"] == BY_DECLINE
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.top_up(1)


def test_top_up__terms_with_words_missing__is_refused(escrow, client):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.topUp([0] * 6, 1, {"from": client})
