"""The measurement: events → value, a reason for every unit that is not counted, and the evidence. Pure."""

from escrow.measure.csv_events import read_csv
from escrow.measure.csv_mapping import CsvMapping, parse_mapping
from escrow.measure.entry import is_due
from escrow.measure.event import Event, Kind, parse_event
from escrow.measure.evidence import Bundle, Check, Counts, build_bundle, counts_of
from escrow.measure.evidence_read import read_bundle
from escrow.measure.keyed import KeyedEvent, event_line, parse_line, unit_key
from escrow.measure.lines import read_lines
from escrow.measure.measurement import Measurement, export_lines, measure
from escrow.measure.proof import RowProof, prove_unit
from escrow.measure.row import Row, leaf_of
from escrow.measure.value import value_of

__all__ = [
    "Bundle",
    "Check",
    "Counts",
    "CsvMapping",
    "Event",
    "KeyedEvent",
    "Kind",
    "Measurement",
    "Row",
    "RowProof",
    "build_bundle",
    "counts_of",
    "event_line",
    "export_lines",
    "is_due",
    "leaf_of",
    "measure",
    "parse_event",
    "parse_line",
    "parse_mapping",
    "prove_unit",
    "read_bundle",
    "read_csv",
    "read_lines",
    "unit_key",
    "value_of",
]
