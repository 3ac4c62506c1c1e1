"""amend: both parties move the money of a running deal to new terms. Tree: trees/amend.tree."""

import pytest
from deals import BY_AMENDMENT, CLOSED, RUNNING, both_coins
from refusals import refused
from signing import key_of, sign_plainly
from terms import DAY, amendment_digest_of, per_unit

LATER = 4_102_444_800 + 300 * DAY


@pytest.fixture
def successor(make_deal):
    """New terms for a deal: twice the price, 60,000 at least, from the first boundary on."""

    def make(deal, **changes):
        start = deal.terms.boundary(1)
        new = {"budget": 60_000, "steps": (per_unit(200),), "starts_at": start, "open_before": start + 7 * DAY, "salt": 2}
        return make_deal(**{**new, **changes})

    return make


@both_coins
def test_amend__both_signed__moves_the_rest_to_the_new_terms(open_deal, successor, stranger):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    new = successor(deal)
    with deal.moves():
        tx = deal.amend(new, 30_000, LATER, by=stranger)
    assert (deal.status(), new.status()) == (CLOSED, RUNNING)
    assert new.state()["funded"] == 70_000
    closed, opened = tx.events["DealClosed"], tx.events["DealOpened"]
    assert (closed["cause"], closed["performance"], closed["refunded"]) == (BY_AMENDMENT, 0, 0)
    assert (opened["dealId"], opened["payer"], opened["amount"]) == ("0x" + new.id.hex(), deal.escrow, 70_000)


def test_amend__both_signed__pays_what_is_missing_to_the_total(open_deal, successor):
    deal = open_deal(retention_bps=1_000)
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves(agency=3_000):
        deal.amend(successor(deal), 30_000, LATER)


@both_coins
def test_amend__both_signed__settles_the_new_deal_from_zero(open_deal, successor):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    new = successor(deal)
    deal.amend(new, 30_000, LATER)
    with new.moves(agency=20_000, client=50_000):
        new.settle(100)


def test_amend__the_new_deal_starts_before_the_last_report__is_refused(open_deal, successor):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    start = deal.terms.boundary(1) - 1
    new = successor(deal, starts_at=start)
    with deal.moves_nothing(), refused("StartProblem", new.id, start, start + 1):
        deal.amend(new, 30_000, LATER)


def test_amend__the_rest_is_below_the_new_budget__is_refused(open_deal, successor):
    deal = open_deal()
    new = successor(deal, budget=70_001)
    with deal.moves_nothing(), refused("FundingProblem", new.id, 70_000, 70_001):
        deal.amend(new, 30_000, LATER)


@pytest.mark.parametrize("total", [29_999, 100_001])
def test_amend__the_total_is_out_of_bounds__is_refused(open_deal, successor, total):
    deal = open_deal()
    deal.settle(300, deal.terms.boundary(1))
    limit = 30_000 if total < 30_000 else 100_000
    with deal.moves_nothing(), refused("FundingProblem", deal.id, total, limit):
        deal.amend(successor(deal), total, LATER)


@pytest.mark.parametrize("changed", ["client", "agency", "token"])
def test_amend__the_new_deal_has_another_party_or_token__is_refused(open_deal, successor, stranger, moody, changed):
    deal = open_deal()
    new = successor(deal, **{changed: moody if changed == "token" else stranger})
    limit = int(deal.terms.token, 16) if changed == "token" else getattr(deal.terms, changed)
    error = f"{changed.capitalize()}Problem"
    with deal.moves_nothing(), refused(error, new.id, getattr(new.terms, changed), limit):
        deal.amend(new, 0, LATER)


def test_amend__the_new_terms_are_out_of_range__is_refused(open_deal, successor):
    deal = open_deal()
    new = successor(deal, report_grace=DAY - 1)
    with deal.moves_nothing(), refused("GraceProblem", new.id, DAY - 1, DAY):
        deal.amend(new, 0, LATER)


def test_amend__the_new_deal_can_not_be_opened_any_more__is_refused(open_deal, successor):
    deal = open_deal()
    new = successor(deal)
    at = new.terms.open_before
    with deal.moves_nothing(), refused("TimeProblem", new.id, at, at):
        deal.amend(new, 0, LATER, at=at)


def test_amend__the_new_deal_was_opened_before__is_refused(open_deal, successor):
    deal = open_deal()
    new = successor(deal)
    new.open()
    with deal.moves_nothing(), refused("StatusProblem", new.id, 1):
        deal.amend(new, 0, LATER)


def test_amend__the_new_terms_are_the_old__is_refused(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.amend(deal, 0, LATER)


def test_amend__a_report_waits__is_refused(open_contested, successor):
    deal = open_contested()
    deal.settle(300, deal.terms.boundary(1))
    with deal.moves_nothing(), refused("WaitingProblem", deal.id, deal.terms.boundary(1), 0):
        deal.amend(successor(deal), 30_000, LATER)


def test_amend__the_deadline_has_come__is_refused(open_deal, successor):
    deal = open_deal()
    deadline = deal.terms.starts_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, deadline, deadline):
        deal.amend(successor(deal), 0, deadline, at=deadline)


@pytest.mark.parametrize("place", [0, 1], ids=["client", "agency"])
def test_amend__one_party_did_not_sign__is_refused(open_deal, successor, people, place):
    deal = open_deal()
    signers = [people["client"], people["agency"]]
    signers[place] = people["stranger"]
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, deal.parties[place].address):
        deal.amend(successor(deal), 0, LATER, signers=signers)


def test_amend__other_terms_were_signed__is_refused(open_deal, successor, escrow, keeper):
    deal = open_deal()
    signed, sent = successor(deal), successor(deal, salt=3)
    digest = amendment_digest_of(deal.id, signed.id, deal.terms.token, 0, LATER, deal.domain)
    signatures = [sign_plainly(digest, key_of(each)) for each in deal.parties]
    with deal.moves_nothing(), refused("PartySignatureProblem", deal.id, deal.terms.client):
        escrow.amend(deal.words, sent.words, 0, LATER, *signatures, {"from": keeper})


def test_amend__it_was_done_already__is_refused(open_deal, successor):
    deal = open_deal()
    deal.amend(successor(deal), 0, LATER)
    with refused("StatusProblem", deal.id, CLOSED):
        deal.amend(successor(deal, salt=4), 0, LATER)
