"""The indexer as a process runs it, on a real local chain: the whole life of deals, forks, outages, starting anew."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from eth_hash.auto import keccak
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.committees import queries as committees
from api.committees.queries import Committee
from api.db.connection import open_database
from api.db.models import Credit, SkippedItem, Token, Withdrawal
from api.db.models import Deal as DealRow
from api.deals.state import Deal
from api.indexer.run import Indexer
from escrow.accords import Amendment, Split
from escrow.committee import NEVER, Member
from escrow.contract import TokenContract, deploy, transact
from escrow.documents import hash_of
from escrow.errors import ChainProblem, ContractMissing, DealUnknown
from escrow.events import Closing
from escrow.ids import ZERO_ADDRESS, CommitteeId, Timestamp, Units
from escrow.status import Status
from tests import factories
from tests.api.following import Following
from tests.api.indexer.scene import ORACLES, Scene, deal_of, indexed, rebuilt, require_same_as_contract, settings_for
from tests.chain import LocalChain, anvil
from tests.factories import DAY, DOLLAR, person

JUNE = factories.STARTS_AT + 31 * DAY
END = factories.terms().ends_at


@pytest.fixture(scope="module")
def local() -> Iterator[LocalChain]:
    with anvil() as url, closing(LocalChain(url)) as chain:
        yield chain


@pytest.fixture
def scene(local: LocalChain) -> Iterator[Scene]:
    snapshot = local.rpc.call("evm_snapshot")
    yield Scene(local)
    local.rpc.call("evm_revert", [snapshot])


def test_index__reports_and_top_up_to_the_end__has_the_contracts_state_at_each_step(scene: Scene, tmp_path: Path) -> None:
    terms = scene.terms(retention_bps=1_000, budget=100_000 * DOLLAR)
    deal_id = scene.open(terms)
    path = tmp_path / "index.sqlite"

    def indexed() -> Deal:
        rebuilt(scene.chain, path)
        deal = deal_of(path, deal_id)
        require_same_as_contract(scene, deal)
        return deal

    assert indexed().status(0) is Status.SCHEDULED
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 258)
    deal = indexed()
    assert deal.money.paid == 90_000 * DOLLAR
    assert deal.money.retained == 10_000 * DOLLAR
    assert deal.settlements[0].signers == (person(ORACLES[0]), person(ORACLES[2]))
    scene.send("client", scene.chain.escrow.top_up_call(terms, 50_000 * DOLLAR))
    deal = indexed()
    assert deal.top_ups[0].performance == 26_100 * DOLLAR
    assert deal.money.retained == 12_900 * DOLLAR
    scene.chain.move_clock(END)
    last = scene.settle(terms, END, 270, (0, 1, 2))
    deal = indexed()
    assert deal.closed is not None and deal.closed.cause is Closing.FINAL_REPORT
    assert deal.closed.moment.transaction_hash == last
    assert (deal.money.paid, deal.money.refunded) == (135_000 * DOLLAR, 15_000 * DOLLAR)
    assert (deal.money.retained, deal.money.left) == (0, 0)


def test_index__silence_and_decline__have_the_contracts_state(scene: Scene, tmp_path: Path) -> None:
    silent = scene.terms(salt=1, base_per_period=1_000 * DOLLAR, retention_bps=1_000)
    declined = scene.terms(salt=2)
    silent_id, declined_id = scene.open(silent, 500_000 * DOLLAR), scene.open(declined)
    scene.send("agency", scene.chain.escrow.decline_call(declined))
    scene.chain.move_clock(JUNE)
    scene.settle(silent, JUNE, 100)
    scene.chain.move_clock(END + silent.report_grace)
    scene.send("stranger", scene.chain.escrow.refund_call(silent))
    path = tmp_path / "index.sqlite"
    rebuilt(scene.chain, path)
    deal = deal_of(path, declined_id)
    assert deal.closed is not None and deal.closed.cause is Closing.DECLINED
    require_same_as_contract(scene, deal)
    assert deal.money.refunded == 400_000 * DOLLAR
    deal = deal_of(path, silent_id)
    assert deal.closed is not None and deal.closed.cause is Closing.SILENCE
    require_same_as_contract(scene, deal)
    assert (deal.money.paid, deal.money.refunded) == (51_000 * DOLLAR, 449_000 * DOLLAR)


def test_index__payment_that_can_not_be_delivered__is_a_credit_until_it_is_withdrawn(scene: Scene, tmp_path: Path) -> None:
    terms = scene.terms(token=ZERO_ADDRESS)
    deal_id = scene.open(terms)
    # The agency's address refuses coins for a while, as a contract can.
    scene.chain.rpc.call("anvil_setCode", [terms.agency, "0x60006000fd"])
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 3)
    scene.chain.rpc.call("anvil_setCode", [terms.agency, "0x"])
    scene.send("agency", scene.chain.escrow.withdraw_call(ZERO_ADDRESS, person("stranger")))
    path = tmp_path / "index.sqlite"
    rebuilt(scene.chain, path)
    deal = deal_of(path, deal_id)
    require_same_as_contract(scene, deal)
    assert [(credit.account, credit.amount) for credit in deal.credits] == [(terms.agency, 1_500 * DOLLAR)]
    engine = open_database(f"sqlite:///{path}")
    with Session(engine) as index:
        credit = index.scalars(select(Credit)).one()
        withdrawal = index.scalars(select(Withdrawal)).one()
    engine.dispose()
    assert (credit.token, credit.amount_units) == (ZERO_ADDRESS, 1_500 * DOLLAR)
    assert (withdrawal.account, withdrawal.recipient) == (terms.agency, person("stranger"))
    assert withdrawal.amount_units == 1_500 * DOLLAR


@pytest.mark.parametrize("longer", [False, True], ids=["shorter branch", "longer branch"])
def test_index__chain_goes_back_and_on_with_other_transactions__has_the_rows_of_a_fresh_one(
    scene: Scene, tmp_path: Path, longer: bool
) -> None:
    chain = scene.chain
    with Following(settings_for(chain, tmp_path / "followed.sqlite")) as following:
        scene.open(scene.terms(salt=1))
        fork = chain.rpc.call("evm_snapshot")
        for salt in (2, 3, 4):
            scene.open(scene.terms(salt=salt))
        following.wait_for(rebuilt(chain, tmp_path / "before.sqlite"))
        chain.rpc.call("evm_revert", [fork])
        scene.open(scene.terms(salt=4))
        for salt in (5, 6, 7) if longer else ():
            scene.open(scene.terms(salt=salt))
        following.wait_for(rebuilt(chain, tmp_path / "after.sqlite"))


def test_index__reorganisation_drops_transactions__drops_their_rows(scene: Scene, tmp_path: Path) -> None:
    chain = scene.chain
    with Following(settings_for(chain, tmp_path / "followed.sqlite")) as following:
        for salt in (1, 2, 3):
            scene.open(scene.terms(salt=salt))
        before = rebuilt(chain, tmp_path / "before.sqlite")
        following.wait_for(before)
        chain.rpc.call("anvil_reorg", [2, []])
        after = rebuilt(chain, tmp_path / "after.sqlite")
        assert after != before
        following.wait_for(after)


@pytest.mark.parametrize("blocks_after", [0, 3], ids=["shorter branch", "longer branch"])
def test_index__fork_settles_the_report_with_another_value__has_that_one_only(
    scene: Scene, tmp_path: Path, blocks_after: int
) -> None:
    chain, terms = scene.chain, scene.terms()
    deal_id = scene.open(terms)
    chain.move_clock(JUNE)
    path = tmp_path / "followed.sqlite"
    with Following(settings_for(chain, path)) as following:
        fork = chain.rpc.call("evm_snapshot")
        chain.rpc.call("evm_mine")
        left = scene.settle(terms, JUNE, 258)
        following.wait_for(rebuilt(chain, tmp_path / "before.sqlite"))
        assert [report.moment.transaction_hash for report in deal_of(path, deal_id).settlements] == [left]
        chain.rpc.call("evm_revert", [fork])
        stands = scene.settle(terms, JUNE, 259, signers=(1, 2))
        for _ in range(blocks_after):
            chain.rpc.call("evm_mine")
        following.wait_for(rebuilt(chain, tmp_path / "after.sqlite"))
    deal = deal_of(path, deal_id)
    (report,) = deal.settlements
    assert (report.moment.transaction_hash, report.value) == (stands, 259)
    assert report.signers == (person(ORACLES[1]), person(ORACLES[2]))
    require_same_as_contract(scene, deal)
    assert deal.money.paid == 259 * 500 * DOLLAR


def test_index__reorganisation_with_other_transactions__has_the_rows_of_a_fresh_one(scene: Scene, tmp_path: Path) -> None:
    chain, path = scene.chain, tmp_path / "followed.sqlite"
    with Following(settings_for(chain, path)) as following:
        stays, *dropped = [scene.open(scene.terms(salt=salt)) for salt in (1, 2, 3)]
        following.wait_for(rebuilt(chain, tmp_path / "before.sqlite"))
        other = scene.terms(salt=4)
        call = chain.escrow.open_call(other, other.budget)
        request = {"from": other.client, "to": call.to, "data": call.data, "value": "0x0", "gas": hex(10**6)}
        chain.rpc.call("anvil_impersonateAccount", [other.client])
        chain.rpc.call("anvil_reorg", [2, [[request, 1]]])
        following.wait_for(rebuilt(chain, tmp_path / "after.sqlite"))
        assert following.rows(select(DealRow.deal_id)) == [(stays,), (chain.escrow.deal_id(other),)]
    for gone in dropped:
        with pytest.raises(DealUnknown):
            deal_of(path, gone)


def test_index__deal_in_a_token_that_is_new__names_the_token_while_running(scene: Scene, tmp_path: Path) -> None:
    chain = scene.chain
    with Following(settings_for(chain, tmp_path / "followed.sqlite")) as following:
        scene.open(scene.terms())
        following.wait_for(rebuilt(chain, tmp_path / "before.sqlite"))
        other = TokenContract(chain.rpc, deploy(chain.rpc, chain.deployer, "TestDollar"))
        scene.send("deployer", other.mint_call(person("client"), 10**6 * DOLLAR))
        scene.send("client", other.approve_call(chain.domain.contract, 10**6 * DOLLAR))
        scene.open(scene.terms(token=other.address))
        following.wait_for(rebuilt(chain, tmp_path / "after.sqlite"))
        found = following.rows(select(Token.address, Token.symbol, Token.decimals))
    assert sorted(found) == sorted((token, "TUSD", 6) for token in (chain.dollar.address, other.address))


def test_rebuild__of_a_full_index__gives_the_same_digest(scene: Scene, tmp_path: Path) -> None:
    scene.open(scene.terms())
    path = tmp_path / "index.sqlite"
    first = rebuilt(scene.chain, path)
    assert rebuilt(scene.chain, path) == first


def test_follow__node_of_another_chain__ends_with_its_name(local: LocalChain, tmp_path: Path) -> None:
    settings = settings_for(local, tmp_path / "index.sqlite", chain_id=1)
    with Indexer(settings, lambda: 0, Event()) as indexer, pytest.raises(ChainProblem):
        indexer.follow()


def test_follow__no_contract_at_the_address__ends_with_its_name(local: LocalChain, tmp_path: Path) -> None:
    settings = settings_for(local, tmp_path / "index.sqlite", escrow_address=local.dollar.address)
    with Indexer(settings, lambda: 0, Event()) as indexer, pytest.raises(ContractMissing):
        indexer.follow()


def test_follow__node_out_of_reach__goes_on_trying_until_stopped(local: LocalChain, tmp_path: Path) -> None:
    settings = settings_for(local, tmp_path / "index.sqlite", rpc_url="http://127.0.0.1:9")
    stopping = Event()
    with Indexer(settings, lambda: 0, stopping) as indexer:
        thread = Thread(target=indexer.follow)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        stopping.set()
        thread.join(5)
        assert not thread.is_alive()


# Deals with an arbiter, and deals that end early


def test_index__report_waits_is_disputed_ruled_and_final__has_the_contracts_state_at_each_step(
    scene: Scene, tmp_path: Path
) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.disputable(retention_bps=1_000, budget=100_000 * DOLLAR, base_per_period=5_000 * DOLLAR)
    deal_id = scene.open(terms)
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 100)
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None and (deal.waiting.waiting.value, deal.money.paid, deal.reports) == (100, 0, ())
    window_ends_at = deal.waiting.waiting.window_ends_at
    scene.send("client", escrow.dispute_call(terms, 60, hash_of(b"why")))
    deal = indexed(scene, path, deal_id)
    assert deal.money.paid == 27_000 * DOLLAR and deal.disputes[0].reason == hash_of(b"why")
    scene.send("agency", escrow.dispute_call(terms, 120))
    indexed(scene, path, deal_id)
    scene.chain.move_clock(window_ends_at)
    scene.send("arbiter", escrow.rule_call(terms, 90))
    deal = indexed(scene, path, deal_id)
    (report,) = deal.reports
    assert (report.value, report.reported, report.outcome, deal.kept.adjust) == (90, 100, "ruled", -10)
    assert report.paid == deal.money.paid == 40_500 * DOLLAR
    assert deal.money.retained == 4_500 * DOLLAR
    scene.chain.move_clock(END)
    scene.settle(terms, END, 130)
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None and deal.waiting.waiting.adjusted == 120
    scene.chain.move_clock(deal.waiting.waiting.window_ends_at + terms.report_grace)
    assert indexed(scene, path, deal_id).status(scene.now) is Status.ENDED
    last = scene.send("stranger", escrow.finalize_call(terms))
    deal = indexed(scene, path, deal_id)
    assert deal.closed is not None and deal.closed.cause is Closing.FINAL_REPORT
    assert deal.closed.moment.transaction_hash == last
    assert (deal.money.paid, deal.money.refunded) == (65_000 * DOLLAR, 35_000 * DOLLAR)
    assert [report.outcome for report in deal.reports] == ["ruled", "accepted"]


def test_index__agency_alone_disputes_and_the_arbiter_is_silent__has_the_contracts_state(
    scene: Scene, tmp_path: Path
) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.disputable()
    deal_id = scene.open(terms)
    scene.chain.move_clock(END - DAY)
    scene.settle(terms, END - DAY, 100)
    scene.send("agency", escrow.dispute_call(terms, 120))
    window_ends_at = indexed(scene, path, deal_id).waiting.waiting.window_ends_at  # type: ignore[union-attr]
    scene.chain.move_clock(window_ends_at)
    scene.send("stranger", escrow.finalize_call(terms))
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None and deal.waiting.agreed is not None
    assert deal.money.paid == 50_000 * DOLLAR
    resolvable_at = window_ends_at + terms.ruling_window
    scene.chain.move_clock(resolvable_at)
    scene.send("stranger", escrow.finalize_call(terms))
    deal = indexed(scene, path, deal_id)
    assert (deal.status(scene.now), deal.reports[0].outcome) == (Status.ENDED, "unruled")
    # The grace runs from when the report could be resolved.
    scene.chain.move_clock(resolvable_at + terms.report_grace - 1)
    assert indexed(scene, path, deal_id).status(scene.now) is Status.ENDED
    scene.chain.move_clock(resolvable_at + terms.report_grace)
    assert indexed(scene, path, deal_id).status(scene.now) is Status.SILENT
    scene.send("stranger", escrow.refund_call(terms))
    assert indexed(scene, path, deal_id).money.refunded == 350_000 * DOLLAR


def test_index__self_report_is_replaced_by_the_quorum__has_the_contracts_state(scene: Scene, tmp_path: Path) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.disputable(self_report=True)
    deal_id = scene.open(terms)
    scene.chain.move_clock(END + terms.report_grace // 2)
    scene.send("agency", escrow.self_report_call(terms, 90, hash_of(b"own")))
    deal = indexed(scene, path, deal_id)
    assert deal.waiting is not None and deal.waiting.waiting.is_self_report
    scene.send("client", escrow.dispute_call(terms, 10))
    indexed(scene, path, deal_id)
    scene.settle(terms, END, 50)
    deal = indexed(scene, path, deal_id)
    assert [each.waiting.value for each in deal.challenges] == [90, 50]
    scene.chain.move_clock(deal.challenges[-1].waiting.window_ends_at)
    scene.send("stranger", escrow.finalize_call(terms))
    deal = indexed(scene, path, deal_id)
    assert (deal.money.paid, deal.money.refunded) == (25_000 * DOLLAR, 375_000 * DOLLAR)


def test_index__notice_and_split__have_the_contracts_state(scene: Scene, tmp_path: Path) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.terms(base_per_period=92_000 * DOLLAR, budget=142_000 * DOLLAR, retention_bps=1_000)
    deal_id = scene.open(terms)
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 150)
    scene.send("client", escrow.give_notice_call(terms))
    deal = indexed(scene, path, deal_id)
    end = scene.now + terms.notice_period
    assert (deal.state.ends_at, deal.notices[0].party) == (end, terms.client)
    assert deal.notices[0].performance > 0 and deal.money.retained > 0
    scene.chain.move_clock(end + terms.report_grace)
    assert indexed(scene, path, deal_id).status(scene.now) is Status.SILENT
    split = Split(deal_id, terms.token, Units(100_000 * DOLLAR), Timestamp(scene.now + DAY))
    scene.send("stranger", escrow.agree_call(terms, split, *scene.accord(split)))
    deal = indexed(scene, path, deal_id)
    assert deal.closed is not None and deal.closed.cause is Closing.AGREED
    assert (deal.money.paid, deal.money.refunded) == (100_000 * DOLLAR, 42_000 * DOLLAR)


def test_index__notice_that_runs_out_before_the_start__has_the_contracts_state(scene: Scene, tmp_path: Path) -> None:
    terms = scene.terms(starts_at=factories.STARTS_AT + 300 * DAY)
    deal_id = scene.open(terms)
    scene.send("agency", scene.chain.escrow.give_notice_call(terms))
    deal = indexed(scene, tmp_path / "index.sqlite", deal_id)
    assert deal.closed is not None and deal.closed.cause is Closing.NOTICE
    assert (deal.state.ends_at, deal.money.refunded) == (terms.ends_at, terms.budget)


def test_index__split_while_a_report_waits__drops_it(scene: Scene, tmp_path: Path) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    terms = scene.disputable()
    deal_id = scene.open(terms)
    scene.chain.move_clock(JUNE)
    scene.settle(terms, JUNE, 100)
    scene.send("client", escrow.dispute_call(terms, 60))
    split = Split(deal_id, terms.token, Units(40_000 * DOLLAR), Timestamp(scene.now + DAY))
    scene.send("stranger", escrow.agree_call(terms, split, *scene.accord(split)))
    deal = indexed(scene, path, deal_id)
    assert (deal.waiting, deal.reports, deal.money.paid) == (None, (), 40_000 * DOLLAR)


def test_index__amended_deal__moves_its_rest_to_the_new_one(scene: Scene, tmp_path: Path) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    old = scene.terms(retention_bps=1_000)
    new = scene.terms(salt=2, starts_at=JUNE, open_before=JUNE + DAY, budget=1)
    deal_id, new_id = scene.open(old), escrow.deal_id(new)
    scene.chain.move_clock(JUNE)
    scene.settle(old, JUNE, 100)
    amendment = Amendment(deal_id, new_id, old.token, Units(50_000 * DOLLAR), Timestamp(scene.now + DAY))
    scene.send("stranger", escrow.amend_call(old, new, amendment, *scene.accord(amendment)))
    deal, other = indexed(scene, path, deal_id), indexed(scene, path, new_id)
    assert deal.closed is not None and (deal.closed.cause, deal.closed.moved_to) == (Closing.AMENDED, new_id)
    assert (deal.money.paid, deal.money.refunded, deal.money.moved) == (50_000 * DOLLAR, 0, 350_000 * DOLLAR)
    assert (other.moved_from, other.payer, other.amount) == (deal_id, scene.chain.domain.contract, 350_000 * DOLLAR)


def test_index__committee_changes__has_the_contracts_members(scene: Scene, tmp_path: Path) -> None:
    escrow, path = scene.chain.escrow, tmp_path / "index.sqlite"
    members = sorted(map(person, ORACLES), key=lambda it: int(it, 16))
    call = escrow.create_committee_call(
        admin=person("admin"), delay=8 * DAY, min_quorum=2, max_quorum=2, members=members, salt=b"\2" * 32
    )
    committee = escrow.committee_created(transact(scene.chain.rpc, scene.chain.deployer, call))
    scene.send("admin", escrow.remove_member_call(committee, members[0]))
    scene.send("admin", escrow.add_member_call(committee, person("stranger")))
    scene.send(ORACLES[0], escrow.leave_committee_call(committee))
    scene.send("admin", escrow.offer_admin_call(committee, person("client")))
    rebuilt(scene.chain, path)
    found = committee_of(path, committee)
    assert (found.admin, found.next_admin) == (person("admin"), person("client"))
    scene.send("client", escrow.accept_admin_call(committee))
    rebuilt(scene.chain, path)
    found = committee_of(path, committee)
    bounds = escrow.committee(committee)
    assert (found.admin, found.next_admin, found.size) == (bounds.admin, None, bounds.size)
    for member in found.members:
        there = escrow.member(committee, member.address)
        wanted = Member(member.number, member.active_at, NEVER if member.leaves_at is None else member.leaves_at)
        assert there == wanted
    assert len(found.members) == 4 and found.members[0].leaves_at is not None


def committee_of(path: Path, committee: CommitteeId) -> Committee:
    engine = open_database(f"sqlite:///{path}")
    with Session(engine) as index:
        found = committees.committee(index, committee)
    engine.dispose()
    return found


def test_index__batch_with_an_item_that_fails__has_what_it_did_and_what_it_skipped(scene: Scene, tmp_path: Path) -> None:
    path, terms = tmp_path / "index.sqlite", scene.terms()
    deal_id = scene.open(terms)
    scene.chain.move_clock(JUNE)
    good = scene.settlement(terms, JUNE, 100)
    scene.send("stranger", scene.chain.escrow.settle_batch_call(300_000, [good, good]))
    assert indexed(scene, path, deal_id).money.paid == 50_000 * DOLLAR
    engine = open_database(f"sqlite:///{path}")
    with Session(engine) as index:
        skipped = index.scalars(select(SkippedItem)).one()
    engine.dispose()
    assert (skipped.item, skipped.reason) == (1, "0x" + keccak(b"AsOfProblem(bytes32,uint256,uint256)").hex()[:8])


@pytest.mark.parametrize("blocks_after", [0, 3], ids=["shorter branch", "longer branch"])
def test_index__fork_takes_a_dispute_and_its_ruling_away__has_the_rows_of_a_fresh_one(
    scene: Scene, tmp_path: Path, blocks_after: int
) -> None:
    chain, terms, path = scene.chain, scene.disputable(), tmp_path / "followed.sqlite"
    deal_id = scene.open(terms)
    chain.move_clock(JUNE)
    with Following(settings_for(chain, path)) as following:
        scene.settle(terms, JUNE, 100)
        fork = chain.rpc.call("evm_snapshot")
        scene.send("client", chain.escrow.dispute_call(terms, 60))
        scene.send("client", chain.escrow.give_notice_call(terms))
        chain.move_clock(JUNE + 8 * DAY)
        scene.send("arbiter", chain.escrow.rule_call(terms, 70))
        following.wait_for(rebuilt(chain, tmp_path / "before.sqlite"))
        chain.rpc.call("evm_revert", [fork])
        scene.send("agency", chain.escrow.dispute_call(terms, 110))
        for _ in range(blocks_after):
            chain.rpc.call("evm_mine")
        following.wait_for(rebuilt(chain, tmp_path / "after.sqlite"))
    deal = deal_of(path, deal_id)
    require_same_as_contract(scene, deal)
    assert (deal.money.paid, deal.notices, len(deal.disputes)) == (0, (), 1)
