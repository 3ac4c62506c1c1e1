"""The journal: one value for one report, for ever, whoever asks and whatever happened in between."""

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from escrow.documents import hash_of
from escrow.errors import JournalConflict
from escrow.report import Report
from oracle.board import Board
from oracle.db.connection import Database
from oracle.journal import Entry, Journal
from oracle.signer import Signer
from tests import factories

REPORT = factories.report()
LARGEST = factories.report(value=2**64 - 1)


def lock(database: Database, report: Report = REPORT, position: int = 7) -> Entry:
    return Journal(database).lock(Entry(report, position), {factories.person("a"): "0x12"}, 1)


def test_lock__first_value__is_kept_to_the_last_digit(database: Database) -> None:
    assert lock(database, LARGEST) == Entry(LARGEST, 7)
    assert Journal(database).locked(LARGEST.deal_id, LARGEST.as_of) == Entry(LARGEST, 7)


def test_lock__same_value_again__is_the_first_lock(database: Database) -> None:
    lock(database)
    assert lock(database, position=99) == Entry(REPORT, 7)


@pytest.mark.parametrize("changes", [{"value": 259}, {"evidence": hash_of(b"other")}])
def test_lock__second_value_or_evidence__is_refused(database: Database, changes: dict[str, object]) -> None:
    lock(database)
    with pytest.raises(JournalConflict) as refused:
        lock(database, replace(REPORT, **changes))
    assert (refused.value.deal_id, refused.value.as_of) == (REPORT.deal_id, REPORT.as_of)
    assert Journal(database).locked(REPORT.deal_id, REPORT.as_of) == Entry(REPORT, 7)


def test_lock__second_value_after_reopening__is_refused(database: Database) -> None:
    lock(database)
    database.close()
    with closing(Database(str(database.path))) as again, pytest.raises(JournalConflict):
        lock(again, replace(REPORT, value=259))


def test_lock__other_deal_or_time__is_another_report(database: Database) -> None:
    lock(database)
    lock(database, replace(REPORT, as_of=REPORT.as_of + 1, value=1))
    lock(database, replace(REPORT, deal_id="0x" + "34" * 32, value=2))


@pytest.mark.parametrize("statement", ["UPDATE journal SET value = '1'", "DELETE FROM journal"])
def test_journal__changed_by_sql__is_refused_by_the_database(database: Database, statement: str) -> None:
    lock(database)
    with pytest.raises(IntegrityError, match="journal only grows"), database.write() as connection:
        connection.execute(text(statement))
    assert Journal(database).locked(REPORT.deal_id, REPORT.as_of) == Entry(REPORT, 7)


def test_lock__sixteen_threads_with_two_values__all_agree_on_one(database: Database) -> None:
    start, found = threading.Barrier(16), []

    def race(value: int) -> None:
        start.wait()
        try:
            found.append(lock(database, replace(REPORT, value=value)).report.value)
        except JournalConflict:
            found.append(None)

    threads = [threading.Thread(target=race, args=(258 + number % 2,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found) - {None}) == 1 and found.count(None) == 8


def test_lock__two_processes_on_one_file__the_second_sees_the_first(database: Database) -> None:
    with closing(Database(str(database.path))) as other:
        lock(database)
        with pytest.raises(JournalConflict):
            lock(other, replace(REPORT, value=259))


def test_board__crash_after_the_journal__gives_the_same_signature_when_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    signer, domain = Signer(factories.key("oracle-a")), factories.domain()
    board = Board(Journal(database), signer, domain)
    signed = board.lock(board.propose(REPORT, 7), {}, 1).standing
    again = Board(Journal(database), signer, domain).posted(REPORT.deal_id, REPORT.as_of).standing
    assert again == signed and again.report_signature is not None


def test_board__proposal__is_not_signed_as_a_report(database: Database) -> None:
    board = Board(Journal(database), Signer(factories.key("oracle-a")), factories.domain())
    posted = board.propose(REPORT, 7)
    assert posted.standing.report_signature is None and not posted.is_locked
    assert Journal(database).locked(REPORT.deal_id, REPORT.as_of) is None


def test_board__locked__shows_the_lock_whatever_is_proposed_later(database: Database) -> None:
    board = Board(Journal(database), Signer(factories.key("oracle-a")), factories.domain())
    board.lock(board.propose(REPORT, 7), {}, 1)
    other = board.propose(replace(REPORT, value=259), 8)
    assert board.posted(REPORT.deal_id, REPORT.as_of).standing.report == REPORT
    with pytest.raises(JournalConflict):
        board.lock(other, {}, 2)
