"""One message in: verified, read, kept, answered. It is taken whole or refused whole, and then kept with the reason.

Knows sources and the ledger; knows neither HTTP nor what is counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.concurrency import run_in_threadpool

from escrow.errors import (
    EscrowError,
    EventConflict,
    FutureEvent,
    IntakeProblem,
    LateWord,
    MeasureProblem,
    NotPushed,
    Overloaded,
    TooLarge,
    UnknownAccount,
    WrongMethod,
)
from escrow.ids import Timestamp
from escrow.measure import Event, Kind
from oracle.ledger import Answer, Delivery, Ledger
from oracle.recorder import Recorder
from oracle.refusals import Refusals
from oracle.sources import Message, Source
from oracle.sources.signature import TOLERANCE_SECONDS, id_of_bytes
from oracle.sources.source import PULL, AnswersChallenge
from oracle.sources.webhook import ID

_Read = tuple[Delivery, list[Event]]
WORD_SECONDS = 3_600
"""How long a party may take to bring its word, sending it again while an oracle is down included."""
SPOKEN = frozenset({Kind.DECLINE, Kind.CONTEST, Kind.APPROVE})
MOST_AT_ONCE = 64 * 1024
"""Bytes of a message that is read between two others; longer ones have a thread of their own."""


class Intake:
    """`clock` is the machine's, in Unix seconds. It says how fresh a message is and when it came, nothing else."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        ledger: Ledger,
        recorder: Recorder,
        refusals: Refusals,
        *,
        most_bytes: int,
        clock: Callable[[], int],
    ) -> None:
        self._sources = sources
        self._ledger = ledger
        self._recorder = recorder
        self._refusals = refusals
        self._clock = clock
        self.most_bytes = most_bytes

    def take(self, account: str, message: Message) -> Answer:
        """The events are on the disk. A message that came before gets its first answer again."""
        message = replace(message, received_at=self._clock())
        try:
            read = self._read(account, message)
            return self._noted(account, message, read if isinstance(read, Answer) else self._recorder.record(*read))
        except (IntakeProblem, MeasureProblem) as reason:
            self._refuse(account, message, reason)
            raise

    async def take_soon(self, account: str, message: Message) -> Answer:
        """As `take`, without a thread that waits for the disk. Overloaded, at once, while too many wait."""
        self._recorder.require_room()
        message = replace(message, received_at=self._clock())
        try:
            if len(message.body) <= MOST_AT_ONCE:
                read = self._read(account, message)
            else:
                read = await run_in_threadpool(self._read, account, message)
            answer = read if isinstance(read, Answer) else await self._recorder.record_soon(*read)
            return answer if not answer.differing else await run_in_threadpool(self._noted, account, message, answer)
        except (IntakeProblem, MeasureProblem) as reason:
            await run_in_threadpool(self._refuse, account, message, reason)
            raise

    def take_page(self, source: Source, message: Message) -> Answer:
        """What this oracle fetched by itself; a page that came before changes nothing."""
        message = replace(message, received_at=self._clock())
        try:
            read = self._read_verified(source, message, id_of_bytes(message.body))
            return self._noted(source.account, message, read if isinstance(read, Answer) else self._recorder.record(*read))
        except (IntakeProblem, MeasureProblem) as reason:
            self._refuse(source.account, message, reason)
            raise

    def require_known(self, account: str) -> None:
        """UnknownAccount for one that is none of this oracle's."""
        if account not in self._sources:
            raise UnknownAccount(account)

    def challenge(self, account: str, query: bytes) -> str | None:
        """What a vendor wants to hear before it sends, or None where this is no such question."""
        source = self._sources.get(account)
        return source.answer_challenge(query) if isinstance(source, AnswersChallenge) else None

    def _read(self, account: str, message: Message) -> Answer | _Read:
        source = self._sources.get(account)
        if source is None:
            raise UnknownAccount(account)
        if source.method == PULL:
            raise NotPushed(account)
        if message.method != source.method:
            raise WrongMethod(message.method, source.method)
        if len(message.body) > self.most_bytes:
            raise TooLarge(len(message.body), self.most_bytes)
        return self._read_verified(source, message, source.verify(message, message.received_at))

    def _read_verified(self, source: Source, message: Message, message_id: str) -> Answer | _Read:
        """What is to be written; the first answer where an adapter reads less than the one that gave it."""
        delivery = Delivery(
            account=source.account,
            message_id=message_id,
            adapter_version=source.version,
            method=message.method,
            target=message.target,
            headers={name: message.headers[name] for name in source.headers if name in message.headers},
            body=message.body,
            received_at=message.received_at,
            first_stays=source.first_stays,
        )
        try:
            events = source.events(message)
            _require_timely(events, message.received_at)
        except EscrowError:
            answer = self._ledger.first_answer(source.account, message_id, delivery.sha256)
            if answer is None:
                raise
            return answer
        return delivery, events

    def _noted(self, account: str, message: Message, answer: Answer) -> Answer:
        """What a vendor says of a known event in other words is kept with the refusals, though its message is taken."""
        for name in answer.differing:
            self._refuse(account, message, EventConflict(account, name))
        return answer

    def _refuse(self, account: str, message: Message, reason: EscrowError) -> None:
        if not isinstance(reason, Overloaded):
            self._refusals.keep(account, message.headers.get(ID), message.body, reason, message.received_at)


def _require_timely(events: list[Event], received_at: int) -> None:
    """Nothing is of the future, and what somebody says of a unit is of now: dated back, a decline would fall into a window
    that is over. FutureEvent, LateWord."""
    latest, earliest = received_at + TOLERANCE_SECONDS, received_at - WORD_SECONDS
    for event in events:
        if event.occurred_at > latest:
            raise FutureEvent(event.source_event_id, event.occurred_at, Timestamp(latest))
        if event.kind in SPOKEN and event.occurred_at < earliest:
            raise LateWord(event.source_event_id, event.occurred_at, Timestamp(earliest))
