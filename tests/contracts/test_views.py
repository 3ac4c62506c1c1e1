"""The views: what anybody can read without a transaction. Tree: trees/views.tree."""

from dataclasses import fields

import clock
import pytest
from brownie import ZERO_ADDRESS
from deals import CLOSED, ENDED, RUNNING, SCHEDULED, SILENT, UNKNOWN
from refusals import refused
from terms import PER_PERIOD, Domain, Report, Step, Terms, comparable, report_digest_of, root_digest_of

LARGEST = 2**64 - 1


@pytest.fixture
def odd_terms(make_deal, moody, stranger, keeper, patron):
    """Every field is set, every number fills its bits in another way, and most are out of range."""
    return make_deal(
        token=moody,
        client=keeper,
        agency=patron,
        arbiter=stranger,
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
        steps=(Step(2**64 - 1, 2**96 - 1, 2**96 - 3), Step(0, 0, 1), Step(7, 5, 3)),
    )


def test_deal_id_of__any_terms__is_the_hash_that_a_wallet_signs(escrow, make_deal, odd_terms):
    for deal in (make_deal(), odd_terms, make_deal(steps=())):
        assert escrow.dealIdOf(deal.words) == "0x" + deal.id.hex()


def test_deal_id_of__two_terms_that_differ_in_one_field__differs(escrow, make_deal, odd_terms):
    terms = make_deal().terms
    names = [field.name for field in fields(Terms)]
    variants = [terms, *(terms.but(**{name: getattr(odd_terms.terms, name)}) for name in names)]
    ids = {str(escrow.dealIdOf(variant.pack())) for variant in variants}
    assert len(ids) == 1 + len(names)


def test_terms_of__any_packed_terms__is_their_plain_form(escrow, make_deal, odd_terms):
    for deal in (make_deal(), odd_terms):
        assert comparable(escrow.termsOf(deal.words)) == comparable(deal.terms.plain())


def test_terms_of__a_flag_that_is_neither_0_nor_1__panics(escrow, make_deal):
    with refused("Failed assertion"):
        escrow.termsOf(make_deal(self_report=2).words)


def test_terms_of__a_basis_that_is_unknown__panics(escrow, make_deal):
    with refused("Conversion to enum out of bounds"):
        escrow.termsOf(make_deal(basis=2).words)


def test_terms_of__words_missing__is_refused(escrow):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.termsOf([0] * 6)


def test_packed_of__any_plain_terms__is_their_packed_form(escrow, make_deal, odd_terms):
    for deal in (make_deal(), odd_terms):
        assert list(escrow.packedOf(deal.terms.plain())) == deal.words


def test_report_digest_of__any_report__is_the_hash_that_a_wallet_signs(escrow, make_deal):
    deal = make_deal()
    for report in (deal.report(258, 7), Report(bytes(range(32)), 2**256 - 1, 2**256 - 2, bytes(32))):
        plain_report = (report.deal_id, report.as_of, report.value, report.evidence)
        assert escrow.reportDigestOf(plain_report) == "0x" + report_digest_of(report, deal.domain).hex()


def test_deal_of__a_deal_that_was_never_opened__is_empty_with_the_planned_times(make_deal):
    deal = make_deal()
    assert deal.state() == {
        "funded": 0,
        "performance": 0,
        "last_as_of": deal.terms.starts_at,
        "ends_at": deal.terms.ends_at,
        "closed": False,
    }


@pytest.mark.parametrize(("basis", "performance"), [(0, 130_000), (PER_PERIOD, 100_000)])
def test_deal_of__a_deal_with_a_report__holds_what_was_funded_and_earned(open_deal, basis, performance):
    deal = open_deal(basis=basis)
    deal.settle(1_300, deal.terms.boundary(1))
    assert deal.state() == {
        "funded": 100_000,
        "performance": performance,
        "last_as_of": deal.terms.boundary(1),
        "ends_at": deal.terms.ends_at,
        "closed": False,
    }


def test_status_of__a_deal_that_was_never_opened__is_unknown(make_deal):
    deal = make_deal()
    assert deal.status() == UNKNOWN
    assert deal.status(at=deal.terms.silent_at) == UNKNOWN


def test_status_of__the_last_second_before_the_start__is_scheduled(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.starts_at - 1) == SCHEDULED


def test_status_of__the_start__is_running(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.starts_at) == RUNNING


def test_status_of__the_last_second_before_the_end__is_running(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.ends_at - 1) == RUNNING


def test_status_of__the_end__is_ended(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.ends_at) == ENDED


def test_status_of__the_last_second_of_the_grace__is_ended(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.silent_at - 1) == ENDED


def test_status_of__the_end_of_the_grace__is_silent(open_deal):
    deal = open_deal()
    assert deal.status(at=deal.terms.silent_at) == SILENT


def test_status_of__a_closed_deal__is_closed(open_deal):
    deal = open_deal()
    deal.decline()
    assert deal.status() == CLOSED
    assert deal.status(at=deal.terms.silent_at) == CLOSED


def test_due_for__the_report_is_not_the_final_one__says_what_settle_then_pays(open_deal, escrow):
    deal = open_deal(retention_bps=1_000, base_per_period=5_000)
    deal.settle(100, deal.terms.boundary(1))
    due = escrow.dueFor(deal.words, 300, deal.terms.boundary(2))
    assert due == (5_000, 18_000, 0)
    with deal.moves(agency=23_000):
        deal.settle(300, deal.terms.boundary(2))


def test_due_for__the_report_is_the_final_one__says_what_settle_then_pays_and_refunds(open_deal, escrow):
    deal = open_deal(retention_bps=1_000, base_per_period=5_000)
    deal.settle(100, deal.terms.boundary(1))
    due = escrow.dueFor(deal.words, 300, deal.terms.ends_at)
    assert due == (10_000, 21_000, 55_000)
    with deal.moves(agency=31_000, client=55_000):
        deal.settle(300)


def test_due_for__the_time_is_before_the_last_report__is_refused(open_deal, escrow):
    deal = open_deal()
    deal.settle(100, deal.terms.boundary(1))
    as_of = deal.terms.boundary(1) - 1
    with refused("AsOfProblem", deal.id, as_of, deal.terms.boundary(1)):
        escrow.dueFor(deal.words, 300, as_of)


def test_due_for__the_time_is_after_the_end__is_refused(open_deal, escrow):
    deal = open_deal()
    as_of = deal.terms.ends_at + 1
    with refused("AsOfProblem", deal.id, as_of, deal.terms.ends_at):
        escrow.dueFor(deal.words, 300, as_of)


def test_due_for__the_value_is_beyond_64_bits__is_refused(open_deal, escrow):
    deal = open_deal()
    assert escrow.dueFor(deal.words, LARGEST, deal.terms.ends_at) == (0, 100_000, 0)
    with refused("ValueProblem", deal.id, LARGEST + 1, LARGEST):
        escrow.dueFor(deal.words, LARGEST + 1, deal.terms.ends_at)


def test_due_for__a_deal_that_was_never_opened__is_zero(make_deal, escrow):
    deal = make_deal()
    assert escrow.dueFor(deal.words, 300, deal.terms.ends_at) == (0, 0, 0)


def test_due_for__a_deal_that_is_closed__is_zero(open_deal, escrow):
    deal = open_deal()
    deal.settle(100)
    assert escrow.dueFor(deal.words, 300, deal.terms.ends_at) == (0, 0, 0)


def test_credit_of__nothing_that_failed__is_zero(open_deal, escrow, client, agency):
    deal = open_deal()
    deal.settle(100)
    assert [deal.credit(each) for each in (client, agency)] == [0, 0]


def test_committee_of__an_unknown_committee__is_zero(escrow):
    assert escrow.committeeOf(bytes(12)) == (ZERO_ADDRESS, 0, 0, 0, 0, 0)


def test_member_of__a_stranger__is_no_member(escrow, committee, stranger):
    assert escrow.memberOf(committee, stranger) == (0, 0, 0)


def test_member_of__a_member_of_another_committee__is_no_member(escrow, create_committee, oracles):
    other = create_committee(oracles[:1], 1)
    assert escrow.memberOf(other, oracles[0].address)[2]
    assert escrow.memberOf(other, oracles[1].address) == (0, 0, 0)


def test_eip712_domain__the_deployed_contract__names_the_contract_and_the_chain(escrow):
    filled, name, version, chain_id, contract, salt, extensions = escrow.eip712Domain()
    assert (str(filled), name, version) == ("0x0f", "PerformanceEscrow", "1")
    assert (chain_id, contract) == (clock.web3.eth.chain_id, escrow.address)
    assert (int(str(salt), 16), list(extensions)) == (0, [])


def test_root_digest_of__any_root__is_what_eip_712_gives(escrow):
    root = bytes.fromhex("ab" * 32)
    digest = root_digest_of(root, Domain(clock.web3.eth.chain_id, escrow.address))
    assert bytes.fromhex(str(escrow.rootDigestOf(root))[2:]) == digest


@pytest.mark.parametrize("standard", ["0x01ffc9a7", "0x84b0196e"], ids=["ERC-165", "ERC-5267"])
def test_supports_interface__a_standard_that_it_keeps__is_true(escrow, standard):
    assert escrow.supportsInterface(standard)


@pytest.mark.parametrize("standard", ["0xffffffff", "0x80ac58cd"], ids=["none", "ERC-721"])
def test_supports_interface__another_one__is_false(escrow, standard):
    assert not escrow.supportsInterface(standard)
