"""Fixtures of the protocol's tests: one local chain and one compile of the contracts for all."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from scripts.export_abi import compile_contracts
from tests.chain import LocalChain, anvil


@pytest.fixture(scope="session")
def chain() -> Iterator[LocalChain]:
    with anvil() as url:
        with closing(LocalChain(url)) as local:
            yield local


@pytest.fixture(scope="session")
def compiled() -> dict[str, dict[str, Any]]:
    return compile_contracts()
