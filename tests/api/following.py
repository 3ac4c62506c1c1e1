"""The indexer as its process runs it, in a thread, and the digest that it should come to."""

from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from api.db.connection import open_database
from api.db.digest import digest
from api.db.models import Cursor
from api.indexer.run import Indexer
from api.settings import ApiSettings
from escrow.eip712 import Domain

PATIENCE_SECONDS = 20


def indexer_settings(url: str, domain: Domain, path: Path, **changes: object) -> ApiSettings:
    return ApiSettings(
        **{  # type: ignore[arg-type]
            "rpc_url": url,
            "escrow_address": domain.contract,
            "chain_id": domain.chain_id,
            "database": f"sqlite:///{path}",
            "poll_seconds": 0.02,
            **changes,
        }
    )


def rebuilt_digest(settings: ApiSettings) -> str:
    """Of an index of this chain made anew."""
    with Indexer(settings, lambda: 0, Event()) as indexer:
        found = indexer.rebuild()
    assert found is not None
    return found


class Following:
    """An indexer that follows the chain in a thread. Leaving it raises what ended the thread."""

    def __init__(self, settings: ApiSettings) -> None:
        self._stopping = Event()
        self._indexer = Indexer(settings, lambda: 0, self._stopping)
        self._engine = open_database(settings.database)
        self._thread = Thread(target=self._follow)
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()
        self._indexer.__exit__(None, None, None)
        self._engine.dispose()
        if self._error is not None and error is None:
            raise self._error

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def digest(self) -> str:
        with self._engine.connect() as connection:
            return digest(connection)

    def rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def wait_for(self, wanted: str) -> None:
        """Its rows are those of this digest."""
        give_up_at = monotonic() + PATIENCE_SECONDS
        while monotonic() < give_up_at and self.is_running:
            try:
                if self.digest == wanted:
                    return
            except OperationalError:
                # The tables are not there yet.
                pass
            sleep(0.02)
        raise AssertionError("the index did not come to the chain's rows")

    def wait_for_block(self, number: int) -> None:
        give_up_at = monotonic() + PATIENCE_SECONDS
        while monotonic() < give_up_at and self.is_running:
            try:
                if self.rows(select(Cursor.block_number)) == [(number,)]:
                    return
            except OperationalError:
                pass
            sleep(0.02)
        raise AssertionError(f"the index did not come to block {number}")

    def wait_for_end(self) -> None:
        """It has given up by itself."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self.is_running

    def _follow(self) -> None:
        try:
            self._indexer.follow()
        except BaseException as error:
            self._error = error
