"""A whole local system: one chain, the contract, three oracles, the web side with its indexer.

Knows how the parts are started and wired together, and holds the keys of a throw-away chain. Knows nothing of deals and
campaigns: `demo.py` and the tests play those on it.
"""

import json
import secrets
import shutil
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from eth_account import Account

from escrow.contract import EscrowContract, TokenContract, deploy, transact
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, address
from escrow.rpc import Rpc
from escrow.terms import Domain
from scripts.processes import Processes, StackProblem, require_free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# The well-known phrase of local development chains; its accounts are rich on any of them and worthless elsewhere.
PHRASE = "test test test test test test test test test test test junk"
ROLES = ("deployer", "client", "agency", "gas_a", "gas_b", "gas_c", "stranger")
ORACLES = ("a", "b", "c")
QUORUM = 2


@dataclass(frozen=True)
class Key:
    """A key of the local chain."""

    address: Address
    secret: bytes


@dataclass(frozen=True)
class Ports:
    """Where everything listens on this machine."""

    chain: int = 8545
    web: int = 8000
    oracles: tuple[int, int, int] = (8101, 8102, 8103)

    def require_free(self) -> None:
        """No port is used by another program."""
        require_free_port(self.chain, "local chain", "DEMO_CHAIN_PORT")
        require_free_port(self.web, "web pages", "DEMO_WEB_PORT")
        for name, port in zip(ORACLES, self.oracles, strict=True):
            require_free_port(port, f"oracle {name}", "DEMO_ORACLE_PORT")


@dataclass(frozen=True)
class Source:
    """An account whose signed messages the oracles take in, with a secret per oracle."""

    account: str
    secrets: tuple[str, ...] = field(default_factory=lambda: tuple(_webhook_secret() for _ in ORACLES))


def _webhook_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(24)).decode()


class Stack:
    """Started part by part; `stop` ends everything it started."""

    def __init__(self, folder: Path, ports: Ports, *, cycle_seconds: str = "0.5", turn_seconds: str = "4") -> None:
        self.folder = folder
        self.ports = ports
        self.processes = Processes(folder / "logs")
        self.keys = {role: _key(index) for index, role in enumerate(ROLES)}
        self._cycle_seconds = cycle_seconds
        self._turn_seconds = turn_seconds
        self.rpc: Rpc
        self.escrow: EscrowContract
        self.dollar: TokenContract
        self.committee: CommitteeId
        self.oracle_addresses: tuple[Address, ...] = ()
        self._oracle_environments: dict[str, dict[str, str]] = {}
        self._down: set[str] = set()

    @property
    def rpc_url(self) -> str:
        return f"http://{HOST}:{self.ports.chain}"

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.ports.web}"

    @property
    def oracle_urls(self) -> dict[str, str]:
        return {name: f"http://{HOST}:{port}" for name, port in zip(ORACLES, self.ports.oracles, strict=True)}

    def start_chain(self, starts_at: int | None = None) -> None:
        """A fresh folder, a chain whose first block is at `starts_at`, the escrow, the test dollar and a committee."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        command = [str(ROOT / "tools/bin/anvil"), "--host", HOST, "--port", str(self.ports.chain), "--silent"]
        command += ["--mnemonic", PHRASE, "--block-time", "1", "--mixed-mining"]
        if starts_at is not None:
            command += ["--timestamp", str(starts_at)]
        child = self.processes.start("chain", command)
        wait_until(lambda: _answers(self.rpc_url), child)
        self.rpc = Rpc(self.rpc_url)
        deployer = self.keys["deployer"].secret
        domain = Domain(self.rpc.chain_id(), deploy(self.rpc, deployer, "PerformanceEscrow"))
        self.escrow = EscrowContract(self.rpc, domain)
        self.dollar = TokenContract(self.rpc, deploy(self.rpc, deployer, "TestDollar"))
        self._make_oracle_keys()
        self.committee = self._create_committee()

    def mint(self, role: str, units: int) -> None:
        """The role owns `units` more base units of the test dollar."""
        transact(self.rpc, self.keys["deployer"].secret, self.dollar.mint_call(self.keys[role].address, units))

    def start_oracles(self, source: Source) -> None:
        """Three oracles run, each with its own key, gas key, database, documents and intake secret."""
        for index, name in enumerate(ORACLES):
            home = self.folder / f"oracle-{name}"
            sources = home / "sources.json"
            accounts = {source.account: {"adapter": "signed_api", "keys": [source.secrets[index]]}}
            _write_secret(sources, json.dumps({"accounts": accounts}))
            peers = [url for peer, url in self.oracle_urls.items() if peer != name]
            self._oracle_environments[name] = {
                **self._shared_environment(),
                "ORACLE_HOST": HOST,
                "ORACLE_PORT": str(self.ports.oracles[index]),
                "ORACLE_DATABASE": f"sqlite:///{home}/oracle.sqlite",
                "ORACLE_KEYSTORE": str(home / "signing.json"),
                "ORACLE_KEYSTORE_PASSWORD_FILE": str(home / "password"),
                "ORACLE_GAS_KEYSTORE": str(home / "gas.json"),
                "ORACLE_GAS_KEYSTORE_PASSWORD_FILE": str(home / "password"),
                "ORACLE_PEERS": ",".join(peers),
                "ORACLE_DOCUMENTS_URLS": ",".join([self.web_url, *peers]),
                "ORACLE_DOCUMENTS_DIR": str(home / "documents"),
                "ORACLE_SOURCES": str(sources),
                "ORACLE_CONFIRMATIONS": "0",
                "ORACLE_HEAD_SECONDS": "0",
                "ORACLE_TURN_SECONDS": self._turn_seconds,
                "ORACLE_CYCLE_SECONDS": self._cycle_seconds,
            }
            self.start_oracle(name)

    def start_oracle(self, name: str) -> None:
        """The oracle answers; it goes on from its own database when it ran before."""
        command = [sys.executable, "-m", "oracle", "run"]
        child = self.processes.start(f"oracle-{name}", command, self._oracle_environments[name])
        wait_until(lambda: _answers(f"{self.oracle_urls[name]}/livez"), child)

    def start_web(self) -> None:
        """The indexer follows the chain and the pages answer."""
        home = self.folder / "web"
        home.mkdir(exist_ok=True)
        environment = {
            **self._shared_environment(),
            "API_HOST": HOST,
            "API_PORT": str(self.ports.web),
            "API_DATABASE": f"sqlite:///{home}/index.sqlite",
            "API_DOCUMENTS_DIR": str(home / "documents"),
            "API_DOCUMENTS_URLS": ",".join(self.oracle_urls.values()),
            "API_CONFIRMATIONS": "0",
            "API_TOKENS": f"{self.dollar.address}",
        }
        self.processes.start("index", [sys.executable, "-m", "api", "index"], environment)
        child = self.processes.start("web", [sys.executable, "-m", "api", "serve"], environment)
        wait_until(lambda: _answers(f"{self.web_url}/api/v1/status"), child)

    @property
    def oracles_up(self) -> list[str]:
        """The names of the oracles that run."""
        return [name for name in ORACLES if name not in self._down]

    def require_alive(self, say: Callable[[str], None]) -> None:
        """The chain, the pages and a quorum of oracles run; StackProblem otherwise. Tells of an oracle that died."""
        for child in self.processes.dead():
            oracle = child.name.removeprefix("oracle-")
            if oracle not in ORACLES:
                raise StackProblem(f"{child.name} has died: {child.last_words()} (see {child.log})")
            self._down.add(oracle)
            self.processes.forget(child.name)
            left = len(self.oracles_up)
            if left < QUORUM:
                raise StackProblem(f"oracle {oracle} has died; {left} of {len(ORACLES)} is left, and {QUORUM} must sign")
            say(f"oracle {oracle} has died; the other {left} go on, and {QUORUM} are enough to settle")

    def move_clock(self, at: int) -> None:
        """The chain's newest block is at `at` or, if that is past, the chain stays as it is."""
        if self.now() < at:
            self.rpc.call("evm_setNextBlockTimestamp", [at])
            self.rpc.call("evm_mine", [])

    def now(self) -> int:
        """Time of the newest block, Unix seconds."""
        return self.rpc.block("latest").timestamp

    def stop(self) -> None:
        """Every process that this stack started has ended."""
        self.processes.stop_all()

    def _shared_environment(self) -> dict[str, str]:
        return {
            "ESCROW_RPC_URL": self.rpc_url,
            "ESCROW_ADDRESS": self.escrow.domain.contract,
            "ESCROW_CHAIN_ID": str(self.escrow.domain.chain_id),
            "ESCROW_FROM_BLOCK": "0",
        }

    def _make_oracle_keys(self) -> None:
        signing = []
        for name in ORACLES:
            home = self.folder / f"oracle-{name}"
            home.mkdir(parents=True)
            password = secrets.token_hex(16)
            _write_secret(home / "password", password)
            account = Account.create()
            signing.append(address(account.address))
            for file, secret in (("signing", account.key), ("gas", self.keys[f"gas_{name}"].secret)):
                # Cheap to open: these keys live as long as the throw-away chain they belong to.
                keystore = Account.encrypt(secret, password, kdf="pbkdf2", iterations=1_000)
                _write_secret(home / f"{file}.json", json.dumps(keystore))
        self.oracle_addresses = tuple(signing)

    def _create_committee(self) -> CommitteeId:
        members = sorted(self.oracle_addresses, key=lambda member: int(member, 16))
        call = self.escrow.create_committee_call(
            admin=ZERO_ADDRESS,
            delay=0,
            min_quorum=QUORUM,
            max_quorum=len(ORACLES),
            members=members,
            salt=secrets.token_bytes(32),
        )
        receipt = transact(self.rpc, self.keys["deployer"].secret, call)
        return self.escrow.committee_created(receipt)


def _key(index: int) -> Key:
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(PHRASE, account_path=f"m/44'/60'/0'/0/{index}")
    return Key(address(account.address), bytes(account.key))


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _answers(url: str) -> bool:
    try:
        if url.rsplit(":", 1)[1].isdigit():
            request = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
            return httpx.post(url, json=request, timeout=2).status_code == 200
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
