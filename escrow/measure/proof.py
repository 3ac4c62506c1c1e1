"""Proof that one row stands in a signed bundle, without the others. Knows rows and the tree, no agreement."""

from dataclasses import dataclass
from typing import Any

from escrow.measure.evidence import Bundle
from escrow.measure.merkle import proof_of, proves
from escrow.measure.row import Row, leaf_of


@dataclass(frozen=True)
class RowProof:
    """`siblings` lead from the row's leaf up to the bundle's `units_root`."""

    row: Row
    units_root: bytes
    siblings: tuple[bytes, ...]

    def holds(self) -> bool:
        return proves(self.units_root, leaf_of(self.row), self.siblings)

    def to_json(self) -> dict[str, Any]:
        """`leaf` and `proof` are as OpenZeppelin's `StandardMerkleTree.verify` takes them."""
        row = self.row
        values = ["0x" + row.unit_key.hex(), row.state, row.reason, str(row.quantity), "0x" + row.event_hash.hex()]
        return {
            "types": list(row.leaf_types),
            "leaf": values,
            "proof": ["0x" + sibling.hex() for sibling in self.siblings],
            "units_root": "0x" + self.units_root.hex(),
        }


def prove_unit(bundle: Bundle, unit_key: bytes) -> tuple[RowProof, ...]:
    """One proof for each row of the unit, none for a unit that is not in the bundle."""
    leaves = [leaf_of(row) for row in bundle.rows]
    return tuple(
        RowProof(row, bundle.units_root, tuple(proof_of(leaves, leaf)))
        for row, leaf in zip(bundle.rows, leaves, strict=True)
        if row.unit_key == unit_key
    )
