"""Messages that were refused, with their bytes and the reason, for whoever has to find out why. Bounded, since anyone
can send: each message once a reason, its first bytes only, and the newest so many.
"""

import hashlib
from collections.abc import Mapping

from sqlalchemy import delete, func, insert, select, update

from escrow.errors import EscrowError
from oracle.db.connection import Database
from oracle.db.tables import refusal

MOST_ROWS = 1_000
MOST_BYTES = 64 * 1024
MOST_TEXT = 200


class Refusals:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, account: str, message_id: str | None, body: bytes, reason: EscrowError, at: int) -> None:
        account, sha256 = account[:MOST_TEXT], hashlib.sha256(body).hexdigest()
        with self._database.write() as connection:
            again = (
                update(refusal)
                .where(
                    refusal.c.source_account == account,
                    refusal.c.sha256 == sha256,
                    refusal.c.code == reason.code,
                )
                .values(times=refusal.c.times + 1)
            )
            if connection.execute(again).rowcount:
                return
            connection.execute(
                insert(refusal).values(
                    source_account=account,
                    message_id=message_id and message_id[:MOST_TEXT],
                    code=reason.code,
                    reason=str(reason)[:1_000],
                    body=body[:MOST_BYTES],
                    size=len(body),
                    sha256=sha256,
                    received_at=at,
                    times=1,
                )
            )
            newest = select(func.max(refusal.c.id)).scalar_subquery()
            connection.execute(delete(refusal).where(refusal.c.id <= newest - MOST_ROWS))

    def counts(self) -> Mapping[str, int]:
        """By reason, of those that are still kept."""
        query = select(refusal.c.code, func.sum(refusal.c.times)).group_by(refusal.c.code)
        with self._database.read() as connection:
            return {code: int(times) for code, times in connection.execute(query)}
