"""Method count/1: events + agreement + a point in time → a value, and a row with its reason for every event.

Pure: the same events give the same bytes, in whatever order and however often they come. Events are looked at one by
one and only a few words of each are kept, so that a million fit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from escrow.agreement.model import Agreement
from escrow.agreement.reason import Reason
from escrow.canonical import hash_of
from escrow.errors import EventConflict, ValueProblem
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure.event import Event, Kind
from escrow.measure.evidence import MOST_VALUE, Bundle, build_bundle, counts_of
from escrow.measure.keyed import KeyedEvent, event_line, keys_of
from escrow.measure.merkle import root_of
from escrow.measure.row import Row, leaf_of
from escrow.measure.value import value_of


@dataclass(frozen=True)
class Measurement:
    """`evidence` is the bundle's canonical JSON, whose hash is signed."""

    bundle: Bundle
    evidence: bytes
    evidence_hash: DocumentHash

    @property
    def value(self) -> int:
        return self.bundle.value

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.bundle.rows


class _Entry(NamedTuple):
    """What is kept of an event. The first three order the events; `reason` is its own, whatever the others say."""

    occurred_at: Timestamp
    source_account: str
    source_event_id: str
    unit_key: bytes
    event_hash: bytes
    is_reversal: bool
    reason: str
    quantity: int


def measure(
    agreement: Agreement,
    deal_id: DealId,
    events: Iterable[Event | KeyedEvent],
    as_of: int,
    period_start: int | None = None,
    previous: DocumentHash | None = None,
) -> Measurement:
    """With `period_start`, for a per-period deal, the value is the period's own (`value_of`).

    ValueProblem where it does not fit a report, EventConflict where one event has two contents.
    """
    rows = _rows(_entries(agreement, events, as_of))
    value = value_of(rows, as_of, period_start)
    if value > MOST_VALUE:
        raise ValueProblem(deal_id, value, MOST_VALUE)
    bundle = Bundle(
        deal_id=deal_id,
        agreement=agreement.hash,
        method=agreement.method,
        as_of=Timestamp(as_of),
        value=value,
        previous=previous,
        units_root=root_of(map(leaf_of, rows)),
        counts=counts_of(rows),
        rows=rows,
    )
    evidence = build_bundle(bundle)
    return Measurement(bundle, evidence, hash_of(evidence))


def is_due(agreement: Agreement, event: Event | KeyedEvent, as_of: int) -> bool:
    """Whether the measurement as of this time looks at the event."""
    return (
        event.occurred_at < as_of
        and event.occurred_at + agreement.maturity_seconds <= as_of
        and event.goal == agreement.goal
        and event.source_account in agreement.accounts
        and event.kind is not Kind.ADJUSTMENT  # count/1 counts units, whatever they are worth
    )


def export_lines(agreement: Agreement, events: Iterable[Event], as_of: int) -> Iterator[bytes]:
    """The events of a measurement for auditors: in its order, each once, without unit ids; no line ends."""
    due = {
        (event.occurred_at, event.source_account, event.source_event_id): event
        for event in events
        if is_due(agreement, event, as_of)
    }
    for _, event in sorted(due.items(), key=itemgetter(0)):
        yield event_line(event, agreement.salt)


def _entries(agreement: Agreement, events: Iterable[Event | KeyedEvent], as_of: int) -> list[_Entry]:
    """The events that are due, in the order of the measurement, each once."""
    salt = agreement.salt
    entries = []
    for event in events:
        if not is_due(agreement, event, as_of):
            continue
        if isinstance(event, KeyedEvent):
            key, event_hash = event.unit_key, event.event_hash
        else:
            key, event_hash = keys_of(event, salt)
        is_reversal = event.kind is Kind.REVERSAL
        reason = "" if is_reversal else _own_reason(agreement, event)
        entries.append(
            _Entry(
                event.occurred_at,
                event.source_account,
                event.source_event_id,
                key,
                event_hash,
                is_reversal,
                reason,
                event.quantity,
            )
        )
    entries.sort()
    return _each_once(entries)


def _own_reason(agreement: Agreement, conversion: Event | KeyedEvent) -> str:
    """Why the conversion can't count, whatever the other events are; empty where it can."""
    if not agreement.flight.start <= conversion.occurred_at < agreement.flight.end:
        return Reason.OUTSIDE_FLIGHT
    return agreement.accept.fails(conversion.attributes) or ""


def _each_once(entries: list[_Entry]) -> list[_Entry]:
    """Copies of one event sort side by side, since all of it is the same."""
    once = [entry for at, entry in enumerate(entries) if not at or entry != entries[at - 1]]
    if len({(entry.source_account, entry.source_event_id) for entry in once}) == len(once):
        return once
    seen: set[tuple[str, str]] = set()
    for name in sorted((entry.source_account, entry.source_event_id) for entry in once):
        if name in seen:
            raise EventConflict(*name)
        seen.add(name)
    return once


def _rows(entries: list[_Entry]) -> tuple[Row, ...]:
    """A row for each event, in the bundle's order."""
    reasons = [entry.reason for entry in entries]
    conversions: dict[bytes, int] = {}
    for at, entry in enumerate(entries):
        if not entry.is_reversal and not entry.reason:
            first = conversions.setdefault(entry.unit_key, at)
            if first != at:
                reasons[at] = Reason.DUPLICATE_ID
    for at, entry in enumerate(entries):
        if entry.is_reversal:
            conversion = conversions.get(entry.unit_key)
            if conversion is None or entry.occurred_at < entries[conversion].occurred_at:
                reasons[at] = Reason.NO_MATCHING_CLICK
            else:
                reasons[at] = reasons[conversion] = Reason.REVERSED
    return tuple(
        sorted(
            Row(entry.unit_key, entry.occurred_at, entry.event_hash, reason, entry.quantity)
            for entry, reason in zip(entries, reasons, strict=True)
        )
    )
