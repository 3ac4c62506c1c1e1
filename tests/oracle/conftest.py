"""Fixtures of the oracle's tests: a database on disk, one oracle without a chain, and three members on a local one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from oracle.db import schema
from oracle.db.connection import Database
from tests.chain import LocalChain, anvil
from tests.oracle.network import Network, network
from tests.oracle.single import Single


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(str(tmp_path / "oracle.sqlite"))) as made:
        schema.upgrade(made)
        yield made


@pytest.fixture
def single(database: Database, tmp_path: Path) -> Iterator[Single]:
    with closing(Single(database, tmp_path / "documents")) as made:
        yield made


@pytest.fixture
def members(tmp_path: Path) -> Iterator[Network]:
    """On a chain of their own, not started yet."""
    with anvil() as url, closing(LocalChain(url)) as chain, network(chain, tmp_path) as built:
        yield built
