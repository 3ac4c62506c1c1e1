"""The indexer as a process runs it, on a real local chain: the whole life of deals, forks, outages, starting anew."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.connection import open_database
from api.db.models import Credit, Token, Withdrawal
from api.db.models import Deal as DealRow
from api.deals import queries
from api.deals.state import Deal
from api.indexer.run import Indexer
from api.networks import network_of
from api.settings import ApiSettings
from escrow.contract import Call, TokenContract, deploy, transact
from escrow.documents import hash_of
from escrow.errors import ChainProblem, ContractMissing, DealUnknown
from escrow.events import Closing
from escrow.ids import ZERO_ADDRESS, CommitteeId, DealId, Timestamp
from escrow.report import Report, report_digest, sign_digest
from escrow.status import Status
from escrow.terms import Terms
from tests import factories
from tests.api.following import Following, indexer_settings, rebuilt_digest
from tests.chain import LocalChain, anvil
from tests.factories import DAY, DOLLAR, key, person

ORACLES = sorted(("oracle_a", "oracle_b", "oracle_c"), key=lambda name: int(person(name), 16))
JUNE = factories.STARTS_AT + 31 * DAY
END = factories.terms().ends_at


class Scene:
    """A chain with a committee, and people who act on it."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        for name in ("client", "agency", "stranger"):
            chain.enrich(name)
        created = chain.escrow.create_committee_call(
            admin=ZERO_ADDRESS,
            delay=0,
            min_quorum=2,
            max_quorum=3,
            members=[person(name) for name in ORACLES],
            salt=b"\1" * 32,
        )
        self.committee: CommitteeId = chain.escrow.committee_created(transact(chain.rpc, chain.deployer, created))
        self.send("deployer", chain.dollar.mint_call(person("client"), 10**7 * DOLLAR))
        self.send("client", chain.dollar.approve_call(chain.domain.contract, 10**7 * DOLLAR))

    def send(self, who: str, call: Call) -> str:
        return str(transact(self.chain.rpc, key(who), call)["transactionHash"])

    def terms(self, **changes: object) -> Terms:
        return factories.terms(**{"token": self.chain.dollar.address, "committee": self.committee} | changes)

    def open(self, terms: Terms, amount: int | None = None) -> DealId:
        self.send("client", self.chain.escrow.open_call(terms, terms.budget if amount is None else amount))
        return self.chain.escrow.deal_id(terms)

    def settle(self, terms: Terms, as_of: int, value: int, signers: tuple[int, ...] = (0, 2)) -> str:
        domain = self.chain.domain
        report = Report(self.chain.escrow.deal_id(terms), Timestamp(as_of), value, hash_of(b"evidence"))
        signatures = [sign_digest(report_digest(report, domain), key(ORACLES[number])) for number in signers]
        return self.send("stranger", self.chain.escrow.settle_call(terms, report, signatures))


@pytest.fixture(scope="module")
def local() -> Iterator[LocalChain]:
    with anvil() as url, closing(LocalChain(url)) as chain:
        yield chain


@pytest.fixture
def scene(local: LocalChain) -> Iterator[Scene]:
    snapshot = local.rpc.call("evm_snapshot")
    yield Scene(local)
    local.rpc.call("evm_revert", [snapshot])


def settings_for(chain: LocalChain, path: Path, **changes: object) -> ApiSettings:
    return indexer_settings(chain.url, chain.domain, path, **changes)


def rebuilt(chain: LocalChain, path: Path) -> str:
    return rebuilt_digest(settings_for(chain, path))


def deal_of(path: Path, deal_id: DealId) -> Deal:
    engine = open_database(f"sqlite:///{path}")
    with Session(engine) as index:
        found = queries.deal(index, network_of(31337), deal_id)
    engine.dispose()
    return found


def require_same_as_contract(scene: Scene, deal: Deal) -> None:
    """State and status as the contract has them, and the money adds up."""
    contract = scene.chain.escrow
    assert deal.state == contract.deal(deal.terms)
    assert deal.status(scene.chain.rpc.block("latest").timestamp) is contract.status(deal.terms)
    money = deal.money
    assert money.funded == money.paid + money.retained + money.left + money.refunded == deal.state.funded


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
