"""Fixtures of the protocol's tests: one local chain for all that need one."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.chain import LocalChain, anvil


@pytest.fixture(scope="session")
def chain() -> Iterator[LocalChain]:
    with anvil() as url:
        with closing(LocalChain(url)) as local:
            yield local
