"""Agreements and events, valid by default: a test states only what matters to it. Dates are days of a flight of 92 days."""

from typing import Any

from escrow.agreement import Agreement, parse_agreement
from escrow.clock import format_time, parse_time
from escrow.ids import DealId, Timestamp
from escrow.measure import Event, parse_event
from tests.factories import DAY

STARTS_AT = parse_time("2008-05-01T00:00:00Z")
ENDS_AT = parse_time("2008-08-01T00:00:00Z")
ACCOUNT = "bank-telephone"
DEAL = DealId("0x" + "de" * 32)


def day(number: int, seconds: int = 0) -> Timestamp:
    """From 0, the flight's first day."""
    return Timestamp(STARTS_AT + number * DAY + seconds)


def document(**changes: Any) -> dict[str, Any]:
    """An agreement's JSON."""
    return {
        "schema": "agreement/1",
        "title": "Customers won by telephone",
        "method": "count/1",
        "unit": "customer",
        "salt": "5a" * 32,
        "flight": {"from": format_time(STARTS_AT), "to": format_time(ENDS_AT)},
        "sources": [{"account": ACCOUNT, "adapter": "signed_api", "role": "controlling", "grade": "B"}],
        "goal": "call",
        "accept": {"all": [{"field": "customer", "is": "yes", "else": "criteria_not_met"}]},
        "maturity_seconds": 0,
        "reports": {"at": ["2008-06-01T00:00:00Z", "2008-07-01T00:00:00Z", "2008-08-01T00:00:00Z"]},
        **changes,
    }


def agreement(**changes: Any) -> Agreement:
    return parse_agreement(document(**changes))


def event(number: int = 1, on: int = 1, *, account: str = ACCOUNT, **changes: Any) -> Event:
    """A won customer, on a day of the flight; the number names the event and the unit."""
    wire = {
        "source_event_id": f"call-{number:05}",
        "goal": "call",
        "unit_id": f"person-{number:05}",
        "occurred_at": format_time(day(on)),
        "attributes": {"customer": "yes", "duration_seconds": 261},
        **changes,
    }
    return parse_event(wire, account)


def lost(number: int, on: int = 1, **changes: Any) -> Event:
    """A call that won nobody."""
    return event(number, on, attributes={"customer": "no"}, **changes)


def reversal(number: int, on: int = 1, **changes: Any) -> Event:
    """Takes the unit of the same number away."""
    return event(number, on, **{"kind": "reversal", "source_event_id": f"reversal-{number:05}", "attributes": {}, **changes})
