"""openWithAuthorization, topUpWithAuthorization: the client signs, anybody sends. Trees of the same names."""

import clock
import pytest
from brownie import ZERO_ADDRESS, web3
from deals import SCHEDULED
from eth_abi import encode
from eth_utils import keccak
from refusals import refused
from signing import key_of, sign_plainly
from terms import DAY, Domain, authorization_digest_of

VALID_BEFORE = clock.EPOCH + 90 * DAY


@pytest.fixture
def fiat(FiatDollar, keeper, client):
    token = FiatDollar.deploy({"from": keeper})
    token.mint(client, 10**9, {"from": keeper})
    return token


@pytest.fixture
def authorize(fiat, client, escrow):
    """An authorization of the client for the escrow, good for this nonce."""

    def sign(nonce: bytes, amount=100_000, *, signer=None, owner=None, to=None, valid_before=VALID_BEFORE):
        message = {
            "from": str(owner or client),
            "to": str(to or escrow),
            "value": amount,
            "validAfter": 0,
            "validBefore": valid_before,
            "nonce": nonce,
        }
        digest = authorization_digest_of("Test Dollar", Domain(web3.eth.chain_id, fiat.address), message)
        return 0, valid_before, sign_plainly(digest, key_of(signer or client))

    return sign


@pytest.fixture
def deal(make_deal, fiat):
    return make_deal(token=fiat)


@pytest.mark.parametrize("name", ["agency", "stranger"])
def test_open_with_authorization__the_client_signed__opens_the_deal_for_whoever_sends_it(
    deal, authorize, escrow, people, name
):
    with deal.moves(client=-100_000):
        tx = escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id), {"from": people[name]})
    assert deal.status() == SCHEDULED
    assert (tx.events["DealOpened"]["payer"], tx.events["DealOpened"]["amount"]) == (people["client"], 100_000)


def test_open_with_authorization__the_client_signed__can_not_be_used_again(deal, authorize, escrow, keeper):
    signed = authorize(deal.id)
    escrow.openWithAuthorization(deal.words, 100_000, signed, {"from": keeper})
    with deal.moves_nothing(), refused("StatusProblem", deal.id, SCHEDULED):
        escrow.openWithAuthorization(deal.words, 100_000, signed, {"from": keeper})


@pytest.mark.parametrize(
    "change", [{"salt": 2}, {"budget": 99_999}, {"cap": 1}, {"agency": "stranger"}], ids=lambda change: next(iter(change))
)
def test_open_with_authorization__the_terms_were_changed__is_refused_by_the_token(
    deal, make_deal, fiat, authorize, escrow, keeper, people, change
):
    other = make_deal(token=fiat, **{name: people.get(value, value) for name, value in change.items()})
    with other.moves_nothing(), refused("FiatTokenV2: invalid signature"):
        escrow.openWithAuthorization(other.words, 100_000, authorize(deal.id), {"from": keeper})


def test_open_with_authorization__the_amount_was_changed__is_refused_by_the_token(deal, authorize, escrow, keeper):
    with deal.moves_nothing(), refused("FiatTokenV2: invalid signature"):
        escrow.openWithAuthorization(deal.words, 100_001, authorize(deal.id), {"from": keeper})


def test_open_with_authorization__it_was_signed_for_another_contract__is_refused_by_the_token(
    deal, authorize, escrow, keeper, stranger
):
    with deal.moves_nothing(), refused("FiatTokenV2: invalid signature"):
        escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id, to=stranger), {"from": keeper})


def test_open_with_authorization__somebody_else_signed__is_refused_by_the_token(deal, authorize, escrow, keeper, stranger):
    with deal.moves_nothing(), refused("FiatTokenV2: invalid signature"):
        escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id, signer=stranger), {"from": keeper})


def test_open_with_authorization__it_has_expired__is_refused_by_the_token(deal, authorize, escrow, keeper):
    signed = authorize(deal.id, valid_before=clock.now())
    with deal.moves_nothing(), refused("FiatTokenV2: authorization is expired"):
        escrow.openWithAuthorization(deal.words, 100_000, signed, {"from": keeper})


def test_open_with_authorization__it_is_too_late_to_open__is_refused(deal, authorize, escrow, keeper):
    clock.next_transaction_at(deal.terms.open_before)
    with refused("TimeProblem", deal.id, deal.terms.open_before, deal.terms.open_before):
        escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id), {"from": keeper})


def test_open_with_authorization__it_is_less_than_the_budget__is_refused(deal, authorize, escrow, keeper):
    with deal.moves_nothing(), refused("FundingProblem", deal.id, 99_999, 100_000):
        escrow.openWithAuthorization(deal.words, 99_999, authorize(deal.id, 99_999), {"from": keeper})


def test_open_with_authorization__the_client_is_a_contract__takes_its_signature(
    make_deal, fiat, authorize, escrow, keeper, signing_party
):
    fiat.mint(signing_party, 100_000, {"from": keeper})
    deal = make_deal(token=fiat, client=signing_party)
    valid_after, valid_before, own = authorize(deal.id, owner=signing_party, signer=keeper)
    with deal.moves(client=-100_000):
        escrow.openWithAuthorization(
            deal.words, 100_000, (valid_after, valid_before, b"by its owner" + own), {"from": keeper}
        )


@pytest.mark.parametrize("coin", ["eth"], indirect=True)
def test_open_with_authorization__the_deal_is_in_the_chains_coin__is_refused(make_deal, authorize, escrow, keeper):
    deal = make_deal()
    with refused("TokenProblem", deal.id, ZERO_ADDRESS, 1):
        escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id), {"from": keeper})


def test_open_with_authorization__the_token_has_no_authorizations__is_refused(make_deal, authorize, escrow, keeper):
    deal = make_deal()
    with deal.moves_nothing(), pytest.raises(Exception, match="revert"):
        escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id), {"from": keeper})


# Top-up


def nonce_of(deal, funded: int) -> bytes:
    return keccak(encode(["bytes32", "uint256"], [deal.id, funded]))


@pytest.fixture
def opened(deal, authorize, escrow, keeper):
    escrow.openWithAuthorization(deal.words, 100_000, authorize(deal.id), {"from": keeper})
    return deal


def test_top_up_with_authorization__the_client_signed__adds_the_money_for_whoever_sends_it(
    opened, authorize, escrow, stranger, client
):
    with opened.moves(client=-5_000):
        tx = escrow.topUpWithAuthorization(
            opened.words, 5_000, authorize(nonce_of(opened, 100_000), 5_000), {"from": stranger}
        )
    assert opened.state()["funded"] == 105_000
    assert tx.events["DealToppedUp"]["payer"] == client


def test_top_up_with_authorization__reports_had_earned_more__pays_it_at_once(opened, authorize, escrow, keeper):
    opened.settle(1_200, opened.terms.boundary(1))
    signed = authorize(nonce_of(opened, 100_000), 50_000)
    with opened.moves(client=-50_000, agency=20_000, escrow=30_000):
        escrow.topUpWithAuthorization(opened.words, 50_000, signed, {"from": keeper})


def test_top_up_with_authorization__it_was_used_already__is_refused_by_the_token(opened, authorize, escrow, keeper):
    signed = authorize(nonce_of(opened, 100_000), 5_000)
    escrow.topUpWithAuthorization(opened.words, 5_000, signed, {"from": keeper})
    with opened.moves_nothing(), refused("FiatTokenV2: invalid signature"):
        escrow.topUpWithAuthorization(opened.words, 5_000, signed, {"from": keeper})


def test_top_up_with_authorization__the_end_has_come__is_refused(opened, authorize, escrow, keeper):
    signed = authorize(nonce_of(opened, 100_000), 5_000, valid_before=2**40)
    clock.next_transaction_at(opened.terms.ends_at)
    with opened.moves_nothing(), refused("TimeProblem", opened.id, opened.terms.ends_at, opened.terms.ends_at):
        escrow.topUpWithAuthorization(opened.words, 5_000, signed, {"from": keeper})


def test_top_up_with_authorization__the_deal_was_never_opened__is_refused(deal, authorize, escrow, keeper):
    with refused("StatusProblem", deal.id, 0):
        escrow.topUpWithAuthorization(deal.words, 5_000, authorize(nonce_of(deal, 0), 5_000), {"from": keeper})
