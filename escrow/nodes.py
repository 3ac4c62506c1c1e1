"""Several nodes of one chain, asked as if they were one. One of them is chosen for everything that belongs together, so
that two views of the chain are never mixed; the others stand in for it, and are asked whether they see the same.

Knows heights and hashes; what is read is nothing to it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from escrow.errors import BlockMissing, EscrowError, HeadProblem, NodesDiffer, RpcRefused, RpcUnreachable
from escrow.ids import Timestamp
from escrow.rpc import Block, Rpc
from escrow.texts import short

MOST_BEHIND = 3
"""Blocks that a node may lie behind the best one and still be chosen, since news travel."""

log = structlog.get_logger()


class Nodes(Rpc):
    """The first node is preferred. `clock` is the machine's; `most_apart` is how many seconds it and the newest block may
    be apart, 0 for any."""

    def __init__(self, nodes: Sequence[Rpc], chain_id: int, *, clock: Callable[[], int], most_apart: int = 0) -> None:
        self._nodes = tuple(nodes)
        self._chosen = self._nodes[0]
        self._chain = chain_id
        self._clock = clock
        self._most_apart = most_apart

    def begin(self) -> None:
        """The first node that is not behind. RpcUnreachable where none answers, ChainProblem where one is on another
        chain, HeadProblem where even the best head is too old, or too new."""
        heads = [(node, head) for node in self._nodes if (head := self._head(node)) is not None]
        if not heads:
            # The first one says best what is wrong.
            heads = [(self._nodes[0], self._nodes[0].block("latest"))]
        best = max(head.number for _, head in heads)
        node, head = next((node, head) for node, head in heads if head.number + MOST_BEHIND >= best)
        self._choose(node)
        now = self._clock()
        if self._most_apart and abs(now - head.timestamp) > self._most_apart:
            raise HeadProblem(head.timestamp, Timestamp(now), self._most_apart)

    def require_agreed(self, block: Block) -> None:
        """By those of the others that answer and have a block of that height."""
        for other in self._others():
            try:
                theirs = other.block(block.number)
            except (RpcUnreachable, RpcRefused, BlockMissing):
                continue
            if theirs.hash != block.hash:
                raise NodesDiffer(block.number, short(block.hash), short(theirs.hash))

    def has_mined(self, transaction_hash: str, number: int, block_hash: str) -> bool:
        """By all that answer."""
        if not self._chosen.has_mined(transaction_hash, number, block_hash):
            return False
        for other in self._others():
            try:
                if not other.has_mined(transaction_hash, number, block_hash):
                    return False
            except (RpcUnreachable, RpcRefused):
                continue
        return True

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        return self._chosen.call(method, params)

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return self._chosen.batch(calls)

    def close(self) -> None:
        for node in self._nodes:
            node.close()

    def _head(self, node: Rpc) -> Block | None:
        try:
            node.require_chain(self._chain)
            return node.block("latest")
        except (RpcUnreachable, RpcRefused, BlockMissing) as problem:
            self._say(node, problem)
            return None

    def _choose(self, node: Rpc) -> None:
        if node is not self._chosen:
            log.warning("another node is asked from now on", node=node.place)
        self._chosen = node

    def _others(self) -> list[Rpc]:
        return [node for node in self._nodes if node is not self._chosen]

    def _say(self, node: Rpc, problem: EscrowError) -> None:
        if node is self._chosen and len(self._nodes) > 1:
            log.warning(f"node does not answer: {problem}", code=problem.code)

    @property
    def place(self) -> str:
        return self._chosen.place
