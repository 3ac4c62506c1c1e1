"""One step of following the chain: look, read a stretch, write it; or go back to where a fork began.

Knows when to read how much. A step that fails has changed nothing and can be done again.
"""

import structlog

from api.db.models import Deal
from api.deps import Clock
from api.indexer.project import project
from api.indexer.read import ChainReader, Point, Stretch, View
from api.indexer.span import Span
from api.indexer.store import IndexStore, Looked
from api.indexer.tokens import read_tokens
from escrow.errors import RpcRefused, RpcUnreachable
from escrow.ids import ZERO_ADDRESS
from escrow.rpc import Block, Rpc

log = structlog.get_logger()


class Follower:
    """Stays `confirmations` blocks behind the node's newest block."""

    def __init__(self, rpc: Rpc, reader: ChainReader, store: IndexStore, clock: Clock, *, confirmations: int = 0) -> None:
        self._rpc = rpc
        self._reader = reader
        self._store = store
        self._clock = clock
        self._confirmations = confirmations
        self._span = Span()

    def step(self) -> bool:
        """Whether there may be more to read at once."""
        here = self._store.cursor()
        view = self._reader.look(here, here.number + self._span.blocks)
        looked = Looked(view.head.number, self._clock())
        if not view.has(here):
            self._roll_back(here, view.head, looked)
            return True
        to = self._target(here, view)
        if to is None:
            self._store.touch(looked)
            return False
        stretch = self._read(here, to)
        if stretch is None:
            return True
        self._append(stretch, looked)
        return to.number < view.head.number - self._confirmations

    def _target(self, here: Point, view: View) -> Block | None:
        """The block to read up to; None where there is nothing new."""
        newest = view.head.number - self._confirmations
        if newest <= here.number:
            return None
        if view.target is not None and view.target.number <= newest:
            return view.target
        if newest == view.head.number:
            return view.head
        return self._reader.blocks([newest])[0]

    def _read(self, here: Point, to: Block) -> Stretch | None:
        """None where the node refuses so long a stretch, and the next one will be shorter."""
        blocks = to.number - here.number
        try:
            stretch = self._reader.read(here, to)
        except RpcRefused:
            self._span.failed(blocks)
            if blocks == 1:
                raise
            return None
        except RpcUnreachable:
            # Too long a stretch can also take too long.
            self._span.failed(blocks)
            raise
        self._span.worked(blocks, len(stretch.events))
        return stretch

    def _append(self, stretch: Stretch, looked: Looked) -> None:
        rows = project(stretch.events, stretch.blocks)
        new_tokens = {row["token"] for row in rows.get(Deal, ())} - {ZERO_ADDRESS}
        if new_tokens:
            new_tokens -= self._store.named_tokens()
        tokens = read_tokens(self._rpc, new_tokens)
        self._store.append(stretch.after, stretch.to, rows, tokens, looked)
        if stretch.events:
            log.info("read", up_to=stretch.to.number, events=len(stretch.events))

    def _roll_back(self, here: Point, head: Block, looked: Looked) -> None:
        to = self._ancestor(min(here.number, head.number))
        if to is None:
            # Nothing in common: before all rows go, it must at least be the same chain.
            self._reader.require_chain()
        self._store.roll_back(here, to, looked)
        log.warning("rolled back", was_at=here.number, is_at=to.number if to else None)

    def _ancestor(self, up_to: int) -> Block | None:
        """The newest block known to the index that is still on the node's branch."""
        for points in self._store.points(up_to):
            blocks = self._reader.blocks(point.number for point in points)
            for point, block in zip(points, blocks, strict=True):
                if block is not None and block.hash == point.hash:
                    return block
        return None
