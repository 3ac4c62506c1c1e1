"""withdraw: a payment that could not be delivered, to wherever its owner says. Tree: trees/withdraw.tree."""

import callbacks
import moods
import pytest
from deals import both_coins
from refusals import name_of, refused
from terms import ZERO

CREDIT = 100_000


@pytest.fixture
def blocked_deal(open_deal, moody, keeper, client):
    """Declined while the token blocked the client, who has a credit of everything, and can have it now."""
    deal = open_deal(token=moody)
    moody.setBlocked(client, True, {"from": keeper})
    deal.decline()
    moody.setBlocked(client, False, {"from": keeper})
    assert deal.credit(client) == CREDIT
    return deal


@pytest.fixture
def credited(open_deal, moody_receiver, client):
    """A contract that refused coins as the client of a declined deal, accepts them now, and has a credit."""

    def make():
        contract = moody_receiver("Reverts")
        deal = open_deal(client=contract, by=client)
        deal.decline()
        contract.setMood(moods.RECEIVER.index("Accepts"), {"from": client})
        assert deal.credit(contract) == CREDIT
        return deal, contract

    return make


def test_withdraw__its_owner_names_himself__sends_all_of_it(blocked_deal, escrow, client):
    with blocked_deal.moves(client=CREDIT):
        escrow.withdraw(blocked_deal.coin.address, client, {"from": client})


def test_withdraw__its_owner_names_himself__leaves_no_credit(blocked_deal, escrow, client):
    escrow.withdraw(blocked_deal.coin.address, client, {"from": client})
    assert blocked_deal.credit(client) == 0


def test_withdraw__its_owner_names_himself__emits_withdrawn(blocked_deal, escrow, client, moody):
    tx = escrow.withdraw(blocked_deal.coin.address, client, {"from": client})
    assert tx.events["Withdrawn"] == {"account": client, "token": moody, "to": client, "amount": CREDIT}


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_withdraw__its_owner_names_another_address__sends_all_of_it_there(credited, escrow, client, stranger):
    deal, contract = credited()
    before = stranger.balance()
    contract.act(escrow, 0, escrow.withdraw.encode_input(ZERO, stranger), {"from": client})
    assert stranger.balance() == before + CREDIT
    assert deal.credit(contract) == 0


def test_withdraw__credits_of_several_deals_came_together__sends_their_sum(
    open_deal, blocked_deal, moody, escrow, client, keeper
):
    second = open_deal(token=moody, salt=2, amount=100_007)
    moody.setBlocked(client, True, {"from": keeper})
    second.decline()
    moody.setBlocked(client, False, {"from": keeper})
    with second.moves(client=CREDIT + 100_007):
        escrow.withdraw(moody, client, {"from": client})


def test_withdraw__a_stranger_asks__is_refused(blocked_deal, escrow, stranger, moody):
    with blocked_deal.moves_nothing(), refused("CreditProblem", stranger.address, moody.address, 0):
        escrow.withdraw(moody, stranger, {"from": stranger})


def test_withdraw__another_token_is_named__is_refused(blocked_deal, open_deal, escrow, client, dollar):
    open_deal(salt=2)
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, dollar.address, 0):
        escrow.withdraw(dollar, client, {"from": client})


def test_withdraw__the_zero_address_is_named__is_refused(blocked_deal, escrow, client, moody):
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, moody.address, CREDIT):
        escrow.withdraw(moody, ZERO, {"from": client})
    assert blocked_deal.credit(client) == CREDIT


def test_withdraw__the_contract_itself_is_named__is_refused(blocked_deal, escrow, client, moody):
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, moody.address, CREDIT):
        escrow.withdraw(moody, escrow, {"from": client})
    assert blocked_deal.credit(client) == CREDIT


@pytest.mark.parametrize("mood", ["Reverts", "ReturnsFalse", "ReturnsTwo", "ReturnsOneByte"])
def test_withdraw__the_token_still_refuses__is_refused_and_the_credit_stays(
    blocked_deal, escrow, client, moody, set_mood, mood
):
    set_mood(paying=mood)
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, moody.address, CREDIT):
        escrow.withdraw(moody, client, {"from": client})
    assert blocked_deal.credit(client) == CREDIT


def test_withdraw__the_token_answers_with_a_bomb__costs_little(blocked_deal, escrow, client, set_mood, moody):
    set_mood(paying="RevertsWithBomb")
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, moody.address, CREDIT):
        escrow.withdraw(moody, client, {"from": client, "gas_limit": 10_000_000})
    set_mood(paying="ReturnsBomb")
    # The token itself pays 2.2 million for its megabyte. To copy it would cost as much again.
    tx = escrow.withdraw(moody, client, {"from": client, "gas_limit": 10_000_000})
    assert tx.gas_used < 2_500_000


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_withdraw__the_address_reverts__is_refused_and_the_credit_stays(credited, escrow, client):
    deal, contract = credited()
    contract.setMood(moods.RECEIVER.index("Reverts"), {"from": client})
    with deal.moves_nothing(), refused("CreditProblem", contract.address, ZERO, CREDIT):
        contract.act(escrow, 0, escrow.withdraw.encode_input(ZERO, contract), {"from": client})
    assert deal.credit(contract) == CREDIT


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_withdraw__the_receiver_needs_more_gas_than_a_push_gives__sends_all_of_it(credited, moody_receiver, escrow, client):
    deal, contract = credited()
    # It gives nearly all of its gas to somebody who burns it, several times the gas of a push.
    burner = moody_receiver("BurnsGas")
    contract.callBack(burner, burner.tokensReceived.encode_input(), {"from": client})
    with deal.moves(client=CREDIT):
        call = escrow.withdraw.encode_input(ZERO, contract)
        tx = contract.act(escrow, 0, call, {"from": client, "gas_limit": 1_000_000})
    assert contract.calledBack()
    assert tx.gas_used > 200_000


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_withdraw__too_little_gas_comes_along__is_refused_and_the_credit_stays(credited, escrow, client):
    deal, contract = credited()
    contract.setMood(moods.RECEIVER.index("Works"), {"from": client})
    with deal.moves_nothing(), refused("CreditProblem", contract.address, ZERO, CREDIT):
        withdrawal = escrow.withdraw.encode_input(ZERO, contract)
        contract.act(escrow, 0, withdrawal, {"from": client, "gas_limit": 130_000})
    assert deal.credit(contract) == CREDIT


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("name", callbacks.NAMES)
def test_withdraw__the_receiver_calls_back__gains_nothing(credited, open_deal, escrow, client, name):
    open_deal(salt=2)
    deal, greedy = credited()
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(client=CREDIT):
        greedy.act(escrow, 0, escrow.withdraw.encode_input(ZERO, greedy), {"from": client})
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert name_of(greedy.problem(), escrow) == ("CreditProblem" if name == "withdraw" else "StatusProblem")
    assert deal.credit(greedy) == 0


@both_coins
def test_withdraw__no_credit__is_refused(open_deal, escrow, client):
    deal = open_deal()
    with deal.moves_nothing(), refused("CreditProblem", client.address, deal.terms.token, 0):
        escrow.withdraw(deal.terms.token, client, {"from": client})


def test_withdraw__a_credit_that_was_withdrawn__is_refused_to_send_it_twice(blocked_deal, open_deal, escrow, client, moody):
    open_deal(token=moody, salt=2)
    escrow.withdraw(moody, client, {"from": client})
    with blocked_deal.moves_nothing(), refused("CreditProblem", client.address, moody.address, 0):
        escrow.withdraw(moody, client, {"from": client})
