"""Indexes for tests: a fresh database, an indexer over a node in memory, and what it made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine

from api.db.connection import open_database
from api.db.digest import digest
from api.db.schema import upgrade
from api.indexer.follow import Follower
from api.indexer.read import ChainReader
from api.indexer.store import IndexStore
from escrow.rpc import Rpc
from tests import factories
from tests.api.fake_chain import FakeNode

NOW = 1_700_000_000


@dataclass(frozen=True)
class TestIndex:
    """`follower` writes into `engine`."""

    __test__ = False

    engine: Engine
    store: IndexStore
    follower: Follower

    def catch_up(self) -> None:
        while self.follower.step():
            pass

    @property
    def digest(self) -> str:
        with self.engine.connect() as connection:
            return digest(connection)


def empty_database(path: Path) -> Path:
    """With all tables, to be copied."""
    engine = open_database(f"sqlite:///{path}", writes=True)
    upgrade(engine)
    engine.dispose()
    return path


@contextmanager
def index_of(
    template: Path, path: Path, node: FakeNode | httpx.BaseTransport, *, from_block: int = 0, confirmations: int = 0
) -> Iterator[TestIndex]:
    """A new index at `path`, or the one that is there."""
    if not path.exists():
        shutil.copy(template, path)
    rpc = Rpc("http://node", transport=node)
    engine = open_database(f"sqlite:///{path}", writes=True)
    store = IndexStore(engine, factories.domain(), from_block)
    store.claim()
    reader = ChainReader(rpc, factories.domain())
    follower = Follower(rpc, reader, store, lambda: NOW, confirmations=confirmations)
    try:
        yield TestIndex(engine, store, follower)
    finally:
        rpc.close()
        engine.dispose()


def fresh_digest(template: Path, path: Path, node: FakeNode, *, confirmations: int = 0) -> str:
    """Of an index that was made from this chain alone."""
    with index_of(template, path, node, confirmations=confirmations) as index:
        index.catch_up()
        return index.digest
