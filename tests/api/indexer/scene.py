"""A real chain with a committee and people who act on it, and the index of it beside the contract's own answers."""

from pathlib import Path

from sqlalchemy.orm import Session

from api.db.connection import open_database
from api.deals import queries
from api.deals.filter import Filter
from api.deals.state import Deal
from api.networks import network_of
from api.settings import ApiSettings
from escrow.accords import Amendment, Split, accord_digest
from escrow.contract import Call, transact
from escrow.documents import hash_of
from escrow.ids import ZERO_ADDRESS, CommitteeId, DealId, Timestamp
from escrow.report import Report, report_digest, sign_digest
from escrow.status import Status
from escrow.terms import Terms
from tests import factories
from tests.api.following import indexer_settings, rebuilt_digest
from tests.chain import LocalChain
from tests.factories import DAY, DOLLAR, key, person

ORACLES = sorted(("oracle_a", "oracle_b", "oracle_c"), key=lambda name: int(person(name), 16))


class Scene:
    """A chain with a committee, and people who act on it."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        for name in ("client", "agency", "arbiter", "admin", "stranger", *ORACLES):
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

    def disputable(self, **changes: object) -> Terms:
        """With an arbiter, a week for disputes and two for the ruling."""
        windows = {"challenge_window": 7 * DAY, "ruling_window": 14 * DAY, "report_grace": 5 * DAY}
        return self.terms(**{"arbiter": person("arbiter"), **windows} | changes)

    def accord(self, accord: Split | Amendment) -> tuple[bytes, bytes]:
        """Signed by client and agency."""
        digest = accord_digest(accord, self.chain.domain)
        client, agency = (bytes.fromhex(sign_digest(digest, key(name))[2:]) for name in ("client", "agency"))
        return client, agency

    @property
    def now(self) -> int:
        return self.chain.rpc.block("latest").timestamp

    def settle(self, terms: Terms, as_of: int, value: int, signers: tuple[int, ...] = (0, 2)) -> str:
        return self.send("stranger", self.settlement(terms, as_of, value, signers))

    def settlement(self, terms: Terms, as_of: int, value: int, signers: tuple[int, ...] = (0, 2)) -> Call:
        domain = self.chain.domain
        report = Report(self.chain.escrow.deal_id(terms), Timestamp(as_of), value, hash_of(b"evidence"))
        signatures = [sign_digest(report_digest(report, domain), key(ORACLES[number])) for number in signers]
        return self.chain.escrow.settle_call(terms, report, signatures)


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
    """State, status and the report that waits as the contract has them, and the money adds up."""
    contract = scene.chain.escrow
    assert deal.state == contract.deal(deal.terms)
    assert (deal.kept.claim, deal.kept.adjust) == contract.claim(deal.terms)
    assert deal.status(scene.now) is contract.status(deal.terms)
    money = deal.money
    assert money.funded == money.paid + money.retained + money.left + money.refunded + money.moved == deal.state.funded
    assert min(vars(money).values()) >= 0


def indexed(scene: Scene, path: Path, deal_id: DealId) -> Deal:
    """The deal by an index made anew, as the contract has it; a list by status has it under its own one only."""
    rebuilt(scene.chain, path)
    deal = deal_of(path, deal_id)
    require_same_as_contract(scene, deal)
    now = Timestamp(scene.now)
    engine = open_database(f"sqlite:///{path}")
    with Session(engine) as index:
        for status in Status:
            found = queries.deals(index, network_of(31337), Filter(status=status), now=now)
            is_listed = deal_id in {each.deal_id for each in found.deals}
            assert is_listed is (status is deal.status(now)), status
    engine.dispose()
    return deal
