"""Threats C8, C9, C11 to C13, C22 and C29: who signed what, and how often it counts. Tree: trees/threats.tree."""

from dataclasses import replace

import clock
import pytest
from accords import split_digest
from brownie import web3
from deals import CLOSED
from eth_utils import keccak
from merkle import Tree, entry_of, leaf_of
from refusals import name_of, refusal_of, refused
from signing import CURVE_ORDER, ascending, key_of, member, sign, sign_in_full, signer_of
from terms import DAY, Domain, deal_id_of, per_unit, report_digest_of, root_digest_of

LATER = clock.EPOCH + 400 * DAY
LARGEST = 2**64 - 1


@pytest.fixture
def settle_signed(escrow, keeper):
    """Submits a deal's report of 100 as of its first boundary with signatures over another digest; they have to be
    taken for those of a stranger."""

    def submit(deal, digest: bytes):
        report = deal.report(100, deal.terms.boundary(1))
        signatures = [sign(digest, each) for each in deal.committee[:2]]
        stranger = signer_of(report_digest_of(report, deal.domain), signatures[0])
        with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger, deal.terms.committee):
            deal.settle(100, report.as_of, signatures=signatures)

    return submit


# C8


def test_threat__c8_the_s_of_a_signature_by_a_member_is_flipped__is_refused(open_deal, oracles):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    digest = report_digest_of(report, deal.domain)
    _, r, s = sign_in_full(digest, oracles[0])
    twin = r.to_bytes(32, "big"), (CURVE_ORDER - s).to_bytes(32, "big")
    stranger = signer_of(digest, twin)
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger, deal.terms.committee):
        deal.settle(100, report.as_of, signatures=[twin, sign(digest, oracles[1])])


def test_threat__c8_the_s_of_a_signature_by_a_party_is_flipped__is_refused(open_deal, escrow, client, agency, keeper):
    deal = open_deal()
    digest = split_digest(deal, 60_000, LATER)
    signatures = []
    for party in (client, agency):
        v, r, s = sign_in_full(digest, key_of(party))
        signatures.append(r.to_bytes(32, "big") + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([27 + 28 - v]))
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, client.address):
        escrow.agree(deal.words, 60_000, LATER, *signatures, {"from": keeper})


@pytest.mark.parametrize("place", [0, 1])
def test_threat__c8_a_signature_recovers_to_nobody__is_no_member_zero(open_deal, place):
    deal = open_deal()
    signatures = deal.signatures(deal.report(100, deal.terms.boundary(1)))
    signatures[place] = (bytes(32), bytes(32))
    with deal.moves_nothing(), refused("SignatureProblem", deal.id, place):
        deal.settle(100, deal.terms.boundary(1), signatures=signatures)


def test_threat__c8_other_members_sign_the_same_report_again__pays_nothing(open_deal, oracles):
    deal = open_deal()
    as_of = deal.terms.boundary(1)
    deal.settle(100, as_of, signers=oracles[:2])
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, as_of, as_of):
        deal.settle(100, as_of, signers=oracles[1:])


# C9


@pytest.mark.parametrize("changed", ["deal_id", "as_of", "value", "evidence"])
def test_threat__c9_one_field_of_the_signed_report_differs__is_the_signature_of_a_stranger(
    open_deal, settle_signed, changed
):
    deal, other = open_deal(), open_deal(salt=2)
    report = deal.report(100, deal.terms.boundary(1))
    another = {"deal_id": other.id, "as_of": report.as_of - 1, "value": 101, "evidence": bytes(32)}
    settle_signed(deal, report_digest_of(replace(report, **{changed: another[changed]}), deal.domain))


@pytest.mark.parametrize("changed", ["chain", "contract"])
def test_threat__c9_the_twin_of_the_deal_elsewhere_was_reported__is_the_signature_of_a_stranger(
    open_deal, settle_signed, stranger, changed
):
    deal = open_deal()
    chain, contract = deal.domain.chain_id, deal.domain.contract
    elsewhere = Domain(chain + 1, contract) if changed == "chain" else Domain(chain, stranger.address)
    report = deal.report(100, deal.terms.boundary(1))
    settle_signed(deal, report_digest_of(report, elsewhere))
    settle_signed(deal, report_digest_of(replace(report, deal_id=deal_id_of(deal.terms, elsewhere)), elsewhere))


def test_threat__c9_a_split_is_sent_twice__closes_once(open_deal):
    deal = open_deal()
    deal.agree(60_000, LATER)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.agree(60_000, LATER)


# C11


@pytest.mark.parametrize("order", [(0, 0), (1, 0), (0, 1, 0), (0, 1, 1), (2, 1, 0), (0, 2, 1)], ids=str)
def test_threat__c11_signers_repeat_or_descend__are_refused(open_deal, oracles, order):
    deal = open_deal()
    signers = [oracles[place] for place in order]
    wrong = next(at for at in range(1, len(order)) if order[at] <= order[at - 1])
    given, limit = signers[wrong].address, signers[wrong - 1].address
    with deal.moves_nothing(), refused("SignerOrderProblem", deal.id, given, limit):
        deal.settle(100, deal.terms.boundary(1), signers=signers)


def test_threat__c11_a_committee_would_name_one_key_twice__can_not_be_created(create_committee, oracles):
    twice = [oracles[0], oracles[0], oracles[1]]
    assert refusal_of(lambda: create_committee(twice, 2)) == "MemberOrderProblem"


def test_threat__c11_half_of_a_committee_would_be_enough__can_not_be_created(create_committee, oracles):
    four = ascending([*oracles, member("a fourth")])
    assert refusal_of(lambda: create_committee(four, 2)) == "QuorumBoundProblem"


# C12


def test_threat__c12_all_keys_but_one_of_the_quorum_are_stolen__move_nothing(open_deal, oracles):
    deal = open_deal(quorum=3)
    stolen, thief = oracles[:2], member("thief")
    as_of = deal.terms.boundary(1)
    with deal.moves_nothing(), refused("QuorumProblem", deal.id, 2, 3):
        deal.settle(LARGEST, as_of, signers=stolen)
    with deal.moves_nothing(), refused("SignerProblem", deal.id, thief.address, deal.terms.committee):
        deal.settle(LARGEST, as_of, signers=ascending([*stolen, thief]))


def test_threat__c12_a_quorum_of_keys_is_stolen__takes_no_more_than_the_cap(open_deal):
    deal = open_deal(cap=20_000)
    with deal.moves(agency=20_000):
        deal.settle(LARGEST, deal.terms.boundary(1))
    with deal.moves(client=80_000):
        deal.settle(LARGEST)


def test_threat__c12_a_quorum_of_keys_is_stolen_and_there_is_an_arbiter__takes_nothing(open_contested, client):
    deal = open_contested()
    deal.settle(LARGEST, deal.terms.boundary(1))
    with deal.moves():
        deal.dispute(0, by=client)
    with deal.moves():
        deal.rule(0)
    with deal.moves(client=100_000):
        deal.refund(at=deal.terms.silent_at)


# C13


def test_threat__c13_a_member_leaves_between_signing_and_sending__does_not_count(
    open_deal, create_committee, escrow, stranger
):
    two = ascending([key_of(stranger), member("another")])
    committee = create_committee(two, 2, salt=9)
    deal = open_deal(committee=committee)
    signatures = deal.signatures(deal.report(100, deal.terms.boundary(1)), two)
    escrow.leaveCommittee(committee, {"from": stranger})
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger.address, committee):
        deal.settle(100, deal.terms.boundary(1), signatures=signatures)


def test_threat__c13_the_admin_replaces_a_member_while_a_report_is_on_its_way__counts_until_the_delay_is_over(
    open_deal, create_committee, escrow, oracles, keeper
):
    committee = create_committee(oracles, 2, 2, admin=keeper, delay=31 * DAY, salt=5)
    deal = open_deal(committee=committee)
    escrow.removeMember(committee, oracles[0].address, {"from": keeper})
    leaves_at = clock.now() + 31 * DAY
    with deal.moves(agency=10_000):
        deal.settle(100, leaves_at - 1, signers=oracles[:2])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, oracles[0].address, committee):
        deal.settle(200, leaves_at, signers=oracles[:2])


# C22


def test_threat__c22_a_stranger_creates_the_committee_first__has_another_one(
    create_committee, oracles, stranger, keeper, open_deal
):
    theirs = create_committee(oracles, 2, 2, salt=7, by=stranger)
    ours = create_committee(oracles, 2, 2, salt=7, by=keeper)
    assert theirs != ours
    deal = open_deal(committee=ours)
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1))


def test_threat__c22_a_stranger_opens_the_deal_first__pays_for_it(open_deal, client, patron):
    deal = open_deal(by=patron)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, 1):
        deal.open(by=client)
    with deal.moves(client=100_000):
        deal.decline()


def test_threat__c22_a_stranger_opens_it_with_himself_as_the_agency__is_another_deal(open_deal, make_deal, patron):
    deal = make_deal()
    open_deal(agency=patron, by=patron)
    with deal.moves(client=-100_000):
        deal.open()


# C29


@pytest.fixture
def by_root(escrow, keeper, oracles):
    """Sends settleRooted with entries and a proof, under a root that a quorum signed."""

    def send(root: bytes, entries: list, proof=(), flags=()):
        signed = root_digest_of(root, Domain(web3.eth.chain_id, escrow.address))
        signatures = [sign(signed, each) for each in oracles[:2]]
        return escrow.settleRooted(300_000, root, signatures, entries, list(proof), list(flags), {"from": keeper})

    return send


def test_threat__c29_a_report_under_a_root_is_claimed_twice__pays_once(open_deal, by_root, escrow):
    deals = [open_deal(), open_deal(salt=2)]
    reports = [deal.report(100, deal.terms.boundary(1)) for deal in deals]
    tree = Tree([leaf_of(report, deal) for report, deal in zip(reports, deals, strict=True)])
    _, proof, flags = tree.proof([leaf_of(reports[0], deals[0])])
    clock.pass_to(reports[0].as_of)
    entry = entry_of(reports[0], deals[0])
    with deals[0].moves(agency=10_000):
        by_root(tree.nodes[0], [entry], proof, flags)
    with deals[0].moves_nothing():
        tx = by_root(tree.nodes[0], [entry], proof, flags)
    assert name_of(tx.events["ItemSkipped"]["reason"], escrow) == "AsOfProblem"


@pytest.mark.parametrize("changed", ["value", "deal"])
def test_threat__c29_the_proof_of_another_report_is_used__is_refused(open_deal, by_root, changed):
    deal, other = open_deal(), open_deal(salt=2)
    report = deal.report(100, deal.terms.boundary(1))
    tree = Tree([leaf_of(report, deal), leaf_of(other.report(7, report.as_of), other)])
    _, proof, flags = tree.proof([leaf_of(report, deal)])
    forged = (other, other.report(100, report.as_of)) if changed == "deal" else (deal, deal.report(101, report.as_of))
    found = keccak(b"".join(sorted([leaf_of(forged[1], forged[0]), *proof])))
    clock.pass_to(report.as_of)
    with deal.moves_nothing(), refused("ProofProblem", found, tree.nodes[0]):
        by_root(tree.nodes[0], [entry_of(forged[1], forged[0])], proof, flags)


def test_threat__c29_a_newer_root_came_in_between__pays_no_value_twice(open_deal, by_root):
    deal = open_deal(steps=(per_unit(100),))
    first, second = deal.terms.boundary(1), deal.terms.boundary(2)
    newer, older = deal.report(300, second), deal.report(200, first)
    clock.pass_to(second)
    with deal.moves(agency=30_000):
        by_root(leaf_of(newer, deal), [entry_of(newer, deal)])
    with deal.moves_nothing():
        by_root(leaf_of(older, deal), [entry_of(older, deal)])
