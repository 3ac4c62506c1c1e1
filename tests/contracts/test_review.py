"""The flaws that a review found on paper, by its ids, each shown to be mended. Tree: trees/review.tree."""

import clock
import pytest
from deals import ENDED, both_coins
from refusals import refused
from signing import ascending, member
from terms import DAY, HOUR, PER_PERIOD, per_unit

LATER = clock.EPOCH + 300 * DAY


@both_coins
def test_review__c1_the_agency_disputes_a_bought_value_first__does_not_fix_the_arbiters_range(
    open_contested, client, agency
):
    deal = open_contested()
    deal.settle(120)
    with deal.moves():
        deal.dispute(121, by=agency)
    with deal.moves(agency=2_000):
        deal.dispute(20, by=client)
    with deal.moves(client=98_000):
        deal.rule(20)


def test_review__c2_notice_runs_out_with_the_members_that_were_added_meanwhile__lets_them_not_sign(
    open_deal, escrow, create_committee, oracles, keeper
):
    committee = create_committee(oracles[:2], 2, 2, admin=keeper, delay=37 * DAY, salt=5)
    deal = open_deal(committee=committee, notice_period=30 * DAY)
    puppet = member("puppet")
    at = deal.terms.starts_at
    clock.next_transaction_at(at)
    escrow.addMember(committee, puppet.address, {"from": keeper})
    deal.give_notice(at=at + 1)
    ends_at = deal.state()["ends_at"]
    signers = ascending([oracles[0], puppet])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, puppet.address, committee):
        deal.settle(1_000, ends_at, signers=signers, at=ends_at + 13 * DAY)


def test_review__c3_the_agency_takes_the_place_of_the_quorum__is_replaced_by_it(open_contested):
    deal = open_contested()
    deal.self_report(1_000)
    deal.settle(10, at=deal.terms.silent_at - 6 * DAY)
    with deal.moves(agency=1_000, client=99_000):
        deal.finalize()


def test_review__c3_a_window_of_zero_would_stand_at_once__can_not_be_agreed_on(make_deal, escrow, arbiter):
    deal = make_deal(arbiter=arbiter, challenge_window=0, ruling_window=DAY)
    with refused("ChallengeWindowProblem", deal.id, 0, DAY):
        escrow.checkTerms(deal.words)


def test_review__c4_a_dispute_outlasts_the_grace__leaves_the_time_for_the_final_report(open_contested, client):
    deal = open_contested(report_grace=2 * DAY)
    deal.settle(300, deal.terms.ends_at - 1, at=deal.terms.ends_at - 1)
    deal.dispute(100, by=client)
    deal.rule(300, at=deal.window_ends_at + 4 * DAY)
    assert deal.status() == ENDED
    deal.settle(400)
    with deal.moves(agency=10_000, client=60_000):
        deal.finalize()


def test_review__h1_a_value_was_ruled_down__does_not_come_back_with_the_next_report(open_contested, client):
    deal = open_contested()
    deal.settle(120, deal.terms.boundary(1))
    deal.dispute(80, by=client)
    deal.rule(80)
    deal.settle(130, deal.terms.boundary(2))
    with deal.moves(agency=1_000):
        deal.finalize()


def test_review__h2_the_admin_would_make_silence__can_not_go_below_the_largest_quorum(
    escrow, create_committee, oracles, keeper
):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=5)
    escrow.removeMember(committee, oracles[0].address, {"from": keeper})
    with refused("SizeProblem", committee, 1, 2):
        escrow.removeMember(committee, oracles[1].address, {"from": keeper})


@both_coins
def test_review__h3_a_report_pays_between_signing_a_split_and_sending_it__is_paid_once(open_deal):
    deal = open_deal()
    deal.settle(500, deal.terms.boundary(1))
    with deal.moves(agency=10_000, client=40_000):
        deal.agree(60_000, LATER)


def test_review__h4_an_amendment_raises_the_price__leaves_the_past_as_it_was_paid(open_deal, make_deal):
    deal = open_deal()
    deal.settle(100, deal.terms.boundary(1))
    start = deal.terms.boundary(1)
    new = make_deal(budget=1, salt=2, starts_at=start, open_before=start + DAY, steps=(per_unit(700),))
    deal.amend(new, 10_000, LATER)
    with new.moves():
        new.settle(0, start + HOUR)


def test_review__h4_an_amendment_is_old__expires(open_deal, make_deal):
    deal = open_deal()
    new = make_deal(salt=2)
    with deal.moves_nothing(), refused("TimeProblem", deal.id, clock.EPOCH + HOUR, clock.EPOCH + HOUR):
        deal.amend(new, 0, clock.EPOCH + HOUR, at=clock.EPOCH + HOUR)


def test_review__h5_a_griefer_opens_a_public_offer_with_one_unit__is_refused(make_deal, patron):
    deal = make_deal()
    with refused("FundingProblem", deal.id, 1, 100_000):
        deal.open(1, by=patron)


def test_review__h6_the_terms_could_be_opened_when_the_target_is_met__are_out_of_range(make_deal, escrow):
    deal = make_deal(open_before=clock.EPOCH + DAY + 7 * DAY + 1)
    limit = deal.terms.starts_at + 7 * DAY
    with refused("OpenBeforeProblem", deal.id, limit + 1, limit):
        escrow.checkTerms(deal.words)


@both_coins
def test_review__h7_a_period_is_disputed__pays_its_base_and_its_agreed_part_once(open_contested, client):
    deal = open_contested(basis=PER_PERIOD, base_per_period=5_000)
    deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=5_000 + 8_000):
        deal.dispute(80, by=client)
    with deal.moves(agency=2_000):
        deal.rule(100)


def test_review__h9_the_grace_would_be_shorter_than_a_day__is_out_of_range(make_deal, escrow):
    deal = make_deal(report_grace=DAY - 1)
    with refused("GraceProblem", deal.id, DAY - 1, DAY):
        escrow.checkTerms(deal.words)


@both_coins
def test_review__h10_the_final_report_never_comes__pays_the_retained_part_of_the_others(open_deal):
    deal = open_deal(retention_bps=1_000)
    with deal.moves(agency=9_000):
        deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=1_000, client=90_000):
        deal.refund()


def test_review__m1_the_true_final_value_is_lower__pays_the_base_all_the_same(open_deal):
    deal = open_deal(base_per_period=500)
    deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=1_000, client=100_000 - 10_500 - 1_000):
        deal.settle(40)


@pytest.mark.parametrize("basis", [0, PER_PERIOD], ids=["cumulative", "per period"])
def test_review__m2_the_first_month_would_take_all__leaves_the_base_of_later_ones(open_deal, basis):
    deal = open_deal(basis=basis, base_per_period=5_000)
    with deal.moves(agency=90_000):
        deal.settle(5_000, deal.terms.boundary(1))
    with deal.moves(agency=5_000):
        deal.settle(5_000, deal.terms.boundary(2))


def test_review__m3_notice_ends_a_second_before_a_boundary__pays_the_base_of_the_month(open_deal):
    deal = open_deal(base_per_period=2_592_000, budget=9_000_000)
    deal.give_notice(at=deal.terms.boundary(1) - HOUR - 1)
    with deal.moves(agency=2_591_999, client=9_000_000 - 2_591_999):
        deal.settle(0, deal.terms.boundary(1) - 1)


def test_review__m3_notice_of_zero_would_leave_no_time_for_a_final_report__is_out_of_range(make_deal, escrow):
    deal = make_deal(notice_period=HOUR - 1)
    with refused("NoticeProblem", deal.id, HOUR - 1, HOUR):
        escrow.checkTerms(deal.words)


def test_review__m4_a_committee_would_grow_beyond_its_quorum__is_refused(escrow, create_committee, oracles, keeper):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=5)
    with refused("SizeProblem", committee, 4, 3):
        escrow.addMember(committee, member("one more").address, {"from": keeper})


def test_review__m5_somebody_takes_the_id_of_a_committee_first__is_another_committee(
    create_committee, oracles, keeper, stranger
):
    assert create_committee(oracles, 2, salt=5, by=stranger) != create_committee(oracles, 2, salt=5, by=keeper)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_review__m6_a_receiver_burns_all_gas__is_credited_and_the_batch_goes_on(open_deal, escrow, keeper, moody_receiver):
    burner = open_deal(agency=moody_receiver("BurnsGas"))
    other = open_deal(salt=2)
    calls = []
    for deal in (burner, other):
        report = deal.report(100, deal.terms.boundary(1))
        signed = deal.signatures(report)
        calls.append(escrow.settle.encode_input(deal.words, report.as_of, 100, report.evidence, signed))
    clock.pass_to(other.terms.boundary(1))
    with other.moves(agency=10_000, escrow=-10_000):
        escrow.settleBatch(300_000, calls, {"from": keeper})
    assert burner.credit(burner.terms.agency) == 10_000


def test_review__l1_a_higher_value_is_sent_after_a_lower_one__pays_the_maximum_of_those_submitted(open_deal):
    deal = open_deal()
    deal.settle(90, deal.terms.boundary(1))
    with deal.moves(agency=1_000):
        deal.settle(100, deal.terms.boundary(2))


@pytest.mark.parametrize("party", ["client", "agency"])
def test_review__l2_a_party_would_be_the_contract__is_out_of_range(make_deal, escrow, party):
    deal = make_deal(**{party: escrow})
    with refused(f"{party.capitalize()}Problem", deal.id, escrow.address, escrow.address):
        escrow.checkTerms(deal.words)


@pytest.mark.parametrize("party", ["client", "agency"])
def test_review__l2_the_arbiter_would_be_a_party__is_out_of_range(make_deal, escrow, people, party):
    one = people[party]
    deal = make_deal(arbiter=one, challenge_window=DAY, ruling_window=DAY)
    with refused("ArbiterProblem", deal.id, one.address, one.address):
        escrow.checkTerms(deal.words)
