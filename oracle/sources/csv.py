"""A CSV file as the body of a signed message; the account's mapping says what its columns are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from standardwebhooks.webhooks import Webhook

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import MalformedMessage
from escrow.measure import CsvMapping, Event, parse_mapping, read_csv
from oracle.sources import webhook
from oracle.sources.account import Account
from oracle.sources.source import POST, Message, Source

CONTENT_TYPE = "text/csv"


@dataclass(frozen=True)
class CsvFile:
    """A file may be sent again when it has grown: rows that are known already change nothing."""

    account: str
    keys: Sequence[Webhook]
    mapping: CsvMapping

    adapter: ClassVar[str] = Adapter.CSV
    version: ClassVar[str] = "csv/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = webhook.HEADERS
    first_stays: ClassVar[bool] = False

    def verify(self, message: Message, now: int) -> str:
        return webhook.verified_id(self.account, self.keys, message, now)

    def events(self, message: Message) -> list[Event]:
        message.require_content_type(CONTENT_TYPE)
        events = read_csv(message.body, self.mapping, self.account, source=SOURCE_NAMES[Adapter.CSV])
        if not events:
            raise MalformedMessage("has no rows below its header")
        return events


class CsvAccount(Account):
    adapter: Literal["csv"]
    mapping: dict[str, Any] | None = None
    mapping_file: Path | None = None

    def source(self, account: str, folder: Path) -> Source:
        return CsvFile(account, self.webhooks(folder), self._mapping(folder))

    def _mapping(self, folder: Path) -> CsvMapping:
        if (self.mapping is None) == (self.mapping_file is None):
            raise ValueError("needs either a mapping or a mapping_file")
        if self.mapping_file is None:
            return parse_mapping(self.mapping or {})
        return parse_mapping((folder / self.mapping_file).read_bytes())
