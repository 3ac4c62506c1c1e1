"""decline: the agency turns the deal down before the first report. Tree: trees/decline.tree."""

import callbacks
import pytest
from deals import BY_DECLINE, CLOSED, PUSH_GAS_FLOOR, UNKNOWN, both_coins
from refusals import name_of, refused
from terms import DAY


@both_coins
def test_decline__the_agency_declines__returns_everything_to_the_client(open_deal):
    deal = open_deal(amount=100_001)
    with deal.moves(client=100_001):
        deal.decline()


def test_decline__the_agency_declines__closes_the_deal(open_deal):
    deal = open_deal()
    deal.decline()
    assert deal.state()["closed"]
    assert deal.status() == CLOSED


def test_decline__the_agency_declines__emits_deal_closed(open_deal):
    deal = open_deal()
    event = deal.decline().events["DealClosed"]
    assert event == {
        "dealId": "0x" + deal.id.hex(),
        "cause": BY_DECLINE,
        "base": 0,
        "performance": 0,
        "refunded": 100_000,
    }


@both_coins
def test_decline__the_agency_declines_after_the_start__returns_the_base_fee_too(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves(client=100_000):
        deal.decline(at=deal.terms.boundary(2))


def test_decline__the_agency_declines_after_the_grace__returns_everything_to_the_client(open_deal):
    deal = open_deal(base_per_period=5_000)
    with deal.moves(client=100_000):
        deal.decline(at=deal.terms.silent_at + DAY)


@both_coins
def test_decline__a_patron_paid__returns_everything_to_the_client_all_the_same(open_deal, patron):
    deal = open_deal(by=patron)
    with deal.moves(client=100_000):
        deal.decline()


def test_decline__the_client_asks_for_it__is_refused(open_deal, client, agency):
    deal = open_deal()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, client.address, agency.address):
        deal.decline(by=client)


def test_decline__a_stranger_asks_for_it__is_refused(open_deal, stranger, agency):
    deal = open_deal()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, stranger.address, agency.address):
        deal.decline(by=stranger)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("mood", ["Reverts", "BurnsGas", "RevertsWithBomb"])
def test_decline__the_client_refuses_the_payment__becomes_a_credit(open_deal, moody_receiver, mood, client):
    refusing = moody_receiver(mood)
    deal = open_deal(client=refusing, by=client)
    with deal.moves():
        tx = deal.decline()
    assert deal.credit(refusing) == 100_000
    assert tx.events["Credited"] == {
        "dealId": "0x" + deal.id.hex(),
        "account": refusing,
        "token": deal.terms.token,
        "amount": 100_000,
    }


def test_decline__little_gas_comes_along__is_refused_rather_than_credited(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("GasProblem", deal.id, ..., PUSH_GAS_FLOOR):
        deal.decline(gas_limit=170_000)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("name", callbacks.NAMES)
def test_decline__the_client_calls_back__gains_nothing(open_deal, moody_receiver, escrow, client, name):
    open_deal(salt=2)
    greedy = moody_receiver()
    deal = open_deal(client=greedy, by=client)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(client=100_000):
        deal.decline()
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert name_of(greedy.problem(), escrow) == ("CreditProblem" if name == "withdraw" else "StatusProblem")
    assert deal.credit(greedy) == 0


def test_decline__a_deal_with_a_settled_report__is_refused(open_deal):
    deal = open_deal()
    deal.settle(0, deal.terms.starts_at + 1)
    limits = deal.terms.starts_at + 1, deal.terms.starts_at
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, *limits):
        deal.decline()


def test_decline__a_deal_that_was_never_opened__is_refused_as_unknown(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, UNKNOWN):
        deal.decline()


def test_decline__a_deal_that_is_closed__is_refused_as_closed(open_deal):
    deal = open_deal()
    deal.decline()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.decline()


def test_decline__terms_with_words_missing__is_refused_for_their_length(escrow, agency):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.decline([0] * 6, {"from": agency})
