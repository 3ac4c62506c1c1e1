"""open: money in, once, exactly, in time. Tree: trees/open.tree."""

import clock
import pytest
from deals import CLOSED, RUNNING, SCHEDULED, both_coins
from refusals import name_of, refused
from terms import DAY, HOUR

LARGEST = 2**96 - 1


@both_coins
def test_open__the_budget_comes__takes_the_money(make_deal):
    deal = make_deal()
    with deal.moves(client=-100_000):
        deal.open()


@both_coins
def test_open__the_budget_comes__stores_the_deal_as_scheduled(make_deal):
    deal = make_deal()
    deal.open()
    assert deal.state() == {
        "funded": 100_000,
        "performance": 0,
        "last_as_of": deal.terms.starts_at,
        "ends_at": deal.terms.ends_at,
        "closed": False,
    }
    assert deal.status() == SCHEDULED


def test_open__the_budget_comes__emits_deal_opened_with_the_whole_terms(make_deal, client, agency):
    deal = make_deal()
    event = deal.open().events["DealOpened"]
    assert event == {
        "dealId": "0x" + deal.id.hex(),
        "client": client,
        "agency": agency,
        "payer": client,
        "amount": 100_000,
        "terms": deal.words,
    }


@both_coins
def test_open__somebody_else_pays__names_the_payer_and_keeps_the_refund_for_the_client(make_deal, patron):
    deal = make_deal()
    with deal.moves(escrow=100_000):
        opening = deal.open(by=patron)
    assert opening.events["DealOpened"]["payer"] == patron
    with deal.moves(client=100_000):
        deal.refund()


@both_coins
def test_open__more_than_the_budget_comes__takes_all_of_it(make_deal):
    deal = make_deal()
    with deal.moves(client=-100_001):
        deal.open(100_001)
    assert deal.state()["funded"] == 100_001


@both_coins
def test_open__less_than_the_budget_comes__is_refused(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 99_999, 100_000):
        deal.open(99_999)


def test_open__the_largest_amount_comes__takes_all_of_it(make_deal, dollar, client):
    dollar.mint(client, LARGEST, {"from": client})
    deal = make_deal()
    with deal.moves(client=-LARGEST):
        deal.open(LARGEST)
    assert deal.state()["funded"] == LARGEST


def test_open__more_than_the_largest_amount_comes__is_refused(make_deal, dollar, client):
    dollar.mint(client, LARGEST + 1, {"from": client})
    deal = make_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, LARGEST + 1, LARGEST):
        deal.open(LARGEST + 1)


def test_open__it_is_the_last_second_before_open_before__takes_the_money(make_deal):
    deal = make_deal()
    with deal.moves(client=-100_000):
        deal.open(at=deal.terms.open_before - 1)


@pytest.mark.parametrize("late", [0, 1])
def test_open__open_before_has_come__is_refused(make_deal, late):
    deal = make_deal()
    now = deal.terms.open_before + late
    with deal.moves_nothing(), refused("TimeProblem", deal.id, now, deal.terms.open_before):
        deal.open(at=now)


def test_open__the_start_is_past__stores_the_deal_as_running(make_deal):
    start = clock.now() + HOUR
    deal = make_deal(starts_at=start, open_before=start + 7 * DAY)
    deal.open(at=start + 7 * DAY - 1)
    assert deal.state()["last_as_of"] == start
    assert deal.status() == RUNNING


def test_open__the_terms_are_out_of_range__is_refused(make_deal):
    deal = make_deal(periods=0, open_before=clock.EPOCH + HOUR)
    with deal.moves_nothing(), refused("PeriodsProblem", deal.id, 0, 1):
        deal.open()


def test_open__words_are_missing__is_refused(escrow, client):
    with refused("TermsLengthProblem", bytes(32), 6, 7):
        escrow.open([1] * 6, 1, {"from": client})


def test_open__the_same_terms_are_open_in_another_contract__is_another_deal(
    open_deal, make_deal, PerformanceEscrow, create_committee, oracles, keeper
):
    deal = open_deal()
    elsewhere = PerformanceEscrow.deploy({"from": keeper})
    # The same creator and members give the same committee id.
    assert create_committee(oracles, 2, on=elsewhere) == deal.terms.committee
    twin = make_deal(on=elsewhere)
    twin.open()
    assert twin.words == deal.words
    assert twin.id != deal.id
    assert elsewhere.dealIdOf(twin.words) == "0x" + twin.id.hex()


def test_open__only_the_salt_differs_from_an_open_deal__is_another_deal(open_deal):
    first = open_deal(salt=1)
    second = open_deal(salt=2**216 - 1)
    assert first.id != second.id
    assert (first.status(), second.status()) == (SCHEDULED, SCHEDULED)


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
@pytest.mark.parametrize("sent", [0, 99_999, 100_001])
def test_open__other_coins_come_than_the_amount_says__is_refused(make_deal, sent):
    deal = make_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, sent, 100_000):
        deal.open(value=sent)


def test_open__coins_come_along__is_refused(make_deal):
    deal = make_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 1, 0):
        deal.open(value=1)


def test_open__the_allowance_is_too_small__is_refused_by_the_token(make_deal, escrow, dollar, client):
    deal = make_deal()
    dollar.approve(escrow, 99_999, {"from": client})
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 99_999, 100_000):
        escrow.open(deal.words, 100_000, {"from": client})


def test_open__the_token_keeps_a_fee__is_refused(make_deal, moody, set_mood):
    set_mood(taking="Fee")
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, 99_000, 100_000):
        deal.open()


def test_open__the_token_delivers_more__is_refused(make_deal, moody, set_mood):
    set_mood(taking="Bonus")
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, 100_001, 100_000):
        deal.open()


def test_open__the_token_returns_false__is_refused(make_deal, moody, set_mood):
    set_mood(taking="ReturnsFalse")
    deal = make_deal(token=moody)
    with deal.moves_nothing(), refused("SafeERC20FailedOperation", moody.address):
        deal.open()


def test_open__the_token_returns_nothing__takes_the_money(make_deal, moody, set_mood):
    set_mood(taking="ReturnsNothing")
    deal = make_deal(token=moody)
    with deal.moves(client=-100_000):
        deal.open()


@pytest.fixture
def payer(moody, moody_receiver, escrow, client):
    """A contract with 300,000 of the moody token, which tells it before it takes them away."""
    contract = moody_receiver()
    moody.mint(contract, 300_000, {"from": client})
    contract.act(moody, 0, moody.approve.encode_input(escrow, 300_000), {"from": client})
    moody.setHooked(contract, True, {"from": client})
    return contract


def test_open__the_payer_is_called_back__refuses_to_open_the_same_deal_in_between(make_deal, moody, payer, escrow, client):
    deal = make_deal(token=moody)
    opening = escrow.open.encode_input(deal.words, 100_000)
    payer.callBack(escrow, opening, {"from": client})
    with deal.moves(escrow=100_000):
        payer.act(escrow, 0, opening, {"from": client})
    assert (payer.calledBack(), payer.succeeded()) == (True, False)
    assert name_of(payer.problem(), escrow) == "StatusProblem"
    assert deal.state()["funded"] == 100_000


def test_open__the_payer_is_called_back__refuses_to_count_another_deals_money_twice(make_deal, moody, payer, escrow, client):
    deal, other = make_deal(token=moody), make_deal(token=moody, salt=2)
    payer.callBack(escrow, escrow.open.encode_input(other.words, 100_000), {"from": client})
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, 200_000, 100_000):
        payer.act(escrow, 0, escrow.open.encode_input(deal.words, 100_000), {"from": client})
    assert not other.state()["funded"]


def test_open__the_payer_is_called_back__refuses_to_refund_what_has_not_come_yet(
    make_deal, open_deal, moody, payer, escrow, client
):
    # Money of others lies in the contract, so that a refund would find something to take.
    others = open_deal(token=moody, salt=2)
    deal = make_deal(token=moody, agency=payer)
    payer.callBack(escrow, escrow.decline.encode_input(deal.words), {"from": client})
    with deal.moves_nothing(), refused("ReceivedProblem", deal.id, 0, 100_000):
        payer.act(escrow, 0, escrow.open.encode_input(deal.words, 100_000), {"from": client})
    assert others.state()["funded"] == 100_000


def test_open__a_deal_that_is_open__is_refused_to_open_it_again(open_deal):
    deal = open_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, SCHEDULED):
        deal.open()


def test_open__a_deal_that_is_closed__is_refused_to_open_it_for_ever(open_deal):
    deal = open_deal()
    deal.decline()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, CLOSED):
        deal.open()
