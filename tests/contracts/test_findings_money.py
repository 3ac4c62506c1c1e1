"""Findings F17 to F35 from audits of others: money in, out and between, played against ours. Tree: trees/findings.tree."""

from dataclasses import replace

import batch
import clock
import moods
import permits
import pytest
from brownie import ZERO_ADDRESS, PerformanceEscrow
from deals import CLOSED, both_coins
from eth_utils import keccak, to_checksum_address
from refusals import refusal_of, refused, tried
from signing import member, sign, signer_of
from terms import DAY, PER_PERIOD, Step, per_unit, report_digest_of

from scripts import deploy

LATER = clock.EPOCH + 400 * DAY
in_eth = pytest.mark.parametrize("coin", ["eth"], indirect=True)


# F17 to F22: receivers and tokens that are hostile


@pytest.fixture
def payer(moody, moody_receiver, escrow, client):
    """A contract with 300,000 of the moody token, which tells it before it takes them away."""
    contract = moody_receiver()
    moody.mint(contract, 300_000, {"from": client})
    contract.act(moody, 0, moody.approve.encode_input(escrow, 300_000), {"from": client})
    moody.setHooked(contract, True, {"from": client})
    return contract


def test_finding__f17_one_payment_is_shown_to_two_deals__counts_for_neither(make_deal, moody, payer, escrow, client):
    first, second = make_deal(token=moody), make_deal(token=moody, salt=2)
    payer.callBack(escrow, escrow.open.encode_input(second.words, 100_000), {"from": client})
    with first.moves_nothing(), refused("ReceivedProblem", first.id, 200_000, 100_000):
        payer.act(escrow, 0, escrow.open.encode_input(first.words, 100_000), {"from": client})
    assert not second.state()["funded"]


def test_finding__f17_a_top_up_is_entered_again__counts_only_what_came(open_deal, moody, payer, escrow, client):
    deals = open_deal(token=moody), open_deal(token=moody, salt=2)
    payer.callBack(escrow, escrow.topUp.encode_input(deals[1].words, 100_000), {"from": client})
    payer.act(escrow, 0, escrow.topUp.encode_input(deals[0].words, 100_000), {"from": client})
    assert payer.calledBack()
    assert sum(deal.state()["funded"] for deal in deals) == moody.balanceOf(escrow) > 200_000


def test_finding__f18_the_client_is_blocked_by_the_token__does_not_stop_the_money_of_the_agency(
    open_contested, moody, keeper, client
):
    deal = open_contested(token=moody)
    deal.settle(300)
    moody.setBlocked(client, True, {"from": keeper})
    with deal.moves(agency=30_000):
        deal.finalize()
    assert (deal.credit(client), deal.status()) == (70_000, CLOSED)


def test_finding__f18_the_agency_blocks_itself_under_a_ruling__does_not_stop_the_ruling(
    open_contested, moody, keeper, client, agency
):
    deal = open_contested(token=moody)
    deal.settle(300)
    deal.dispute(100, by=client)
    moody.setBlocked(agency, True, {"from": keeper})
    with deal.moves(client=80_000):
        deal.rule(200)
    assert deal.credit(agency) == 10_000


@pytest.mark.parametrize("mood", ["Reverts", "BurnsGas"])
def test_finding__f20_the_client_rejects_tokens_to_freeze_the_deal__gains_nothing_by_waiting(
    open_deal, moody, moody_receiver, client, mood
):
    rejecting = moody_receiver(mood)
    moody.setHooked(rejecting, True, {"from": client})
    deal = open_deal(token=moody, client=rejecting, by=client)
    with deal.moves(agency=30_000):
        deal.settle(300)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.refund(at=deal.terms.silent_at)
    assert deal.credit(rejecting) == 70_000


@in_eth
def test_finding__f21_one_receiver_rejects_coins__leaves_every_other_one_paid(open_deal, moody_receiver, escrow, keeper):
    deals = [
        open_deal(agency=moody_receiver(mood), salt=salt) for salt, mood in enumerate(("Accepts", "Reverts", "Accepts"))
    ]
    calls = []
    for deal in deals:
        report = deal.report(300, deal.terms.boundary(1))
        calls.append(escrow.settle.encode_input(deal.words, report.as_of, 300, report.evidence, deal.signatures(report)))
    clock.pass_to(deals[0].terms.boundary(1))
    escrow.settleBatch(300_000, calls, {"from": keeper})
    assert [deal.coin.balance(deal.terms.agency) for deal in deals] == [30_000, 0, 30_000]
    assert [deal.credit(deal.terms.agency) for deal in deals] == [0, 30_000, 0]


@in_eth
def test_finding__f22_a_wallet_needs_far_more_than_2300_gas__is_paid(open_deal, moody_receiver, client):
    hungry = moody_receiver("Works")
    deal = open_deal(client=hungry, agency=moody_receiver("Works"), by=client)
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)


@in_eth
def test_finding__f22_a_wallet_needs_more_than_a_push_has__has_a_credit_to_fetch(open_deal, moody_receiver, client):
    hungry = moody_receiver("BurnsGas")
    deal = open_deal(agency=hungry)
    with deal.moves(client=70_000):
        deal.settle(300)
    hungry.setMood(moods.RECEIVER.index("Accepts"), {"from": client})
    with deal.moves(agency=30_000):
        hungry.act(deal.escrow, 0, deal.escrow.withdraw.encode_input(ZERO_ADDRESS, hungry), {"from": client})


# F23 to F28: whose money it is


@both_coins
def test_finding__f23_one_deal_has_earned_more_than_it_holds__takes_nothing_from_another(open_deal):
    rich, poor = open_deal(salt=2), open_deal()
    with poor.moves(agency=100_000):
        poor.settle(5_000, poor.terms.boundary(1))
    with poor.moves():
        poor.settle(9_000)
    assert rich.coin.balance(rich.escrow) == 100_000
    with rich.moves(client=100_000):
        rich.decline()


@both_coins
def test_finding__f24_a_refund_is_asked_for_again__sends_nothing(open_deal):
    deal = open_deal()
    open_deal(salt=2)
    deal.refund()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.refund(at=deal.terms.silent_at + 1)


def test_finding__f24_the_answers_of_the_last_round_are_used_again__count_once(open_deal):
    deal = open_deal()
    first = deal.terms.boundary(1)
    signatures = deal.signatures(deal.report(100, first))
    deal.settle(100, first, signatures=signatures)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, first, first):
        deal.settle(100, first, signatures=signatures)
    report = deal.report(100, deal.terms.boundary(2))
    stranger = signer_of(report_digest_of(report, deal.domain), signatures[0])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger, deal.terms.committee):
        deal.settle(100, report.as_of, signatures=signatures)


def test_finding__f24_two_oracles_give_different_numbers__makes_no_average(open_deal, oracles):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    liar = sign(report_digest_of(replace(report, value=900), deal.domain), oracles[1])
    honest = sign(report_digest_of(report, deal.domain), oracles[0])
    for value in (100, 500, 900):
        assert tried(lambda value=value: deal.settle(value, report.as_of, signatures=[honest, liar])) in (
            "SignerProblem",
            "SignerOrderProblem",
        )


def test_finding__f24_one_oracle_of_three_is_gone__is_not_needed(open_deal, oracles):
    deal = open_deal()
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1), signers=oracles[:2])
    with deal.moves(agency=10_000, client=80_000):
        deal.settle(200, signers=oracles[1:])


def test_finding__f24_many_steps_are_reached_at_once__pays_all_of_them(open_deal):
    steps = tuple(Step(10 * place, 1_000, 0) for place in range(1, 11))
    deal = open_deal(steps=steps)
    with deal.moves(agency=7_000):
        deal.settle(75, deal.terms.boundary(1))


def test_finding__f24_the_steps_do_not_divide_the_budget__leave_no_dust(open_deal):
    deal = open_deal(steps=(Step(0, 0, 100_000 * 10**6 // 3),))
    for period, value in ((1, 1), (2, 2)):
        with deal.moves(agency=33_333):
            deal.settle(value, deal.terms.boundary(period))
    with deal.moves(agency=33_333, client=1):
        deal.settle(3)
    assert deal.coin.balance(deal.escrow) == 0


def test_finding__f25_a_credit_is_fetched_twice_or_by_others__is_refused(
    open_deal, moody, set_mood, escrow, agency, stranger
):
    open_deal(token=moody, salt=2)
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.settle(300, deal.terms.boundary(1))
    set_mood()
    with deal.moves_nothing(), refused("CreditProblem", stranger.address, moody.address, 0):
        escrow.withdraw(moody, stranger, {"from": stranger})
    with deal.moves(agency=30_000):
        escrow.withdraw(moody, agency, {"from": agency})
    with deal.moves_nothing(), refused("CreditProblem", agency.address, moody.address, 0):
        escrow.withdraw(moody, agency, {"from": agency})


def test_finding__f25_nobody_fetches_a_credit_for_years__is_there_for_its_owner_alone(
    open_deal, moody, set_mood, escrow, keeper, agency
):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.settle(1_000)
    set_mood()
    clock.pass_to(deal.terms.silent_at + 3_650 * DAY)
    with deal.moves_nothing(), refused("CreditProblem", keeper.address, moody.address, 0):
        escrow.withdraw(moody, keeper, {"from": keeper})
    with deal.moves(agency=100_000):
        escrow.withdraw(moody, agency, {"from": agency})


def test_finding__f26_the_admin_changes_all_it_can_in_a_running_deal__pays_what_an_untouched_one_pays(
    open_deal, create_committee, escrow, oracles, keeper, stranger
):
    calm, touched = (
        open_deal(committee=create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=salt), retention_bps=1_000)
        for salt in (5, 6)
    )
    for deal in (calm, touched):
        with deal.moves(agency=9_000):
            deal.settle(100, deal.terms.boundary(1))
    committee = touched.terms.committee
    escrow.removeMember(committee, oracles[2].address, {"from": keeper})
    escrow.addMember(committee, member("newcomer").address, {"from": keeper})
    escrow.offerAdmin(committee, stranger, {"from": keeper})
    escrow.acceptAdmin(committee, {"from": stranger})
    for deal in (calm, touched):
        with deal.moves(agency=21_000, client=70_000):
            deal.settle(300, signers=oracles[:2])


def test_finding__f27_milestones_are_reached_one_after_the_other__are_all_paid_and_each_once(open_deal):
    deal = open_deal(steps=(Step(10, 20_000, 0), Step(20, 30_000, 0), Step(30, 50_000, 0)))
    third = (deal.terms.boundary(3) - deal.terms.boundary(2)) // 3
    reports = [(10, 20_000), (10, 0), (20, 30_000), (5, 0), (20, 0), (30, 50_000)]
    for place, (value, earned) in enumerate(reports, start=1):
        with deal.moves(agency=earned):
            deal.settle(value, deal.terms.starts_at + place * third)


def test_finding__f27_a_milestone_was_rejected__can_not_be_paid_later(open_contested, client):
    deal = open_contested(steps=(Step(10, 20_000, 0),))
    deal.settle(10, deal.terms.boundary(1))
    deal.dispute(9, by=client)
    deal.rule(9)
    deal.settle(10)
    with deal.moves(client=100_000):
        deal.finalize()


def closed_by_final_report(deal):
    deal.settle(300)


def closed_by_silence(deal):
    deal.refund()


def closed_by_decline(deal):
    deal.decline()


def closed_by_notice(deal):
    deal.give_notice()


def closed_by_split(deal):
    deal.agree(60_000, LATER)


CLOSINGS = (closed_by_final_report, closed_by_silence, closed_by_decline, closed_by_notice, closed_by_split)


@pytest.mark.parametrize("close", CLOSINGS, ids=[each.__name__ for each in CLOSINGS])
def test_finding__f27_the_deal_is_closed__takes_no_other_action_in_any_order(open_deal, make_deal, close):
    deal = open_deal()
    new = make_deal(budget=1, salt=2, starts_at=deal.terms.ends_at, open_before=deal.terms.ends_at + DAY)
    close(deal)
    actions = {
        "open": lambda: deal.open(),
        "topUp": lambda: deal.top_up(1),
        "settle": lambda: deal.settle(900),
        "refund": lambda: deal.refund(at=max(clock.now() + 1, deal.terms.silent_at)),
        "decline": lambda: deal.decline(),
        "giveNotice": lambda: deal.give_notice(),
        "agree": lambda: deal.agree(60_000, 2**40),
        "amend": lambda: deal.amend(new, 60_000, 2**40),
    }
    with deal.moves_nothing():
        assert {name: refusal_of(call) for name, call in actions.items()} == dict.fromkeys(actions, "StatusProblem")


def test_finding__f28_a_factory_deploys_the_escrow__has_no_part_in_it(make_deal, create_committee, oracles):
    deploy.main()
    factory = deploy.FACTORY
    escrow = PerformanceEscrow.at(deployed_by(factory))
    committee = create_committee(oracles, 2, on=escrow)
    deal = make_deal(on=escrow, committee=committee)
    deal.open()
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300)
    assert (deal.coin.balance(factory), deal.credit(factory)) == (0, 0)
    assert escrow.committeeOf(committee)[0] == ZERO_ADDRESS


def deployed_by(factory: str) -> str:
    code = bytes.fromhex(PerformanceEscrow._build["bytecode"])
    return to_checksum_address(keccak(b"\xff" + bytes.fromhex(factory[2:]) + bytes(32) + keccak(code))[12:])


# F29 to F35: what comes in, and from whom


@pytest.mark.parametrize(("mood", "arrives"), [("Fee", 99_000), ("Bonus", 100_001)])
def test_finding__f29_more_or_less_arrives_than_was_asked_for__is_refused(make_deal, moody, set_mood, mood, arrives):
    set_mood(taking=mood)
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, arrives, 100_000):
        deal.open()


def test_finding__f29_a_token_takes_its_fee_on_the_way_out__costs_its_own_deals_alone(open_deal, moody, set_mood):
    bad, good = open_deal(token=moody), open_deal(salt=2)
    set_mood(paying="Fee")
    with bad.moves(agency=29_700, client=69_300, escrow=-100_000):
        bad.settle(300)
    with good.moves(agency=30_000, client=70_000):
        good.settle(300)


def test_finding__f30_somebody_would_take_the_id_of_the_deal_first__needs_the_same_terms(
    make_deal, open_deal, patron, client
):
    deal = make_deal()
    others = [{"agency": patron}, {"client": patron}, {"salt": 2}, {"budget": 1}, {"steps": (per_unit(1),)}]
    assert deal.id not in [open_deal(by=patron, **changes).id for changes in others]
    with deal.moves(client=-100_000):
        deal.open()


def test_finding__f30_somebody_pays_for_the_deal_first__gives_it_to_the_client(make_deal, patron):
    deal = make_deal()
    deal.open(by=patron)
    with deal.moves(client=100_000):
        deal.decline()


def test_finding__f31_a_stranger_used_the_permit__needs_no_other_allowance(make_deal, dollar, escrow, client, stranger):
    deal = make_deal()
    deadline, signature = permits.permit(dollar, escrow, client, 100_000, deadline=LATER)
    dollar.permit(client, escrow, 100_000, deadline, signature[64], signature[:32], signature[32:64], {"from": stranger})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, deadline, signature, {"from": client})


def test_finding__f31_the_allowance_is_larger_than_the_amount__is_enough(make_deal, dollar, escrow, client):
    deal = make_deal()
    dollar.approve(escrow, 100_001, {"from": client})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, LATER, b"\1" * 65, {"from": client})
    assert dollar.allowance(client, escrow) == 1


@pytest.mark.parametrize("length", [65, 96], ids=["r, s, v", "bytes"])
def test_finding__f32_the_token_has_no_such_permit__takes_an_allowance_alone(make_deal, moody, escrow, client, length):
    moody.setPermitMood(moods.TOKEN.index("Reverts"), {"from": client})
    deal = make_deal(token=moody)
    arguments = (deal.words, 100_000, LATER, b"\1" * length, {"from": client})
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(*arguments)
    moody.approve(escrow, 100_000, {"from": client})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(*arguments)


def test_finding__f33_the_token_is_an_address_without_code__can_not_be_agreed_on(make_deal, escrow, stranger, client):
    deal = make_deal(token=stranger)
    with refused("TokenProblem", deal.id, stranger.address, 0):
        escrow.open(deal.words, 100_000, {"from": client})


def test_finding__f33_the_code_of_the_token_is_gone__counts_no_payment_as_made(open_deal, moody, set_code, agency, client):
    deal = open_deal(token=moody)
    set_code(moody.address, "0x")
    deal.settle(300)
    assert (deal.credit(agency), deal.credit(client)) == (30_000, 70_000)


@pytest.mark.parametrize("basis", [0, PER_PERIOD], ids=["cumulative", "per period"])
def test_finding__f34_any_amount_is_earned__both_sides_sum_to_the_whole(open_deal, basis):
    deal = open_deal(
        budget=10_007, basis=basis, periods=1, base_per_period=13, steps=(Step(0, 0, 3_333_333), Step(1_000, 7, 5_000_001))
    )
    values = range(0, 2_400, 13)
    reads = [batch.call(deal.escrow.dueFor, deal.words, value, deal.terms.ends_at) for value in values]
    legs = batch.read(reads)
    assert {sum(each) for each in legs} == {10_007}
    assert min(min(each) for each in legs) == 0
    assert len({performance for _, performance, _ in legs}) > 150


@pytest.mark.parametrize("total", [0, 1, 3, 49_999, 99_999, 100_000])
def test_finding__f34_an_odd_split_is_agreed__both_sides_sum_to_the_whole(open_deal, total):
    deal = open_deal()
    with deal.moves(agency=total, client=100_000 - total):
        deal.agree(total, LATER)
    assert deal.coin.balance(deal.escrow) == 0


@pytest.mark.parametrize("function", ["decline", "giveNotice"])
def test_finding__f35_the_caller_writes_another_sender_behind_the_call__is_still_himself(
    open_deal, escrow, stranger, agency, function
):
    deal = open_deal()
    clock.pass_to(deal.terms.starts_at)
    message = getattr(escrow, function).encode_input(deal.words)
    for trailer in (agency.address[2:], agency.address[2:].rjust(64, "0")):
        with deal.moves_nothing():
            forged = refusal_of(lambda trailer=trailer: stranger.transfer(escrow, 0, data=message + trailer))
        assert forged == "CallerProblem"
    agency.transfer(escrow, 0, data=message + stranger.address[2:])
    assert deal.state()["closed"] == (function == "decline")


def test_finding__f35_a_batch_carries_a_call_in_the_name_of_the_contract__is_skipped(
    open_deal, escrow, keeper, moody, set_mood, agency
):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.settle(300, deal.terms.boundary(1))
    set_mood()
    calls = [
        escrow.withdraw.encode_input(moody, keeper),
        escrow.decline.encode_input(deal.words),
        escrow.giveNotice.encode_input(deal.words),
    ]
    with deal.moves_nothing():
        tx = escrow.settleBatch(300_000, calls, {"from": keeper})
    assert [event["reason"] for event in tx.events["ItemSkipped"]] == ["0x00000000"] * 3
    assert deal.credit(agency) == 30_000
