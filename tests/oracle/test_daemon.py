"""The process: what it waits for, what ends it and with which words, and that it says each thing once."""

import logging
import os
import signal
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from escrow.errors import (
    BlockMissing,
    ChainProblem,
    ContractMissing,
    EscrowError,
    KeystoreProblem,
    PortProblem,
    RpcRefused,
    RpcUnreachable,
)
from escrow.rpc import Block
from oracle.__main__ import main
from oracle.daemon import LONGEST_PAUSE, Loop
from oracle.db.connection import Database
from oracle.db.lease import lease
from oracle.health import Health
from oracle.outcome import Exit, Outcome
from tests import factories
from tests.chain import LocalChain
from tests.oracle import made
from tests.oracle.made import JUNE
from tests.oracle.network import Member, Network, wait_until

BLOCK = Block(7, "0x07", "0x06", JUNE)  # type: ignore[arg-type]
DEAL = "0x" + "12" * 32
NOT_DUE = Outcome(DEAL, Exit.NOT_DUE, data={"until": "2008-06-01T00:00:00Z"})  # type: ignore[arg-type]
DIFFERS = Outcome(DEAL, Exit.DIFFERS, JUNE, {"values": "a 1, b 2"})  # type: ignore[arg-type]
DOWN = RpcUnreachable("http://node", "ConnectError")

SIGNALS = (signal.SIGTERM, signal.SIGINT)

Step = list[Outcome] | Exception


class Play:
    """A loop whose cycles go as the steps say, and which is stopped after them. Nothing sleeps."""

    def __init__(self, *steps: Step, cycle_seconds: float = 5, first: Exception | None = None) -> None:
        self.steps = list(steps)
        self.first = first
        self.pauses: list[float] = []
        self.stopped = False
        self.now = 1_000
        self.health = Health(lambda: self.now, cycle_seconds)
        oracle = SimpleNamespace(
            settings=SimpleNamespace(cycle_seconds=cycle_seconds, port=8101),
            health=self.health,
            contract=SimpleNamespace(require_deployed=self._require_deployed),
            cycle=SimpleNamespace(run=self._run),
        )
        self.loop = Loop(oracle, self)  # type: ignore[arg-type]

    def run(self, server_is_alive: Callable[[], bool] = lambda: True) -> list[dict[str, Any]]:
        """What it logged."""
        with capture_logs() as logs:
            self.loop.run(SimpleNamespace(is_alive=server_is_alive))  # type: ignore[arg-type]
        return list(logs)

    # As the event that stops it

    def is_set(self) -> bool:
        return not self.steps

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)

    # As the oracle

    def _require_deployed(self) -> None:
        if self.first:
            error, self.first = self.first, None
            self.steps.pop(0)
            raise error

    def _run(self) -> tuple[Block, list[Outcome]]:
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return BLOCK, step


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        BlockMissing(7),
        RpcRefused("eth_getLogs", -32000, "busy", None),
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        OSError(28, "No space left on device"),
    ],
)
def test_loop__what_waiting_can_mend__is_waited_for_and_said_once(error: Exception) -> None:
    play = Play(error, error, error, [NOT_DUE])
    logs = play.run()
    assert [(log["log_level"], log["event"].partition(":")[0]) for log in logs] == [
        ("warning", "waiting"),
        ("info", "going on"),
        ("info", NOT_DUE.sentence.partition(":")[0]),
    ]
    assert play.health.state.problem is None and play.health.state.block == BLOCK


def test_loop__while_it_waits__is_alive_and_not_ready_and_says_why() -> None:
    play = Play(DOWN)
    play.run()
    assert play.health.is_alive()
    assert play.health.state.problem == {"code": "RpcUnreachable", "reason": str(DOWN)}


def test_loop__down_for_long__tries_less_often_and_then_as_before() -> None:
    play = Play(*[DOWN] * 6, [], [], cycle_seconds=0.5)
    play.run()
    assert play.pauses == [1, 2, 4, 8, LONGEST_PAUSE, LONGEST_PAUSE, 0.5, 0.5]


def test_loop__pause_of_its_own_is_longer__is_kept() -> None:
    play = Play(DOWN, DOWN, [], cycle_seconds=60)
    play.run()
    assert play.pauses == [60, 60, 60]


def test_loop__database_or_disk_fails__says_no_path_and_no_statement() -> None:
    for error in (OperationalError("INSERT secret", {}, Exception("x")), OSError(28, "No space left", "/secret/place")):
        (log,) = Play(error).run()
        assert "secret" not in str(log)


@pytest.mark.parametrize(
    "error", [ChainProblem(1, 31337), ContractMissing("0x1", "is not there"), KeystoreProblem("k", "w")]
)  # type: ignore[arg-type]
def test_loop__error_that_must_stop__is_raised(error: EscrowError) -> None:
    play = Play([NOT_DUE], error, [NOT_DUE])
    with pytest.raises(type(error)):
        play.run()
    assert len(play.steps) == 1


def test_loop__node_is_down_at_the_start__looks_for_the_contract_until_it_is_there() -> None:
    play = Play(DOWN, [NOT_DUE], first=DOWN)
    assert play.run()[0]["event"] == f"waiting: {DOWN}"
    with pytest.raises(ContractMissing):
        Play([], first=ContractMissing("0x1", "calls itself x")).run()  # type: ignore[arg-type]


def test_loop__server_has_died__ends_with_a_named_error() -> None:
    with pytest.raises(PortProblem, match="served no more"):
        Play([], []).run(lambda: False)


def test_loop__news_of_a_deal__is_said_once_and_trouble_as_a_warning() -> None:
    logs = Play([NOT_DUE], [NOT_DUE], [DIFFERS], [DIFFERS], [NOT_DUE]).run()
    assert [(log["log_level"], log["exit"]) for log in logs] == [
        ("info", "not_due"),
        ("warning", "differs"),
        ("info", "not_due"),
    ]


# Health, by the same clock


@dataclass
class Clock:
    now: int = 1_000


def test_health__cycle_hangs__is_alive_for_a_while_and_then_not() -> None:
    clock = Clock()
    health = Health(lambda: clock.now, 5)
    health.began()
    clock.now += 650
    assert health.is_alive()
    clock.now += 1
    assert not health.is_alive()


def test_health__last_whole_cycle_is_long_ago__is_not_ready(database: Database) -> None:
    clock = Clock()
    health = Health(lambda: clock.now, 5)
    assert health.why_not_ready(database) == ["no cycle has ended yet"]
    health.began()
    health.ended(BLOCK, [])
    assert health.why_not_ready(database) == []
    clock.now += 66
    assert health.why_not_ready(database)[0].startswith("the last whole cycle ended at")


# As a command


@pytest.fixture
def a(members: Network) -> Member:
    return members.members["a"]


@pytest.fixture
def run(a: Member, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """A command in this process, which is afterwards as it was before."""

    def invoke(*arguments: str, **changes: str) -> Result:
        monkeypatch.chdir(a.folder)
        for name, value in (a.environment | changes).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    handlers, umask, root = [signal.getsignal(one) for one in SIGNALS], os.umask(0o022), logging.getLogger().handlers[:]
    yield invoke
    for number, handler in zip(SIGNALS, handlers, strict=True):
        signal.signal(number, handler)
    os.umask(umask)
    logging.getLogger().handlers[:] = root
    structlog.reset_defaults()


Run = Callable[..., Result]


def one_line(result: Result) -> str:
    """What it ends with, which must be one line beside what it logged, and a code that is not zero."""
    assert result.exit_code == 1 and result.stdout == ""
    (line,) = [line for line in result.stderr.splitlines() if "[info" not in line]
    return line


def test_run__node_of_another_chain__ends_with_one_line(run: Run) -> None:
    assert one_line(run("run", ESCROW_CHAIN_ID="5")) == "oracle: chain of the node is 31337, not 5"


def test_run__no_contract_there__ends_with_one_line_and_the_right_address_can_still_be_set(
    run: Run, members: Network
) -> None:
    assert one_line(run("once", ESCROW_ADDRESS=members.chain.dollar.address)).startswith("oracle: contract at")
    assert run("once").exit_code == 0


def test_run__secret_is_missing__ends_with_one_line(run: Run, a: Member) -> None:
    assert one_line(run("run", ORACLE_SOURCES=str(a.folder / "none"))).startswith("oracle: secret file")


def test_run__one_key_for_both__ends_with_one_line(run: Run, a: Member) -> None:
    line = one_line(run("run", ORACLE_GAS_KEYSTORE=a.environment["ORACLE_KEYSTORE"]))
    assert "holds the signing key" in line


def test_run__slip_in_a_setting__ends_with_one_line(run: Run) -> None:
    assert "did you mean ORACLE_PEERS?" in one_line(run("run", ORACLE_PEER="http://b"))


def test_run__port_is_used__ends_with_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = one_line(run("run", ORACLE_PORT=str(port)))
    assert line == f"oracle: port {port} can't be served on 127.0.0.1: Address already in use"


def test_run__another_process_cycles_on_the_database__ends_with_one_line(run: Run, a: Member) -> None:
    with lease(Path(a.environment["ORACLE_DATABASE"])):
        assert "is in use by another oracle process" in one_line(run("run"))


def test_once__says_how_far_each_deal_came_and_serves_nothing(run: Run, members: Network) -> None:
    deal_id, _ = members.open()
    result = run("once")
    assert (result.exit_code, result.stdout) == (0, f"{deal_id}  next report is due at 2008-06-01T00:00:00Z\n")


# As a process


def test_run__node_is_down__serves_and_waits_and_goes_on_when_it_is_back_and_ends_with_0(
    a: Member, members: Network
) -> None:
    relay = Relay(members.chain)
    members.open()
    a.start(ESCROW_RPC_URL=relay.url)
    a.wait()
    wait_until(lambda: "can't be reached" in a.log(), a.log)
    ready = httpx.get(f"{a.url}/readyz", timeout=5)
    assert ready.status_code == 503 and "can't be reached" in str(ready.json()["reasons"])
    assert a.feed([made.wire(1)], "while-it-waits").status_code == 202
    relay.start()
    wait_until(lambda: httpx.get(f"{a.url}/readyz", timeout=5).status_code == 200, a.log)
    members.chain.move_clock(JUNE)
    wait_until(lambda: "members propose" in a.log(), a.log)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in a.folder.glob("oracle.sqlite*")}
    assert a.stop() == 0
    relay.stop()
    log = a.log()
    assert log.count("waiting:") == 1 and "going on" in log
    assert "oracle.sqlite" in modes and not any(mode & 0o077 for mode in modes.values()), "they are its owner's alone"
    secrets = [made.secret("source-a")[6:], "correct horse", factories.key("oracle-a").hex(), factories.key("gas-a").hex()]
    assert not [secret for secret in secrets if secret in log]


class Relay:
    """A port on which the node is there, but not yet."""

    def __init__(self, chain: LocalChain) -> None:
        self._to = ("127.0.0.1", int(chain.url.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._listener.close()

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            there = socket.create_connection(self._to)
            for start, end in ((connection, there), (there, connection)):
                threading.Thread(target=_pass_on, args=(start, end), daemon=True).start()


def _pass_on(start: socket.socket, end: socket.socket) -> None:
    try:
        while data := start.recv(65_536):
            end.sendall(data)
    except OSError:
        pass
    finally:
        for one in (start, end):
            one.close()
