"""The ledger: rows are added and never changed, and the events of a measurement are found quickly."""

import threading
from contextlib import closing
from pathlib import Path
from time import process_time

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import column, insert, select, table, text
from sqlalchemy.exc import IntegrityError, OperationalError

from escrow.agreement import parse_agreement
from escrow.errors import DatabaseProblem, EventConflict
from escrow.measure import Event, measure
from oracle.book import Book, Checkpoint
from oracle.db import schema, tables
from oracle.db.connection import Database
from oracle.db.lease import lease
from oracle.ledger import Answer, Delivery, EventFilter, Ledger
from oracle.measuring import event_filter
from tests import factories
from tests.oracle import made
from tests.oracle.made import ACCOUNT, JUNE

MAY = EventFilter({ACCOUNT}, "call", JUNE)


def record(ledger: Ledger, events: list[Event], message_id: str = "m") -> Answer:
    return ledger.record(Delivery(ACCOUNT, message_id, "signed_api/1", {}, message_id.encode(), 1), events)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.mark.parametrize(
    ("change", "is_in"),
    [
        ({}, True),
        ({"at": "2008-05-31T23:59:59Z"}, True),
        ({"at": "2008-06-01T00:00:00Z"}, False),
        ({"at": "2008-01-01T00:00:00Z"}, True),
        ({"goal": "visit"}, False),
    ],
)
def test_events__of_a_filter__are_those_that_it_names(ledger: Ledger, change: dict[str, str], is_in: bool) -> None:
    record(ledger, [made.event(1, **change)])
    assert ledger.events(MAY, ledger.position()) == ([made.event(1, **change)] if is_in else [])


def test_events__of_another_account__are_not_found(ledger: Ledger) -> None:
    record(ledger, [made.event(1)])
    assert ledger.events(EventFilter({"other"}, "call", JUNE), 9) == []


def test_events__at_an_earlier_position__are_those_that_were_known_then(ledger: Ledger) -> None:
    record(ledger, [made.event(1)])
    position = ledger.position()
    record(ledger, [made.event(2)], "later")
    assert ledger.events(MAY, position) == [made.event(1)]


def test_has_news__only_for_events_that_the_filter_names(ledger: Ledger) -> None:
    record(ledger, [made.event(1)])
    before = ledger.position()
    assert not ledger.has_news(MAY, before, before)
    record(ledger, [made.event(2, at="2008-06-05T00:00:00Z"), made.event(3, goal="visit")], "others")
    assert not ledger.has_news(MAY, before, ledger.position())
    record(ledger, [made.event(4)], "late")
    assert ledger.has_news(MAY, before, ledger.position())


def test_record__conflict_in_the_last_event__keeps_nothing_of_the_message(ledger: Ledger) -> None:
    record(ledger, [made.event(1)])
    with pytest.raises(EventConflict):
        record(ledger, [made.event(2), made.event(1, won=False)], "second")
    assert ledger.counts() == {"delivery": 1, "event": 1}


def test_record__more_events_than_one_query_takes__are_all_compared(ledger: Ledger) -> None:
    many = [made.event(number) for number in range(1_000)]
    record(ledger, many)
    assert record(ledger, many, "again") == Answer(0, 1_000)


def test_record__from_sixteen_threads__each_event_is_accepted_once(ledger: Ledger) -> None:
    answers: list[Answer] = []

    def send(number: int) -> None:
        answers.append(record(ledger, [made.event(n) for n in range(20)], f"m-{number}"))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answer.accepted for answer in answers) == 20 and ledger.position() == 20


@pytest.mark.parametrize("table", ["delivery", "event"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET received_at = 5", "DELETE FROM {}"])
def test_ledger__changed_by_sql__is_refused_by_the_database(
    ledger: Ledger, database: Database, table: str, statement: str
) -> None:
    record(ledger, [made.event(1)])
    with pytest.raises(IntegrityError, match="only grows"), database.write() as connection:
        connection.execute(text(statement.format(table)))


def test_measurement__of_25_000_events__takes_well_under_a_second(ledger: Ledger) -> None:
    events = [made.event(number, at=f"2008-05-{5 + number % 25:02}T00:00:00Z") for number in range(25_000)]
    for start in range(0, 25_000, 1_000):
        record(ledger, events[start : start + 1_000], f"m-{start}")
    agreement = parse_agreement(made.agreement())
    began = process_time()
    found = measure(agreement, "0x" + "12" * 32, ledger.events(event_filter(agreement, JUNE), 25_000), JUNE)
    assert found.value == 25_000
    # 0.6 s of one core.
    assert process_time() - began < 3


# The database itself


def test_database__commits__are_on_the_disk_before_they_return(database: Database) -> None:
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_database__reader__can_not_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"), database.read() as connection:
        connection.execute(text("DELETE FROM refusal"))


def test_database__migrated__has_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_upgrade__twice__changes_nothing(database: Database) -> None:
    schema.upgrade(database)
    with database.read() as connection:
        assert schema.revision(connection) == schema.newest() == "0005"


def test_upgrade__book_that_has_read_past_newer_events__is_read_anew_and_nothing_else_is_lost(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path / "old.sqlite"))) as database:
        with database.write() as connection:
            config = schema._config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0002")
            connection.execute(insert(tables.checkpoint).values(block_number=7, block_hash="0x07"))
            sent = {"deal_id": "0x12", "as_of": 1, "account": "0x34", "nonce": 5, "to": "0x56", "data": "0x", "gas": 1}
            words = {"state": "done", "created_at": 1}
            old = table("submission", *map(column, sent | words))
            connection.execute(insert(old).values(sent | words))
        schema.upgrade(database)
        assert Book(database).checkpoint() is None
        with database.read() as connection:
            assert connection.execute(select(tables.submission.c.nonce, tables.submission.c.purpose)).all() == [
                (5, "report")
            ]


def test_bind__to_another_contract_after_reading_one__is_refused_by_name(database: Database) -> None:
    schema.bind(database, factories.domain())
    Book(database).add([], Checkpoint(1, "0x01"))
    schema.bind(database, factories.domain())
    with pytest.raises(DatabaseProblem, match="on chain 31337, not of"):
        schema.bind(database, factories.domain(chain_id=1))


def test_bind__first_start_had_a_wrong_setting__takes_the_right_one(database: Database) -> None:
    schema.bind(database, factories.domain(chain_id=1))
    schema.bind(database, factories.domain())
    Book(database).add([], Checkpoint(1, "0x01"))
    with pytest.raises(DatabaseProblem):
        schema.bind(database, factories.domain(chain_id=1))


def test_database__of_another_kind__is_refused_by_name() -> None:
    with pytest.raises(DatabaseProblem, match="no SQLite file"):
        Database("sqlite://")


def test_lease__second_process__is_refused_until_the_first_has_ended(database: Database) -> None:
    with lease(database.path):
        with pytest.raises(DatabaseProblem, match="in use"), lease(database.path):
            pass
    with lease(database.path):
        pass


def test_database__closed_and_opened__has_everything(database: Database) -> None:
    record(Ledger(database), [made.event(1)])
    database.close()
    with closing(Database(f"sqlite:///{database.path}")) as again:
        assert Ledger(again).events(MAY, 9) == [made.event(1)]
