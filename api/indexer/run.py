"""The indexer's process: prepares, then step after step until it is told to stop. Knows settings; reads no block itself."""

from contextlib import ExitStack
from threading import Event
from types import TracebackType
from typing import Self

from api.db.connection import open_database
from api.db.digest import digest
from api.db.schema import upgrade
from api.deps import Clock
from api.indexer.follow import Follower
from api.indexer.patience import Patience
from api.indexer.read import ChainReader
from api.indexer.store import IndexStore
from api.indexer.tokens import read_tokens
from api.settings import ApiSettings
from escrow.contract import EscrowContract
from escrow.ids import ZERO_ADDRESS
from escrow.rpc import Rpc


class Indexer:
    """Runs until `stopping` is set. Raises what waiting can't help: another chain, another contract, a gap."""

    def __init__(self, settings: ApiSettings, clock: Clock, stopping: Event) -> None:
        self._settings = settings
        self._stopping = stopping
        self._rpc = Rpc(settings.rpc_url)
        self._engine = open_database(settings.database, writes=True)
        self._store = IndexStore(self._engine, settings.domain, settings.from_block)
        reader = ChainReader(self._rpc, settings.domain)
        self._follower = Follower(self._rpc, reader, self._store, clock, confirmations=settings.confirmations)
        self._patience = Patience(stopping, settings.poll_seconds)
        self._closing = ExitStack()
        self._closing.callback(self._rpc.close)
        self._closing.callback(self._engine.dispose)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.close()

    def follow(self) -> None:
        """Goes on where it was, with whatever happens on the chain."""
        self._patience.insist(lambda: upgrade(self._engine))
        self._patience.insist(self._store.claim)
        self._patience.insist(self._require_deployed)
        self._patience.insist(self._name_tokens)
        while not self._stopping.is_set():
            if self._patience.insist(self._follower.step) is False:
                self._stopping.wait(self._settings.poll_seconds)

    def rebuild(self) -> str | None:
        """Drops all rows and reads up to the node's newest block; the digest of the rows, None when stopped before."""
        self._patience.insist(lambda: upgrade(self._engine))
        self._patience.insist(self._require_deployed)
        self._patience.insist(self._store.reset)
        self._patience.insist(self._name_tokens)
        while self._patience.insist(self._follower.step):
            pass
        if self._stopping.is_set():
            return None
        with self._engine.connect() as connection:
            return digest(connection)

    def _require_deployed(self) -> None:
        EscrowContract(self._rpc, self._settings.domain).require_deployed()

    def _name_tokens(self) -> None:
        """Those that the form offers have a name and decimals here before any deal uses them."""
        unnamed = set(self._settings.tokens) - self._store.named_tokens() - {ZERO_ADDRESS}
        self._store.put_tokens(read_tokens(self._rpc, unnamed))
