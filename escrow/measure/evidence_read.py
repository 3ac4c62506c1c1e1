"""An evidence bundle from its bytes. Knows its form; whether its numbers are right is `verify`'s."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

from escrow.agreement.metric import Method
from escrow.agreement.reason import Reason
from escrow.clock import parse_time
from escrow.errors import DealIdProblem, DocumentHashProblem, EvidenceProblem, TimeFormatProblem
from escrow.faults import MOST_SAFE
from escrow.ids import deal_id, document_hash
from escrow.measure.event import parsed_time
from escrow.measure.evidence import PLAIN_SCHEMA, SCHEMA, Bundle, Check, Counts, build_bundle
from escrow.measure.reconcile import Differing
from escrow.measure.row import Row
from escrow.measure.state import APPLIED, COUNTED, EXCLUDED, STATES, WITHOUT_REASON
from escrow.texts import quoted

T = TypeVar("T")

_MEMBERS = frozenset("agreement as_of counts deal_id method previous schema units units_root value".split())
_OF_SCHEMA = {PLAIN_SCHEMA: _MEMBERS, SCHEMA: _MEMBERS | {"check", "earlier"}}
_OF_COUNTS = {PLAIN_SCHEMA: {"counted", "excluded"}, SCHEMA: {"counted", "excluded", "applied"}}
_METHODS = {PLAIN_SCHEMA: frozenset({Method.COUNT}), SCHEMA: frozenset(Method) - {Method.UPLIFT}}
_HASH = re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r"0x[0-9a-f]{64}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)
_SIGNED = re.compile(r"0|-?[1-9][0-9]{0,59}", re.ASCII)
_REASONS = frozenset(map(str, Reason))


def read_bundle(data: bytes) -> Bundle:
    """EvidenceProblem unless these are the very bytes that some bundle is written as."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EvidenceProblem("", f"is not JSON: {error}") from error
    schema = given.get("schema") if isinstance(given, dict) else None
    members = _OF_SCHEMA.get(schema, _MEMBERS) if isinstance(schema, str) else _MEMBERS
    if not isinstance(given, dict) or given.keys() != members:
        raise EvidenceProblem("", f"has not the members {', '.join(sorted(members))}")
    if schema not in _METHODS or given["method"] not in _METHODS[schema]:
        raise EvidenceProblem("/schema", f"or the method is not {PLAIN_SCHEMA} or {SCHEMA}, or a method that it has")
    bundle = Bundle(
        deal_id=_read("/deal_id", deal_id, given["deal_id"]),
        agreement=_read("/agreement", document_hash, given["agreement"]),
        method=given["method"],
        as_of=_read("/as_of", parse_time, given["as_of"]),
        value=int(_match("/value", _WHOLE, given["value"])),
        previous=None if given["previous"] is None else _read("/previous", document_hash, given["previous"]),
        units_root=_root("/units_root", given["units_root"]),
        counts=_read_counts("/counts", given["counts"], schema),
        rows=_read_rows(given["units"], schema),
        schema=schema,
        earlier=_read_earlier(given.get("earlier", [])),
        check=None if given.get("check") is None else _read_check(given["check"]),
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


def _root(path: str, given: Any) -> bytes:
    return bytes.fromhex(_match(path, _ROOT, given)[2:])


def _read_counts(path: str, given: Any, schema: str) -> Counts:
    names = _OF_COUNTS[schema]
    if not isinstance(given, dict) or given.keys() != names:
        raise EvidenceProblem(path, f"has not the members {', '.join(sorted(names))}")
    excluded = given["excluded"]
    if not isinstance(excluded, dict) or not excluded.keys() <= _REASONS:
        raise EvidenceProblem(f"{path}/excluded", "has members that are no reason codes")
    applied = given.get("applied", 0)
    if not all(_is_count(n) for n in (given["counted"], applied, *excluded.values())):
        raise EvidenceProblem(path, "holds something else than counts")
    return Counts(given["counted"], excluded, applied)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= MOST_SAFE


def _read_earlier(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list):
        raise EvidenceProblem("/earlier", "is not a list")
    return tuple(int(_match(f"/earlier/{index}", _SIGNED, item)) for index, item in enumerate(given))


def _read_check(given: Any) -> Check:
    names = {"controlling", "value", "counts", "units_root", "differing"}
    if not isinstance(given, dict) or given.keys() != names or not isinstance(given["differing"], list):
        raise EvidenceProblem("/check", f"has not the members {', '.join(sorted(names))}")
    return Check(
        controlling=int(_match("/check/controlling", _SIGNED, given["controlling"])),
        value=int(_match("/check/value", _SIGNED, given["value"])),
        counts=_read_counts("/check/counts", given["counts"], SCHEMA),
        units_root=_root("/check/units_root", given["units_root"]),
        differing=tuple(_read_differing(f"/check/differing/{index}", item) for index, item in enumerate(given["differing"])),
    )


def _read_differing(path: str, given: Any) -> Differing:
    if not isinstance(given, list) or len(given) != 3:
        raise EvidenceProblem(path, "is not a list of three strings")
    key, controlling, check = given
    return Differing(
        bytes.fromhex(_match(path, _HASH, key)),
        int(_match(path, _SIGNED, controlling)),
        int(_match(path, _SIGNED, check)),
    )


def _read_rows(given: Any, schema: str) -> tuple[Row, ...]:
    if not isinstance(given, list):
        raise EvidenceProblem("/units", "is not a list")
    read = _read_plain_row if schema == PLAIN_SCHEMA else _read_row
    rows = tuple(read(f"/units/{index}", item) for index, item in enumerate(given))
    for index, (row, following) in enumerate(pairwise(rows)):
        if following <= row:
            raise EvidenceProblem(f"/units/{index + 1}", "does not sort after the row before it")
    return rows


def _read_plain_row(path: str, given: Any) -> Row:
    key, state, reason, quantity, at, event_hash = _texts(path, given)
    if state != (EXCLUDED if reason else COUNTED) or (reason and reason not in _REASONS):
        raise EvidenceProblem(path, f"has the state {quoted(state)} with the reason {quoted(reason)}")
    return _row(path, key, state, reason, int(_match(path, _WHOLE, quantity)), at, event_hash)


def _read_row(path: str, given: Any) -> Row:
    """Where a unit does not count there is a reason."""
    key, state, reason, quantity, at, event_hash = _texts(path, given)
    is_sound = not reason if state in WITHOUT_REASON else reason in _REASONS or (state == APPLIED and not reason)
    if state not in STATES or not is_sound:
        raise EvidenceProblem(path, f"has the state {quoted(state)} with the reason {quoted(reason)}")
    return _row(path, key, state, reason, int(_match(path, _SIGNED, quantity)), at, event_hash)


def _texts(path: str, given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) != 6 or not all(isinstance(item, str) for item in given):
        raise EvidenceProblem(path, "is not a list of six strings")
    return given


def _row(path: str, key: str, state: str, reason: str, quantity: int, at: str, event_hash: str) -> Row:
    return Row(
        bytes.fromhex(_match(path, _HASH, key)),
        _read(path, parsed_time, at),
        bytes.fromhex(_match(path, _HASH, event_hash)),
        state,
        reason,
        quantity,
    )
