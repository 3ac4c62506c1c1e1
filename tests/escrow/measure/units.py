"""Units with states: agreements with windows and parties, what those say, and how rows are read in tests."""

import hashlib
from typing import Any

from escrow.agreement import Agreement
from escrow.measure import Event, Measurement, event_line, measure
from tests.escrow.measured import ACCOUNT, DEAL, ENDS_AT, agreement, event
from tests.factories import DAY

CHECK, CLIENT, AGENCY = "payments", "client-desk", "agency-desk"
EVIDENCE = "ab" * 32
PARTIES = [
    {"account": ACCOUNT, "adapter": "signed_api", "role": "controlling", "grade": "B"},
    {"account": CLIENT, "adapter": "signed_api", "role": "client", "grade": "C"},
    {"account": AGENCY, "adapter": "signed_api", "role": "agency", "grade": "C"},
]
CHECKED = [*PARTIES, {"account": CHECK, "adapter": "signed_api", "role": "check", "grade": "B"}]
DECLINE = {"within_seconds": 10 * DAY, "contest_seconds": 5 * DAY}
VALUE = {"of": "value", "currency": "EUR", "exponent": 2}


def windowed(**changes: Any) -> Agreement:
    """A count in which the client can decline a unit for ten days, and the agency contest that for five."""
    return agreement(**{"sources": PARTIES, "decline": DECLINE, **changes})


def says(kind: str, number: int, on: int, account: str, *, name: str = "", reason: str = "bad_contact_data") -> Event:
    """A party's message about the unit of that number."""
    grounds = {"reason": reason, "evidence": EVIDENCE}
    return event(number, on, account=account, kind=kind, source_event_id=name or f"{kind}-{number}-{on}", attributes=grounds)


def decline(number: int, on: int, **changes: Any) -> Event:
    return says("decline", number, on, changes.pop("account", CLIENT), **changes)


def contest(number: int, on: int, **changes: Any) -> Event:
    return says("contest", number, on, changes.pop("account", AGENCY), **changes)


def approve(number: int, on: int, **changes: Any) -> Event:
    return says("approve", number, on, changes.pop("account", CLIENT), **changes)


def sale(number: int, on: int, cents: int | str, *, currency: str = "EUR", exponent: int = 2, **changes: Any) -> Event:
    money = {"value_minor": str(cents), "currency": currency, "currency_exponent": exponent}
    return event(number, on, **money, **changes)


def adjustment(number: int, on: int, cents: int | str, *, reason: str = "refund_partial", **changes: Any) -> Event:
    name = changes.pop("source_event_id", f"adjustment-{number}-{on}")
    attributes = {"reason": reason}
    return sale(number, on, cents, kind="adjustment", source_event_id=name, attributes=attributes, **changes)


def take(by: Agreement, events: list[Event], as_of: int = ENDS_AT, **options: Any) -> Measurement:
    return measure(by, DEAL, events, as_of, **options)


def states(by: Agreement, events: list[Event], as_of: int = ENDS_AT, **options: Any) -> list[tuple[str, str]]:
    """State and reason of each event, in the order given."""
    rows = {row.event_hash: (row.state, str(row.reason)) for row in take(by, events, as_of, **options).rows}
    return [rows[hashlib.sha256(event_line(each, by.salt)).digest()] for each in events]
