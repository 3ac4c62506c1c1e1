"""Findings F1 to F16 from audits of others: signatures and quorums, played against ours. Tree: trees/findings.tree."""

from dataclasses import fields

import clock
import pytest
from accords import amendment_digest, signed, split_digest
from brownie import PerformanceEscrow, web3
from code_of import rare_calls_of
from deals import CLOSED
from eth_utils import keccak
from refusals import refusal_of, refused
from signing import CURVE_ORDER, Member, ascending, key_of, member, sign, signer_of
from terms import (
    DAY,
    PER_PERIOD,
    Domain,
    Report,
    Step,
    Terms,
    deal_id_of,
    report_digest_of,
    root_digest_of,
)

LATER = clock.EPOCH + 400 * DAY
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def test_finding__f1_the_same_bytes_come_to_a_second_contract__are_signatures_of_strangers(
    open_deal, make_deal, escrow, keeper, oracles
):
    deal, second = open_deal(), PerformanceEscrow.deploy({"from": keeper})
    second.createCommittee("0x" + 40 * "0", 0, 2, 3, [each.address for each in oracles], 0, {"from": keeper})
    twin = make_deal(on=second)
    twin.open()
    assert twin.words == deal.words
    report = deal.report(100, deal.terms.boundary(1))
    signatures = deal.signatures(report)
    with deal.moves(agency=10_000):
        deal.settle(100, report.as_of, signatures=signatures)
    stranger = signer_of(report_digest_of(twin.report(100, report.as_of), twin.domain), signatures[0])
    with twin.moves_nothing(), refused("SignerProblem", twin.id, stranger, twin.terms.committee):
        twin.settle(100, report.as_of, signatures=signatures)


def test_finding__f1_the_same_bytes_were_signed_for_a_second_chain__are_signatures_of_strangers(open_deal, oracles):
    deal = open_deal()
    elsewhere = Domain(deal.domain.chain_id + 1, deal.domain.contract)
    report = deal.report(100, deal.terms.boundary(1))
    there = Report(deal_id_of(deal.terms, elsewhere), report.as_of, 100, report.evidence)
    signatures = [sign(report_digest_of(there, elsewhere), each) for each in oracles[:2]]
    stranger = signer_of(report_digest_of(report, deal.domain), signatures[0])
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger, deal.terms.committee):
        deal.settle(100, report.as_of, signatures=signatures)


@pytest.mark.parametrize("more", [0, 1, 7])
def test_finding__f2_one_member_signs_as_often_as_the_quorum_asks__counts_once(open_deal, oracles, more):
    deal = open_deal()
    one = oracles[1].address
    with deal.moves_nothing(), refused("SignerOrderProblem", deal.id, one, one):
        deal.settle(100, deal.terms.boundary(1), signers=[oracles[1]] * (2 + more))


def test_finding__f3_another_stands_between_the_two_signatures_of_one__is_refused(open_deal, oracles):
    deal = open_deal(quorum=3)
    first, second = oracles[0], oracles[1]
    with deal.moves_nothing(), refused("SignerOrderProblem", deal.id, first.address, second.address):
        deal.settle(100, deal.terms.boundary(1), signers=[first, second, first])


@pytest.mark.parametrize(
    ("least", "most", "places", "error"),
    [
        (0, 1, (0, 1, 2), "QuorumBoundProblem"),
        (1, 1, (0, 1), "QuorumBoundProblem"),
        (2, 4, (0, 1, 2), "QuorumBoundProblem"),
        (2, 1, (0, 1, 2), "QuorumBoundProblem"),
        (2, 2, (0, 1, 1), "MemberOrderProblem"),
        (2, 2, (1, 0, 2), "MemberOrderProblem"),
        (1, 1, (), "SizeProblem"),
    ],
)
def test_finding__f4_the_set_or_its_quorum_makes_no_sense__can_not_be_created(
    create_committee, oracles, least, most, places, error
):
    members = [oracles[place] for place in places]
    assert refusal_of(lambda: create_committee(members, least, most)) == error


@pytest.mark.parametrize("quorum", [0, 1, 4])
def test_finding__f4_a_deal_asks_for_a_quorum_outside_the_bounds_of_its_committee__can_not_be_agreed_on(make_deal, quorum):
    deal = make_deal(quorum=quorum)
    with refused("QuorumProblem", deal.id, quorum, 2 if quorum < 2 else 3):
        deal.escrow.checkTerms(deal.words)


def test_finding__f5_the_committee_can_never_sign__returns_everything_in_time(open_deal, create_committee, stranger):
    dead = ascending([Member(f"0x{number:040x}", b"") for number in (1, 2)])
    deal = open_deal(committee=create_committee(dead, 2))
    with deal.moves(client=100_000):
        deal.refund(by=stranger)


def test_finding__f6_a_key_is_taken_out_while_a_report_waits__leaves_the_report_as_it_is(
    open_contested, create_committee, escrow, stranger
):
    two = ascending([key_of(stranger), member("another")])
    deal = open_contested(committee=create_committee(two, 2, salt=9))
    deal.settle(300, deal.terms.boundary(1), signers=two)
    escrow.leaveCommittee(deal.terms.committee, {"from": stranger})
    with deal.moves(agency=30_000):
        deal.finalize()
    with deal.moves_nothing(), refused("SignerProblem", deal.id, stranger.address, deal.terms.committee):
        deal.settle(900, deal.terms.boundary(2), signers=two)


def test_finding__f6_a_key_is_put_in__signs_nothing_of_a_deal_whose_party_leaves_in_time(
    open_deal, create_committee, escrow, oracles, keeper
):
    committee = create_committee(oracles[:2], 2, 2, admin=keeper, delay=8 * DAY, salt=5)
    deal = open_deal(committee=committee, notice_period=DAY)
    puppet = member("puppet")
    clock.pass_to(deal.terms.starts_at)
    escrow.addMember(committee, puppet.address, {"from": keeper})
    deal.give_notice()
    with deal.moves_nothing(), refused("SignerProblem", deal.id, puppet.address, committee):
        deal.settle(900, deal.state()["ends_at"], signers=ascending([oracles[0], puppet]), at=clock.now() + 9 * DAY)


@pytest.mark.parametrize("s", [CURVE_ORDER // 2 + 1, 2**255 - 1, 0], ids=["least high", "highest", "zero"])
def test_finding__f7_the_s_is_out_of_range__is_the_signature_of_nobody(open_deal, oracles, s):
    deal = open_deal()
    report = deal.report(100, deal.terms.boundary(1))
    signatures = deal.signatures(report, oracles[:2])
    signatures[1] = signatures[1][0], s.to_bytes(32, "big")
    with deal.moves_nothing(), refused("SignatureProblem", deal.id, 1):
        deal.settle(100, report.as_of, signatures=signatures)


@pytest.mark.parametrize("form", ["64 bytes", "v of 0 or 1", "one byte more"])
def test_finding__f8_the_same_signature_comes_in_another_form__is_not_of_the_party(
    open_deal, escrow, client, agency, keeper, form
):
    deal = open_deal()
    digest = split_digest(deal, 60_000, LATER)
    good = signed(digest, client)
    compact = b"".join(sign(digest, key_of(client)))
    other = {"64 bytes": compact, "v of 0 or 1": good[:64] + bytes([good[64] - 27]), "one byte more": good + b"\0"}
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, client.address):
        escrow.agree(deal.words, 60_000, LATER, other[form], signed(digest, agency), {"from": keeper})


def test_finding__f8_a_report_comes_again_by_other_signatures__pays_nothing(open_deal, oracles):
    deal = open_deal()
    as_of = deal.terms.boundary(1)
    deal.settle(100, as_of, signers=oracles[:2])
    with deal.moves_nothing(), refused("AsOfProblem", deal.id, as_of, as_of):
        deal.settle(100, as_of, signers=oracles)


@pytest.mark.parametrize("signature", [(bytes(32), bytes(32)), (b"\xff" * 32, b"\x11" * 32)], ids=["zero", "garbage"])
def test_finding__f9_garbage_recovers_to_zero__is_no_unset_signer(open_deal, signature):
    deal = open_deal()
    with deal.moves_nothing(), refused("SignatureProblem", deal.id, 0):
        deal.settle(100, deal.terms.boundary(1), signatures=[signature, signature])


def test_finding__f9_a_member_or_a_party_would_be_zero__can_not_be_agreed_on(make_deal, create_committee, oracles):
    nobody = Member("0x" + 40 * "0", b"")
    assert refusal_of(lambda: create_committee([nobody, oracles[0]], 2)) == "MemberOrderProblem"
    for party in ("client", "agency"):
        deal = make_deal(**{party: nobody.address})
        with refused(f"{party.capitalize()}Problem", deal.id, nobody.address, nobody.address):
            deal.escrow.checkTerms(deal.words)


def separator(chain_id: int, contract: str) -> bytes:
    names = keccak(text=DOMAIN) + keccak(text="PerformanceEscrow") + keccak(text="1")
    return keccak(names + chain_id.to_bytes(32, "big") + bytes(12) + bytes.fromhex(contract[2:]))


def test_finding__f10_the_chain_has_forked_since_it_was_deployed__goes_by_the_new_chain_id(open_deal, escrow, set_code):
    """What the code remembers of the chain it was deployed on is changed to another one, as a fork would do it."""
    deal, here = open_deal(), web3.eth.chain_id
    for address in (escrow.address, rare_calls_of(escrow.address)):
        code = bytes(web3.eth.get_code(address))
        remembered = {
            here.to_bytes(32, "big"): (here + 1).to_bytes(32, "big"),
            separator(here, address): separator(here + 1, address),
        }
        for value, other in remembered.items():
            assert b"\x7f" + value in code
            code = code.replace(b"\x7f" + value, b"\x7f" + other)
        set_code(address, "0x" + code.hex())
    assert escrow.dealIdOf(deal.words) == "0x" + deal.id.hex()
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1))
    with deal.moves(agency=50_000, client=40_000):
        deal.agree(60_000, LATER)


def test_finding__f11_two_wallets_have_one_owner__each_signature_is_for_one_deal(
    open_deal, SigningParty, escrow, client, keeper
):
    first, second = (open_deal(agency=SigningParty.deploy({"from": keeper}), salt=salt) for salt in (1, 2))
    digest = split_digest(first, 60_000, LATER)
    signatures = signed(digest, client), b"by its owner" + signed(digest, keeper)
    with second.moves_nothing(), refused("PartySignatureProblem", second.id, client.address):
        escrow.agree(second.words, 60_000, LATER, *signatures, {"from": keeper})
    own = signed(split_digest(second, 60_000, LATER), client)
    with second.moves_nothing(), refused("PartySignatureProblem", second.id, second.terms.agency):
        escrow.agree(second.words, 60_000, LATER, own, signatures[1], {"from": keeper})
    with first.moves(agency=60_000, client=40_000):
        escrow.agree(first.words, 60_000, LATER, *signatures, {"from": keeper})


@pytest.mark.parametrize("code", ["0xef0100" + 40 * "1", "0x00"], ids=["EIP-7702", "any"])
def test_finding__f12_an_account_has_got_code__signs_by_its_key_all_the_same(open_deal, set_code, oracles, client, code):
    deal = open_deal()
    for each in (oracles[0].address, client.address):
        set_code(each, code)
    with deal.moves(agency=10_000):
        deal.settle(100, deal.terms.boundary(1), signers=oracles[:2])
    with deal.moves(agency=50_000, client=40_000):
        deal.agree(60_000, LATER)


def test_finding__f13_a_wallet_takes_its_word_back__changes_nothing_that_was_agreed(
    open_deal, signing_party, escrow, client, keeper
):
    deal = open_deal(agency=signing_party)
    digest = split_digest(deal, 60_000, LATER)
    own, theirs = signed(digest, client), b"by its owner" + signed(digest, keeper)
    signing_party.setAnswer(1, {"from": keeper})
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, signing_party.address):
        escrow.agree(deal.words, 60_000, LATER, own, theirs, {"from": keeper})
    signing_party.setAnswer(0, {"from": keeper})
    with deal.moves(agency=60_000, client=40_000):
        escrow.agree(deal.words, 60_000, LATER, own, theirs, {"from": keeper})
    signing_party.setAnswer(1, {"from": keeper})
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        escrow.agree(deal.words, 60_000, LATER, own, theirs, {"from": keeper})


@pytest.mark.parametrize("code", ["0xfe", "0x620f42405ff3"], ids=["burns all gas", "a megabyte"])
def test_finding__f13_a_wallet_burns_gas_or_answers_with_a_bomb__stops_no_other_way_out(
    open_deal, set_code, escrow, client, keeper, code
):
    wallet = member("hostile wallet").address
    set_code(wallet, code)
    deal = open_deal(agency=wallet)
    own = signed(split_digest(deal, 60_000, LATER), client)
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, wallet):
        escrow.agree(deal.words, 60_000, LATER, own, b"", {"from": keeper, "gas_limit": 10_000_000})
    with deal.moves(agency=10_000, client=90_000):
        deal.settle(100)


def test_finding__f14_what_is_signed_is_built_by_the_library_of_a_wallet__has_the_ids_of_the_contract(escrow, make_deal):
    """Terms of which every field differs from the default, and every struct that anybody signs."""
    odd = make_deal(
        budget=2**96 - 2,
        cap=2**95 + 5,
        base_per_period=2**94 + 7,
        open_before=2**40 - 3,
        starts_at=2**39 + 11,
        period_length=2**32 - 5,
        periods=2**16 - 7,
        report_grace=2**31 + 1,
        challenge_window=2**30 + 3,
        ruling_window=2**29 + 9,
        notice_period=2**28 + 13,
        quorum=255,
        retention_bps=65_535,
        basis=PER_PERIOD,
        self_report=1,
        committee=bytes(range(200, 212)),
        agreement=bytes(range(32)),
        salt=2**216 - 19,
        steps=(Step(2**64 - 1, 2**96 - 1, 2**96 - 3), Step(7, 5, 3)),
    )
    same = {each.name for each in fields(Terms) if getattr(odd.terms, each.name) == getattr(make_deal().terms, each.name)}
    assert same == {"client", "agency", "token", "arbiter"}
    assert escrow.dealIdOf(odd.words) == "0x" + odd.id.hex()
    report = Report(odd.id, 2**40 - 1, 2**64 - 1, bytes(range(32)))
    plain = (report.deal_id, report.as_of, report.value, report.evidence)
    assert escrow.reportDigestOf(plain) == "0x" + report_digest_of(report, odd.domain).hex()
    root = bytes(range(100, 132))
    assert escrow.rootDigestOf(root) == "0x" + root_digest_of(root, odd.domain).hex()


def test_finding__f15_the_balance_moves_between_signing_and_sending__leaves_the_signatures_good(
    open_deal, make_deal, escrow, client, agency, keeper
):
    deal = open_deal()
    digest = split_digest(deal, 60_000, LATER)
    signatures = [signed(digest, each) for each in (client, agency)]
    deal.settle(100, deal.terms.boundary(1))
    deal.top_up(7_000)
    with deal.moves(agency=50_000, client=47_000):
        escrow.agree(deal.words, 60_000, LATER, *signatures, {"from": keeper})


def test_finding__f15_an_amendment_was_signed_before_a_top_up__moves_all_of_the_rest(
    open_deal, make_deal, escrow, client, agency, keeper
):
    deal = open_deal()
    start = deal.terms.boundary(1)
    new = make_deal(budget=1, salt=2, starts_at=start, open_before=start + DAY)
    digest = amendment_digest(deal, new, 30_000, LATER)
    signatures = [signed(digest, each) for each in (client, agency)]
    deal.top_up(7_000)
    with deal.moves(agency=30_000):
        escrow.amend(deal.words, new.words, 30_000, LATER, *signatures, {"from": keeper})
    assert new.state()["funded"] == 77_000
