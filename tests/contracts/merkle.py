"""Reports under one root: OpenZeppelin's standard tree of them, and what of it goes into a call of settleRooted."""

from deals import Deal
from eth_utils import keccak
from terms import Report, report_digest_of


class Tree:
    """OpenZeppelin's standard tree, by its definition: the sorted leaves last, backwards; pairs sorted."""

    def __init__(self, leaves: list[bytes]):
        ordered = sorted(leaves)
        self.nodes = [b""] * (len(ordered) - 1) + ordered[::-1]
        for at in range(len(ordered) - 2, -1, -1):
            self.nodes[at] = keccak(b"".join(sorted(self.nodes[2 * at + 1 : 2 * at + 3])))

    def proof(self, leaves: list[bytes]) -> tuple[list[bytes], list[bytes], list[bool]]:
        """The leaves in the order of the multiproof, the proof, and where two known nodes are joined."""
        queue, proof, flags = sorted((self.nodes.index(leaf) for leaf in leaves), reverse=True), [], []
        ordered = [self.nodes[at] for at in queue]
        while queue[0] > 0:
            at = queue.pop(0)
            sibling = at + 1 if at % 2 else at - 1
            flags.append(bool(queue) and queue[0] == sibling)
            if flags[-1]:
                queue.pop(0)
            else:
                proof.append(self.nodes[sibling])
            queue.append((at - 1) // 2)
        return ordered, proof, flags


def leaf_of(report: Report, deal: Deal) -> bytes:
    return keccak(keccak(report_digest_of(report, deal.domain)))


def entry_of(report: Report, deal: Deal) -> tuple:
    """A leaf as settleRooted takes it."""
    return deal.words, report.as_of, report.value, report.evidence
