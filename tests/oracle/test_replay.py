"""Stored messages under another version of their adapter: what would be others is shown, and nothing is changed."""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from escrow.errors import DatabaseProblem, MalformedMessage
from escrow.measure import Event
from oracle.__main__ import main
from oracle.db.connection import Database
from oracle.replay import Change, accounts_of, replay, require_readable
from oracle.secret_file import write_secret
from oracle.sources import Message
from oracle.sources.signed_api import SignedApi
from tests.oracle import made
from tests.oracle.single import Single
from tests.oracle.test_settings import REQUIRED

Read = Callable[[list[Event]], list[Event]]


class Later(SignedApi):
    """The same account, read by a version to come."""

    def __init__(self, read: Read) -> None:
        super().__init__(made.ACCOUNT, ())
        object.__setattr__(self, "read", read)

    def events(self, message: Message) -> list[Event]:
        return self.read(super().events(message))  # type: ignore[attr-defined, no-any-return]


def refuse(events: list[Event]) -> list[Event]:
    raise MalformedMessage("is not what it was")


def without_second(events: list[Event]) -> list[Event]:
    return events[:1]


def with_third(events: list[Event]) -> list[Event]:
    return [*events, replace(events[0], source_event_id="call-00003")]


def doubled(events: list[Event]) -> list[Event]:
    return [replace(one, quantity=2 * one.quantity) for one in events]


@pytest.fixture
def heard(single: Single) -> Single:
    single.send(made.events_body([made.wire(1), made.wire(2)]))
    single.send(made.events_body([made.wire(2), made.wire(1)]), message_id="message-2")
    return single


@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        (lambda events: events, []),
        (lambda events: events[::-1], []),
        (doubled, [(Change.CHANGED, "call-00001"), (Change.CHANGED, "call-00002")]),
        (with_third, [(Change.ADDED, "call-00003")]),
        (refuse, [(Change.UNREADABLE, "message-1"), (Change.UNREADABLE, "message-2"), (Change.GONE, "call-00001"), (Change.GONE, "call-00002")]),
    ],
)  # fmt: skip
def test_replay__by_another_version__shows_what_would_be_others(
    heard: Single, read: Read, wanted: list[tuple[Change, str]]
) -> None:
    found = list(replay(heard.database, {made.ACCOUNT: Later(read)}, made.ACCOUNT))
    assert [(one.change, one.name) for one in found] == wanted


def test_replay__event_that_a_later_message_still_gives__is_not_gone(heard: Single) -> None:
    assert list(replay(heard.database, {made.ACCOUNT: Later(without_second)}, made.ACCOUNT)) == []


def test_replay__account_without_a_source__says_so(heard: Single) -> None:
    (found,) = replay(heard.database, {}, made.ACCOUNT)
    assert found.change is Change.UNREADABLE and "none of this oracle's sources" in found.words


def test_accounts_of__all_that_were_heard(heard: Single) -> None:
    assert accounts_of(heard.database) == [made.ACCOUNT]


def test_require_readable__no_database__is_refused(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path / "none.sqlite"))) as database, pytest.raises(DatabaseProblem, match="not there"):
        require_readable(database)


def run(heard: Single, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accounts: Any, *arguments: str) -> Any:
    monkeypatch.chdir(tmp_path)
    write_secret(tmp_path / "sources.json", json.dumps({"accounts": accounts}))
    environment = REQUIRED | {"ORACLE_DATABASE": str(heard.database.path)}
    return CliRunner().invoke(main, ["replay", *arguments], env=environment)


def digest(database: Database) -> str:
    with database.read() as connection:
        lines = connection.connection.iterdump()  # type: ignore[attr-defined]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_command__as_it_was__says_so_and_changes_nothing(
    heard: Single, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(heard.database)
    accounts = {made.ACCOUNT: {"adapter": "signed_api", "keys": [made.secret("new key")]}}
    answer = run(heard, tmp_path, monkeypatch, accounts)
    assert (answer.exit_code, answer.output) == (0, "0 added, 0 gone, 0 changed, 0 unreadable\n")
    assert digest(heard.database) == before


def test_command__by_another_adapter__shows_each_difference(
    heard: Single, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = {made.ACCOUNT: {"adapter": "csv", "keys": [made.secret("new key")], "mapping": made.MAPPING}}
    answer = run(heard, tmp_path, monkeypatch, accounts, "--account", made.ACCOUNT)
    assert answer.exit_code == 1
    assert (
        "unreadable  bank-telephone  message-1" in answer.output
        and "gone        bank-telephone  call-00002" in answer.output
    )


def test_command__account_that_was_never_heard__is_refused(
    heard: Single, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(heard, tmp_path, monkeypatch, {}, "--account", "nobody")
    assert answer.exit_code == 1 and "account 'nobody' is none of this oracle's sources" in answer.output
