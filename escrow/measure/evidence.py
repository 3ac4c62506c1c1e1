"""The evidence bundle, as a value and as the bytes that are hashed and signed. Knows its form; `count` decides its rows.

Rows are written by hand, which is ten times as fast as a general canonical writer; a test holds the two to the same bytes.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from escrow.agreement.model import COUNT_METHOD
from escrow.agreement.reason import Reason
from escrow.canonical import Json, canonical
from escrow.clock import format_time, parse_time
from escrow.errors import DealIdProblem, DocumentHashProblem, EvidenceProblem, TimeFormatProblem
from escrow.faults import MOST_SAFE
from escrow.ids import DealId, DocumentHash, Timestamp, deal_id, document_hash
from escrow.measure.event import parsed_time
from escrow.measure.row import COUNTED, EXCLUDED, Row, row_text
from escrow.texts import quoted

SCHEMA = "evidence/1"
MOST_VALUE = 2**64 - 1
_CHUNK = 8_192

T = TypeVar("T")


@dataclass(frozen=True)
class Counts:
    """Rows, not units of the metric."""

    counted: int
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class Bundle:
    """`rows` are in the bundle's order; `previous` is the last settled report's evidence."""

    deal_id: DealId
    agreement: DocumentHash
    method: str
    as_of: Timestamp
    value: int
    previous: DocumentHash | None
    units_root: bytes
    counts: Counts
    rows: tuple[Row, ...]


def counts_of(rows: Iterable[Row]) -> Counts:
    reasons = Counter(row.reason for row in rows)
    counted = reasons.pop("", 0)
    return Counts(counted, dict(sorted(reasons.items())))


def build_bundle(bundle: Bundle) -> bytes:
    """Canonical JSON (RFC 8785)."""
    excluded: dict[str, Json] = dict(bundle.counts.excluded)
    before: Json = {
        "agreement": bundle.agreement,
        "as_of": format_time(bundle.as_of),
        "counts": {"counted": bundle.counts.counted, "excluded": excluded},
        "deal_id": bundle.deal_id,
        "method": bundle.method,
        "previous": bundle.previous,
        "schema": SCHEMA,
    }
    after: Json = {"units_root": "0x" + bundle.units_root.hex(), "value": str(bundle.value)}
    out = io.BytesIO()
    out.write(canonical(before)[:-1] + b',"units":[')
    for start in range(0, len(bundle.rows), _CHUNK):
        out.write((("," if start else "") + ",".join(map(row_text, bundle.rows[start : start + _CHUNK]))).encode())
    out.write(b"]," + canonical(after)[1:])
    return out.getvalue()


_MEMBERS = frozenset("agreement as_of counts deal_id method previous schema units units_root value".split())
_HASH = re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r"0x[0-9a-f]{64}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)
_REASONS = frozenset(map(str, Reason))


def read_bundle(data: bytes) -> Bundle:
    """EvidenceProblem unless these are the very bytes that some bundle is written as.

    Whether its numbers are right is not looked at: that is `verify`'s.
    """
    try:
        given = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EvidenceProblem("", f"is not JSON: {error}") from error
    if not isinstance(given, dict) or given.keys() != _MEMBERS:
        raise EvidenceProblem("", f"has not the members {', '.join(sorted(_MEMBERS))}")
    if given["schema"] != SCHEMA or given["method"] != COUNT_METHOD:
        raise EvidenceProblem("/schema", f"or the method is not {SCHEMA}, {COUNT_METHOD}")
    bundle = Bundle(
        deal_id=_read("/deal_id", deal_id, given["deal_id"]),
        agreement=_read("/agreement", document_hash, given["agreement"]),
        method=COUNT_METHOD,
        as_of=_read("/as_of", parse_time, given["as_of"]),
        value=int(_match("/value", _WHOLE, given["value"])),
        previous=None if given["previous"] is None else _read("/previous", document_hash, given["previous"]),
        units_root=bytes.fromhex(_match("/units_root", _ROOT, given["units_root"])[2:]),
        counts=_read_counts(given["counts"]),
        rows=_read_rows(given["units"]),
    )
    if build_bundle(bundle) != data:
        raise EvidenceProblem("", "is not canonical JSON (RFC 8785)")
    return bundle


def _read(path: str, reader: Callable[[str], T], given: Any) -> T:
    try:
        return reader(given)
    except (DealIdProblem, DocumentHashProblem, TimeFormatProblem) as problem:
        raise EvidenceProblem(path, problem.why) from problem


def _match(path: str, form: re.Pattern[str], given: Any) -> str:
    if not isinstance(given, str) or not form.fullmatch(given):
        raise EvidenceProblem(path, f"with {quoted(given)} is not of its form")
    return given


def _read_counts(given: Any) -> Counts:
    if not isinstance(given, dict) or given.keys() != {"counted", "excluded"}:
        raise EvidenceProblem("/counts", "has not the members counted, excluded")
    excluded = given["excluded"]
    if not isinstance(excluded, dict) or not excluded.keys() <= _REASONS:
        raise EvidenceProblem("/counts/excluded", "has members that are no reason codes")
    if not all(_is_count(n) for n in (given["counted"], *excluded.values())):
        raise EvidenceProblem("/counts", "holds something else than counts")
    return Counts(given["counted"], excluded)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= MOST_SAFE


def _read_rows(given: Any) -> tuple[Row, ...]:
    if not isinstance(given, list):
        raise EvidenceProblem("/units", "is not a list")
    rows = tuple(_read_row(f"/units/{index}", item) for index, item in enumerate(given))
    for index, (row, following) in enumerate(pairwise(rows)):
        if following <= row:
            raise EvidenceProblem(f"/units/{index + 1}", "does not sort after the row before it")
    return rows


def _read_row(path: str, given: Any) -> Row:
    if not isinstance(given, list) or len(given) != 6 or not all(isinstance(item, str) for item in given):
        raise EvidenceProblem(path, "is not a list of six strings")
    key, state, reason, quantity, at, event_hash = given
    if state != (EXCLUDED if reason else COUNTED) or (reason and reason not in _REASONS):
        raise EvidenceProblem(path, f"has the state {quoted(state)} with the reason {quoted(reason)}")
    return Row(
        bytes.fromhex(_match(path, _HASH, key)),
        _read(path, parsed_time, at),
        bytes.fromhex(_match(path, _HASH, event_hash)),
        reason,
        int(_match(path, _WHOLE, quantity)),
    )
