"""The check command: each line that can fail, what it says then, and that the exit code is how many did."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from escrow.accounts import Account
from escrow.contract import transact
from oracle.__main__ import main
from oracle.book import Book, Checkpoint
from oracle.db.connection import Database
from oracle.secret_file import write_secret
from tests import factories
from tests.chain import LocalChain, anvil
from tests.oracle.network import Member, Network, network

ALL = (
    "signing key opens",
    "gas key opens",
    "gas key is another key",
    "sources can be used",
    "database can be used",
    "documents can be kept",
    "node answers, on the right chain",
    "contract is deployed",
    "signing key is in a committee",
    "gas account has coins",
    "port is free, or this oracle's",
    "peer {peer} answers",
)
CHAIN = ALL[6:10]


@contextmanager
def alive(status: int = 200) -> Iterator[str]:
    """Something that answers as a peer does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/livez" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with anvil() as url, closing(LocalChain(url)) as made:
        yield made


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    with alive() as url:
        yield url


@pytest.fixture
def member(chain: LocalChain, tmp_path: Path) -> Iterator[Member]:
    with network(chain, tmp_path) as built:
        yield member_of(built)


def member_of(built: Network) -> Member:
    return built.members["a"]


Run = Callable[..., Result]


@pytest.fixture
def check(member: Member, peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(**changes: str) -> Result:
        for name, value in (member.environment | {"ORACLE_PEERS": peer} | changes).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, ["check"], catch_exceptions=False)

    return run


def failed(result: Result) -> list[str]:
    return [line.removeprefix("✗ ").partition(":")[0] for line in result.output.splitlines() if line.startswith("✗")]


def test_check__all_is_well__says_each_line_and_ends_with_0(check: Run, peer: str) -> None:
    result = check()
    assert result.output.splitlines() == [f"✓ {name.format(peer=peer)}" for name in ALL]
    assert result.exit_code == 0


def loosen(member: Member, file: str) -> dict[str, str]:
    (member.folder / file).chmod(0o644)
    return {}


def same_key(member: Member) -> dict[str, str]:
    return {"ORACLE_GAS_KEYSTORE": member.environment["ORACLE_KEYSTORE"]}


def other_key(member: Member, variable: str) -> dict[str, str]:
    """Of somebody whom nobody knows."""
    path = member.folder / "other.json"
    write_secret(path, json.dumps(Account.encrypt(factories.key("nobody"), "correct horse", kdf="pbkdf2", iterations=1_000)))
    return {variable: str(path)}


def broken_sources(member: Member) -> dict[str, str]:
    path = member.folder / "broken.json"
    write_secret(path, "{")
    return {"ORACLE_SOURCES": str(path)}


def blocked(member: Member, variable: str) -> dict[str, str]:
    """A file where a folder is needed."""
    (member.folder / "file").touch()
    return {variable: str(member.folder / "file" / "below")}


FAULTS = [
    ("signing key that others can read", lambda m: loosen(m, "signing.json"), [*ALL[0:1], *ALL[2:3], *ALL[8:9]], "chmod 600"),
    ("gas key that others can read", lambda m: loosen(m, "gas.json"), [*ALL[1:3], *ALL[9:10]], "mode 0644"),
    ("one key for both", same_key, [ALL[2], ALL[9]], "both files hold the same key"),
    ("broken sources", broken_sources, [ALL[3]], "is not JSON"),
    ("no place for the database", lambda m: blocked(m, "ORACLE_DATABASE"), [ALL[4]], "/file: File exists"),
    ("no place for documents", lambda m: blocked(m, "ORACLE_DOCUMENTS_DIR"), [ALL[5]], "/file/below: Not a directory"),
    ("no node", lambda _: {"ESCROW_RPC_URL": "http://127.0.0.1:1/secret-path"}, list(CHAIN), "can't be reached"),
    ("another chain", lambda _: {"ESCROW_CHAIN_ID": "5"}, list(ALL[6:8]), "is 31337, not 5"),
    ("no contract there", lambda _: {"ESCROW_ADDRESS": factories.TOKEN}, [ALL[7], ALL[8]], factories.TOKEN),
    ("no member", lambda m: other_key(m, "ORACLE_KEYSTORE"), [ALL[8]], factories.person("nobody")),
    ("no coins", lambda m: other_key(m, "ORACLE_GAS_KEYSTORE"), [ALL[9]], factories.person("nobody")),
    ("no peers", lambda _: {"ORACLE_PEERS": ""}, ["peers are known"], "none is set"),
    ("peer is down", lambda _: {"ORACLE_PEERS": "http://127.0.0.1:1"}, ["peer http"], "ConnectError"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "expected", "words"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_check__one_thing_is_wrong__says_which_and_what_mends_it(
    check: Run, member: Member, fault: Callable[[Member], dict[str, str]], expected: list[str], words: str
) -> None:
    result = check(**fault(member))
    assert failed(result) == expected
    assert result.exit_code == len(expected) and words in result.output
    assert result.output.count("  → ") == len(expected)
    assert "secret-path" not in result.output and "correct horse" not in result.output


def test_check__port_is_used_by_this_oracle__is_met(check: Run, peer: str) -> None:
    assert check(ORACLE_PORT=peer.rpartition(":")[2]).exit_code == 0


def test_check__port_is_used_by_something_else__fails(check: Run) -> None:
    with alive(status=500) as other:
        result = check(ORACLE_PORT=other.rpartition(":")[2])
    assert failed(result) == [ALL[10]] and "Address already in use" in result.output


def test_check__peer_is_sick__fails_with_its_answer(check: Run, peer: str) -> None:
    with alive(status=503) as sick:
        result = check(ORACLE_PEERS=f"{peer},{sick}")
    assert result.exit_code == 1 and "it answers with status 503" in result.output


def test_check__settings_are_missing__names_each_and_asks_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check"], catch_exceptions=False)
    assert result.exit_code == 8 and failed(result) == ["setting"] * 8


def test_check__database_is_of_another_contract__fails(check: Run, member: Member) -> None:
    assert check().exit_code == 0
    with closing(Database(member.environment["ORACLE_DATABASE"])) as database:
        Book(database).add([], Checkpoint(1, "0x01"))
    result = check(ESCROW_CHAIN_ID="5")
    assert ALL[4] in failed(result) and "is of contract" in result.output


def test_check__member_has_left_its_only_committee__fails(
    peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with anvil() as url, closing(LocalChain(url)) as chain, network(chain, tmp_path / "members") as built:
        for name, value in (member_of(built).environment | {"ORACLE_PEERS": peer}).items():
            monkeypatch.setenv(name, value)
        assert CliRunner().invoke(main, ["check"], catch_exceptions=False).exit_code == 0
        chain.enrich("oracle-a")
        transact(chain.rpc, factories.key("oracle-a"), chain.escrow.leave_committee_call(built.committee))
        result = CliRunner().invoke(main, ["check"], catch_exceptions=False)
    assert failed(result) == [ALL[8]] and "has left those that it was in" in result.output
