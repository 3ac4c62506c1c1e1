"""One account on a real ledger, heard at a fixed time."""

from collections.abc import Callable, Iterator

import pytest

from oracle.db.connection import Database
from oracle.sources import Source
from tests.oracle.sources.hearing import Heard


@pytest.fixture
def hear(database: Database) -> Iterator[Callable[[Source], Heard]]:
    made: list[Heard] = []

    def one(source: Source) -> Heard:
        made.append(Heard(database, source))
        return made[-1]

    yield one
    for heard in made:
        heard.close()
