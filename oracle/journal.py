"""What this key may sign: one value for each report, for ever. Written before the signature exists, never changed.

The primary key (deal, as-of) refuses a second row, and triggers refuse to change or delete one, whoever asks. Beside it
stands what was proposed, of which there may be several for a report.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from escrow.errors import JournalConflict
from escrow.ids import Address, DealId, DocumentHash, Timestamp
from escrow.report import Report
from oracle.db.connection import Database
from oracle.db.tables import journal, proposal


@dataclass(frozen=True)
class Entry:
    """`ledger_position`: the events of the measurement are those that the ledger held then."""

    report: Report
    ledger_position: int


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, wanted: Entry, proposals: Mapping[Address, str], at: int) -> Entry:
        """The report is locked, on the disk. JournalConflict where another value or evidence is.

        `proposals` are the signatures of the equal proposals that made the quorum, by member.
        """
        report = wanted.report
        with self._database.write() as connection:
            before = _find(connection, report.deal_id, report.as_of)
            if before is not None:
                if before.report != report:
                    raise JournalConflict(report.deal_id, report.as_of, _words(report), _words(before.report))
                return before
            connection.execute(
                insert(journal).values(
                    **_row(report),
                    ledger_position=wanted.ledger_position,
                    proposals=json.dumps(dict(sorted(proposals.items()))),
                    locked_at=at,
                )
            )
            return wanted

    def locked(self, deal_id: DealId, as_of: int) -> Entry | None:
        with self._database.read() as connection:
            return _find(connection, deal_id, as_of)

    def propose(self, wanted: Entry) -> None:
        """It is on the disk that this member would sign the report, so that it can come back to it."""
        row = {**_row(wanted.report), "ledger_position": wanted.ledger_position}
        with self._database.write() as connection:
            if _proposed(connection, wanted.report) is None:
                connection.execute(insert(proposal).values(row))

    def proposed(self, report: Report) -> Entry | None:
        """Where this member has measured this very report itself, and shown that it would sign it."""
        with self._database.read() as connection:
            return _proposed(connection, report)


def _find(connection: Connection, deal_id: DealId, as_of: int) -> Entry | None:
    row = connection.execute(
        select(journal.c.value, journal.c.evidence, journal.c.ledger_position).where(
            journal.c.deal_id == deal_id, journal.c.as_of == as_of
        )
    ).first()
    if row is None:
        return None
    report = Report(deal_id, Timestamp(as_of), int(row.value), DocumentHash(row.evidence))
    return Entry(report, row.ledger_position)


def _proposed(connection: Connection, report: Report) -> Entry | None:
    query = select(proposal.c.ledger_position).filter_by(**_row(report))
    position = connection.execute(query).scalar()
    return None if position is None else Entry(report, position)


def _row(report: Report) -> dict[str, Any]:
    return {
        "deal_id": report.deal_id,
        "as_of": report.as_of,
        "value": str(report.value),
        "evidence": report.evidence,
    }


def _words(report: Report) -> str:
    return f"{report.value} with evidence {report.evidence[:8]}…"
