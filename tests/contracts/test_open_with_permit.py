"""openWithPermit: a permit helps, and can't be turned against anybody. Tree: trees/openWithPermit.tree."""

import clock
import permits
import pytest
from deals import SCHEDULED
from refusals import refused
from terms import DAY

DEADLINE = clock.EPOCH + DAY


@pytest.fixture
def permit(dollar, escrow, client):
    """Of the client for the escrow."""

    def sign(amount=100_000, *, signer=None, deadline=DEADLINE):
        return permits.permit(dollar, escrow, client, amount, deadline=deadline, signer=signer)

    return sign


def test_open_with_permit__the_permit_is_good__takes_the_money_without_an_allowance_before(
    make_deal, permit, escrow, client
):
    deal = make_deal()
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})
    assert deal.status() == SCHEDULED


def test_open_with_permit__the_permit_is_good__leaves_no_allowance_behind(make_deal, permit, escrow, client, dollar):
    escrow.openWithPermit(make_deal().words, 100_000, *permit(), {"from": client})
    assert dollar.allowance(client, escrow) == 0


def test_open_with_permit__the_permit_is_good__emits_deal_opened(make_deal, permit, escrow, client):
    deal = make_deal()
    tx = escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})
    assert tx.events["DealOpened"]["payer"] == client
    assert tx.events["DealOpened"]["terms"] == deal.words


def test_open_with_permit__a_stranger_used_the_permit_already__takes_the_money(
    make_deal, permit, escrow, client, dollar, stranger
):
    deal, (deadline, signature) = make_deal(), permit()
    words = signature[64], signature[:32], signature[32:64]
    dollar.permit(client, escrow, 100_000, deadline, *words, {"from": stranger})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, deadline, signature, {"from": client})


def test_open_with_permit__the_permit_is_stale_and_the_allowance_is_enough__takes_the_money(
    make_deal, permit, escrow, client, dollar
):
    deal = make_deal()
    dollar.approve(escrow, 100_000, {"from": client})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(deadline=clock.EPOCH), {"from": client})


def test_open_with_permit__the_permit_is_stale_and_there_is_no_allowance__is_refused_by_the_token(
    make_deal, permit, escrow, client
):
    deal = make_deal()
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(deadline=clock.EPOCH), {"from": client})


def test_open_with_permit__somebody_else_signed_the_permit__is_refused_by_the_token(
    make_deal, permit, escrow, client, stranger
):
    deal = make_deal()
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(signer=stranger), {"from": client})


def test_open_with_permit__a_stranger_sends_the_permit_of_another__is_refused_by_the_token(
    make_deal, permit, escrow, stranger
):
    deal = make_deal()
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": stranger})


def test_open_with_permit__the_permit_is_for_less_than_the_amount__is_refused_by_the_token(
    make_deal, permit, escrow, client
):
    deal = make_deal()
    with deal.moves_nothing(), refused("ERC20InsufficientAllowance", escrow.address, 0, 100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(99_999), {"from": client})


def test_open_with_permit__the_deal_is_open_already__is_refused(open_deal, permit, escrow, client, dollar):
    deal = open_deal()
    with deal.moves_nothing(), refused("StatusProblem", deal.id, SCHEDULED):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})
    assert dollar.allowance(client, escrow) == 0


def test_open_with_permit__the_allowance_is_enough__takes_the_money(make_deal, permit, escrow, client, moody):
    deal = make_deal(token=moody)
    moody.approve(escrow, 100_000, {"from": client})
    with deal.moves(client=-100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_open_with_permit__no_coins_can_come_along__is_refused(make_deal, permit, escrow, client):
    deal = make_deal()
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 0, 100_000):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})


def test_open_with_permit__a_token_that_has_no_code__is_refused(make_deal, permit, escrow, client, stranger):
    # The argument is an account, and it stands in for a token.
    deal = make_deal(token=stranger)
    with refused("TokenProblem", deal.id, stranger.address, 0):
        escrow.openWithPermit(deal.words, 100_000, *permit(), {"from": client})


def test_open_with_permit__terms_with_words_missing__is_refused(permit, escrow, client):
    with refused("TermsLengthProblem", bytes(32), 0, 7):
        escrow.openWithPermit([], 100_000, *permit(), {"from": client})
