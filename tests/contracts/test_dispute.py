"""A report waits, and the parties file their numbers. Tree: trees/dispute.tree."""

import pytest
from deals import REASON, both_coins
from refusals import refused
from terms import PER_PERIOD

LARGEST = 2**64 - 1


@pytest.fixture
def waiting(open_contested):
    """A deal whose report of 300 as of the first boundary waits; 30,000 would be earned."""

    def make(**changes):
        deal = open_contested(**changes)
        deal.settle(300, deal.terms.boundary(1))
        return deal

    return make


@both_coins
def test_dispute__the_client_files_a_lower_number__pays_what_that_earns(waiting, client):
    deal = waiting()
    with deal.moves(agency=12_000):
        deal.dispute(120, by=client)
    assert deal.state()["last_as_of"] == deal.terms.boundary(1)


def test_dispute__the_client_files_a_lower_number__emits_report_disputed(waiting, client):
    deal = waiting(base_per_period=5_000, retention_bps=1_000)
    assert deal.dispute(120, by=client).events["ReportDisputed"] == {
        "dealId": "0x" + deal.id.hex(),
        "party": client,
        "value": 120,
        "reason": "0x" + REASON.hex(),
        "base": 5_000,
        "performance": 10_800,
    }


def test_dispute__the_client_files_a_lower_number__keeps_it_beside_the_quorums(waiting, client):
    deal = waiting()
    deal.dispute(120, by=client)
    claim = deal.claim()
    assert (claim["value"], claim["client_value"], claim["by_client"], claim["agreed_paid"]) == (300, 120, True, True)


def test_dispute__the_client_files_zero__pays_the_base_fee_alone(waiting, client):
    deal = waiting(base_per_period=5_000)
    with deal.moves(agency=5_000):
        deal.dispute(0, by=client)


def test_dispute__the_client_files_zero_per_period__pays_nothing_and_moves_on(waiting, client):
    deal = waiting(basis=PER_PERIOD)
    with deal.moves():
        deal.dispute(0, by=client)
    assert deal.state()["last_as_of"] == deal.terms.boundary(1)


def test_dispute__the_agency_files_a_higher_number__moves_nothing_yet(waiting, agency):
    deal = waiting()
    with deal.moves_nothing():
        deal.dispute(500, by=agency)
    claim = deal.claim()
    assert (claim["agency_value"], claim["by_agency"], claim["agreed_paid"]) == (500, True, False)


def test_dispute__the_agency_files_the_largest_value__is_accepted(waiting, agency):
    deal = waiting()
    deal.dispute(LARGEST, by=agency)
    assert deal.claim()["agency_value"] == LARGEST


def test_dispute__both_file__keeps_both_numbers(waiting, client, agency):
    deal = waiting()
    deal.dispute(500, by=agency)
    with deal.moves(agency=12_000):
        deal.dispute(120, by=client)
    claim = deal.claim()
    assert (claim["client_value"], claim["value"], claim["agency_value"]) == (120, 300, 500)


def test_dispute__the_final_report_waits__pays_the_agreed_part_without_retention(open_contested, client):
    deal = open_contested(retention_bps=1_000)
    deal.settle(300)
    with deal.moves(agency=12_000):
        deal.dispute(120, by=client)
    assert not deal.state()["closed"]


def test_dispute__it_is_the_last_second_of_the_window__is_accepted(waiting, client):
    deal = waiting()
    deal.dispute(299, by=client, at=deal.window_ends_at - 1)


def test_dispute__the_window_is_over__is_refused(waiting, client):
    deal = waiting()
    end = deal.window_ends_at
    with deal.moves_nothing(), refused("TimeProblem", deal.id, end, end):
        deal.dispute(120, by=client, at=end)


def test_dispute__the_client_files_twice__is_refused(waiting, client):
    deal = waiting()
    deal.dispute(120, by=client)
    with deal.moves_nothing(), refused("FiledProblem", deal.id, client.address, 120):
        deal.dispute(100, by=client)


def test_dispute__the_agency_files_twice__is_refused(waiting, agency):
    deal = waiting()
    deal.dispute(500, by=agency)
    with deal.moves_nothing(), refused("FiledProblem", deal.id, agency.address, 500):
        deal.dispute(600, by=agency)


@pytest.mark.parametrize("value", [300, 301])
def test_dispute__the_client_files_no_lower_number__is_refused(waiting, client, value):
    deal = waiting()
    with deal.moves_nothing(), refused("ValueProblem", deal.id, value, 300):
        deal.dispute(value, by=client)


@pytest.mark.parametrize("value", [299, 300])
def test_dispute__the_agency_files_no_higher_number__is_refused(waiting, agency, value):
    deal = waiting()
    with deal.moves_nothing(), refused("ValueProblem", deal.id, value, 300):
        deal.dispute(value, by=agency)


def test_dispute__the_agency_files_more_than_64_bits__is_refused(waiting, agency):
    deal = waiting()
    with deal.moves_nothing(), refused("ValueProblem", deal.id, LARGEST + 1, LARGEST):
        deal.dispute(LARGEST + 1, by=agency)


@pytest.mark.parametrize("name", ["stranger", "arbiter", "keeper"])
def test_dispute__no_party_asks_for_it__is_refused(waiting, people, name):
    deal = waiting()
    with deal.moves_nothing(), refused("CallerProblem", deal.id, people[name].address, deal.terms.agency):
        deal.dispute(120, by=people[name])


def test_dispute__nothing_waits__is_refused(open_contested, client):
    deal = open_contested()
    with refused("WaitingProblem", deal.id, 0, 1):
        deal.dispute(120, by=client)


def test_dispute__the_deal_has_no_arbiter__is_refused(open_deal, client):
    deal = open_deal()
    with refused("WaitingProblem", deal.id, 0, 1):
        deal.dispute(120, by=client)


def test_dispute__the_deal_was_never_opened__is_refused(make_deal, client):
    deal = make_deal()
    with refused("StatusProblem", deal.id, 0):
        deal.dispute(120, by=client)


def test_dispute__it_is_the_agencys_own_report__is_refused_to_the_agency(open_contested, agency):
    deal = open_contested()
    deal.self_report(300)
    with deal.moves_nothing(), refused("FiledProblem", deal.id, agency.address, 0):
        deal.dispute(400, by=agency)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_dispute__the_agency_can_not_be_paid__becomes_a_credit(waiting, client, moody_receiver):
    receiver = moody_receiver("Reverts")
    deal = waiting(agency=receiver)
    with deal.moves():
        deal.dispute(120, by=client)
    assert deal.credit(receiver.address) == 12_000
