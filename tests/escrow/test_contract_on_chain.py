"""EscrowContract, TokenContract and transactions against a local chain: calls, reads, named errors."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from eth_account import Account

from escrow import calls, errors
from escrow.calls import Call, Receipt, transact
from escrow.committee import NEVER, Member
from escrow.contract import EscrowContract, TokenContract
from escrow.documents import hash_of
from escrow.events import Closing, DealClosed, DealOpened, DealToppedUp, ReportSettled
from escrow.ids import ZERO_ADDRESS, CommitteeId, Timestamp
from escrow.money import Token
from escrow.report import Report, report_digest
from escrow.schedule import Due, apply_report, new_deal
from escrow.signing import sign_digest
from escrow.status import Status
from escrow.terms import Terms, deal_id_of
from tests import factories
from tests.chain import LocalChain, anvil
from tests.factories import DAY, DOLLAR, key, person

MEMBERS = ("oracle_a", "oracle_b", "oracle_c")
BUDGET = 1_000 * DOLLAR
SALTS = count(1)


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    """Of this module alone, since its clock is moved."""
    with anvil() as url, closing(LocalChain(url)) as local:
        for name in ("client", "agency", "stranger"):
            local.enrich(name)
        yield local


@pytest.fixture(scope="module")
def committee(chain: LocalChain) -> CommitteeId:
    """Two of three sign, and nobody changes it."""
    call = chain.escrow.create_committee_call(
        admin=ZERO_ADDRESS,
        delay=0,
        min_quorum=2,
        max_quorum=3,
        members=sorted(map(person, MEMBERS), key=lambda member: int(member, 16)),
        salt=bytes(32),
    )
    return chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))


@pytest.fixture
def terms(chain: LocalChain, committee: CommitteeId) -> Terms:
    """A deal of three days in the test dollar that starts in a day, $5 a unit; never the same twice."""
    start = Timestamp(chain.rpc.block("latest").timestamp + DAY)
    return factories.terms(
        token=chain.dollar.address,
        committee=committee,
        budget=BUDGET,
        starts_at=start,
        open_before=start,
        period_length=DAY,
        periods=3,
        steps=(factories.step(rate=5 * DOLLAR * factories.RATE_SCALE),),
        salt=next(SALTS),
    )


def send(chain: LocalChain, name: str, call: Call, **options: Any) -> Receipt:
    return transact(chain.rpc, key(name), call, **options)


def fund(chain: LocalChain, amount: int = BUDGET) -> None:
    send(chain, "stranger", chain.dollar.mint_call(person("client"), amount))
    send(chain, "client", chain.dollar.approve_call(chain.domain.contract, amount))


def opened(chain: LocalChain, terms: Terms) -> Terms:
    fund(chain)
    send(chain, "client", chain.escrow.open_call(terms, BUDGET))
    return terms


def report_of(chain: LocalChain, terms: Terms, day: int, value: int) -> Report:
    as_of = Timestamp(terms.starts_at + day * DAY)
    return Report(deal_id_of(terms, chain.domain), as_of, value, hash_of(b"evidence"))


def signed(chain: LocalChain, report: Report, *names: str) -> list[str]:
    return [sign_digest(report_digest(report, chain.domain), key(name)) for name in names]


def settle_call(chain: LocalChain, terms: Terms, day: int, value: int, *names: str) -> Call:
    report = report_of(chain, terms, day, value)
    return chain.escrow.settle_call(terms, report, signed(chain, report, *names))


def test_deal__opened_by_permit_and_settled_to_its_end__pays_what_the_twin_says(chain: LocalChain, terms: Terms) -> None:
    escrow, dollar = chain.escrow, chain.dollar
    escrow.check_terms(terms)
    assert escrow.deal_id(terms) == deal_id_of(terms, chain.domain)
    assert escrow.status(terms) is Status.UNKNOWN

    send(chain, "stranger", dollar.mint_call(person("client"), BUDGET))
    permit = dollar.permit_typed_data(person("client"), chain.domain.contract, BUDGET, terms.starts_at)
    signature = Account.sign_typed_data(key("client"), full_message=permit)
    call = escrow.open_with_permit_call(terms, BUDGET, terms.starts_at, signature.signature)
    (event,) = escrow.events_of(send(chain, "client", call))
    assert isinstance(event, DealOpened) and event.amount == BUDGET
    assert escrow.status(terms) is Status.SCHEDULED
    assert escrow.deal(terms) == new_deal(terms, BUDGET)

    paid_before = dollar.balance_of(person("agency"))
    deal, paid = new_deal(terms, BUDGET), 0
    for day, value in ((1, 30), (3, 50)):
        chain.move_clock(terms.starts_at + day * DAY)
        deal, due = apply_report(terms, deal, terms.starts_at + day * DAY, value)
        assert escrow.due_for(terms, value, terms.starts_at + day * DAY) == due
        # The signatures are put in order, whatever order they come in.
        found = escrow.events_of(send(chain, "stranger", settle_call(chain, terms, day, value, "oracle_c", "oracle_a")))
        assert isinstance(found[0], ReportSettled)
        assert (found[0].value, found[0].base, found[0].performance) == (value, due.base, due.performance)
        assert found[0].signers.bit_count() == 2
        paid += due.base + due.performance

    assert isinstance(found[1], DealClosed)
    assert (found[1].cause, found[1].refunded) == (Closing.FINAL_REPORT, BUDGET - 250 * DOLLAR)
    assert escrow.deal(terms) == deal
    assert escrow.status(terms) is Status.CLOSED
    assert dollar.balance_of(person("agency")) - paid_before == paid == 250 * DOLLAR
    assert escrow.due_for(terms, 99, terms.ends_at) == Due(0, 0, 0)
    assert escrow.credit(dollar.address, person("agency")) == 0


def test_deal__in_the_chains_coin__sends_the_amount_along(chain: LocalChain, terms: Terms) -> None:
    terms = replace(terms, token=ZERO_ADDRESS)
    send(chain, "client", chain.escrow.open_call(terms, BUDGET))
    (event,) = chain.escrow.events_of(send(chain, "stranger", chain.escrow.top_up_call(terms, 7)))
    assert isinstance(event, DealToppedUp)
    assert (event.payer, event.amount, event.performance) == (person("stranger"), 7, 0)
    (event,) = chain.escrow.events_of(send(chain, "agency", chain.escrow.decline_call(terms)))
    assert isinstance(event, DealClosed)
    assert (event.cause, event.refunded) == (Closing.DECLINED, BUDGET + 7)


def test_refund__after_silence__returns_everything(chain: LocalChain, terms: Terms) -> None:
    opened(chain, terms)
    with pytest.raises(errors.TimeProblem) as caught:
        send(chain, "stranger", chain.escrow.refund_call(terms))
    assert caught.value.limit == terms.ends_at + terms.report_grace
    chain.move_clock(terms.ends_at + terms.report_grace)
    assert chain.escrow.status(terms) is Status.SILENT
    (event,) = chain.escrow.events_of(send(chain, "stranger", chain.escrow.refund_call(terms)))
    assert isinstance(event, DealClosed)
    assert (event.cause, event.refunded) == (Closing.SILENCE, BUDGET)


def test_reads__at_an_earlier_block__give_what_was_then(chain: LocalChain, terms: Terms) -> None:
    before = chain.rpc.block_number()
    opened(chain, terms)
    assert chain.escrow.status(terms, at=before) is Status.UNKNOWN
    assert chain.escrow.status(terms, at="latest") is Status.SCHEDULED


# Bad input: the named error, before anything is sent


def test_open__same_terms_again__named_error(chain: LocalChain, terms: Terms) -> None:
    opened(chain, terms)
    fund(chain)
    with pytest.raises(errors.StatusProblem) as caught:
        send(chain, "client", chain.escrow.open_call(terms, BUDGET))
    assert caught.value.data == {"deal_id": deal_id_of(terms, chain.domain), "given": Status.SCHEDULED}


def test_open__without_allowance__the_tokens_error(chain: LocalChain, terms: Terms) -> None:
    send(chain, "client", chain.dollar.approve_call(chain.domain.contract, 5))
    with pytest.raises(errors.ERC20InsufficientAllowance) as caught:
        send(chain, "client", chain.escrow.open_call(terms, BUDGET))
    assert caught.value.data == {"spender": chain.domain.contract, "allowance": 5, "needed": BUDGET}


@pytest.mark.parametrize(
    ("day", "names", "error"),
    [
        (1, ("oracle_a",), errors.QuorumProblem),
        (1, ("oracle_a", "oracle_a"), errors.QuorumProblem),
        (1, ("oracle_a", "stranger"), errors.SignerProblem),
        (2, ("oracle_a", "oracle_b"), errors.AsOfProblem),
        (0, ("oracle_a", "oracle_b"), errors.AsOfProblem),
    ],
    ids=["too few", "repeated", "stranger", "future", "old"],
)
def test_settle__wrong_report__named_error_and_nothing_moves(
    chain: LocalChain, terms: Terms, day: int, names: tuple[str, ...], error: type[errors.DealProblem]
) -> None:
    opened(chain, terms)
    chain.move_clock(terms.starts_at + DAY)
    state = chain.escrow.deal(terms)
    with pytest.raises(error) as caught:
        send(chain, "stranger", settle_call(chain, terms, day, 10, *names))
    assert caught.value.deal_id == deal_id_of(terms, chain.domain)
    assert chain.escrow.deal(terms) == state


def test_settle__signed_for_another_chain__is_a_stranger(chain: LocalChain, terms: Terms) -> None:
    opened(chain, terms)
    chain.move_clock(terms.starts_at + DAY)
    report = report_of(chain, terms, 1, 10)
    elsewhere = replace(chain.domain, chain_id=1)
    signatures = [sign_digest(report_digest(report, elsewhere), key(name)) for name in MEMBERS]
    with pytest.raises(errors.SignerProblem):
        send(chain, "stranger", chain.escrow.settle_call(terms, report, signatures))


def test_settle_call__broken_signature__named_error_with_its_place(chain: LocalChain, terms: Terms) -> None:
    report = report_of(chain, terms, 1, 10)
    with pytest.raises(errors.SignatureProblem) as caught:
        chain.escrow.settle_call(terms, report, [*signed(chain, report, "oracle_a"), "0x12"])
    assert caught.value.data == {"deal_id": report.deal_id, "given": 1}


def test_settle__unknown_deal__named_error(chain: LocalChain, terms: Terms) -> None:
    with pytest.raises(errors.StatusProblem) as caught:
        send(chain, "stranger", settle_call(chain, terms, 1, 10, "oracle_a", "oracle_b"))
    assert caught.value.given is Status.UNKNOWN


def test_withdraw__no_credit__named_error(chain: LocalChain) -> None:
    with pytest.raises(errors.CreditProblem) as caught:
        send(chain, "client", chain.escrow.withdraw_call(ZERO_ADDRESS, person("client")))
    assert caught.value.data == {"account": person("client"), "token": ZERO_ADDRESS, "given": 0}


def test_create_committee__members_out_of_order__named_error(chain: LocalChain) -> None:
    members = sorted(map(person, MEMBERS), key=lambda member: int(member, 16), reverse=True)
    call = chain.escrow.create_committee_call(
        admin=ZERO_ADDRESS, delay=0, min_quorum=2, max_quorum=3, members=members, salt=bytes(32)
    )
    with pytest.raises(errors.MemberOrderProblem) as caught:
        send(chain, "stranger", call)
    assert (caught.value.given, caught.value.limit) == (members[1], members[0])


# Mined and reverted, or not mined


def test_transact__reverts_when_mined__named_error_from_the_chain(chain: LocalChain, terms: Terms) -> None:
    with pytest.raises(errors.StatusProblem) as caught:
        send(chain, "agency", chain.escrow.decline_call(terms), gas=200_000)
    assert caught.value.given is Status.UNKNOWN


def test_transact__nobody_mines__gives_up_and_names_the_transaction(
    chain: LocalChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "WAIT_SECONDS", 0.2)
    chain.rpc.call("evm_setAutomine", [False])
    try:
        with pytest.raises(errors.TransactionProblem, match="was not mined") as caught:
            send(chain, "client", chain.dollar.mint_call(person("client"), 1))
        assert caught.value.action is errors.Action.RETRY
    finally:
        chain.rpc.call("evm_setAutomine", [True])
        chain.rpc.call("evm_mine")


# The wrong chain, contract or token


def test_require_deployed__right_chain_and_contract__is_quiet(chain: LocalChain) -> None:
    chain.escrow.require_deployed()


def test_require_deployed__another_chain__named_error(chain: LocalChain) -> None:
    contract = EscrowContract(chain.rpc, replace(chain.domain, chain_id=1))
    with pytest.raises(errors.ChainProblem) as caught:
        contract.require_deployed()
    assert caught.value.data == {"given": 31337, "wanted": 1}


@pytest.mark.parametrize(("at", "why"), [("stranger", "does not answer"), ("dollar", "calls itself Test Dollar 1")])
def test_require_deployed__another_contract_or_none__named_error(chain: LocalChain, at: str, why: str) -> None:
    address = chain.dollar.address if at == "dollar" else person(at)
    contract = EscrowContract(chain.rpc, replace(chain.domain, contract=address))
    with pytest.raises(errors.ContractMissing, match=why):
        contract.require_deployed()


def test_token__test_dollar__as_it_calls_itself(chain: LocalChain) -> None:
    assert chain.dollar.token() == Token(chain.dollar.address, "TUSD", 6)
    assert chain.dollar.allowance(person("client"), person("stranger")) == 0
    chain.dollar.require_decimals(6)


def test_require_decimals__others_than_the_token_has__named_error(chain: LocalChain) -> None:
    with pytest.raises(errors.DecimalsProblem) as caught:
        chain.dollar.require_decimals(18)
    assert caught.value.data == {"token": chain.dollar.address, "given": 6, "wanted": 18}


def test_token__address_without_a_contract__named_error(chain: LocalChain) -> None:
    with pytest.raises(errors.ContractMissing) as caught:
        TokenContract(chain.rpc, person("stranger")).decimals()
    assert caught.value.contract == person("stranger")


def test_committee__unknown__has_no_members(chain: LocalChain, committee: CommitteeId) -> None:
    assert chain.escrow.committee(CommitteeId("0x" + "00" * 12)).size == 0
    assert chain.escrow.committee(committee) == factories.committee()
    assert chain.escrow.member(committee, person("oracle_a")).leaves_at == NEVER
    assert chain.escrow.member(committee, person("stranger")) == Member(0, Timestamp(0), Timestamp(0))
