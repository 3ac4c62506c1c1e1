"""Agreements, events and signed messages, sound by default: a test states only what matters to it."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from escrow.agreement import agreement_bytes
from escrow.clock import format_time, parse_time
from escrow.measure import Event, parse_event
from oracle.sources import Message
from tests import factories

ACCOUNT = "bank-telephone"
FILES = "bank-files"
JUNE, JULY, AUGUST = (parse_time(f"2008-0{month}-01T00:00:00Z") for month in (6, 7, 8))
MAPPING = {
    "schema": "csv-mapping/1",
    "separator": ";",
    "members": {
        "source_event_id": {"column": "call"},
        "unit_id": {"column": "person"},
        "goal": {"constant": "call"},
        "occurred_at": {"column": "at"},
    },
    "attributes": {"customer": {"column": "won"}, "duration_seconds": {"column": "seconds", "as": "integer"}},
}


def secret(name: str) -> str:
    return "whsec_" + base64.b64encode(factories.key(name)).decode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def agreement(**changes: Any) -> dict[str, Any]:
    """Of the default terms: customers won, counted three times."""
    default = {
        "schema": "agreement/1",
        "title": "Customers won by telephone",
        "method": "count/1",
        "unit": "customer",
        # A deal with this salt does not give the first turn to the member that the tests play.
        "salt": "5c" * 32,
        "flight": {"from": "2008-05-01T00:00:00Z", "to": "2008-08-01T00:00:00Z"},
        "sources": [{"account": ACCOUNT, "adapter": "signed_api", "role": "controlling", "grade": "B"}],
        "goal": "call",
        "accept": {"all": [{"field": "customer", "is": "yes", "else": "criteria_not_met"}]},
        "maturity_seconds": 0,
        "reports": {"at": [format_time(at) for at in (JUNE, JULY, AUGUST)]},
    }
    return default | changes


def agreement_document(**changes: Any) -> bytes:
    return agreement_bytes(agreement(**changes))


def wire(number: int, *, at: str = "2008-05-05T00:00:00Z", won: bool = True, **changes: Any) -> dict[str, Any]:
    """One call, as its source sends it."""
    default = {
        "source_event_id": f"call-{number:05}",
        "goal": "call",
        "unit_id": f"person-{number:05}",
        "occurred_at": at,
        "attributes": {"customer": "yes" if won else "no", "duration_seconds": 261},
    }
    return default | changes


def event(number: int = 1, **changes: Any) -> Event:
    return parse_event(wire(number, **changes), ACCOUNT)


def events_body(events: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({"events": list(events)}).encode()


def csv_body(*rows: str) -> bytes:
    return "\r\n".join(["call;person;at;won;seconds", *rows, ""]).encode()


@dataclass(frozen=True)
class Sender:
    """Signs messages with one key, as a source does."""

    key: str = secret(ACCOUNT)
    content_type: str = "application/json"

    def headers(self, body: bytes, message_id: str = "message-1", at: int | None = None) -> dict[str, str]:
        sent_at = now() if at is None else at
        signature = Webhook(self.key).sign(message_id, datetime.fromtimestamp(sent_at, UTC), body.decode(errors="replace"))
        return {
            "content-type": self.content_type,
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_at),
            "webhook-signature": signature,
        }

    def message(self, body: bytes, message_id: str = "message-1", at: int | None = None) -> Message:
        return Message(self.headers(body, message_id, at), body)
