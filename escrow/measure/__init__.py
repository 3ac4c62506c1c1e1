"""The measurement: events → value, a reason for every unit that is not counted, and the evidence. Pure."""

from escrow.measure.count import Measurement, export_lines, is_due, measure, value_of
from escrow.measure.event import Event, Kind, parse_event
from escrow.measure.evidence import Bundle, Counts, build_bundle, counts_of, read_bundle
from escrow.measure.keyed import KeyedEvent, event_line, key_event, parse_line, unit_key
from escrow.measure.row import Row, leaf_of

__all__ = [
    "Bundle",
    "Counts",
    "Event",
    "KeyedEvent",
    "Kind",
    "Measurement",
    "Row",
    "build_bundle",
    "counts_of",
    "event_line",
    "export_lines",
    "is_due",
    "key_event",
    "leaf_of",
    "measure",
    "parse_event",
    "parse_line",
    "read_bundle",
    "unit_key",
    "value_of",
]
