"""Three oracles as processes on a local chain, each with its own keys, database, documents and secret."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from escrow.accounts import Account
from escrow.claims import Claim
from escrow.contract import transact
from escrow.documents import DocumentStore, hash_of
from escrow.events import Event, ReportSettled, decode_log
from escrow.ids import ZERO_ADDRESS, CommitteeId
from escrow.schedule import Deal
from escrow.signing import address_of
from escrow.terms import Terms
from oracle.secret_file import write_secret
from tests import factories
from tests.chain import LocalChain
from tests.oracle import made, process

NAMES = ("a", "b", "c")
PATIENCE_SECONDS = 25
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
FIRST_PORT = 18_530 + 6 * (WORKER % 4)


class Member:
    """One oracle's folder and settings, and its process while it runs."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.environment = environment
        self.address = address_of(factories.key(f"oracle-{name}"))
        self.url = f"http://127.0.0.1:{environment['ORACLE_PORT']}"
        self.sender = made.Sender(made.secret(f"source-{name}"))
        self._process: BaseProcess | None = None

    def start(self, *, dies_at: str | None = None, **changes: str) -> None:
        self._process = process.start(self.folder, self.environment | changes, dies_at)

    def wait(self) -> None:
        """It answers."""
        wait_until(self.answers, lambda: f"{self.name} does not answer: {self.log()}")

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Its exit code."""
        return self._end(signal.SIGTERM)

    def code(self) -> int | None:
        """With which it ended by itself, None while it runs."""
        return None if self._process is None else self._process.exitcode

    def answers(self) -> bool:
        if self.code() is not None:
            raise AssertionError(f"{self.name} has ended: {self.log()}")
        try:
            return httpx.get(f"{self.url}/livez", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def feed(self, events: Sequence[dict[str, Any]], message_id: str) -> httpx.Response:
        body = made.events_body(events)
        url = f"{self.url}/intake/{made.ACCOUNT}"
        return httpx.post(url, content=body, headers=self.sender.headers(body, message_id), timeout=10)

    def status(self) -> Any:
        return httpx.get(f"{self.url}/status", timeout=5).json()

    @property
    def runs(self) -> bool:
        return self._process is not None

    def block_seen(self) -> int:
        """The newest block that a whole cycle looked at."""
        block = self.status()["cycle"]["block"]
        return block["number"] if block else -1

    def standing(self, deal_id: str, as_of: int) -> Any:
        """What it shows to its peers, None while that is nothing."""
        answer = httpx.get(f"{self.url}/peer/reports/{deal_id}/{as_of}", timeout=5)
        return answer.json() if answer.status_code == 200 else None

    def log(self) -> str:
        return (self.folder / "log").read_text()[-3_000:]

    def _end(self, number: int) -> int:
        ended, self._process = self._process, None
        if ended is None or ended.pid is None:
            return 0
        if ended.exitcode is None:
            os.kill(ended.pid, number)
        ended.join(timeout=10)
        code = ended.exitcode
        assert code is not None, self.log()
        return code


class Network:
    """A committee of three without an admin, of whom two make a quorum."""

    def __init__(self, chain: LocalChain, folder: Path) -> None:
        self.chain = chain
        self._salt = 0
        for name in (*NAMES, "client"):
            chain.enrich(f"gas-{name}" if name in NAMES else name)
        transact(chain.rpc, chain.deployer, chain.dollar.mint_call(factories.person("client"), 10**18))
        approve = chain.dollar.approve_call(chain.domain.contract, 10**18)
        transact(chain.rpc, factories.key("client"), approve)
        self.committee = self._create_committee()
        self.members = {name: self._member(name, folder / name, port) for port, name in enumerate(NAMES, FIRST_PORT)}

    def start(self, *names: str, **changes: str) -> None:
        """They answer."""
        for name in names or NAMES:
            self.members[name].start(**changes)
        for name in names or NAMES:
            self.members[name].wait()

    def stop(self) -> None:
        for member in self.members.values():
            member.kill()

    def open(self, document: bytes | None = None, **changes: Any) -> tuple[str, Terms]:
        """A funded deal on the default agreement, which every member can read."""
        document = made.agreement_document() if document is None else document
        for member in self.members.values():
            DocumentStore(member.folder / "documents").put(document)
        self._salt += 1
        terms = factories.terms(
            committee=self.committee,
            token=self.chain.dollar.address,
            agreement=hash_of(document),
            salt=self._salt,
            **changes,
        )
        call = self.chain.escrow.open_call(terms, terms.budget)
        transact(self.chain.rpc, factories.key("client"), call)
        return self.chain.escrow.deal_id(terms), terms

    def feed(self, events: Sequence[dict[str, Any]], message_id: str, *names: str) -> None:
        for name in names or NAMES:
            answer = self.members[name].feed(events, message_id)
            assert answer.status_code == 202, answer.text

    def deal(self, terms: Terms) -> Deal:
        return self.chain.escrow.deal(terms)

    def claim(self, terms: Terms) -> Claim | None:
        """The report that waits."""
        return self.chain.escrow.claim(terms)[0]

    def reports(self, deal_id: str) -> list[ReportSettled]:
        """Settled on chain, in order."""
        return [event for event in self.events(deal_id) if isinstance(event, ReportSettled)]

    def events(self, deal_id: str) -> list[Event]:
        """All of the deal, in order."""
        logs = self.chain.rpc.logs(self.chain.domain.contract, 0, self.chain.rpc.block_number())
        events = [decode_log(log) for log in logs]
        return [event for event in events if event is not None and getattr(event, "deal_id", None) == deal_id]

    def wait_settled(self, terms: Terms, as_of: int) -> None:
        wait_until(lambda: self.deal(terms).last_as_of >= as_of, self.logs)

    def logs(self) -> str:
        return "\n".join(f"--- {member.name}\n{member.log()}" for member in self.members.values())

    def _create_committee(self) -> CommitteeId:
        members = sorted((address_of(factories.key(f"oracle-{name}")) for name in NAMES), key=lambda one: int(one, 16))
        call = self.chain.escrow.create_committee_call(
            admin=ZERO_ADDRESS, delay=0, min_quorum=2, max_quorum=3, members=members, salt=os.urandom(32)
        )
        return self.chain.escrow.committee_created(transact(self.chain.rpc, self.chain.deployer, call))

    def _member(self, name: str, folder: Path, port: int) -> Member:
        folder.mkdir(parents=True)
        (folder / "log").touch()
        password = "correct horse"
        write_secret(folder / "password", password)
        for file, key in (("signing", f"oracle-{name}"), ("gas", f"gas-{name}")):
            # Cheap to open: these keys protect nothing.
            keystore = Account.encrypt(factories.key(key), password, kdf="pbkdf2", iterations=1_000)
            write_secret(folder / f"{file}.json", json.dumps(keystore))
        account = {"adapter": "signed_api", "keys": [made.secret(f"source-{name}")]}
        write_secret(folder / "sources.json", json.dumps({"accounts": {made.ACCOUNT: account}}))
        peers = [f"http://127.0.0.1:{FIRST_PORT + at}" for at, other in enumerate(NAMES) if other != name]
        environment = {
            "ESCROW_RPC_URL": self.chain.url,
            "ESCROW_ADDRESS": self.chain.domain.contract,
            "ESCROW_CHAIN_ID": str(self.chain.domain.chain_id),
            "ORACLE_PORT": str(port),
            "ORACLE_DATABASE": str(folder / "oracle.sqlite"),
            "ORACLE_DOCUMENTS_DIR": str(folder / "documents"),
            "ORACLE_DOCUMENTS_URLS": ",".join(peers),
            "ORACLE_SOURCES": str(folder / "sources.json"),
            "ORACLE_KEYSTORE": str(folder / "signing.json"),
            "ORACLE_KEYSTORE_PASSWORD_FILE": str(folder / "password"),
            "ORACLE_GAS_KEYSTORE": str(folder / "gas.json"),
            "ORACLE_GAS_KEYSTORE_PASSWORD_FILE": str(folder / "password"),
            "ORACLE_PEERS": ",".join(peers),
            "ORACLE_CONFIRMATIONS": "0",
            "ORACLE_HEAD_SECONDS": "0",
            "ORACLE_CYCLE_SECONDS": "0.2",
            "ORACLE_TURN_SECONDS": "1",
        }
        return Member(name, folder, environment)


@contextmanager
def network(chain: LocalChain, folder: Path) -> Iterator[Network]:
    """None of its processes is left afterwards."""
    built = Network(chain, folder)
    try:
        yield built
    finally:
        built.stop()


def wait_until(true: Callable[[], bool], otherwise: Callable[[], str], seconds: int = PATIENCE_SECONDS) -> None:
    give_up_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up_at, otherwise()
        time.sleep(0.05)
