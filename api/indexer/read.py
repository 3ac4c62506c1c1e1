"""Reads a stretch of the chain from a node, whole and of one branch, or not at all. Knows no table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from escrow.eip712 import Domain
from escrow.errors import ForkWhileReading, RpcRefused
from escrow.events import TOPICS, Event, decode_log
from escrow.rpc import Block, Rpc, read_block, tag

MOST_CALLS = 500
"""In one request, until the node refuses that many."""


@dataclass(frozen=True)
class Point:
    """A place on the chain. The hash is None before anything was read."""

    number: int
    hash: str | None


@dataclass(frozen=True)
class View:
    """What the node says about its newest block, about a point, and about the block that reading would go up to."""

    head: Block
    here: Block | None
    target: Block | None

    def has(self, point: Point) -> bool:
        """Whether the point is on the node's branch."""
        return point.hash is None or (self.here is not None and self.here.hash == point.hash)


@dataclass(frozen=True)
class Stretch:
    """All events after one point up to a block, in the chain's order, and the blocks that hold them."""

    after: Point
    to: Block
    events: Sequence[Event]
    blocks: Mapping[int, Block]


class ChainReader:
    """The contract's events by one node."""

    def __init__(self, rpc: Rpc, domain: Domain) -> None:
        self._rpc = rpc
        self._domain = domain
        self._calls = MOST_CALLS

    def require_chain(self) -> None:
        """ChainProblem where the node is on another chain by now."""
        self._rpc.require_chain(self._domain.chain_id)

    def look(self, point: Point, target: int) -> View:
        head, here, there = self._blocks(["latest", max(point.number, 0), target])
        if head is None:
            raise ForkWhileReading(point.number)
        return View(head, here, there)

    def blocks(self, numbers: Iterable[int]) -> list[Block | None]:
        """None for each that the node does not have."""
        return self._blocks(list(numbers))

    def read(self, after: Point, to: Block) -> Stretch:
        """ForkWhileReading where the node changed its branch meanwhile.

        `to` was asked before the logs and is asked again after them: one hash stands for all blocks below it, so if it
        is the same, the logs are of one branch and none is missing.
        """
        logs = self._rpc.logs(self._domain.contract, after.number + 1, to.number, [TOPICS])
        events = [event for event in map(decode_log, logs) if event is not None]
        events.sort(key=lambda event: (event.log.block_number, event.log.log_index))
        numbers = sorted({event.log.block_number for event in events})
        known = [] if after.hash is None else [after.number]
        found = dict(zip((*known, *numbers, to.number), self._blocks([*known, *numbers, to.number]), strict=True))
        hashes = {after.number: after.hash, to.number: to.hash}
        hashes |= {event.log.block_number: event.log.block_hash for event in events}
        blocks = {}
        for number, block in found.items():
            if block is None or block.hash != hashes[number]:
                raise ForkWhileReading(number)
            blocks[number] = block
        return Stretch(after, to, events, {number: blocks[number] for number in numbers})

    def _blocks(self, wanted: Sequence[int | str]) -> list[Block | None]:
        found: list[Block | None] = []
        while len(found) < len(wanted):
            part = wanted[len(found) : len(found) + self._calls]
            try:
                raws = self._rpc.batch([("eth_getBlockByNumber", [tag(block), False]) for block in part])
            except RpcRefused:
                if self._calls == 1:
                    raise
                self._calls //= 2
            else:
                found += [None if raw is None else read_block(raw) for raw in raws]
        return found
