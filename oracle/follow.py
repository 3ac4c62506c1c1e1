"""Reads the contract's events into the book, up to a block that is deep enough not to be replaced.

Decisions are made on that block. If it is replaced all the same, what was read from the branch that lost is forgotten
and read anew. Knows the node and the book; decides nothing.
"""

from itertools import takewhile

from escrow.eip712 import Domain
from escrow.errors import BlockMissing, ForkProblem, RpcRefused
from escrow.events import decode_log
from escrow.rpc import Block, Rpc
from oracle.book import Book, Checkpoint

MOST_BLOCKS = 2_000
"""In one question for logs: what most nodes bear."""


class Follower:
    """ForkProblem where more than `deepest_fork` blocks were replaced that it had read."""

    def __init__(
        self, rpc: Rpc, domain: Domain, book: Book, *, from_block: int, confirmations: int, deepest_fork: int = 256
    ) -> None:
        self._rpc = rpc
        self._domain = domain
        self._book = book
        self._from_block = from_block
        self._confirmations = confirmations
        self._deepest_fork = deepest_fork
        self._span = MOST_BLOCKS

    def advance(self) -> Block:
        """The block that lies `confirmations` below the head. The book has all events up to it.

        BlockMissing where the chain changed meanwhile, NodesDiffer where a second node has another block: the next call
        finds its way. ChainProblem on another chain.
        """
        self._rpc.begin()
        self._rpc.require_chain(self._domain.chain_id)
        block = self._rpc.block(max(self._rpc.block_number() - self._confirmations, 0))
        self._rpc.require_agreed(block)
        last = self._last_good()
        first = self._from_block if last is None else last.number + 1
        while first <= block.number:
            end = min(first + self._span - 1, block.number)
            if self._took(first, block if end == block.number else self._rpc.block(end)):
                first = end + 1
        return block

    def _last_good(self) -> Checkpoint | None:
        """The last checkpoint that is on the node's chain; what was read after it is forgotten."""
        known = self._book.checkpoints()
        lost = list(takewhile(lambda one: not self._stands(one), known))
        if lost and (depth := lost[0].number - lost[-1].number + 1) > self._deepest_fork:
            raise ForkProblem(depth, self._deepest_fork)
        for _ in lost:
            self._book.drop_last_checkpoint()
        return self._book.checkpoint() if lost else known[0] if known else None

    def _stands(self, checkpoint: Checkpoint) -> bool:
        try:
            return self._rpc.block(checkpoint.number).hash == checkpoint.hash
        except BlockMissing:
            return False

    def _took(self, start: int, end: Block) -> bool:
        """Some nodes bear fewer blocks, or fewer events in one answer: then the next question is for less."""
        try:
            self._read(start, end)
        except RpcRefused:
            if end.number == start:
                raise
            self._span = (end.number - start + 1) // 2
            return False
        self._span = min(2 * self._span, MOST_BLOCKS)
        return True

    def _read(self, start: int, end: Block) -> None:
        logs = self._rpc.logs(self._domain.contract, start, end.number)
        if self._rpc.block(end.number).hash != end.hash:
            raise BlockMissing(end.hash)
        events = [event for event in map(decode_log, logs) if event is not None]
        self._book.add(events, Checkpoint(end.number, end.hash))
