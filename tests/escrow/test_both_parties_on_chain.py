"""What parties, quorums and members do beyond settling one report, sent by EscrowContract to a local chain."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from eth_account import Account

from escrow import errors, reverts
from escrow.accords import Amendment, Split, accord_digest, accord_typed_data
from escrow.calls import Call, create, transact
from escrow.claims import Claim, Outcome
from escrow.committee import NEVER, Committee, Member
from escrow.contract import top_up_nonce
from escrow.documents import hash_of
from escrow.events import (
    AdminChanged,
    AdminOffered,
    Closing,
    DealClosed,
    DealOpened,
    DealToppedUp,
    EquivocationProved,
    Event,
    ItemSkipped,
    MemberAdded,
    MemberRemoved,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
)
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, Timestamp, Units
from escrow.report import Report, report_digest
from escrow.report_tree import ReportTree, SignedReport, signed_digest
from escrow.signing import sign_digest
from escrow.terms import Terms, deal_id_of
from escrow.token_contract import Authorization, TokenContract
from scripts.export_abi import compile_contracts
from tests import factories
from tests.chain import LocalChain, anvil
from tests.factories import DAY, DOLLAR, key, person

BUDGET = 1_000 * DOLLAR
GAS_PER_ITEM = 300_000
MEMBERS = ("oracle_a", "oracle_b", "oracle_c")
SALTS = count(1)


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    """Of this module alone, since its clock is moved. The client has dollars, and the contract may take them."""
    with anvil() as url, closing(LocalChain(url)) as local:
        for name in ("client", "agency", "arbiter", "stranger", "admin", "oracle_a", "oracle_b"):
            local.enrich(name)
        transact(local.rpc, key("stranger"), local.dollar.mint_call(person("client"), 100 * BUDGET))
        transact(local.rpc, key("client"), local.dollar.approve_call(local.domain.contract, 2**256 - 1))
        yield local


def make_committee(chain: LocalChain, *, admin: Address = ZERO_ADDRESS, delay: int = 0) -> CommitteeId:
    call = chain.escrow.create_committee_call(
        admin=admin,
        delay=delay,
        min_quorum=2,
        max_quorum=2,
        members=sorted(map(person, MEMBERS), key=lambda member: int(member, 16)),
        salt=next(SALTS).to_bytes(32, "big"),
    )
    return chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))


@pytest.fixture(scope="module")
def committee(chain: LocalChain) -> CommitteeId:
    return make_committee(chain)


@pytest.fixture
def terms(chain: LocalChain, committee: CommitteeId) -> Terms:
    """Three days from tomorrow, $5 a unit; never the same twice."""
    start = Timestamp(chain.rpc.block("latest").timestamp + DAY)
    return factories.terms(
        token=chain.dollar.address,
        committee=committee,
        budget=BUDGET,
        starts_at=start,
        open_before=start,
        period_length=DAY,
        periods=3,
        notice_period=DAY,
        steps=(factories.step(rate=5 * DOLLAR * factories.RATE_SCALE),),
        salt=next(SALTS),
    )


def disputed_terms(terms: Terms, **changes: Any) -> Terms:
    return replace(terms, arbiter=person("arbiter"), challenge_window=DAY, ruling_window=DAY, **changes)


def send(chain: LocalChain, name: str, call: Call) -> list[Event]:
    return chain.escrow.events_of(transact(chain.rpc, key(name), call))


def opened(chain: LocalChain, terms: Terms) -> Terms:
    send(chain, "client", chain.escrow.open_call(terms, BUDGET))
    return terms


def report_of(chain: LocalChain, terms: Terms, value: int, days: int = 1) -> Report:
    as_of = Timestamp(terms.starts_at + days * DAY)
    return Report(deal_id_of(terms, chain.domain), as_of, value, hash_of(b"evidence"))


def settle_call(chain: LocalChain, terms: Terms, report: Report, *names: str) -> Call:
    digest = report_digest(report, chain.domain)
    return chain.escrow.settle_call(terms, report, [sign_digest(digest, key(name)) for name in names or MEMBERS[:2]])


def both_sign(chain: LocalChain, accord: Split | Amendment) -> tuple[bytes, bytes]:
    digest = accord_digest(accord, chain.domain)
    client, agency = (bytes.fromhex(sign_digest(digest, key(name))[2:]) for name in ("client", "agency"))
    return client, agency


# A report that waits


def test_dispute__ruled_between__binds_the_next_report(chain: LocalChain, terms: Terms) -> None:
    escrow, terms = chain.escrow, opened(chain, disputed_terms(terms))
    chain.move_clock(terms.starts_at + DAY)
    (waits,) = send(chain, "stranger", settle_call(chain, terms, report_of(chain, terms, 120)))
    assert isinstance(waits, ReportWaits) and (waits.value, waits.adjust, waits.signers.bit_count()) == (120, 0, 2)
    (disputed,) = send(chain, "client", escrow.dispute_call(terms, 60, hash_of(b"why")))
    assert isinstance(disputed, ReportDisputed)
    assert (disputed.party, disputed.reason, disputed.performance) == (person("client"), hash_of(b"why"), 300 * DOLLAR)
    assert escrow.claim(terms) == (Claim(waits.as_of, waits.window_ends_at, 120, 120, 60, agreed_paid=True), 0)

    chain.move_clock(waits.window_ends_at)
    (resolved,) = send(chain, "arbiter", escrow.rule_call(terms, 80))
    assert isinstance(resolved, ReportResolved)
    assert (resolved.outcome, resolved.adjust, resolved.performance) == (Outcome.RULED, -40, 100 * DOLLAR)
    assert escrow.claim(terms) == (None, -40)

    (waits,) = send(chain, "stranger", settle_call(chain, terms, report_of(chain, terms, 130, days=2)))
    assert isinstance(waits, ReportWaits) and waits.adjust == -40
    (claim, _) = escrow.claim(terms)
    assert claim is not None and claim.value == 90
    with pytest.raises(errors.WaitingProblem) as caught:
        send(chain, "stranger", settle_call(chain, terms, report_of(chain, terms, 140, days=2)))
    assert (caught.value.given, caught.value.limit) == (claim.as_of, claim.window_ends_at)
    chain.move_clock(waits.window_ends_at)
    (resolved,) = send(chain, "stranger", escrow.finalize_call(terms))
    assert isinstance(resolved, ReportResolved)
    assert (resolved.value, resolved.outcome, resolved.performance) == (90, Outcome.ACCEPTED, 50 * DOLLAR)


def test_self_report__second_half_of_the_grace__waits_twice_the_window(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, disputed_terms(terms, self_report=True))
    chain.move_clock(terms.ends_at + terms.report_grace // 2)
    (waits,) = send(chain, "agency", chain.escrow.self_report_call(terms, 10, hash_of(b"own")))
    assert isinstance(waits, ReportWaits) and (waits.signers, waits.evidence) == (0, hash_of(b"own"))
    claim, _ = chain.escrow.claim(terms)
    assert claim is not None and claim.is_self_report
    assert waits.window_ends_at == chain.rpc.block("latest").timestamp + 2 * DAY


# Leaving


def test_give_notice__by_the_agency__moves_the_end(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, terms)
    chain.move_clock(terms.starts_at + DAY)
    (notice,) = send(chain, "agency", chain.escrow.give_notice_call(terms))
    assert isinstance(notice, NoticeGiven)
    assert (notice.party, notice.ends_at) == (person("agency"), chain.escrow.deal(terms).ends_at)


def test_agree__both_signed__pays_the_total_and_returns_the_rest(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, terms)
    split = Split(deal_id_of(terms, chain.domain), terms.token, Units(60 * DOLLAR), Timestamp(terms.ends_at))
    (closed,) = send(chain, "stranger", chain.escrow.agree_call(terms, split, *both_sign(chain, split)))
    assert isinstance(closed, DealClosed)
    assert (closed.cause, closed.performance, closed.refunded) == (Closing.AGREED, 60 * DOLLAR, BUDGET - 60 * DOLLAR)


def test_agree__another_total_than_was_signed__is_nobodys_signature(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, terms)
    split = Split(deal_id_of(terms, chain.domain), terms.token, Units(60 * DOLLAR), Timestamp(terms.ends_at))
    signatures = both_sign(chain, split)
    with pytest.raises(errors.PartySignatureProblem) as caught:
        send(chain, "stranger", chain.escrow.agree_call(terms, replace(split, agency_total=Units(0)), *signatures))
    assert caught.value.party == person("client")


def test_amend__both_signed__the_rest_opens_the_new_terms(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, terms)
    new = replace(terms, budget=Units(BUDGET // 2), salt=next(SALTS))
    ids = deal_id_of(terms, chain.domain), deal_id_of(new, chain.domain)
    amendment = Amendment(*ids, terms.token, Units(60 * DOLLAR), Timestamp(terms.ends_at))
    call = chain.escrow.amend_call(terms, new, amendment, *both_sign(chain, amendment))
    closed, opening = send(chain, "stranger", call)
    assert isinstance(closed, DealClosed) and isinstance(opening, DealOpened)
    assert (closed.cause, closed.performance, closed.refunded) == (Closing.AMENDED, 60 * DOLLAR, 0)
    assert (opening.deal_id, opening.payer, opening.amount) == (ids[1], chain.domain.contract, BUDGET - 60 * DOLLAR)


@pytest.mark.parametrize("kind", [Split, Amendment])
def test_accord_digest__typed_data__is_what_a_wallet_signs(chain: LocalChain, terms: Terms, kind: type) -> None:
    deal_id = deal_id_of(terms, chain.domain)
    ids = (deal_id,) if kind is Split else (deal_id, "0x" + "ab" * 32)
    accord = kind(*ids, terms.token, Units(7), terms.ends_at)
    signed = Account.sign_typed_data(key("client"), full_message=accord_typed_data(accord, chain.domain))
    assert "0x" + signed.signature.hex() == sign_digest(accord_digest(accord, chain.domain), key("client"))


# Many reports


def test_settle_batch__one_of_three_is_bad__skips_it_with_its_reason(chain: LocalChain, terms: Terms) -> None:
    deals = [opened(chain, replace(terms, salt=next(SALTS))) for _ in range(3)]
    chain.move_clock(terms.starts_at + DAY)
    calls = [
        settle_call(chain, deal, report_of(chain, deal, 10), *names)
        for deal, names in zip(deals, (MEMBERS, MEMBERS[:1], MEMBERS), strict=True)
    ]
    first, skipped, last = send(chain, "stranger", chain.escrow.settle_batch_call(GAS_PER_ITEM, calls))
    assert isinstance(first, ReportSettled) and isinstance(last, ReportSettled)
    reason = next(selector for selector, cls in reverts.solidity_errors().items() if cls is errors.QuorumProblem)
    assert isinstance(skipped, ItemSkipped) and (skipped.item, skipped.reason) == (1, "0x" + reason)


@pytest.mark.parametrize("chosen", [(0, 1, 2, 3, 4), (1, 3), (4,)], ids=["all", "some", "one"])
def test_settle_rooted__reports_of_a_signed_tree__settles_the_chosen(
    chain: LocalChain, terms: Terms, chosen: tuple[int, ...]
) -> None:
    deals = [opened(chain, replace(terms, salt=next(SALTS))) for _ in range(5)]
    chain.move_clock(terms.starts_at + DAY)
    reports = [report_of(chain, deal, 10 + number) for number, deal in enumerate(deals)]
    tree = ReportTree(reports, chain.domain)
    assert chain.escrow.root_digest(tree.root) == tree.digest
    signatures = [sign_digest(tree.digest, key(name)) for name in MEMBERS]
    call = chain.escrow.settle_rooted_call(
        GAS_PER_ITEM, tree, signatures, {reports[number]: deals[number] for number in chosen}
    )
    events = send(chain, "stranger", call)
    assert {event.deal_id for event in events if isinstance(event, ReportSettled)} == {
        reports[number].deal_id for number in chosen
    }
    assert len(events) == len(chosen)


def test_settle_rooted__another_tree_than_was_signed__is_signed_by_strangers(chain: LocalChain, terms: Terms) -> None:
    terms = opened(chain, terms)
    chain.move_clock(terms.starts_at + DAY)
    honest, other = report_of(chain, terms, 10), report_of(chain, terms, 11)
    signatures = [sign_digest(ReportTree([honest], chain.domain).digest, key(name)) for name in MEMBERS]
    tree = ReportTree([other], chain.domain)
    (skipped,) = send(chain, "stranger", chain.escrow.settle_rooted_call(GAS_PER_ITEM, tree, signatures, {other: terms}))
    assert isinstance(skipped, ItemSkipped)


# Members


def test_prove_equivocation__one_report_alone_and_one_under_a_root__removes_the_member(
    chain: LocalChain, terms: Terms
) -> None:
    committee = make_committee(chain)
    first, second = report_of(chain, terms, 10), report_of(chain, terms, 11)
    tree = ReportTree([second, *(report_of(chain, terms, number) for number in range(3))], chain.domain)
    alone = SignedReport(first, sign_digest(report_digest(first, chain.domain), key("oracle_a")))
    rooted = SignedReport(second, sign_digest(tree.digest, key("oracle_a")), tree.proof_of(second))
    assert signed_digest(rooted, chain.domain) == tree.digest
    proved, removed = send(chain, "stranger", chain.escrow.prove_equivocation_call(committee, alone, rooted))
    assert isinstance(proved, EquivocationProved) and isinstance(removed, MemberRemoved)
    assert (proved.member, proved.deal_id, proved.as_of) == (person("oracle_a"), first.deal_id, first.as_of)
    member = chain.escrow.member(committee, person("oracle_a"))
    now = chain.rpc.block("latest").timestamp
    assert member.leaves_at == now and not member.counts(as_of=now + 1, now=now)
    with pytest.raises(errors.EquivocationProblem):
        send(chain, "stranger", chain.escrow.prove_equivocation_call(committee, alone, alone))


def test_committee__changed_by_its_admin__slowly_and_by_a_member_at_once(chain: LocalChain) -> None:
    escrow, committee = chain.escrow, make_committee(chain, admin=person("admin"), delay=10 * DAY)
    (left,) = send(chain, "oracle_a", escrow.leave_committee_call(committee))
    now = chain.rpc.block("latest").timestamp
    assert isinstance(left, MemberRemoved) and left.leaves_at == now
    (added,) = send(chain, "admin", escrow.add_member_call(committee, person("oracle_d")))
    now = chain.rpc.block("latest").timestamp
    assert isinstance(added, MemberAdded) and (added.index, added.active_at) == (3, now + 10 * DAY)
    assert escrow.member(committee, person("oracle_d")) == Member(3, Timestamp(now + 10 * DAY), NEVER)
    (leaving,) = send(chain, "admin", escrow.remove_member_call(committee, person("oracle_b")))
    now = chain.rpc.block("latest").timestamp
    assert isinstance(leaving, MemberRemoved) and leaving.leaves_at == now + 10 * DAY
    assert escrow.committee(committee) == Committee(person("admin"), 10 * DAY, 2, 2, size=2, next_index=4)
    with pytest.raises(errors.MemberProblem):
        send(chain, "admin", escrow.add_member_call(committee, person("oracle_a")))


def test_committee__admin_offered_and_accepted__is_another(chain: LocalChain) -> None:
    committee = make_committee(chain, admin=person("admin"), delay=10 * DAY)
    (offered,) = send(chain, "admin", chain.escrow.offer_admin_call(committee, person("stranger")))
    assert isinstance(offered, AdminOffered) and offered.next_admin == person("stranger")
    with pytest.raises(errors.AdminProblem) as caught:
        send(chain, "client", chain.escrow.accept_admin_call(committee))
    assert caught.value.limit == person("stranger")
    (changed,) = send(chain, "stranger", chain.escrow.accept_admin_call(committee))
    assert isinstance(changed, AdminChanged) and changed.admin == person("stranger")


# The client's authorization


@pytest.fixture(scope="module")
def fiat(chain: LocalChain) -> TokenContract:
    """A dollar that takes authorizations; the client has some, and the contract may take none."""
    made = compile_contracts("mocks/FiatDollar.sol")["contracts/mocks/FiatDollar.sol"]["FiatDollar"]
    token = TokenContract(chain.rpc, create(chain.rpc, chain.deployer, "0x" + made["evm"]["bytecode"]["object"]))
    transact(chain.rpc, key("stranger"), token.mint_call(person("client"), 10 * BUDGET))
    return token


def authorize(chain: LocalChain, token: TokenContract, amount: int, nonce: bytes, before: Timestamp) -> Authorization:
    typed_data = token.authorization_typed_data(person("client"), chain.domain.contract, amount, nonce, valid_before=before)
    signed = Account.sign_typed_data(key("client"), full_message=typed_data)
    return Authorization(Timestamp(0), before, bytes(signed.signature))


def test_authorization__of_the_client__opens_and_tops_up_by_anyone(
    chain: LocalChain, terms: Terms, fiat: TokenContract
) -> None:
    terms = replace(terms, token=fiat.address)
    deal_id = deal_id_of(terms, chain.domain)
    signed = authorize(chain, fiat, BUDGET, bytes.fromhex(deal_id[2:]), terms.open_before)
    (opening,) = send(chain, "agency", chain.escrow.open_with_authorization_call(terms, BUDGET, signed))
    assert isinstance(opening, DealOpened) and opening.payer == person("client")
    more = authorize(chain, fiat, 5, top_up_nonce(deal_id, BUDGET), terms.ends_at)
    (topped_up,) = send(chain, "stranger", chain.escrow.top_up_with_authorization_call(terms, 5, more))
    assert isinstance(topped_up, DealToppedUp) and (topped_up.payer, topped_up.amount) == (person("client"), 5)
