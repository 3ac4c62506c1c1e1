"""The index as its writer sees it: a cursor and rows, which move in one transaction or not at all. Asks no node."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, insert, select, union, update

from api.db.models import Block as BlockRow
from api.db.models import Checkpoint, Cursor, Deal, Token
from api.index.queries import CURSOR_ID
from api.indexer.project import Rows
from api.indexer.read import Point
from api.indexer.tokens import TokenFacts
from escrow.eip712 import Domain
from escrow.errors import IndexBusy, IndexIncomplete, IndexMismatch
from escrow.ids import Address
from escrow.rpc import Block

KEPT_CHECKPOINTS = 256
_CHUNK = 500
"""Values in one list of a statement."""


@dataclass(frozen=True)
class Looked:
    """What the node said when it was last asked: its newest block, and when that was by the machine's clock."""

    head_number: int
    at: int


class IndexStore:
    """`from_block` is the first block that is read. Two writers can't do harm: the slower one gets IndexBusy."""

    def __init__(self, engine: Engine, domain: Domain, from_block: int) -> None:
        self._engine = engine
        self._domain = domain
        self._from_block = from_block

    def claim(self) -> None:
        """The index is of this contract; IndexMismatch where it is of another one."""
        with self._engine.begin() as connection:
            cursor = connection.execute(select(Cursor.__table__)).one_or_none()
            if cursor is None:
                self._begin_anew(connection)
                return
            for field, given, wanted in (
                ("chain", cursor.chain_id, self._domain.chain_id),
                ("contract", cursor.contract, self._domain.contract),
                ("first block", cursor.from_block, self._from_block),
            ):
                if given != wanted:
                    raise IndexMismatch(field, str(given), str(wanted))

    def reset(self) -> None:
        """Nothing was read yet."""
        with self._engine.begin() as connection:
            for table in (BlockRow, Checkpoint, Token, Cursor):
                connection.execute(delete(table))
            self._begin_anew(connection)

    def cursor(self) -> Point:
        with self._engine.connect() as connection:
            row = connection.execute(select(Cursor.block_number, Cursor.block_hash)).one()
        return Point(row.block_number, row.block_hash)

    def points(self, up_to: int) -> Iterator[Sequence[Point]]:
        """Blocks whose hashes are known, the newest first, in parts that grow."""
        size, below = 16, up_to + 1
        while True:
            part = self._points_below(below, size)
            if not part:
                return
            yield part
            size, below = min(4 * size, _CHUNK), part[-1].number

    def append(self, after: Point, to: Block, rows: Rows, tokens: Iterable[TokenFacts], looked: Looked) -> None:
        """Rows and cursor have moved from `after` to `to`. IndexIncomplete for events of a deal that is not there."""
        with self._moving(after, Point(to.number, to.hash), to.timestamp, looked) as connection:
            for table, new in rows.items():
                if new:
                    connection.execute(insert(table), new)
            self._require_deals(connection, rows)
            _put_tokens(connection, tokens)
            connection.execute(insert(Checkpoint), [{"number": to.number, "hash": to.hash}])
            _thin_out(connection)

    def roll_back(self, after: Point, to: Block | None, looked: Looked) -> None:
        """Nothing above `to` is left; everything is to be read again where that is None."""
        point = Point(to.number, to.hash) if to else Point(self._from_block - 1, None)
        with self._moving(after, point, to.timestamp if to else None, looked) as connection:
            # The rows of events go with their blocks.
            connection.execute(delete(BlockRow).where(BlockRow.number > point.number))
            connection.execute(delete(Checkpoint).where(Checkpoint.number > point.number))

    def touch(self, looked: Looked) -> None:
        """Nothing new, but the node was asked."""
        with self._engine.begin() as connection:
            connection.execute(update(Cursor).values(head_number=looked.head_number, read_at=looked.at))

    def named_tokens(self) -> set[Address]:
        """Those that said what they are."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(Token.address).where(Token.decimals.is_not(None))))

    def put_tokens(self, tokens: Iterable[TokenFacts]) -> None:
        with self._engine.begin() as connection:
            _put_tokens(connection, tokens)

    def _begin_anew(self, connection: Connection) -> None:
        start = {
            "id": CURSOR_ID,
            "chain_id": self._domain.chain_id,
            "contract": self._domain.contract,
            "from_block": self._from_block,
            "block_number": self._from_block - 1,
        }
        connection.execute(insert(Cursor), [start])

    @contextmanager
    def _moving(self, after: Point, to: Point, at: int | None, looked: Looked) -> Iterator[Connection]:
        """One transaction that moves the cursor first: its row is the lock between writers."""
        moved = (
            update(Cursor)
            .where(Cursor.block_number == after.number, Cursor.block_hash.is_not_distinct_from(after.hash))
            .values(
                block_number=to.number,
                block_hash=to.hash,
                block_at=at,
                head_number=looked.head_number,
                read_at=looked.at,
            )
        )
        with self._engine.begin() as connection:
            if connection.execute(moved).rowcount != 1:
                raise IndexBusy
            yield connection

    def _points_below(self, below: int, size: int) -> list[Point]:
        known = union(
            select(BlockRow.number, BlockRow.hash).where(BlockRow.number < below),
            select(Checkpoint.number, Checkpoint.hash).where(Checkpoint.number < below),
        ).subquery()
        with self._engine.connect() as connection:
            rows = connection.execute(select(known).order_by(known.c.number.desc()).limit(size))
            return [Point(number, hash_) for number, hash_ in rows]

    def _require_deals(self, connection: Connection, rows: Rows) -> None:
        opened = {row["deal_id"] for row in rows.get(Deal, ())}
        named = {row["deal_id"] for new in rows.values() for row in new if "deal_id" in row}
        wanted = sorted(named - opened)
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            found = set(connection.scalars(select(Deal.deal_id).where(Deal.deal_id.in_(part))))
            for deal_id in part:
                if deal_id not in found:
                    raise IndexIncomplete(deal_id, self._from_block)


def _put_tokens(connection: Connection, tokens: Iterable[TokenFacts]) -> None:
    for token in tokens:
        connection.execute(delete(Token).where(Token.address == token.address))
        connection.execute(insert(Token), [vars(token)])


def _thin_out(connection: Connection) -> None:
    newest = select(Checkpoint.number).order_by(Checkpoint.number.desc()).limit(KEPT_CHECKPOINTS).subquery()
    oldest_kept = select(func.min(newest.c.number)).scalar_subquery()
    connection.execute(delete(Checkpoint).where(Checkpoint.number < oldest_kept))
