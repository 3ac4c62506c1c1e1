"""The project's own API: `{"events": [...]}` as JSON, signed by the Standard Webhooks scheme."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from standardwebhooks.webhooks import Webhook

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import MalformedMessage
from escrow.measure import Event, parse_event
from oracle.sources import webhook
from oracle.sources.account import Account
from oracle.sources.payload import JSON, MOST_EVENTS, load
from oracle.sources.source import POST, Message, Source

IDEMPOTENCY_KEY = "idempotency-key"


@dataclass(frozen=True)
class SignedApi:
    """The id that is signed is the idempotency key: one message, however often it is sent."""

    account: str
    keys: Sequence[Webhook]

    adapter: ClassVar[str] = Adapter.SIGNED_API
    version: ClassVar[str] = "signed_api/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = webhook.HEADERS
    first_stays: ClassVar[bool] = False

    def verify(self, message: Message, now: int) -> str:
        message_id = webhook.verified_id(self.account, self.keys, message, now)
        if message.headers.get(IDEMPOTENCY_KEY, message_id) != message_id:
            raise MalformedMessage(f"has an {IDEMPOTENCY_KEY}, which is not signed, other than its {webhook.ID}")
        return message_id

    def events(self, message: Message) -> list[Event]:
        message.require_content_type(JSON)
        given = load(message.body, parse_float=_no_fraction)
        if not isinstance(given, dict) or given.keys() != {"events"} or not isinstance(given["events"], list):
            raise MalformedMessage('is not {"events": [...]}')
        events = given["events"]
        if not 1 <= len(events) <= MOST_EVENTS:
            raise MalformedMessage(f"has {len(events)} events, not 1 to {MOST_EVENTS}")
        name = SOURCE_NAMES[Adapter.SIGNED_API]
        return [parse_event(event, self.account, source=name, index=index) for index, event in enumerate(events)]


class SignedApiAccount(Account):
    adapter: Literal["signed_api"]

    def source(self, account: str, folder: Path) -> Source:
        return SignedApi(account, self.webhooks(folder))


def _no_fraction(text: str) -> None:
    raise ValueError(f"{text} is no whole number")
