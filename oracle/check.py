"""Everything that must be true before an oracle can do its work, each with what mends it. Changes nothing but makes an
empty database where there is none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import httpx
from eth_hash.auto import keccak
from sqlalchemy.exc import SQLAlchemyError

from escrow.contract import EscrowContract
from escrow.errors import EscrowError, PortProblem, SettingsProblem
from escrow.ids import Address, CommitteeId
from escrow.rpc import Rpc
from oracle.assembly import open_database
from oracle.daemon import listen
from oracle.follow import MOST_BLOCKS
from oracle.settings import OracleSettings
from oracle.signer import Signer, read_key
from oracle.sources import load_sources

PROBE_SECONDS = 3
_MEMBER_ADDED = "0x" + keccak(b"MemberAdded(bytes12,address,uint8,uint40)").hex()


@dataclass(frozen=True)
class Requirement:
    """`problem` is None where it is met; `remedy` is a command or a setting."""

    name: str
    remedy: str
    problem: str | None


class NotMet(Exception):
    """Says in words what is wrong."""


Probe = tuple[str, str, Callable[[], object]]


def requirements(settings: Callable[[], OracleSettings]) -> Iterator[Requirement]:
    """In the order in which an operator meets them."""
    try:
        given = settings()
    except SettingsProblem as problem:
        for fault in problem.faults:
            yield Requirement("setting", "set it in the environment; oracle/settings.py lists them all", fault)
        return
    with_rpc = Rpc(given.rpc_url, timeout=PROBE_SECONDS)
    try:
        for name, remedy, probe in [*_own(given), *_chain(given, with_rpc), *_network(given)]:
            yield Requirement(name, remedy, _problem(probe))
    finally:
        with_rpc.close()


def _own(given: OracleSettings) -> list[Probe]:
    new_key = "python -m oracle keys new {} --password-file {}, or mend the file's mode or password".format
    signing, gas = (given.keystore, given.keystore_password_file), (given.gas_keystore, given.gas_keystore_password_file)
    return [
        ("signing key opens", new_key(*signing), lambda: read_key(*signing)),
        ("gas key opens", new_key(*gas), lambda: read_key(*gas)),
        ("gas key is another key", "ORACLE_GAS_KEYSTORE: give a file of its own", lambda: _differ(given)),
        ("sources can be used", f"ORACLE_SOURCES: mend {given.sources}", lambda: load_sources(given.sources)),
        ("database can be used", "ORACLE_DATABASE: a path in a folder of this user", lambda: _database(given)),
        ("documents can be kept", "ORACLE_DOCUMENTS_DIR: a folder of this user", lambda: _documents(given)),
    ]


def _chain(given: OracleSettings, rpc: Rpc) -> list[Probe]:
    contract = EscrowContract(rpc, given.domain)
    chain = "ESCROW_RPC_URL, ESCROW_CHAIN_ID: a node of that chain"
    return [
        ("node answers, on the right chain", chain, lambda: rpc.require_chain(given.chain_id)),
        ("contract is deployed", "ESCROW_ADDRESS: the contract on this chain", contract.require_deployed),
        (
            "signing key is in a committee",
            "have a committee created with the address of ORACLE_KEYSTORE; ESCROW_FROM_BLOCK must not be later",
            lambda: _in_committee(given, rpc, contract),
        ),
        ("gas account has coins", "send some to the address of ORACLE_GAS_KEYSTORE", lambda: _has_coins(given, rpc)),
    ]


def _network(given: OracleSettings) -> list[Probe]:
    port = ("port is free, or this oracle's", "ORACLE_PORT: a free one", lambda: _port(given))
    if not given.peers:
        return [port, ("peers are known", "ORACLE_PEERS: the other members' addresses", lambda: _fail("none is set"))]
    peers = [
        (f"peer {url} answers", "ORACLE_PEERS: ask its operator, or mend the address", partial(_lives, url))
        for url in given.peers
    ]
    return [port, *peers]


def _problem(probe: Callable[[], object]) -> str | None:
    try:
        probe()
    except (EscrowError, NotMet) as problem:
        return str(problem)
    except OSError as error:
        words = error.strerror or type(error).__name__
        return f"{error.filename}: {words}" if error.filename else words
    except SQLAlchemyError as error:
        return f"database failed: {type(error).__name__}"
    return None


def _fail(words: str) -> None:
    raise NotMet(words)


def _differ(given: OracleSettings) -> None:
    if _address(given) == Signer(read_key(given.gas_keystore, given.gas_keystore_password_file)).address:
        _fail("both files hold the same key")


def _address(given: OracleSettings) -> Address:
    return Signer(read_key(given.keystore, given.keystore_password_file)).address


def _database(given: OracleSettings) -> None:
    database = open_database(given)
    with database.write():
        pass
    database.close()


def _documents(given: OracleSettings) -> None:
    given.documents_dir.mkdir(parents=True, exist_ok=True)
    probe = given.documents_dir / ".probe"
    probe.touch()
    probe.unlink()


def _in_committee(given: OracleSettings, rpc: Rpc, contract: EscrowContract) -> None:
    """And has not left it."""
    member, head = _address(given), rpc.block("latest")
    topics = [_MEMBER_ADDED, None, "0x" + member[2:].lower().rjust(64, "0")]
    found = False
    for start in range(given.from_block, head.number + 1, MOST_BLOCKS):
        for added in rpc.logs(given.escrow_address, start, min(start + MOST_BLOCKS - 1, head.number), topics):
            found = True
            if contract.member(CommitteeId(added["topics"][1][:26]), member).leaves_at > head.timestamp:
                return
    _fail(f"{member} has left those that it was in" if found else f"{member} is in none")


def _has_coins(given: OracleSettings, rpc: Rpc) -> None:
    account = Signer(read_key(given.gas_keystore, given.gas_keystore_password_file)).address
    if int(rpc.call("eth_getBalance", [account, "latest"]), 16) == 0:
        _fail(f"{account} has none")


def _port(given: OracleSettings) -> None:
    try:
        listen(given.host, given.port).close()
    except PortProblem as problem:
        try:
            _lives(given.url)
        except NotMet:
            raise problem from None


def _lives(url: str) -> None:
    try:
        answer = httpx.get(f"{url.rstrip('/')}/livez", timeout=PROBE_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotMet(f"it can't be reached: {type(error).__name__}") from error
    if answer.status_code != httpx.codes.OK:
        _fail(f"it answers with status {answer.status_code}")
