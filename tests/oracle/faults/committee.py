"""A committee of three in one process: real oracles as `assemble` builds them, each behind a proxy of its own to a real
chain, on databases on disk; clocks that the test moves, and peers that meet without sockets. Nothing sleeps.

After each case `check` holds all of it to what must be true whatever was spoilt.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import select

from escrow.accounts import Account
from escrow.contract import transact
from escrow.documents import hash_of
from escrow.errors import STOP, EscrowError
from escrow.events import DealClosed, Event, ReportSettled, decode_log
from escrow.ids import ZERO_ADDRESS, CommitteeId, DealId, DocumentHash, Timestamp
from escrow.report import Report, report_digest
from escrow.rpc import Rpc
from escrow.schedule import earned_floor
from escrow.terms import Terms
from oracle import assembly
from oracle.assembly import Oracle
from oracle.book import READ_TABLES, Book
from oracle.db import schema, tables
from oracle.db.connection import Database
from oracle.follow import Follower
from oracle.outbox import LIVE
from oracle.outcome import Outcome
from oracle.secret_file import write_secret
from oracle.settings import OracleSettings
from tests import factories
from tests.chain import COINS, LocalChain
from tests.oracle import made
from tests.oracle.proxy import Proxy

NAMES = ("a", "b", "c")
MAY = [made.wire(number, won=number % 2 == 0) for number in range(10)]
"""Five customers."""
PASSWORD = "correct horse"
ROUNDS = 40
"""After which what should happen has not."""

Shown = dict[tuple[str, str, int], set[str]]


class Clock:
    """The machine's, in seconds. It does not go by itself."""

    def __init__(self) -> None:
        self.now = made.now()

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Ground:
    """What many cases share: a chain with contract and committee, a database with its tables, and keys that open fast."""

    chain: LocalChain
    committee: CommitteeId
    folder: Path


class Member:
    """One oracle; `down` as a process that does not run. What it ever signed is in `Committee.shown`."""

    def __init__(self, name: str, ground: Ground, folder: Path, clock: Clock, **changes: Any) -> None:
        self.name = name
        self.address = factories.person(f"oracle-{name}")
        self.gas = factories.person(f"gas-{name}")
        self.sender = made.Sender(made.secret(f"source-{name}"))
        self.proxy = Proxy(ground.chain.url)
        self.clock = clock
        self.error: EscrowError | None = None
        self.accepted: set[str] = set()
        self.folder = folder
        shutil.copytree(ground.folder / name, folder)
        given: dict[str, Any] = {
            "_env_file": None,
            "rpc_url": self.proxy.url,
            "rpc_timeout": 1,
            "escrow_address": ground.chain.domain.contract,
            "chain_id": ground.chain.domain.chain_id,
            "database": str(folder / "oracle.sqlite"),
            "documents_dir": folder / "documents",
            "sources": folder / "sources.json",
            "keystore": folder / "signing.json",
            "keystore_password_file": folder / "password",
            "gas_keystore": folder / "gas.json",
            "gas_keystore_password_file": folder / "password",
            "peers": tuple(f"http://{other}.test" for other in NAMES if other != name),
            "confirmations": 1,
            "head_seconds": 0,
            "turn_seconds": 0,
            "bump_seconds": 30,
        } | changes
        self.settings = OracleSettings(**given)
        self.oracle: Oracle | None = None

    @property
    def is_down(self) -> bool:
        return self.oracle is None

    def start(self, transport: httpx.BaseTransport, **changes: Any) -> None:
        self.settings = self.settings.model_copy(update=changes)
        timer = SimpleNamespace(monotonic=lambda: float(self.clock.now))
        with mock.patch.multiple(assembly, machine_clock=self.clock, monotonic=timer.monotonic):
            self.oracle = assembly.assemble(self.settings)
        self.oracle.peers._client.close()
        self.oracle.peers._client = httpx.Client(transport=transport, timeout=self.settings.peer_timeout)
        self.oracle.contract.require_deployed()
        self.http = TestClient(self.oracle.app, raise_server_exceptions=False)

    def stop(self) -> None:
        if self.oracle is not None:
            self.oracle.close()
            self.oracle = None

    def cycle(self) -> list[Outcome]:
        """As the daemon does it: an error that waiting can mend is kept in `error`; one that must STOP is raised."""
        assert self.oracle is not None
        self.error = None
        try:
            return self.oracle.cycle.run()[1]
        except EscrowError as error:
            self.error = error
            if error.action is STOP:
                raise
            return []

    def database(self) -> Database:
        assert self.oracle is not None
        return self.oracle.database

    def journal(self) -> dict[tuple[str, int], tuple[str, str]]:
        with self.database().read() as connection:
            rows = connection.execute(select(tables.journal)).all()
        return {(row.deal_id, row.as_of): (row.value, row.evidence) for row in rows}

    def submissions(self) -> list[Any]:
        with self.database().read() as connection:
            return list(connection.execute(select(tables.submission).order_by(tables.submission.c.id)).all())

    def attempts(self) -> list[Any]:
        with self.database().read() as connection:
            return list(connection.execute(select(tables.attempt).order_by(tables.attempt.c.id)).all())

    def feed(self, events: Sequence[dict[str, Any]], message_id: str) -> httpx.Response:
        """By the real clock, which the library that checks signatures goes by."""
        body, now = made.events_body(events), self.clock.now
        self.clock.now = made.now()
        headers = self.sender.headers(body, message_id)
        answer: httpx.Response = self.http.post(f"/intake/{made.ACCOUNT}", content=body, headers=headers)
        self.clock.now = now
        if answer.status_code == 202:
            self.accepted |= {one["source_event_id"] for one in events}
        return answer


class Committee:
    def __init__(self, ground: Ground, folder: Path, **changes: Any) -> None:
        self.chain = ground.chain
        self.ground = ground
        self.clock = Clock()
        self.folder = folder
        self.members = {name: Member(name, ground, folder / name, self.clock, **changes) for name in NAMES}
        self.deals: dict[DealId, Terms] = {}
        self.shown: Shown = {}
        """What each member has signed and shown: digests, by member, deal and as-of."""
        self.spoilt: Callable[[str, httpx.Response], httpx.Response] = lambda name, answer: answer
        """What becomes of a peer's answer."""
        self.balance = self.chain.dollar.balance_of(factories.person("agency"))
        self.from_block = 0
        """What the checks look at begins there."""
        self._salt = 0
        for name in NAMES:
            self.start(name)

    def close(self) -> None:
        for member in self.members.values():
            member.stop()
            member.proxy.close()

    def __getitem__(self, name: str) -> Member:
        return self.members[name]

    @property
    def up(self) -> list[Member]:
        return [member for member in self.members.values() if not member.is_down]

    def start(self, name: str, **changes: Any) -> None:
        self.members[name].start(httpx.MockTransport(self._meet), **changes)

    def only_pays(self, *names: str) -> None:
        """The others have no coins for gas."""
        for name, member in self.members.items():
            coins = COINS if name in names else 0
            self.chain.rpc.call("anvil_setBalance", [member.gas, hex(coins)])

    def restart(self, name: str, **changes: Any) -> None:
        """With nothing but what is on the disk."""
        self.members[name].stop()
        self.start(name, **changes)

    def open(self, document: bytes | None = None, **changes: Any) -> tuple[DealId, Terms]:
        """A funded deal on the default agreement, which every member can read."""
        document = made.agreement_document() if document is None else document
        for member in self.members.values():
            (member.folder / "documents").mkdir(exist_ok=True)
            (member.folder / "documents" / hash_of(document)).write_bytes(document)
        self._salt += 1
        default = {"committee": self.ground.committee, "token": self.chain.dollar.address, "salt": self._salt}
        terms = factories.terms(**default | {"agreement": hash_of(document)} | changes)
        transact(self.chain.rpc, factories.key("client"), self.chain.escrow.open_call(terms, terms.budget))
        deal_id = self.chain.escrow.deal_id(terms)
        self.deals[deal_id] = terms
        return deal_id, terms

    def feed(self, events: Sequence[dict[str, Any]], message_id: str = "first", *names: str) -> None:
        for name in names or NAMES:
            answer = self.members[name].feed(events, message_id)
            assert answer.status_code == 202, answer.text

    def round(self, seconds: int = 5, *, mine: bool = True) -> dict[str, list[Outcome]]:
        """Time goes on, a block comes, and every member that is up looks once."""
        self.clock.now += seconds
        if mine:
            self.chain.rpc.call("evm_mine")
        return {member.name: member.cycle() for member in self.up}

    def rounds(self, count: int, seconds: int = 5) -> None:
        for _ in range(count):
            self.round(seconds)

    def until(self, true: Callable[[], bool], seconds: int = 5) -> None:
        for _ in range(ROUNDS):
            if true():
                return
            last = self.round(seconds)
        said = {name: [one.sentence for one in outcomes] for name, outcomes in last.items()}
        raise AssertionError(f"did not come to pass; last said: {said}, {[str(one.error) for one in self.up]}")

    def is_settled(self, terms: Terms, as_of: int) -> bool:
        return self.chain.escrow.deal(terms).last_as_of >= as_of

    def settle(self, terms: Terms, as_of: int, seconds: int = 5) -> None:
        if self.chain.rpc.block("latest").timestamp < as_of:
            self.chain.move_clock(as_of)
        self.until(lambda: self.is_settled(terms, as_of), seconds)

    def events(self, deal_id: str | None = None) -> list[Event]:
        logs = self.chain.rpc.logs(self.chain.domain.contract, self.from_block, self.chain.rpc.block_number())
        events = [event for event in map(decode_log, logs) if event is not None]
        return [event for event in events if deal_id is None or getattr(event, "deal_id", None) == deal_id]

    def fork(self, depth: int) -> None:
        """The newest blocks are replaced by empty ones of another miner, since an empty block of the same one and the same
        second would be the same block. What waits is forgotten: Anvil would mine it after a fork although nonces before it
        are missing again, which no other node does."""
        rpc = self.chain.rpc
        rpc.call("anvil_dropAllTransactions")
        rpc.call("anvil_setCoinbase", ["0x" + rpc.block("latest").hash[-40:]])
        rpc.call("anvil_reorg", [depth, []])

    def reports(self, deal_id: str) -> list[ReportSettled]:
        return [event for event in self.events(deal_id) if isinstance(event, ReportSettled)]

    def forget(self) -> None:
        """Deals that have come to their end, so that the checks do not look at them again and again."""
        self.deals.clear()
        self.from_block = self.chain.rpc.block_number() + 1
        self.balance = self.chain.dollar.balance_of(factories.person("agency"))
        for member in self.members.values():
            member.proxy.seen.clear()

    # What must be true after every case

    def finish(self) -> None:
        """Nothing is spoilt any more, all members run, and nothing is under way."""
        self.spoilt = lambda name, answer: answer
        self.chain.rpc.call("evm_setAutomine", [True])
        self.only_pays(*NAMES)
        for member in self.members.values():
            member.proxy.mend()
            if member.is_down:
                self.start(member.name)
        self.rounds(2, 100)
        self.until(lambda: all(row.state not in LIVE for one in self.up for row in one.submissions()), 100)
        self.rounds(1)

    def check(self) -> None:
        self._require_one_payment()
        self._require_one_value()
        for member in self.up:
            self._require_whole_ledger(member)
            self._require_rebuilt_book(member)
            assert all(row.state not in LIVE for row in member.submissions()), "each transaction has ended"

    def _require_one_payment(self) -> None:
        """Each report once, in order; and the agency has what the last values earn, to the unit."""
        earned = 0
        for deal_id, terms in self.deals.items():
            reports = self.reports(deal_id)
            times = [report.as_of for report in reports]
            assert times == sorted(set(times)), "no report is settled twice"
            paid = sum(report.performance for report in reports)
            assert paid == (earned_floor(terms, reports[-1].value) if reports else 0)
            earned += paid
            if any(isinstance(event, DealClosed) for event in self.events(deal_id)):
                assert self.chain.escrow.deal(terms).closed
        assert self.chain.dollar.balance_of(factories.person("agency")) - self.balance == earned, "paid once"

    def _require_one_value(self) -> None:
        """No member ever signed two; what is settled is what those who signed it have in their journals."""
        for key, digests in self.shown.items():
            assert len(digests) == 1, f"two values signed: {key}"
        for member in self.up:
            for (deal_id, as_of), (value, evidence) in member.journal().items():
                shown = self.shown.get((member.name, deal_id, as_of), set())
                locked = made_report(deal_id, as_of, value, evidence)
                assert shown <= {report_digest(locked, self.chain.domain).hex()}
        for deal_id in self.deals:
            for report in self.reports(deal_id):
                held = [member.journal().get((deal_id, report.as_of)) for member in self.up]
                assert held.count((str(report.value), report.evidence)) >= self.deals[deal_id].quorum

    def _require_whole_ledger(self, member: Member) -> None:
        with member.database().read() as connection:
            held = set(connection.execute(select(tables.event.c.source_event_id)).scalars())
        assert member.accepted <= held, "what was answered with 202 is not lost"

    def _require_rebuilt_book(self, member: Member) -> None:
        """What is known of the chain is what a new reading says."""
        path = member.folder / "afresh.sqlite"
        shutil.copy(self.ground.folder / "empty.sqlite", path)
        with closing(Database(str(path))) as database:
            book = Book(database)
            confirmations = member.settings.confirmations
            Follower(self.chain.rpc, self.chain.domain, book, from_block=0, confirmations=confirmations).advance()
            assert whole(member.database()) == whole(database)
        path.unlink()

    def _meet(self, request: httpx.Request) -> httpx.Response:
        """A question of one member to another, which is answered by its app."""
        name = request.url.host.split(".")[0]
        member = self.members[name]
        if member.is_down:
            raise httpx.ConnectError("down", request=request)
        given = member.http.get(request.url.path)
        answer = httpx.Response(given.status_code, content=given.content, request=request)
        if answer.status_code == 200 and "/peer/reports/" in request.url.path:
            self._note(name, json.loads(answer.content))
        return self.spoilt(name, answer)

    def _note(self, name: str, standing: dict[str, Any]) -> None:
        if standing["report_signature"] is None:
            return
        report = made_report(standing["deal_id"], standing["as_of"], standing["value"], standing["evidence"])
        digests = self.shown.setdefault((name, report.deal_id, report.as_of), set())
        digests.add(report_digest(report, self.chain.domain).hex())


def made_report(deal_id: str, as_of: int, value: str, evidence: str) -> Report:
    return Report(DealId(deal_id), Timestamp(as_of), int(value), DocumentHash(evidence))


def whole(database: Database) -> list[Any]:
    """All that the book says."""
    with database.read() as connection:
        return [connection.execute(table.select().order_by(*table.primary_key)).all() for table in READ_TABLES]


def lay_ground(chain: LocalChain, folder: Path) -> Ground:
    """Gas accounts have used nonce 0, of which Ganache thinks otherwise than every other node."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(Database(str(folder / "empty.sqlite"))) as database:
        schema.upgrade(database)
    for name in NAMES:
        _make_files(name, folder)
    for name in ("client", *(f"gas-{one}" for one in NAMES)):
        chain.enrich(name)
        transact(chain.rpc, factories.key(name), chain.dollar.approve_call(chain.domain.contract, 10**18))
    transact(chain.rpc, chain.deployer, chain.dollar.mint_call(factories.person("client"), 10**18))
    members = sorted((factories.person(f"oracle-{name}") for name in NAMES), key=lambda one: int(one, 16))
    call = chain.escrow.create_committee_call(
        admin=ZERO_ADDRESS, delay=0, min_quorum=2, max_quorum=3, members=members, salt=b"\x05" * 32
    )
    committee = chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))
    return Ground(chain, committee, folder)


def _make_files(name: str, folder: Path) -> None:
    home = folder / name
    home.mkdir()
    shutil.copy(folder / "empty.sqlite", home / "oracle.sqlite")
    write_secret(home / "password", PASSWORD)
    for file, key in (("signing", f"oracle-{name}"), ("gas", f"gas-{name}")):
        keystore = Account.encrypt(factories.key(key), PASSWORD, kdf="pbkdf2", iterations=100)
        write_secret(home / f"{file}.json", json.dumps(keystore))
    account = {"adapter": "signed_api", "keys": [made.secret(f"source-{name}")]}
    write_secret(home / "sources.json", json.dumps({"accounts": {made.ACCOUNT: account}}))


@contextmanager
def as_it_was(chain: LocalChain) -> Iterator[None]:
    """The chain is afterwards as it was before, its clock too."""
    rpc = Rpc(chain.url, timeout=30)
    taken = rpc.call("evm_snapshot")
    try:
        yield
    finally:
        rpc.call("evm_setAutomine", [True])
        rpc.call("evm_revert", [taken])
        rpc.close()


def secrets() -> Iterable[str]:
    """What must be in no log."""
    keys = [factories.key(f"{kind}-{name}").hex() for kind in ("oracle", "gas") for name in NAMES]
    return [*keys, PASSWORD, *(made.secret(f"source-{name}") for name in NAMES)]
