"""`python -m api index | reindex` as processes: killed again and again while they read, over a chain that forks meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest
from sqlalchemy import select

from api.db.connection import open_database
from api.db.digest import digest
from api.db.models import Cursor
from tests import factories
from tests.api.http_node import HttpNode
from tests.api.indexer.test_forks import History
from tests.api.indexes import fresh_digest

BLOCKS_AT_ONCE = 5
KILLS = 4
PATIENCE_SECONDS = 30


class Process:
    """The command with its environment; its output is in `log`."""

    def __init__(self, folder: Path, http: HttpNode) -> None:
        self.database = folder / "index.sqlite"
        self._log = folder / "log"
        self._environment = {
            "ESCROW_RPC_URL": http.url,
            "ESCROW_ADDRESS": factories.domain().contract,
            "ESCROW_CHAIN_ID": str(factories.domain().chain_id),
            "API_DATABASE": f"sqlite:///{self.database}",
            "API_POLL_SECONDS": "0.02",
        }

    def start(self, command: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "api", command],
                env={**os.environ, **self._environment},
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and what it printed."""
        with self.start(command) as process:
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, output.decode().strip()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def state(self) -> tuple[int, str]:
        """Up to which block it has read, and the digest of its rows."""
        engine = open_database(f"sqlite:///{self.database}")
        try:
            with engine.connect() as connection:
                return connection.scalar(select(Cursor.block_number)) or 0, digest(connection)
        finally:
            engine.dispose()


@pytest.fixture
def history() -> History:
    """With events on its whole length."""
    made = History(7, lives=60)
    made.grow(150)
    return made


@pytest.fixture
def http(history: History) -> Iterator[HttpNode]:
    with HttpNode(history.chain) as running:
        running.node.most_blocks = BLOCKS_AT_ONCE
        yield running


def kill_while_it_reads(process: subprocess.Popen[bytes], http: HttpNode, rng: Random) -> None:
    """A moment after the node has given it some stretches: while it writes one, or asks for the next."""
    reads = 0
    wanted = rng.randint(2, 5)

    def answer(body: bytes) -> bytes | None:
        nonlocal reads
        given = http.honest(body)
        reads += b"eth_getLogs" in body and b'"result"' in given
        if reads > wanted:
            sleep(rng.random() / 200)
            process.send_signal(signal.SIGKILL)
        return given

    http.answer = answer
    assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    http.answer = http.honest


def test_index__killed_again_and_again_while_the_chain_forks__equals_a_fresh_one(
    history: History, http: HttpNode, template: Path, tmp_path: Path
) -> None:
    indexing = Process(tmp_path, http)
    rng = Random(3)
    reached = []
    for _ in range(KILLS):
        with indexing.start("index") as process:
            kill_while_it_reads(process, http, rng)
        reached.append(indexing.state()[0])
        with http.lock:
            history.fork(rng.randint(1, 20), rng.randint(10, 60))
    wanted = fresh_digest(template, tmp_path / "fresh.sqlite", http.node)
    with indexing.start("index") as process:
        give_up_at = monotonic() + PATIENCE_SECONDS
        while indexing.state()[1] != wanted:
            assert process.poll() is None, indexing.log
            assert monotonic() < give_up_at, indexing.log
            sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    # It was in the middle each time, and went on from there.
    assert reached == sorted(reached)
    assert 0 < reached[0] < reached[-1] < len(history.chain.blocks) - 1
    assert indexing.run("reindex") == (0, wanted)
    assert indexing.state()[1] == wanted


def test_reindex__killed__leaves_an_index_that_goes_on(
    history: History, http: HttpNode, template: Path, tmp_path: Path
) -> None:
    indexing = Process(tmp_path, http)
    code, first = indexing.run("reindex")
    assert (code, first) == (0, fresh_digest(template, tmp_path / "fresh.sqlite", http.node)), indexing.log
    with indexing.start("reindex") as process:
        kill_while_it_reads(process, http, Random(5))
    assert indexing.state() != (len(history.chain.blocks) - 1, first)
    assert indexing.run("reindex") == (0, first)


def test_index__of_another_contract__ends_with_one_line_and_its_rows_stay(http: HttpNode, tmp_path: Path) -> None:
    indexing = Process(tmp_path, http)
    assert indexing.run("reindex")[0] == 0
    before = indexing.state()
    http.node.chain_id = 1
    code, output = indexing.run("index")
    assert (code, output) == (1, "")
    assert indexing.log.splitlines()[-1] == "api: chain of the node is 1, not 31337"
    assert indexing.state() == before
