"""Findings F36 to F50 from audits of others: time, silence, disputes and rights, played against ours.
Tree: trees/findings.tree."""

import clock
import pytest
from brownie import web3
from code_of import opcodes, rare_calls_of
from deals import CLOSED, ENDED, both_coins
from eth_utils import keccak
from merkle import Tree, entry_of, leaf_of
from refusals import refusal_of, refused, tried
from signing import member, sign
from terms import DAY, HOUR, Domain, report_digest_of, root_digest_of

LATER = clock.EPOCH + 400 * DAY
LARGEST = 2**64 - 1
in_eth = pytest.mark.parametrize("coin", ["eth"], indirect=True)


# F36: silence


def test_finding__f36_the_oracles_are_silent_without_an_arbiter__leaves_the_agency_what_it_had_earned(open_deal):
    deal = open_deal(retention_bps=1_000, base_per_period=1_000)
    with deal.moves(agency=1_000 + 9_000):
        deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=2_000 + 1_000, client=87_000):
        deal.refund()


@pytest.mark.parametrize("client_says", [None, 120])
@pytest.mark.parametrize("agency_speaks", [False, True])
def test_finding__f36_the_oracles_are_silent_and_there_is_an_arbiter__follows_whoever_spoke_last(
    open_contested, client, client_says, agency_speaks
):
    deal = open_contested()
    agreed = 0
    if agency_speaks:
        deal.self_report(500)
        agreed = 500
        if client_says is not None:
            with deal.moves(agency=12_000):
                deal.dispute(client_says, by=client)
            agreed = 120
    left_to_pay = agreed * 100 - (12_000 if agreed == 120 else 0)
    with deal.moves(agency=left_to_pay, client=100_000 - agreed * 100):
        deal.refund(at=deal.terms.silent_at + 60 * DAY)


def test_finding__f36_the_client_is_silent__accepts_the_report(open_contested):
    deal = open_contested()
    deal.settle(300)
    with deal.moves(agency=30_000, client=70_000):
        deal.finalize()


def test_finding__f36_the_arbiter_is_silent__leaves_the_number_of_the_quorum(open_contested, client, agency):
    deal = open_contested()
    deal.settle(300)
    deal.dispute(900, by=agency)
    with deal.moves(agency=10_000):
        deal.dispute(100, by=client)
    with deal.moves(agency=20_000, client=70_000):
        deal.finalize(at=deal.window_ends_at + deal.terms.ruling_window)


def test_finding__f36_work_before_the_end_is_reported_after_it__is_paid(open_deal):
    deal = open_deal()
    with deal.moves(agency=30_000, client=70_000):
        deal.settle(300, at=deal.terms.silent_at - 1)


# F37, F38: what is under way


def test_finding__f37_the_admin_hands_its_place_on_while_a_removal_waits__moves_no_time(
    create_committee, escrow, oracles, keeper, stranger
):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=5)
    escrow.removeMember(committee, oracles[0].address, {"from": keeper})
    leaves_at = clock.now() + 8 * DAY
    escrow.offerAdmin(committee, stranger, {"from": keeper})
    escrow.acceptAdmin(committee, {"from": stranger})
    with refused("MemberProblem", committee, oracles[0].address):
        escrow.removeMember(committee, oracles[0].address, {"from": stranger})
    assert escrow.memberOf(committee, oracles[0].address)[2] == leaves_at
    assert escrow.committeeOf(committee)[1] == 8 * DAY


@pytest.mark.parametrize("by", ["client", "agency"])
def test_finding__f37_a_notice_is_given_again__does_not_move_the_end_back(open_deal, people, by):
    deal = open_deal(notice_period=7 * DAY)
    start = deal.terms.starts_at
    deal.give_notice(at=start)
    with deal.moves_nothing(), refused("TimeProblem", deal.id, start + 7 * DAY + HOUR, start + 7 * DAY):
        deal.give_notice(by=people[by], at=start + HOUR)


def test_finding__f37_notice_is_given_while_a_report_waits__leaves_its_window(open_contested, client):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    window_ends_at = deal.window_ends_at
    deal.give_notice()
    assert deal.window_ends_at == window_ends_at
    with deal.moves(agency=12_000):
        deal.dispute(120, by=client, at=window_ends_at - 1)


def test_finding__f38_a_slow_creditor_comes_after_many_reports__still_has_all_of_it(
    open_deal, moody, set_mood, escrow, agency
):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.settle(100, deal.terms.boundary(1))
    deal.settle(300, deal.terms.boundary(2))
    deal.settle(250)
    set_mood()
    clock.pass_to(deal.terms.silent_at + 1_000 * DAY)
    with deal.moves(agency=30_000):
        escrow.withdraw(moody, agency, {"from": agency})


# F39 to F43, F48: disputes


def test_finding__f39_the_agency_would_dispute_its_own_report__is_refused(open_contested, agency):
    deal = open_contested()
    deal.self_report(500)
    with deal.moves_nothing(), refused("FiledProblem", deal.id, agency.address, 0):
        deal.dispute(900, by=agency)


@pytest.mark.parametrize("both", ["client", "agency"])
def test_finding__f39_a_party_would_be_its_own_judge_or_opponent__can_not_be_agreed_on(make_deal, people, both):
    one = people[both]
    judge = make_deal(arbiter=one, challenge_window=DAY, ruling_window=DAY)
    with refused("ArbiterProblem", judge.id, one.address, one.address):
        judge.escrow.checkTerms(judge.words)
    alone = make_deal(client=one, agency=one)
    with refused("AgencyProblem", alone.id, one.address, one.address):
        alone.escrow.checkTerms(alone.words)


@in_eth
@pytest.mark.parametrize("mood", ["Reverts", "BurnsGas", "RevertsWithBomb"])
def test_finding__f40_whoever_is_told_of_a_settlement_reverts__does_not_stop_it(
    open_contested, moody_receiver, client, mood
):
    hostile = moody_receiver(mood)
    deal = open_contested(agency=hostile, arbiter=moody_receiver("Reverts"))
    deal.settle(300)
    deal.dispute(100, by=client)
    with deal.moves(client=70_000):
        deal.finalize(at=deal.window_ends_at + deal.terms.ruling_window)
    assert (deal.credit(hostile), deal.status()) == (30_000, CLOSED)


@pytest.mark.parametrize("value", [99, 301, LARGEST])
def test_finding__f41_the_arbiter_was_bought__can_not_go_beyond_what_was_filed(open_contested, client, value):
    deal = open_contested()
    deal.settle(300)
    deal.dispute(100, by=client)
    with deal.moves_nothing(), refused("ValueProblem", deal.id, value, 100 if value < 100 else 300):
        deal.rule(value)


def test_finding__f41_the_arbiter_was_bought_and_nobody_disputes__has_nothing_to_decide(open_contested, arbiter):
    deal = open_contested()
    deal.settle(300)
    with deal.moves_nothing(), refused("TimeProblem", deal.id, deal.window_ends_at, deal.window_ends_at):
        deal.rule(0, by=arbiter)


def test_finding__f42_another_arbiter_would_rule_an_open_dispute__is_refused(open_contested, client, stranger, arbiter):
    deal = open_contested()
    deal.settle(300)
    deal.dispute(100, by=client)
    with deal.moves_nothing(), refused("CallerProblem", deal.id, stranger.address, arbiter.address):
        deal.rule(200, by=stranger)


@pytest.mark.parametrize("change", [{"arbiter": "0x" + 40 * "7"}, {"ruling_window": DAY}, {"challenge_window": 30 * DAY}])
def test_finding__f42_the_words_name_another_arbiter_or_window__are_of_no_deal(
    open_contested, make_deal, client, stranger, change
):
    deal = open_contested()
    deal.settle(300)
    deal.dispute(100, by=client)
    names = ("arbiter", "challenge_window", "ruling_window", "self_report")
    forged = make_deal(**{name: getattr(deal.terms, name) for name in names} | change)
    assert forged.id != deal.id
    with deal.moves_nothing(), refused("StatusProblem", forged.id, 0):
        forged.rule(200, by=stranger, at=deal.window_ends_at)


def test_finding__f43_both_parties_file_in_the_last_seconds__prolongs_it_by_the_ruling_window_alone(
    open_contested, client, agency
):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    window_ends_at = deal.window_ends_at
    deal.dispute(900, by=agency, at=window_ends_at - 4)
    deal.dispute(100, by=client, at=window_ends_at - 3)
    for party, value, filed, at in ((agency, 901, 900, window_ends_at - 2), (client, 99, 100, window_ends_at - 1)):
        with deal.moves_nothing(), refused("FiledProblem", deal.id, party.address, filed):
            deal.dispute(value, by=party, at=at)
    with deal.moves(agency=20_000):
        deal.finalize(at=window_ends_at + deal.terms.ruling_window)


def test_finding__f43_every_report_is_disputed_to_the_last__is_over_by_a_date_that_the_terms_give(open_contested, client):
    deal = open_contested(report_grace=2 * DAY)
    windows = deal.terms.challenge_window + deal.terms.ruling_window
    for as_of, value in ((deal.terms.ends_at - 1, 300), (deal.terms.ends_at, 400)):
        deal.settle(value, as_of, at=max(as_of, clock.now() + 1))
        deal.dispute(0, by=client, at=deal.window_ends_at - 1)
        deal.finalize(at=deal.window_ends_at + deal.terms.ruling_window)
    assert deal.status() == CLOSED
    assert clock.now() <= deal.terms.silent_at + 2 * windows


def test_finding__f48_the_client_disputes_all_since_it_costs_nothing__delays_the_difference_and_gains_none(
    open_contested, client
):
    deal = open_contested()
    for period, value in ((1, 300), (2, 500), (3, 700)):
        deal.settle(value, deal.terms.boundary(period))
        with deal.moves(agency=10_000 if period == 1 else 0):
            deal.dispute(100, by=client)
        rest = 20_000
        with deal.moves(agency=rest, client=30_000 if period == 3 else 0):
            deal.finalize(at=deal.window_ends_at + deal.terms.ruling_window)


# F44 to F46: calls of others, clocks, admins


@pytest.mark.parametrize("by", ["stranger", "client", "agency", "arbiter"])
def test_finding__f44_somebody_else_settles_and_finalizes__pays_the_same_to_the_same(open_contested, people, by):
    deal = open_contested(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1), by=people[by])
    with deal.moves(agency=27_000):
        deal.finalize(by=people[by])
    with deal.moves(agency=3_000, client=70_000):
        deal.refund(by=people[by])


def test_finding__f44_somebody_sends_an_older_report_late__lowers_nothing(open_deal, stranger):
    deal = open_deal()
    first, second = deal.terms.boundary(1), deal.terms.boundary(2)
    older = deal.signatures(deal.report(200, first))
    deal.settle(300, second)
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, first, second):
        deal.settle(200, first, signatures=older, by=stranger)


def test_finding__f44_somebody_fetches_the_credit_of_another__gets_none(open_deal, moody, set_mood, stranger, agency):
    deal = open_deal(token=moody)
    set_mood(paying="Reverts")
    deal.settle(300, deal.terms.boundary(1))
    set_mood()
    with deal.moves_nothing(), refused("CreditProblem", stranger.address, moody.address, 0):
        deal.escrow.withdraw(moody, agency, {"from": stranger})
    assert deal.credit(agency) == 30_000


def test_finding__f45_a_member_comes_and_goes__counts_after_its_first_second_and_until_its_last(
    open_deal, create_committee, escrow, oracles, keeper
):
    at = clock.now() + HOUR
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=5, at=at)
    deal = open_deal(committee=committee, starts_at=at - HOUR, open_before=at + DAY)
    as_of = {late: tried(lambda late=late: deal.settle(100, at + late, at=at + 100)) for late in (-1, 0, 1)}
    assert as_of == {-1: "SignerProblem", 0: "SignerProblem", 1: None}
    escrow.removeMember(committee, oracles[0].address, {"from": keeper})
    leaves_at = clock.now() + 8 * DAY
    signed = {
        late: tried(lambda late=late: deal.settle(100, at + 100, signers=oracles[:2], at=leaves_at + late))
        for late in (-1, 0, 1)
    }
    assert signed == {-1: None, 0: "SignerProblem", 1: "SignerProblem"}


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_finding__f45_the_end_of_the_deal_is_a_second_away__is_running_before_and_ended_from_then_on(open_deal, late):
    deal = open_deal()
    at = deal.terms.ends_at + late
    top_up, final = tried(lambda: deal.top_up(1, at=at)), tried(lambda: deal.settle(300, at=at))
    assert (top_up, final) == ((None, "AsOfProblem") if late < 0 else ("TimeProblem", None))
    assert (deal.status(at) == ENDED) == (late >= 0)


@both_coins
def test_finding__f46_the_admin_of_the_committee_does_all_it_can__lowers_the_money_of_no_party(
    open_deal, create_committee, escrow, oracles, keeper, stranger
):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=8 * DAY, salt=5)
    deal = open_deal(committee=committee)
    deal.settle(300, deal.terms.boundary(1))
    promised = escrow.dueFor(deal.words, 300, deal.terms.ends_at)
    with deal.moves_nothing():
        escrow.removeMember(committee, oracles[2].address, {"from": keeper})
        escrow.addMember(committee, member("newcomer").address, {"from": keeper})
        escrow.offerAdmin(committee, stranger, {"from": keeper})
        escrow.acceptAdmin(committee, {"from": stranger})
        calls = {
            "decline": lambda: deal.decline(by=keeper),
            "giveNotice": lambda: deal.give_notice(by=keeper),
            "withdraw": lambda: escrow.withdraw(deal.terms.token, keeper, {"from": keeper}),
            "refund": lambda: deal.refund(by=keeper, at=clock.now() + 1),
        }
        assert {refusal_of(call) for call in calls.values()} == {"CallerProblem", "CreditProblem", "TimeProblem"}
    assert escrow.dueFor(deal.words, 300, deal.terms.ends_at) == promised
    with deal.moves(client=70_000):
        deal.settle(300, signers=oracles[:2])


# F47: trees


@pytest.fixture
def by_root(escrow, keeper, oracles):
    """Sends settleRooted under a root that a quorum signed."""

    def send(root: bytes, entries: list, proof=(), flags=()):
        signed = root_digest_of(root, Domain(web3.eth.chain_id, escrow.address))
        signatures = [sign(signed, each) for each in oracles[:2]]
        return escrow.settleRooted(300_000, root, signatures, entries, list(proof), list(flags), {"from": keeper})

    return send


def test_finding__f47_an_inner_node_is_shown_as_a_leaf__is_no_report(open_deal, by_root):
    deals = [open_deal(salt=salt) for salt in range(4)]
    reports = [deal.report(100 + deal.terms.salt, deal.terms.boundary(1)) for deal in deals]
    tree = Tree([leaf_of(report, deal) for report, deal in zip(reports, deals, strict=True)])
    forged = deals[0].report(900, reports[0].as_of)
    leaf = leaf_of(forged, deals[0])
    for proof in ([tree.nodes[2]], [tree.nodes[1]], [tree.nodes[1], tree.nodes[2]]):
        found = leaf
        for node in proof:
            found = keccak(b"".join(sorted([found, node])))
        flags = [False] * len(proof)
        with deals[0].moves_nothing(), refused("ProofProblem", found, tree.nodes[0]):
            by_root(tree.nodes[0], [entry_of(forged, deals[0])], proof, flags)


def test_finding__f47_the_digest_of_a_report_is_hashed_once__is_no_leaf(open_deal, by_root):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    root = keccak(report_digest_of(report, deal.domain))
    with deal.moves_nothing(), refused("ProofProblem", leaf_of(report, deal), root):
        by_root(root, [entry_of(report, deal)])


def test_finding__f47_the_last_leaf_is_doubled__pays_it_once(open_deal, by_root):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    leaf = leaf_of(report, deal)
    root = keccak(leaf + leaf)
    clock.pass_to(report.as_of)
    with deal.moves(agency=10_000):
        tx = by_root(root, [entry_of(report, deal)] * 2, (), [True])
    assert len(tx.events["ItemSkipped"]) == 1


@pytest.mark.parametrize(
    ("leaves", "proof", "flags"),
    [(1, 0, [True]), (1, 2, [False]), (2, 0, [False])],
    ids=["flag without a second", "node too many", "node missing"],
)
def test_finding__f47_the_multiproof_is_malformed__is_refused(open_deal, by_root, leaves, proof, flags):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    root = leaf_of(report, deal)
    entries = [entry_of(report, deal)] * leaves
    with deal.moves_nothing():
        assert refusal_of(lambda: by_root(root, entries, [root] * proof, flags)) is not None


def test_finding__f47_the_root_is_its_own_proof_and_there_is_no_leaf__settles_nothing(open_deal, by_root):
    deal = open_deal()
    root = leaf_of(deal.report(100, deal.terms.boundary(1)), deal)
    with deal.moves_nothing():
        assert len(by_root(root, [], [root]).events) == 0


# F49, F50


def test_finding__f49_a_user_would_refund_the_deal_of_another__is_refused_by_the_contract_itself(
    open_deal, open_contested, stranger
):
    deal = open_deal()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, stranger.address, deal.terms.agency):
        deal.decline(by=stranger)
    with deal.moves_nothing(), refused("TimeProblem", deal.id, deal.terms.silent_at - 1, deal.terms.silent_at):
        deal.refund(by=stranger, at=deal.terms.silent_at - 1)


def test_finding__f50_the_chain_knows_no_opcode_after_shanghai__needs_none(escrow):
    newer = {"TLOAD", "TSTORE", "MCOPY", "BLOBHASH", "BLOBBASEFEE"}
    for address in (escrow.address, rare_calls_of(escrow.address)):
        found = opcodes(address)
        assert newer.isdisjoint(found)
        assert len(found) > 5_000
