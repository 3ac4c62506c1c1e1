"""One process at a time cycles on a database: a lock on a file beside it, which the kernel drops when the process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from escrow.errors import DatabaseProblem


@contextmanager
def lease(database: Path) -> Iterator[None]:
    """DatabaseProblem where another process has it."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{database}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseProblem(str(database), "is in use by another oracle process") from error
        yield
