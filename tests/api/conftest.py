"""Fixtures of the web side's tests: an empty database to copy, and indexes over chains in memory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.fake_oracle import FakeOracle
from tests.api.indexes import TestIndex, empty_database, index_of
from tests.api.served import Served, serve

MakeIndex = Callable[..., TestIndex]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_database(tmp_path_factory.mktemp("template") / "empty.sqlite")


@pytest.fixture
def fake_chain() -> FakeChain:
    return FakeChain()


@pytest.fixture
def node(fake_chain: FakeChain) -> FakeNode:
    return FakeNode(fake_chain)


@pytest.fixture
def make_index(template: Path, tmp_path: Path) -> Iterator[MakeIndex]:
    """Each call makes another index, over the node that it is given."""
    names = count()
    with ExitStack() as stack:

        def make(node: FakeNode, **options: Any) -> TestIndex:
            return stack.enter_context(index_of(template, tmp_path / f"{next(names)}.sqlite", node, **options))

        yield make


@pytest.fixture
def oracle() -> Iterator[FakeOracle]:
    with FakeOracle() as running:
        yield running


@pytest.fixture
def served(template: Path, tmp_path: Path, fake_chain: FakeChain, node: FakeNode) -> Iterator[Served]:
    """The web side over the chain in memory; nothing is indexed until the test says so."""
    with serve(template, tmp_path, fake_chain, node) as running:
        yield running
