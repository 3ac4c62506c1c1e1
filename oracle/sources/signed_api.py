"""The project's own API: `{"events": [...]}` as JSON, signed by the Standard Webhooks scheme."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from standardwebhooks.webhooks import Webhook

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import MalformedMessage
from escrow.measure import Event, parse_event
from oracle.sources import webhook
from oracle.sources.source import Message

MOST_EVENTS = 1_000
CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class SignedApi:
    account: str
    keys: Sequence[Webhook]

    adapter: ClassVar[str] = Adapter.SIGNED_API
    version: ClassVar[str] = "signed_api/1"
    headers: ClassVar[tuple[str, ...]] = webhook.HEADERS

    def verify(self, message: Message, now: int) -> str:
        return webhook.verified_id(self.account, self.keys, message, now)

    def events(self, message: Message) -> list[Event]:
        message.require_content_type(CONTENT_TYPE)
        given = _load(message.body)
        if not isinstance(given, dict) or given.keys() != {"events"} or not isinstance(given["events"], list):
            raise MalformedMessage('is not {"events": [...]}')
        events = given["events"]
        if not 1 <= len(events) <= MOST_EVENTS:
            raise MalformedMessage(f"has {len(events)} events, not 1 to {MOST_EVENTS}")
        name = SOURCE_NAMES[Adapter.SIGNED_API]
        return [parse_event(event, self.account, source=name, index=index) for index, event in enumerate(events)]


def _load(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_number, parse_float=_no_number
        )
    except RecursionError as error:
        raise MalformedMessage("is nested too deep") from error
    except ValueError as error:
        raise MalformedMessage(f"is not JSON: {error}") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers could take a different one of two members with one name."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice in one object")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no whole number")
