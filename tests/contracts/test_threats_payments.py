"""Threats C1 to C7, C20, C21, C23, C26 and C27: money on its way in and out. Tree: trees/threats.tree."""

import callbacks
import clock
import moods
import permits
import pytest
from brownie import ZERO_ADDRESS, web3
from brownie.exceptions import VirtualMachineError
from deals import CLOSED, RUNNING
from eth_utils import keccak
from refusals import name_of, refused
from signing import ascending, member
from terms import DAY, Step, per_unit

LATER = clock.EPOCH + 400 * DAY
OWN_GAS, PUSH_GAS = 120_000, 100_000
HALF_A_BLOCK = 15_000_000
in_eth = pytest.mark.parametrize("coin", ["eth"], indirect=True)


def acts(party, deal, function: str, *arguments, by):
    """A party that is a contract calls the escrow."""
    message = getattr(deal.escrow, function).encode_input(*arguments)
    return party.act(deal.escrow, 0, message, {"from": by})


def mood(receiver, name: str, by) -> None:
    receiver.setMood(moods.RECEIVER.index(name), {"from": by})


@in_eth
@pytest.mark.parametrize("name", callbacks.NAMES)
def test_threat__c1_whoever_is_paid_calls_back__is_paid_once(open_deal, moody_receiver, escrow, client, name):
    others = open_deal(salt=2)
    greedy = moody_receiver()
    deal = open_deal(agency=greedy)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(agency=50_000):
        deal.settle(500, deal.terms.boundary(1))
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)
    assert others.state()["funded"] == 100_000


@pytest.mark.parametrize("name", callbacks.NAMES)
def test_threat__c1_a_token_tells_whoever_is_paid_and_he_calls_back__is_paid_once(
    open_deal, moody, moody_receiver, escrow, client, name
):
    open_deal(token=moody, salt=2)
    greedy = moody_receiver()
    moody.setHooked(greedy, True, {"from": client})
    deal = open_deal(token=moody, client=greedy, by=client)
    greedy.callBack(escrow, callbacks.message(name, deal, greedy), {"from": client})
    with deal.moves(agency=50_000, client=50_000):
        deal.settle(500)
    assert (greedy.calledBack(), greedy.succeeded()) == (True, False)


@in_eth
def test_threat__c1_a_withdrawal_is_entered_again__sends_the_credit_once(open_deal, moody_receiver, escrow, client):
    open_deal(salt=2)
    greedy = moody_receiver("Reverts")
    deal = open_deal(agency=greedy)
    deal.settle(500)
    greedy.callBack(escrow, escrow.withdraw.encode_input(ZERO_ADDRESS, greedy), {"from": client})
    with deal.moves(agency=50_000):
        acts(greedy, deal, "withdraw", ZERO_ADDRESS, greedy, by=client)
    assert (greedy.calledBack(), name_of(greedy.problem(), escrow)) == (True, "CreditProblem")


@in_eth
@pytest.mark.parametrize("final", [False, True])
@pytest.mark.parametrize("view", ["dealOf", "statusOf"])
def test_threat__c2_whoever_is_paid_looks_at_the_books__sees_them_as_they_stay(
    open_deal, moody_receiver, escrow, client, view, final
):
    curious = moody_receiver()
    deal = open_deal(agency=curious)
    message = getattr(escrow, view).encode_input(deal.words)
    curious.callBack(escrow, message, {"from": client})
    deal.settle(500, None if final else deal.terms.boundary(1))
    assert curious.succeeded()
    after = web3.eth.call({"to": escrow.address, "data": message})
    assert str(curious.answer()) == "0x" + keccak(bytes(after)).hex()


@in_eth
def test_threat__c3_every_receiver_reverts__closes_the_deal_and_keeps_their_money_for_them(
    open_deal, moody_receiver, client, stranger
):
    first, second = moody_receiver("Reverts"), moody_receiver("Reverts")
    deal, other = open_deal(client=first, agency=second, by=client), open_deal(salt=2)
    with deal.moves():
        deal.settle(300)
    assert deal.status() == CLOSED
    with other.moves(agency=30_000, client=70_000):
        other.settle(300)
    before = stranger.balance()
    with deal.moves(escrow=-100_000):
        acts(first, deal, "withdraw", ZERO_ADDRESS, stranger, by=client)
        acts(second, deal, "withdraw", ZERO_ADDRESS, stranger, by=client)
    assert stranger.balance() - before == 100_000


@in_eth
def test_threat__c4_the_receiver_answers_with_a_bomb__costs_the_caller_no_more_than_a_push(open_deal, moody_receiver):
    bomb = moody_receiver("RevertsWithBomb")
    deal = open_deal(agency=bomb)
    with deal.moves(client=70_000):
        tx = deal.settle(300, gas_limit=10_000_000)
    assert deal.credit(bomb) == 30_000
    assert tx.gas_used < OWN_GAS + 2 * PUSH_GAS


def test_threat__c4_the_token_answers_a_withdrawal_with_a_megabyte__is_not_copied(open_deal, moody, set_mood, client):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.decline()
    set_mood(paying="ReturnsBomb")
    with deal.moves(client=100_000):
        tx = deal.escrow.withdraw(moody, client, {"from": client, "gas_limit": 10_000_000})
    # 2.2 million are the token's own; a copy would cost as much again.
    assert tx.gas_used < 2_500_000


def by_final_report(deal):
    deal.settle(300)


def by_silence(deal):
    deal.settle(300, deal.terms.boundary(1))
    deal.refund()


def by_both_signatures(deal):
    deal.agree(30_000, LATER)


LEAVING = pytest.mark.parametrize(
    "leave", [by_final_report, by_silence, by_both_signatures], ids=["final report", "silence", "split"]
)


@LEAVING
@pytest.mark.parametrize("frozen", ["agency", "client"])
def test_threat__c5_the_token_freezes_one_party__pays_the_other_and_keeps_the_frozen_money(
    open_deal, moody, keeper, people, leave, frozen
):
    deal = open_deal(token=moody)
    moody.setBlocked(people[frozen], True, {"from": keeper})
    paid = {"agency": 30_000, "client": 70_000}
    credit = paid.pop(frozen)
    with deal.moves(**paid):
        leave(deal)
    moody.setBlocked(people[frozen], False, {"from": keeper})
    with deal.moves(**{frozen: credit}):
        deal.escrow.withdraw(moody, people[frozen], {"from": people[frozen]})


@LEAVING
def test_threat__c5_the_token_is_paused__closes_the_deal_and_pays_when_it_moves_again(
    open_deal, moody, set_mood, client, agency, leave
):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    with deal.moves():
        leave(deal)
    set_mood()
    with deal.moves(agency=30_000, client=70_000):
        for party in (client, agency):
            deal.escrow.withdraw(moody, party, {"from": party})


@pytest.mark.parametrize(("mood", "arrives"), [("Fee", 99_000), ("Bonus", 100_001)])
def test_threat__c6_the_token_delivers_another_amount__is_refused(make_deal, open_deal, moody, set_mood, mood, arrives):
    running = open_deal(token=moody, salt=2)
    set_mood(taking=mood)
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, arrives, 100_000):
        deal.open()
    with running.moves_nothing(), refused("ReceivedProblem", running.id, arrives, 100_000):
        running.top_up(100_000)


def test_threat__c7_the_token_pays_in_and_returns_false__is_refused(make_deal, moody, set_mood):
    set_mood(taking="ReturnsFalse")
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("SafeERC20FailedOperation", moody.address):
        deal.open()


def test_threat__c7_the_token_pays_out_and_returns_false__leaves_a_credit(open_deal, moody, set_mood, agency):
    deal = open_deal(token=moody)
    set_mood(paying="ReturnsFalse")
    with deal.moves():
        deal.settle(300, deal.terms.boundary(1))
    assert deal.credit(agency) == 30_000


def test_threat__c7_the_token_returns_nothing__works_both_ways(open_deal, moody, set_mood, agency):
    set_mood(taking="ReturnsNothing", paying="ReturnsNothing")
    deal = open_deal(token=moody)
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)
    assert deal.credit(agency) == 0


def test_threat__c7_there_is_no_code_at_the_address_of_the_token__can_not_be_agreed_on(make_deal, stranger):
    deal = make_deal(token=stranger)
    with refused("TokenProblem", deal.id, stranger.address, 0):
        deal.escrow.open(deal.words, 100_000, {"from": deal.people.client})


def test_threat__c20_the_terms_and_the_committee_are_the_largest__settles_in_half_a_block(open_deal, create_committee):
    crowd = ascending([member(f"one of 256, {number}") for number in range(256)])
    steps = tuple(Step(at, 10, 10**6) for at in range(1, 17))
    deal = open_deal(committee=create_committee(crowd, 129, 255), quorum=255, steps=steps)
    with deal.moves(agency=160 + 99, client=100_000 - 259):
        tx = deal.settle(100, signers=crowd[:255])
    assert tx.gas_used < HALF_A_BLOCK


def test_threat__c20_the_terms_have_more_steps_than_are_bounded__can_not_be_agreed_on(make_deal):
    deal = make_deal(steps=tuple(per_unit(1, at=at) for at in range(17)))
    with refused("StepCountProblem", deal.id, 17, 16):
        deal.escrow.checkTerms(deal.words)


@in_eth
@pytest.mark.parametrize("poison", ["signatures", "receiver"])
def test_threat__c20_one_item_of_a_batch_is_poisoned__settles_the_others(
    open_deal, moody_receiver, escrow, keeper, oracles, poison
):
    bad = open_deal(agency=moody_receiver("BurnsGas" if poison == "receiver" else "Accepts"))
    good = open_deal(salt=2)
    calls = []
    for deal in (bad, good):
        report = deal.report(100, deal.terms.boundary(1))
        signed = deal.signatures(report, oracles[:1] if deal is bad and poison == "signatures" else None)
        calls.append(escrow.settle.encode_input(deal.words, report.as_of, 100, report.evidence, signed))
    clock.pass_to(good.terms.boundary(1))
    with good.moves(agency=10_000):
        tx = escrow.settleBatch(300_000, calls, {"from": keeper})
    assert ("ItemSkipped" in tx.events) == (poison == "signatures")


@in_eth
def test_threat__c21_the_caller_brings_too_little_gas__does_all_or_nothing(open_deal, moody_receiver, client):
    needy, needier = moody_receiver("Works"), moody_receiver("Works")
    gifts = range(60_000, 460_000, 40_000)
    deals = [open_deal(agency=needy, client=needier, by=client, salt=gas) for gas in gifts]
    outcomes = []
    for gas, deal in zip(gifts, deals, strict=True):
        try:
            with deal.moves(agency=30_000, client=70_000):
                deal.settle(300, gas_limit=gas)
            outcomes.append("all")
        except VirtualMachineError:
            outcomes.append("nothing")
            assert deal.state()["last_as_of"] == deal.terms.starts_at
        assert deal.credit(needy) == deal.credit(needier) == 0
    assert set(outcomes) == {"all", "nothing"}


def test_threat__c23_a_stranger_uses_the_permit_first__funds_the_deal_all_the_same(
    make_deal, dollar, escrow, client, stranger
):
    deal = make_deal()
    deadline, signature = permits.permit(dollar, escrow, client, 100_000, deadline=LATER)
    r, s, v = signature[:32], signature[32:64], signature[64]
    dollar.permit(client, escrow, 100_000, deadline, v, r, s, {"from": stranger})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, deadline, signature, {"from": client})


def test_threat__c23_a_stranger_sends_the_permit_for_a_deal_of_his_own__takes_nothing(
    make_deal, dollar, escrow, client, stranger
):
    mine = make_deal(agency=stranger)
    signed = permits.permit(dollar, escrow, client, 100_000, deadline=LATER)
    with mine.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(mine.words, 100_000, *signed, {"from": stranger})


def forced(escrow, payer, amount: int) -> None:
    """Coins from a contract that destroys itself, which nobody can refuse."""
    payer.transfer(None, amount, data="0x73" + escrow.address[2:] + "ff")


@in_eth
def test_threat__c26_coins_are_forced_in__belong_to_no_deal(open_deal, escrow, patron):
    deal = open_deal()
    forced(escrow, patron, 77_000)
    assert escrow.balance() == 177_000
    deal.settle(900, deal.terms.boundary(1))
    with deal.moves(client=10_000):
        deal.settle(900)
    assert escrow.balance() == 77_000


def test_threat__c26_tokens_are_given_as_a_present__open_nothing_and_belong_to_no_deal(
    make_deal, open_deal, dollar, escrow, client, patron
):
    dollar.transfer(escrow, 100_000, {"from": patron})
    deal = make_deal()
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.open(deal.words, 100_000, {"from": client})
    deal.open()
    with deal.moves(client=100_000):
        deal.decline()
    assert dollar.balanceOf(escrow) == 100_000


@in_eth
def test_threat__c27_one_life_is_played_in_three_coins__moves_the_same(open_deal, dollar, moody):
    assert (dollar.decimals(), moody.decimals()) == (6, 18)
    deals = [open_deal(retention_bps=1_000, base_per_period=500, token=token) for token in (None, dollar, moody)]
    first = deals[0].terms.boundary(1)
    for deal in deals:
        with deal.moves(agency=500 + 88_650):
            deal.settle(1_200, first)
    for deal in deals:
        with deal.moves(client=-10_000, agency=9_000, escrow=1_000):
            deal.top_up(10_000)
    assert [deal.status() for deal in deals] == [RUNNING] * 3
    for deal in deals:
        with deal.moves(agency=1_000 + 10_850):
            deal.settle(1_300)
