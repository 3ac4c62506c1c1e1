"""A CSV file as the body of a signed message; the account's mapping says what its columns are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from standardwebhooks.webhooks import Webhook

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import MalformedMessage
from escrow.measure import CsvMapping, Event, read_csv
from oracle.sources import webhook
from oracle.sources.source import Message

CONTENT_TYPE = "text/csv"


@dataclass(frozen=True)
class CsvFile:
    """A file may be sent again when it has grown: rows that are known already change nothing."""

    account: str
    keys: Sequence[Webhook]
    mapping: CsvMapping

    adapter: ClassVar[str] = Adapter.CSV
    version: ClassVar[str] = "csv/1"
    headers: ClassVar[tuple[str, ...]] = webhook.HEADERS

    def verify(self, message: Message, now: int) -> str:
        return webhook.verified_id(self.account, self.keys, message, now)

    def events(self, message: Message) -> list[Event]:
        message.require_content_type(CONTENT_TYPE)
        events = read_csv(message.body, self.mapping, self.account, source=SOURCE_NAMES[Adapter.CSV])
        if not events:
            raise MalformedMessage("has no rows below its header")
        return events
