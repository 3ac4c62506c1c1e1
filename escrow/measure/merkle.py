"""The Merkle tree over a bundle's rows, or over reports, in OpenZeppelin's standard form. Knows hashes of leaves, not
what they say.

Leaves come hashed twice, so that no inner node can pass for one; pairs are hashed in sorted order, so that a proof is
a list of siblings without sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sha3 import keccak_256

EMPTY_ROOT = bytes(32)


@dataclass(frozen=True)
class MultiProof:
    """OpenZeppelin's proof of many leaves at once. `leaves` are in the tree's order; with all of them `proof` is empty."""

    leaves: tuple[bytes, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...]


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


def multi_proof_of(leaves: Sequence[bytes], chosen: Iterable[bytes]) -> MultiProof:
    """Of some leaves of the tree, at least one; ValueError for one that is not there."""
    nodes = _nodes(leaves)
    queue = sorted({nodes.index(leaf, len(leaves) - 1) for leaf in chosen}, reverse=True)
    ordered = [nodes[at] for at in queue]
    proof, flags = [], []
    # From the last node of the tree up: two known siblings make their parent known, one asks for the other.
    while queue[0]:
        at = queue.pop(0)
        sibling = at + 1 if at % 2 else at - 1
        is_known = queue[:1] == [sibling]
        flags.append(is_known)
        if is_known:
            queue.pop(0)
        else:
            proof.append(nodes[sibling])
        queue.append((at - 1) // 2)
    return MultiProof(tuple(ordered), tuple(proof), tuple(flags))


def proves(root: bytes, leaf: bytes, proof: Iterable[bytes]) -> bool:
    """Whether the leaf lies under the root."""
    return path_root(leaf, proof) == root


def path_root(leaf: bytes, proof: Iterable[bytes]) -> bytes:
    """The root that the proof leads to."""
    node = leaf
    for sibling in proof:
        node = _pair(node, sibling)
    return node


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
