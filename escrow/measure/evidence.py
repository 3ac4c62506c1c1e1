"""The evidence bundle, as a value and as the bytes that are hashed and signed. Knows its form, no rule that makes a row.

Rows are written by hand, which is ten times as fast as a general canonical writer; a test holds the two to the same bytes.
"""

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from escrow.canonical import Json, canonical
from escrow.clock import format_time
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure.reconcile import Differing
from escrow.measure.row import Row, row_text
from escrow.measure.state import APPLIED, COUNTING

PLAIN_SCHEMA = "evidence/1"
"""Rows are counted or excluded."""
SCHEMA = "evidence/2"
"""Rows have the states of units."""
MOST_VALUE = 2**64 - 1
_CHUNK = 8_192


@dataclass(frozen=True)
class Counts:
    """Rows, not units of the metric. `applied` are messages that changed a unit, which evidence/1 does not have."""

    counted: int
    excluded: Mapping[str, int]
    applied: int = 0


@dataclass(frozen=True)
class Check:
    """The check source's side of it: the two numbers that were compared, and its rows by their counts and root.
    `differing` are all units that the two sides do not count alike."""

    controlling: int
    value: int
    counts: Counts
    units_root: bytes
    differing: tuple[Differing, ...]


@dataclass(frozen=True)
class Bundle:
    """`rows` are in the bundle's order; `previous` is the evidence of the quorum's report before this one. `earlier` are
    the numbers as of the ends of earlier periods, where each report counts its own."""

    deal_id: DealId
    agreement: DocumentHash
    method: str
    as_of: Timestamp
    value: int
    previous: DocumentHash | None
    units_root: bytes
    counts: Counts
    rows: tuple[Row, ...]
    schema: str = PLAIN_SCHEMA
    earlier: tuple[int, ...] = ()
    check: Check | None = None


def counts_of(rows: Iterable[Row]) -> Counts:
    kinds = Counter((row.state, row.reason) for row in rows)
    excluded: Counter[str] = Counter()
    for (state, reason), number in kinds.items():
        if state not in COUNTING and state != APPLIED:
            excluded[reason] += number
    counted = sum(number for (state, _), number in kinds.items() if state in COUNTING)
    applied = sum(number for (state, _), number in kinds.items() if state == APPLIED)
    return Counts(counted, dict(sorted(excluded.items())), applied)


def build_bundle(bundle: Bundle) -> bytes:
    """Canonical JSON (RFC 8785)."""
    before: dict[str, Json] = {
        "agreement": bundle.agreement,
        "as_of": format_time(bundle.as_of),
        "counts": _counts_json(bundle.counts, bundle.schema),
        "deal_id": bundle.deal_id,
        "method": bundle.method,
        "previous": bundle.previous,
        "schema": bundle.schema,
    }
    if bundle.schema == SCHEMA:
        before["check"] = None if bundle.check is None else _check_json(bundle.check)
        before["earlier"] = [str(total) for total in bundle.earlier]
    after: Json = {"units_root": "0x" + bundle.units_root.hex(), "value": str(bundle.value)}
    out = io.BytesIO()
    out.write(canonical(before)[:-1] + b',"units":[')
    for start in range(0, len(bundle.rows), _CHUNK):
        out.write((("," if start else "") + ",".join(map(row_text, bundle.rows[start : start + _CHUNK]))).encode())
    out.write(b"]," + canonical(after)[1:])
    return out.getvalue()


def _counts_json(counts: Counts, schema: str) -> Json:
    excluded: dict[str, Json] = dict(counts.excluded)
    shown: dict[str, Json] = {"counted": counts.counted, "excluded": excluded}
    return shown | {"applied": counts.applied} if schema == SCHEMA else shown


def _check_json(check: Check) -> Json:
    return {
        "controlling": str(check.controlling),
        "value": str(check.value),
        "counts": _counts_json(check.counts, SCHEMA),
        "units_root": "0x" + check.units_root.hex(),
        "differing": [[one.unit_key.hex(), str(one.controlling), str(one.check)] for one in check.differing],
    }
