"""Messages in groups: each has its own answer, one that is wrong refuses no other, and too many are told to come again."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from escrow.errors import EscrowError, EventConflict, Overloaded, ReplayMismatch
from escrow.measure import Event
from oracle.db.connection import Database
from oracle.ledger import Answer, Delivery, Ledger
from oracle.recorder import MOST_WAITING, Recorder
from tests.oracle import made
from tests.oracle.single import Single


def delivery(name: str, body: bytes = b"", **changes: Any) -> Delivery:
    return Delivery(made.ACCOUNT, name, "signed_api/1", {}, body or name.encode(), 1, **changes)


@pytest.fixture
def recorder(database: Database) -> Iterator[Recorder]:
    made_one = Recorder(Ledger(database))
    yield made_one
    made_one.close()


def test_record_all__group__has_an_answer_each_and_what_is_wrong_refuses_only_itself(database: Database) -> None:
    ledger = Ledger(database)
    first, second = made.event(1), made.event(2)
    other = made.event(1, won=False)
    group: Sequence[tuple[Delivery, Sequence[Event]]] = [
        (delivery("a"), [first]),
        (delivery("b"), [first, second]),
        (delivery("c"), [other, made.event(3)]),
        (delivery("a"), [first]),
        (delivery("a", b"other"), [made.event(4)]),
        (delivery("d", first_stays=True), [other, made.event(5)]),
        (delivery("e"), []),
    ]
    results = ledger.record_all(group)
    assert results[0] == Answer(1, 0) and results[1] == Answer(1, 1) and results[3] == Answer(1, 0)
    assert isinstance(results[2], EventConflict) and isinstance(results[4], ReplayMismatch)
    assert results[5] == Answer(1, 1, ("call-00001",)) and results[6] == Answer(0, 0)
    assert ledger.counts() == {"delivery": 4, "event": 3}
    assert ledger.record_all(group[:2]) == [Answer(1, 0), Answer(1, 1)]


def test_record_all__more_rows_than_one_statement_takes__are_all_there(database: Database) -> None:
    ledger = Ledger(database)
    group = [(delivery(f"m-{number}"), [made.event(number)]) for number in range(301)]
    assert ledger.record_all(group) == [Answer(1, 0)] * 301
    assert ledger.counts() == {"delivery": 301, "event": 301}


def test_record__message_that_breaks_the_writer__is_told_so_and_the_others_are_written(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_all = Ledger.record_all

    def breaking(self: Ledger, group: Any) -> list[Answer | EscrowError]:
        if any(message.message_id == "m-3" for message, _ in group):
            raise ValueError("not foreseen")
        return record_all(self, group)

    monkeypatch.setattr(Ledger, "record_all", breaking)
    gate = threading.Barrier(20)
    told: dict[int, Answer | str] = {}

    def send(number: int) -> None:
        gate.wait()
        try:
            told[number] = recorder.record(delivery(f"m-{number}"), [made.event(number)])
        except ValueError as error:
            told[number] = str(error)

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert told == {number: "not foreseen" if number == 3 else Answer(1, 0) for number in range(20)}
    assert recorder.record(delivery("later"), [made.event(21)]) == Answer(1, 0)


def test_record__from_many_threads__is_written_in_fewer_commits_than_messages(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    record_all = Ledger.record_all

    def counted(self: Ledger, group: Any) -> list[Answer | EscrowError]:
        groups.append(len(group))
        return record_all(self, group)

    monkeypatch.setattr(Ledger, "record_all", counted)
    gate = threading.Barrier(40)

    def send(number: int) -> None:
        gate.wait()
        recorder.record(delivery(f"m-{number}"), [made.event(number)])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(groups) == 40 and len(groups) < 40


class Stuck(Ledger):
    """Its disk does not come back until it is let go."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def record_all(self, group: Any) -> list[Answer | EscrowError]:
        self.begun.set()
        self.go_on.wait(10)
        return super().record_all(group)


def test_record_soon__more_than_may_wait__is_refused_at_once_and_the_others_are_written(database: Database) -> None:
    ledger = Stuck(database)
    recorder = Recorder(ledger, most_waiting=5)

    async def flood() -> list[Answer | BaseException]:
        begun = asyncio.create_task(recorder.record_soon(delivery("first"), []))
        await asyncio.to_thread(ledger.begun.wait)
        tasks = [asyncio.create_task(recorder.record_soon(delivery(f"m-{number}"), [])) for number in range(9)]
        await asyncio.sleep(0)
        ledger.go_on.set()
        return await asyncio.gather(begun, *tasks, return_exceptions=True)

    answers = asyncio.run(flood())
    recorder.close()
    assert answers[:6] == [Answer(0, 0)] * 6
    assert all(isinstance(one, Overloaded) for one in answers[6:]) and len(answers) == 10
    assert ledger.counts()["delivery"] == 6


def test_record__database_that_fails__fails_every_message_of_the_group_and_the_next_ones_go_on(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Ledger, group: Any) -> list[Answer | EscrowError]:
        raise OperationalError("x", {}, Exception("disk"))

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record_all", fail)
        with pytest.raises(OperationalError):
            recorder.record(delivery("a"), [])
    assert recorder.record(delivery("a"), []) == Answer(0, 0)


def test_record_soon__sender_that_went_away__stops_no_other_and_its_message_is_written(database: Database) -> None:
    ledger = Stuck(database)
    recorder = Recorder(ledger)

    async def leave() -> Answer:
        gone = asyncio.create_task(recorder.record_soon(delivery("gone"), []))
        stays = asyncio.create_task(recorder.record_soon(delivery("stays"), []))
        await asyncio.to_thread(ledger.begun.wait)
        gone.cancel()
        ledger.go_on.set()
        return await stays

    assert asyncio.run(leave()) == Answer(0, 0)
    recorder.close()
    assert ledger.counts()["delivery"] == 2


def test_take__flood__is_429_with_retry_after_and_is_not_kept_as_a_refusal(single: Single) -> None:
    for _ in range(MOST_WAITING):
        single.recorder._waiting.append(None)  # type: ignore[arg-type]
    answer: httpx.Response = single.send(made.events_body([made.wire(1)]))
    single.recorder._waiting.clear()
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "Overloaded", "5")
    assert single.refusals.counts() == {} and single.ledger.position() == 0
    assert single.send(made.events_body([made.wire(1)])).status_code == 202


def test_take__long_message__is_read_in_a_thread_and_gives_the_same(single: Single) -> None:
    body = made.events_body([made.wire(number) for number in range(900)])
    assert len(body) > 64 * 1024
    assert single.send(body).json() == {"accepted": 900, "duplicates": 0}


def test_take__idempotency_key_other_than_the_signed_id__is_refused(single: Single) -> None:
    body = made.events_body([made.wire(1)])
    assert single.send(body, idempotency_key="message-9").json()["code"] == "MalformedMessage"
    assert single.send(body, idempotency_key="message-1").status_code == 202
