"""How far the index has been read. Knows the cursor and nothing that it moved over."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.db.models import Cursor
from escrow.errors import IndexMissing
from escrow.ids import Address, Timestamp

OLD_SECONDS = 60
CURSOR_ID = 1


@dataclass(frozen=True)
class Freshness:
    """`block_time` is the chain's time, by which statuses are derived; `age_seconds` since the node was last asked."""

    chain_id: int
    contract: Address
    block_number: int
    block_hash: str
    block_time: Timestamp
    head_number: int
    age_seconds: int

    @property
    def is_old(self) -> bool:
        return self.age_seconds >= OLD_SECONDS


def freshness(index: Session, now: int) -> Freshness:
    """`now` by the machine's clock. IndexMissing before the first block was read."""
    cursor = index.get(Cursor, CURSOR_ID)
    if cursor is None or cursor.block_hash is None or cursor.block_at is None:
        raise IndexMissing("no block was read yet")
    return Freshness(
        chain_id=cursor.chain_id,
        contract=cursor.contract,
        block_number=cursor.block_number,
        block_hash=cursor.block_hash,
        block_time=cursor.block_at,
        head_number=max(cursor.block_number, cursor.head_number or 0),
        age_seconds=max(0, now - (cursor.read_at or now)),
    )
