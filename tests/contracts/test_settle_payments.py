"""settle: no receiver and no token can stop it, and nobody gains by trying. Tree: trees/settle.tree."""

import callbacks
import moods
import pytest
from brownie.exceptions import VirtualMachineError
from deals import CLOSED, PUSH_GAS_FLOOR, RUNNING, both_coins
from refusals import name_of, refused

REFUSING = ("Reverts", "BurnsGas", "RevertsWithBomb")
NOT_PAYING = ("ReturnsFalse", "ReturnsTwo", "ReturnsOneByte", "Reverts", "RevertsWithBomb", "BurnsGas")
# What the contract itself needs for a final report of two signers, beside two pushes.
OWN_GAS = 120_000
PUSH_GAS = 100_000

in_eth = pytest.mark.parametrize("coin", ["eth"], indirect=True)


@in_eth
@pytest.mark.parametrize("mood", REFUSING)
def test_settle__the_agency_refuses_its_payment__credits_the_agency_and_pays_the_client(open_deal, moody_receiver, mood):
    refusing = moody_receiver(mood)
    deal = open_deal(agency=refusing)
    with deal.moves(client=70_000):
        tx = deal.settle(300)
    assert deal.credit(refusing) == 30_000
    assert tx.events["Credited"] == {
        "dealId": "0x" + deal.id.hex(),
        "account": refusing,
        "token": deal.terms.token,
        "amount": 30_000,
    }
    assert tx.gas_used < OWN_GAS + 2 * PUSH_GAS


@in_eth
@pytest.mark.parametrize("mood", REFUSING)
def test_settle__the_client_refuses_its_payment__credits_the_client_and_pays_the_agency(
    open_deal, moody_receiver, mood, client
):
    refusing = moody_receiver(mood)
    deal = open_deal(client=refusing, by=client)
    with deal.moves(agency=30_000):
        tx = deal.settle(300)
    assert deal.credit(refusing) == 70_000
    assert tx.gas_used < OWN_GAS + 2 * PUSH_GAS


@pytest.mark.parametrize("mood", NOT_PAYING)
def test_settle__the_token_does_not_pay__credits_the_agency(open_deal, moody, set_mood, mood, agency):
    deal = open_deal(token=moody)
    set_mood(paying=mood)
    # A token that moved the money and says something odd has it counted twice: it breaks assumption T1, and its own
    # deals only.
    moved = 30_000 if mood in ("ReturnsTwo", "ReturnsOneByte") else 0
    with deal.moves(agency=moved):
        tx = deal.settle(300, deal.terms.boundary(1))
    assert deal.credit(agency) == 30_000
    assert deal.status() == RUNNING
    assert tx.gas_used < OWN_GAS + PUSH_GAS


def test_settle__the_token_pays_and_returns_nothing__pays_without_a_credit(open_deal, moody, set_mood, agency, client):
    deal = open_deal(token=moody)
    set_mood(paying="ReturnsNothing")
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)
    assert (deal.credit(agency), deal.credit(client)) == (0, 0)


def test_settle__the_token_pays_and_answers_with_a_bomb__pays_at_a_bounded_cost(open_deal, moody, set_mood, agency):
    deal = open_deal(token=moody)
    set_mood(paying="ReturnsBomb")
    with deal.moves(agency=30_000, client=70_000):
        tx = deal.settle(300)
    assert deal.credit(agency) == 0
    assert tx.gas_used < OWN_GAS + 2 * PUSH_GAS


@pytest.mark.parametrize("blocked", ["agency", "client"])
def test_settle__the_token_blocks_one_party__pays_the_other_one(open_deal, moody, keeper, people, blocked):
    deal = open_deal(token=moody)
    moody.setBlocked(people[blocked], True, {"from": keeper})
    paid = {"agency": 30_000, "client": 70_000}
    credit = paid.pop(blocked)
    with deal.moves(**paid):
        deal.settle(300)
    assert deal.credit(people[blocked]) == credit
    moody.setBlocked(people[blocked], False, {"from": keeper})
    with deal.moves(**{blocked: credit}):
        deal.escrow.withdraw(moody, people[blocked], {"from": people[blocked]})


def test_settle__the_token_is_gone__credits_both(open_deal, moody, set_code, agency, client):
    deal = open_deal(token=moody)
    set_code(moody.address, "0x")
    deal.settle(300)
    assert (deal.credit(agency), deal.credit(client)) == (30_000, 70_000)


@in_eth
def test_settle__the_receiver_needs_nearly_all_the_gas_of_a_push__pays_without_a_credit(open_deal, moody_receiver):
    working = moody_receiver("Works")
    deal = open_deal(agency=working)
    with deal.moves(agency=30_000):
        tx = deal.settle(300, deal.terms.boundary(1))
    assert deal.credit(working) == 0
    assert tx.gas_used > 90_000 + 50_000


@both_coins
def test_settle__little_gas_comes_along__is_refused_rather_than_credited(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("GasProblem", deal.id, ..., PUSH_GAS_FLOOR):
        deal.settle(300, deal.terms.boundary(1), gas_limit=PUSH_GAS_FLOOR + 40_000)


@in_eth
def test_settle__any_amount_of_gas_comes_along__pays_or_moves_nothing(open_deal, moody_receiver, client):
    """Both receivers need 90,000 of the 100,000 gas of a push: no amount that a caller chooses starves one of them."""
    working, saving = moody_receiver("Works"), moody_receiver("Works")
    gifts = range(50_000, 460_000, 10_000)
    deals = [open_deal(agency=working, client=saving, by=client, salt=gas) for gas in gifts]
    outcomes = []
    for gas, deal in zip(gifts, deals, strict=True):
        try:
            with deal.moves(agency=30_000, client=70_000):
                deal.settle(300, gas_limit=gas)
            outcomes.append("paid")
        except VirtualMachineError:
            outcomes.append("nothing")
            assert deal.state()["last_as_of"] == deal.terms.starts_at
        assert deal.credit(working) == deal.credit(saving) == 0
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {"nothing", "paid"}


@in_eth
@pytest.mark.parametrize("name", callbacks.NAMES)
@pytest.mark.parametrize("final", [False, True])
def test_settle__the_agency_calls_back__gains_nothing(open_deal, moody_receiver, escrow, client, name, final):
    open_deal(salt=2)
    greedy = moody_receiver()
    deal = open_deal(agency=greedy)
    as_of = deal.terms.ends_at if final else deal.terms.boundary(1)
    # A second report that a quorum signed is due in the same second.
    greedy.callBack(escrow, callbacks.message(name, deal, greedy, as_of + 1), {"from": client})
    with deal.moves(agency=50_000, client=50_000 if final else 0):
        deal.settle(500, as_of, at=as_of + 1)
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    problem = name_of(greedy.problem(), escrow)
    assert problem == (FINAL_PROBLEM if final else RUNNING_PROBLEM).get(name, "StatusProblem")
    assert deal.credit(greedy) == 0
    assert deal.status() == (CLOSED if final else RUNNING)


FINAL_PROBLEM = {"withdraw": "CreditProblem"}
RUNNING_PROBLEM = {
    "topUp": "FundingProblem",
    "decline": "AsOfProblem",
    "settle again": "AsOfProblem",
    "settle next": "GasProblem",
    "refund": "TimeProblem",
    "withdraw": "CreditProblem",
}


@in_eth
@pytest.mark.parametrize("name", callbacks.NAMES)
def test_settle__the_client_calls_back__gains_nothing(open_deal, moody_receiver, escrow, client, name):
    open_deal(salt=2)
    greedy = moody_receiver()
    deal = open_deal(client=greedy, by=client)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(agency=50_000, client=50_000):
        deal.settle(500)
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert name_of(greedy.problem(), escrow) == ("CreditProblem" if name == "withdraw" else "StatusProblem")
    assert deal.credit(greedy) == 0


@pytest.mark.parametrize("name", callbacks.NAMES)
def test_settle__a_token_tells_the_agency_who_calls_back__gains_nothing(
    open_deal, moody, moody_receiver, escrow, client, name
):
    open_deal(token=moody, salt=2)
    greedy = moody_receiver()
    moody.setHooked(greedy, True, {"from": client})
    deal = open_deal(token=moody, agency=greedy)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(agency=50_000, client=50_000):
        deal.settle(500)
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert deal.credit(greedy) == 0


@in_eth
def test_settle__one_deals_parties_refuse__leaves_another_deal_as_it_is(open_deal, moody_receiver, client):
    refusing = moody_receiver("BurnsGas")
    bad, good = open_deal(agency=refusing), open_deal(salt=2)
    bad.settle(300)
    with good.moves(agency=30_000, client=70_000):
        good.settle(300)
    refusing.setMood(moods.RECEIVER.index("Accepts"), {"from": client})
    with bad.moves(agency=30_000):
        refusing.act(bad.escrow, 0, bad.escrow.withdraw.encode_input(bad.terms.token, refusing), {"from": client})
