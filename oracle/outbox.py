"""Transactions to send: their signed bytes are on the disk before they leave, so that a crash can't lose or double one.

A submission is one nonce; its attempts are the same call under other fees, of which one can be mined.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from escrow.contract import Call
from escrow.ids import Address, DealId, Timestamp, address
from oracle.db import tables
from oracle.db.connection import Database
from oracle.fees import Fees, Window


class State(StrEnum):
    PENDING = "pending"
    """Not mined, as far as is known."""
    MINED = "mined"
    """In a block that may still be replaced."""
    DONE = "done"
    """In a block that is deep enough."""
    REVERTED = "reverted"
    """In a block that is deep enough, and without effect."""
    TAKEN = "taken"
    """Another transaction took the nonce, in a block that may still be replaced."""
    LOST = "lost"
    """Another transaction took the nonce, in a block that is deep enough: somebody else has the key."""
    UNSENT = "unsent"
    """Not needed any more before it ever left."""
    REFUSED = "refused"
    """As it is no node would ever take it, so it is made anew."""


LIVE = (State.PENDING, State.MINED, State.TAKEN)


class Purpose(StrEnum):
    """What a transaction does with the report that it is about."""

    REPORT = "report"
    """Brings it."""
    FINALIZE = "finalize"
    """Has it paid, once nobody is awaited who could dispute it or rule."""
    FILL = "fill"
    """Uses up a nonce that is missing before others, and does nothing."""


@dataclass(frozen=True)
class Attempt:
    """Signed bytes, 0x and hex. `sent_at` is None until a node has answered to them."""

    id: int
    hash: str
    raw: str
    fees: Fees
    created_at: int
    sent_at: int | None


@dataclass(frozen=True)
class Submission:
    """`attempts` in the order of their making. `window`: when the call became possible, and until when it is of use."""

    id: int
    deal_id: DealId
    as_of: Timestamp
    purpose: Purpose
    nonce: int
    call: Call
    gas: int
    state: State
    mined_block: int | None
    window: Window | None
    attempts: tuple[Attempt, ...]

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]

    @property
    def was_sent(self) -> bool:
        return any(attempt.sent_at is not None for attempt in self.attempts)


@dataclass(frozen=True)
class Signed:
    """`hash` and `raw` as 0x and hex."""

    hash: str
    raw: str
    fees: Fees


class Outbox:
    """Of one account."""

    def __init__(self, database: Database, account: Address) -> None:
        self._database = database
        self._account = account

    def add(
        self,
        deal_id: DealId,
        as_of: int,
        purpose: Purpose,
        *,
        nonce: int,
        call: Call,
        gas: int,
        signed: Signed,
        window: Window | None,
        now: int,
    ) -> Submission:
        """It is on the disk; now it may be sent.

        The very same transaction can come again when a fork took away what had made it needless: then it is the same
        submission, which goes on.
        """
        with self._database.write() as connection:
            same = select(tables.attempt.c.submission_id).where(tables.attempt.c.hash == signed.hash)
            before = connection.execute(same).scalar()
            if before is not None:
                _mark(connection, before, State.PENDING)
                return _submission(connection, before)
            result = connection.execute(
                insert(tables.submission).values(
                    deal_id=deal_id,
                    as_of=as_of,
                    purpose=purpose,
                    account=self._account,
                    nonce=nonce,
                    to=call.to,
                    data=call.data,
                    gas=gas,
                    state=State.PENDING,
                    opens_at=window and window.opens_at,
                    closes_at=window and window.closes_at,
                    created_at=now,
                )
            )
            number = int(result.inserted_primary_key[0])  # type: ignore[index]
            _insert_attempt(connection, number, signed, now)
            return _submission(connection, number)

    def add_attempt(self, submission: Submission, signed: Signed, now: int) -> Submission:
        with self._database.write() as connection:
            _insert_attempt(connection, submission.id, signed, now)
            return _submission(connection, submission.id)

    def mark_sent(self, attempt: Attempt, now: int) -> None:
        with self._database.write() as connection:
            row = update(tables.attempt).where(tables.attempt.c.id == attempt.id)
            connection.execute(row.values(sent_at=now))

    def mark(self, submission: Submission, state: State, *, hash: str | None = None, block: int | None = None) -> None:
        """`hash` and `block`: which attempt was mined, and where."""
        with self._database.write() as connection:
            _mark(connection, submission.id, state, hash, block)

    def live(self) -> list[Submission]:
        """Those that something can still happen to, lowest nonce first."""
        query = (
            select(tables.submission.c.id)
            .where(tables.submission.c.account == self._account, tables.submission.c.state.in_(LIVE))
            .order_by(tables.submission.c.nonce, tables.submission.c.id)
        )
        with self._database.read() as connection:
            return [_submission(connection, number) for number in connection.execute(query).scalars()]

    def at_nonce(self, nonce: int) -> Submission | None:
        """The last one that was made with it, whatever became of it."""
        table = tables.submission
        query = select(table.c.id).where(table.c.account == self._account, table.c.nonce == nonce)
        with self._database.read() as connection:
            number = connection.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()
            return None if number is None else _submission(connection, number)

    def was_refused(self, signed: Signed) -> bool:
        """These very bytes, and nobody would ever take them."""
        table = tables.submission
        query = select(table.c.id).join(tables.attempt, tables.attempt.c.submission_id == table.c.id)
        with self._database.read() as connection:
            found = query.where(tables.attempt.c.hash == signed.hash, table.c.state == State.REFUSED)
            return connection.execute(found).first() is not None

    def foreign_nonce(self) -> int | None:
        """One that somebody else took, where there is one."""
        table = tables.submission
        query = select(func.max(table.c.nonce)).where(table.c.account == self._account, table.c.state == State.LOST)
        with self._database.read() as connection:
            found: int | None = connection.execute(query).scalar_one()
            return found

    def failures(self, deal_id: DealId, as_of: int, purpose: Purpose) -> int:
        """How often a submission for this report was mined and failed, or could never have been mined."""
        table = tables.submission
        query = select(func.count()).where(
            table.c.deal_id == deal_id,
            table.c.as_of == as_of,
            table.c.purpose == purpose,
            table.c.state.in_((State.REVERTED, State.REFUSED)),
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _mark(connection: Connection, number: int, state: State, hash: str | None = None, block: int | None = None) -> None:
    row = update(tables.submission).where(tables.submission.c.id == number)
    connection.execute(row.values(state=state, mined_hash=hash, mined_block=block))


def _insert_attempt(connection: Connection, submission_id: int, signed: Signed, now: int) -> None:
    connection.execute(
        insert(tables.attempt).values(
            submission_id=submission_id,
            hash=signed.hash,
            raw=signed.raw,
            max_fee_units=str(signed.fees.cap),
            tip_units=str(signed.fees.tip),
            created_at=now,
        )
    )


def _submission(connection: Connection, number: int) -> Submission:
    row = connection.execute(select(tables.submission).where(tables.submission.c.id == number)).one()
    attempts = select(tables.attempt).where(tables.attempt.c.submission_id == number).order_by(tables.attempt.c.id)
    return Submission(
        id=row.id,
        deal_id=DealId(row.deal_id),
        as_of=Timestamp(row.as_of),
        purpose=Purpose(row.purpose),
        nonce=row.nonce,
        call=Call(address(row.to), row.data, 0),
        gas=row.gas,
        state=State(row.state),
        mined_block=row.mined_block,
        window=None if row.closes_at is None else Window(Timestamp(row.opens_at), Timestamp(row.closes_at)),
        attempts=_attempts(connection.execute(attempts).all()),
    )


def _attempts(rows: Sequence[Any]) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(
            id=row.id,
            hash=row.hash,
            raw=row.raw,
            fees=Fees(int(row.max_fee_units), int(row.tip_units)),
            created_at=row.created_at,
            sent_at=row.sent_at,
        )
        for row in rows
    )
