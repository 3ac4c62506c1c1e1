"""refund: what silence of the oracles leaves to whom. Tree: trees/refund.tree."""

import callbacks
import pytest
from deals import BY_SILENCE, CLOSED, PUSH_GAS_FLOOR, UNKNOWN, both_coins
from refusals import name_of, refused
from terms import PER_PERIOD

YEARS = 10 * 365 * 86_400


@both_coins
def test_refund__end_and_grace_are_over__returns_everything_to_the_client(open_deal):
    deal = open_deal()
    with deal.moves(client=100_000):
        deal.refund(at=deal.terms.silent_at)


def test_refund__end_and_grace_are_over__closes_the_deal(open_deal):
    deal = open_deal()
    deal.refund()
    assert deal.state()["closed"]
    assert deal.status() == CLOSED


def test_refund__end_and_grace_are_over__emits_deal_closed(open_deal):
    deal = open_deal()
    event = deal.refund().events["DealClosed"]
    assert event == {
        "dealId": "0x" + deal.id.hex(),
        "cause": BY_SILENCE,
        "base": 0,
        "performance": 0,
        "refunded": 100_000,
    }


def test_refund__it_is_the_last_second_of_the_grace__is_refused(open_deal):
    deal = open_deal()
    now = deal.terms.silent_at - 1
    with deal.moves_nothing(), refused("TimeProblem", deal.id, now, deal.terms.silent_at):
        deal.refund(at=now)


def test_refund__it_comes_years_later__returns_everything_to_the_client(open_deal):
    deal = open_deal()
    with deal.moves(client=100_000):
        deal.refund(at=deal.terms.silent_at + YEARS)


@both_coins
def test_refund__there_is_a_base_fee__pays_the_agency_the_base_of_all_periods(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves(agency=15_000, client=85_000):
        event = deal.refund().events["DealClosed"]
    assert (event["base"], event["performance"], event["refunded"]) == (15_000, 0, 85_000)


@both_coins
def test_refund__nothing_is_retained__returns_what_was_not_paid(open_deal):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(2))
    with deal.moves(client=70_000):
        deal.refund()


@both_coins
def test_refund__a_share_is_retained__pays_the_retained_share_of_what_was_earned(open_deal):
    deal = open_deal(retention_bps=1_000)
    with deal.moves(agency=27_000):
        deal.settle(300, deal.terms.boundary(2))
    with deal.moves(agency=3_000, client=70_000):
        deal.refund()


def test_refund__base_and_retention_are_open__pays_both_and_names_each_in_deal_closed(open_deal):
    deal = open_deal(retention_bps=1_000, base_per_period=5_000)
    with deal.moves(agency=27_000 + 5_000):
        deal.settle(300, deal.terms.boundary(1) + 1)
    with deal.moves(agency=3_000 + 10_000, client=55_000):
        event = deal.refund().events["DealClosed"]
    assert (event["base"], event["performance"], event["refunded"]) == (10_000, 3_000, 55_000)


def test_refund__the_funds_were_exhausted__pays_the_retained_share_of_the_funds(open_deal):
    deal = open_deal(retention_bps=2_000, base_per_period=5_000)
    # 200,000 were earned; 85,000 are there beside the base.
    with deal.moves(agency=68_000 + 5_000):
        deal.settle(2_000, deal.terms.boundary(1))
    with deal.moves(agency=17_000 + 10_000):
        deal.refund()


def test_refund__the_value_fell_after_the_best_one__pays_the_retained_share_of_the_best_one(open_deal):
    deal = open_deal(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1))
    deal.settle(100, deal.terms.boundary(2))
    with deal.moves(agency=3_000, client=70_000):
        deal.refund()


@both_coins
def test_refund__the_basis_is_per_period__pays_the_base_of_the_open_periods_only(open_deal):
    deal = open_deal(basis=PER_PERIOD, base_per_period=5_000)
    with deal.moves(agency=30_000 + 5_000):
        deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=10_000, client=55_000):
        deal.refund()


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_refund__the_agency_refuses_its_payment__credits_the_agency_and_pays_the_client(open_deal, moody_receiver):
    refusing = moody_receiver("Reverts")
    deal = open_deal(agency=refusing, base_per_period=5_000)
    with deal.moves(client=85_000):
        deal.refund()
    assert deal.credit(refusing) == 15_000


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_refund__the_client_refuses_its_payment__credits_the_client_and_pays_the_agency(open_deal, moody_receiver, client):
    refusing = moody_receiver("BurnsGas")
    deal = open_deal(client=refusing, base_per_period=5_000, by=client)
    with deal.moves(agency=15_000):
        deal.refund()
    assert deal.credit(refusing) == 85_000


@both_coins
def test_refund__little_gas_comes_along__is_refused_rather_than_credited(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves_nothing(), refused("GasProblem", deal.id, ..., PUSH_GAS_FLOOR):
        deal.refund(gas_limit=170_000)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("role", ["client", "agency"])
@pytest.mark.parametrize("name", callbacks.NAMES)
def test_refund__a_party_calls_back__gains_nothing(open_deal, moody_receiver, escrow, client, name, role):
    open_deal(salt=2)
    greedy = moody_receiver()
    deal = open_deal(**{role: greedy}, by=client, base_per_period=5_000)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(agency=15_000, client=85_000):
        deal.refund()
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert name_of(greedy.problem(), escrow) == ("CreditProblem" if name == "withdraw" else "StatusProblem")
    assert deal.credit(greedy) == 0


def test_refund__a_deal_that_was_never_opened__is_refused_as_unknown(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, UNKNOWN):
        deal.refund()


def test_refund__a_deal_that_is_closed__is_refused_as_closed(open_deal):
    deal = open_deal()
    deal.refund()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.refund(at=deal.terms.silent_at + 1)


def test_refund__terms_with_words_missing__is_refused_for_their_length(escrow, keeper):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.refund([0] * 6, {"from": keeper})
