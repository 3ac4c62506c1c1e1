"""One message in: verified, read, kept, answered. It is taken whole or refused whole, and then kept with the reason.

Knows sources and the ledger; knows neither HTTP nor what is counted.
"""

from collections.abc import Callable, Mapping

from escrow.errors import IntakeProblem, MeasureProblem, TooLarge, UnknownAccount
from oracle.ledger import Answer, Delivery, Ledger
from oracle.refusals import Refusals
from oracle.sources import Message, Source
from oracle.sources.webhook import ID


class Intake:
    """`clock` is the machine's, in Unix seconds. It says how fresh a message is and when it came, nothing else."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        ledger: Ledger,
        refusals: Refusals,
        *,
        most_bytes: int,
        clock: Callable[[], int],
    ) -> None:
        self._sources = sources
        self._ledger = ledger
        self._refusals = refusals
        self._clock = clock
        self.most_bytes = most_bytes

    def take(self, account: str, message: Message) -> Answer:
        """The events are on the disk. A message that came before gets its first answer again."""
        now = self._clock()
        try:
            return self._take(account, message, now)
        except (IntakeProblem, MeasureProblem) as reason:
            self._refusals.keep(account, message.headers.get(ID), message.body, reason, now)
            raise

    def _take(self, account: str, message: Message, now: int) -> Answer:
        source = self._sources.get(account)
        if source is None:
            raise UnknownAccount(account)
        if len(message.body) > self.most_bytes:
            raise TooLarge(len(message.body), self.most_bytes)
        message_id = source.verify(message, now)
        delivery = Delivery(
            account=account,
            message_id=message_id,
            adapter_version=source.version,
            headers={name: message.headers[name] for name in source.headers if name in message.headers},
            body=message.body,
            received_at=now,
        )
        answer = self._ledger.first_answer(account, message_id, delivery.sha256)
        if answer is not None:
            return answer
        return self._ledger.record(delivery, source.events(message))
