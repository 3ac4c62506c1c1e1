"""The Merkle tree over a bundle's rows, in OpenZeppelin's standard form. Knows hashes of leaves, not what they say.

Leaves come hashed twice, so that no inner node can pass for one; pairs are hashed in sorted order, so that a proof is
a list of siblings without sides.
"""

from collections.abc import Iterable, Sequence

from sha3 import keccak_256

EMPTY_ROOT = bytes(32)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """EMPTY_ROOT where there are no leaves."""
    nodes = _nodes(leaves)
    return nodes[0] if nodes else EMPTY_ROOT


def proof_of(leaves: Sequence[bytes], leaf: bytes) -> list[bytes]:
    """The siblings from the leaf up; ValueError for one that is not there."""
    nodes = _nodes(leaves)
    at = nodes.index(leaf, len(leaves) - 1)
    proof = []
    while at:
        proof.append(nodes[at + 1 if at % 2 else at - 1])
        at = (at - 1) // 2
    return proof


def proves(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Whether the leaf lies under the root."""
    node = leaf
    for sibling in proof:
        node = _pair(node, sibling)
    return node == root


def _nodes(leaves: Iterable[bytes]) -> list[bytes]:
    """The whole tree, root first: the children of node i are 2i + 1 and 2i + 2, sorted leaves come last, backwards."""
    ordered = sorted(leaves, reverse=True)
    nodes = [b""] * max(len(ordered) - 1, 0) + ordered
    for at in range(len(ordered) - 2, -1, -1):
        nodes[at] = _pair(nodes[2 * at + 1], nodes[2 * at + 2])
    return nodes


def _pair(a: bytes, b: bytes) -> bytes:
    digest: bytes = keccak_256(a + b if a < b else b + a).digest()
    return digest
