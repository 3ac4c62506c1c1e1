"""Method count/1 without windows, caps and parties' messages: each event counts or does not. Knows entries, no bundle."""

from collections.abc import Sequence

from escrow.agreement.reason import Reason
from escrow.measure.entry import Entry
from escrow.measure.event import Kind
from escrow.measure.row import Row
from escrow.measure.state import COUNTED, EXCLUDED


def plain_rows(entries: Sequence[Entry]) -> tuple[Row, ...]:
    """A row for each event, in the bundle's order."""
    reasons = [entry.reason for entry in entries]
    conversions: dict[bytes, int] = {}
    for at, entry in enumerate(entries):
        if entry.kind is Kind.CONVERSION and not entry.reason:
            first = conversions.setdefault(entry.unit_key, at)
            if first != at:
                reasons[at] = Reason.DUPLICATE_ID
    for at, entry in enumerate(entries):
        if entry.kind is Kind.REVERSAL:
            conversion = conversions.get(entry.unit_key)
            if conversion is None or entry.occurred_at < entries[conversion].occurred_at:
                reasons[at] = Reason.NO_MATCHING_CLICK
            else:
                reasons[at] = reasons[conversion] = Reason.REVERSED
    rows = [
        Row(entry.unit_key, entry.occurred_at, entry.event_hash, EXCLUDED if reason else COUNTED, reason, entry.amount)
        for entry, reason in zip(entries, reasons, strict=True)
    ]
    rows.sort()
    return tuple(rows)
