"""agree: both parties sign a split, whatever the state of the deal. Tree: trees/agree.tree."""

import pytest
from brownie import ZERO_ADDRESS
from deals import BY_AGREEMENT, CLOSED, both_coins
from refusals import refused
from signing import key_of, sign_plainly
from terms import DAY, split_digest_of

LATER = 4_102_444_800 + 300 * DAY


@both_coins
def test_agree__both_signed__pays_the_agency_its_total_and_returns_the_rest(open_deal, stranger):
    deal = open_deal()
    with deal.moves(agency=60_000, client=40_000):
        deal.agree(60_000, LATER, by=stranger)


def test_agree__both_signed__closes_the_deal(open_deal):
    deal = open_deal()
    assert deal.agree(60_000, LATER).events["DealClosed"] == {
        "dealId": "0x" + deal.id.hex(),
        "cause": BY_AGREEMENT,
        "base": 0,
        "performance": 60_000,
        "refunded": 40_000,
    }
    assert deal.status() == CLOSED


@pytest.mark.parametrize("total", [0, 100_000])
def test_agree__one_party_gets_everything__pays_it(open_deal, total):
    deal = open_deal()
    with deal.moves(agency=total, client=100_000 - total):
        deal.agree(total, LATER)


def test_agree__reports_were_paid__pays_what_is_missing_to_the_total(open_deal):
    deal = open_deal(retention_bps=1_000, base_per_period=1_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=2_000, client=70_000):
        deal.agree(30_000, LATER)


def test_agree__a_report_waits__drops_it(open_contested):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=20_000, client=80_000):
        deal.agree(20_000, LATER)
    assert deal.claim()["as_of"] == 0


def test_agree__the_final_report_is_disputed__counts_what_was_agreed(open_contested, client):
    deal = open_contested(retention_bps=1_000)
    deal.settle(300)
    deal.dispute(120, by=client)
    with deal.moves(agency=8_000, client=80_000):
        deal.agree(20_000, LATER)


def test_agree__the_deal_is_silent__is_accepted(open_deal):
    deal = open_deal()
    with deal.moves(agency=1, client=99_999):
        deal.agree(1, LATER, at=deal.terms.silent_at + DAY)


def test_agree__the_deadline_has_come__is_refused(open_deal):
    deal = open_deal()
    deadline = deal.terms.starts_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, deadline, deadline):
        deal.agree(60_000, deadline, at=deadline)


def test_agree__it_is_the_last_second_before_the_deadline__is_accepted(open_deal):
    deal = open_deal()
    deal.agree(60_000, deal.terms.starts_at, at=deal.terms.starts_at - 1)


def test_agree__the_total_is_below_what_was_paid__is_refused(open_deal):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 29_999, 30_000):
        deal.agree(29_999, LATER)


def test_agree__the_total_is_above_what_was_funded__is_refused(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 100_001, 100_000):
        deal.agree(100_001, LATER)


@pytest.mark.parametrize("place", [0, 1], ids=["client", "agency"])
def test_agree__one_party_did_not_sign__is_refused(open_deal, people, place):
    deal = open_deal()
    signers = [people["client"], people["agency"]]
    signers[place] = people["stranger"]
    party = deal.parties[place].address
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, party):
        deal.agree(60_000, LATER, signers=signers)


@pytest.mark.parametrize("changed", ["total", "deadline", "deal", "token"])
def test_agree__something_else_was_signed__is_refused(open_deal, people, keeper, escrow, changed):
    deal, other = open_deal(), open_deal(salt=2)
    token, total, deadline = deal.terms.token, 60_000, LATER
    signed = {
        "total": (deal.id, token, total - 1, deadline),
        "deadline": (deal.id, token, total, deadline + 1),
        "deal": (other.id, token, total, deadline),
        "token": (deal.id, ZERO_ADDRESS, total, deadline),
    }
    digest = split_digest_of(*signed[changed], deal.domain)
    signatures = [sign_plainly(digest, key_of(each)) for each in deal.parties]
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, deal.terms.client):
        escrow.agree(deal.words, total, deadline, *signatures, {"from": keeper})


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 65, b"\1" * 66], ids=["none", "64", "65", "66"])
def test_agree__a_signature_is_none__is_refused(open_deal, escrow, keeper, signature):
    deal = open_deal()
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, deal.terms.client):
        escrow.agree(deal.words, 60_000, LATER, signature, signature, {"from": keeper})


def test_agree__a_party_is_a_contract_that_accepts_the_signature__is_accepted(
    open_deal, escrow, keeper, client, signing_party
):
    deal = open_deal(agency=signing_party)
    digest = split_digest_of(deal.id, deal.terms.token, 60_000, LATER, deal.domain)
    signatures = [sign_plainly(digest, key_of(client)), b"by its owner" + sign_plainly(digest, key_of(keeper))]
    with deal.moves(agency=60_000, client=40_000):
        escrow.agree(deal.words, 60_000, LATER, *signatures, {"from": keeper})


@pytest.mark.parametrize("answer", ["Refuses", "Reverts", "AnswersShort", "AnswersLong"])
def test_agree__a_party_is_a_contract_that_does_not_accept_the_signature__is_refused(
    open_deal, escrow, keeper, client, signing_party, answer
):
    signing_party.setAnswer(("Accepts", "Refuses", "Reverts", "AnswersShort", "AnswersLong").index(answer), {"from": keeper})
    deal = open_deal(agency=signing_party)
    digest = split_digest_of(deal.id, deal.terms.token, 60_000, LATER, deal.domain)
    signatures = [sign_plainly(digest, key_of(client)), b"by its owner" + sign_plainly(digest, key_of(keeper))]
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, signing_party.address):
        escrow.agree(deal.words, 60_000, LATER, *signatures, {"from": keeper})


@pytest.mark.parametrize("code", ["0xef0100" + 40 * "1", "0x00"], ids=["EIP-7702", "any"])
def test_agree__a_partys_account_has_code__takes_the_signature_of_its_key(open_deal, set_code, client, code):
    deal = open_deal()
    set_code(client.address, code)
    with deal.moves(agency=60_000, client=40_000):
        deal.agree(60_000, LATER)


def test_agree__it_was_done_already__is_refused(open_deal):
    deal = open_deal()
    deal.agree(60_000, LATER)
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.agree(60_000, LATER)
