"""The measurement: events + agreement + a point in time → a value, and a row with its reason for every event.

Pure: the same events give the same bytes, in whatever order and however often they come.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter

from escrow.agreement.metric import Rate
from escrow.agreement.model import Agreement, Role
from escrow.canonical import hash_of
from escrow.errors import ValueProblem
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure.count import plain_rows
from escrow.measure.decide import decide, word_rows, words_of
from escrow.measure.entry import Entry, EntryReader, is_due
from escrow.measure.event import Event, Kind
from escrow.measure.evidence import MOST_VALUE, PLAIN_SCHEMA, SCHEMA, Bundle, Check, build_bundle, counts_of
from escrow.measure.keyed import KeyedEvent, event_line
from escrow.measure.merkle import root_of
from escrow.measure.reconcile import differing, reconciled
from escrow.measure.row import Row, leaf_of
from escrow.measure.total import boundaries, carried, per_unit, total_of
from escrow.measure.value import value_of

_VERDICTS = frozenset({Kind.DECLINE, Kind.APPROVE, Kind.CONTEST})


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


def measure(
    agreement: Agreement,
    deal_id: DealId,
    events: Iterable[Event | KeyedEvent],
    as_of: int,
    period_start: int | None = None,
    previous: DocumentHash | None = None,
    ends_at: int | None = None,
) -> Measurement:
    """With `period_start`, for a per-period deal, the value is the period's own. `ends_at`: where a notice moved the end to.

    ValueProblem where it does not fit a report, EventConflict where one event has two contents.
    """
    with _few_collections():
        entries = EntryReader(agreement, ends_at).entries(events, as_of)
        taken = (
            _plain(entries, as_of, period_start) if agreement.is_plain else _sides(agreement, entries, as_of, period_start)
        )
        if taken.value > MOST_VALUE:
            raise ValueProblem(deal_id, taken.value, MOST_VALUE)
        bundle = Bundle(
            deal_id=deal_id,
            agreement=agreement.hash,
            method=agreement.method,
            as_of=Timestamp(as_of),
            value=taken.value,
            previous=previous,
            units_root=root_of(map(leaf_of, taken.rows)),
            counts=counts_of(taken.rows),
            rows=taken.rows,
            schema=PLAIN_SCHEMA if agreement.is_plain else SCHEMA,
            earlier=taken.earlier,
            check=taken.check,
        )
        evidence = build_bundle(bundle)
    return Measurement(bundle, evidence, hash_of(evidence))


def export_lines(agreement: Agreement, events: Iterable[Event], as_of: int) -> Iterator[bytes]:
    """The events of a measurement for auditors: in its order, each once, without unit ids; no line ends."""
    due = {
        (event.occurred_at, event.source_account, event.source_event_id): event
        for event in events
        if is_due(agreement, event, as_of)
    }
    for _, event in sorted(due.items(), key=itemgetter(0)):
        yield event_line(event, agreement.salt)


@dataclass(frozen=True)
class _Taken:
    value: int
    rows: tuple[Row, ...]
    earlier: tuple[int, ...] = ()
    check: Check | None = None


def _plain(entries: Sequence[Entry], as_of: int, period_start: int | None) -> _Taken:
    rows = plain_rows(entries)
    return _Taken(value_of(rows, as_of, period_start), rows)


def _sides(agreement: Agreement, entries: Sequence[Entry], as_of: int, period_start: int | None) -> _Taken:
    """Both sides' numbers, and the one that counts."""
    rows, check = _both(agreement, entries, as_of, period_start)
    number = check.controlling if check else total_of(agreement.metric, rows, period_start)
    number = reconciled(number, check.value) if check else number
    earlier: tuple[int, ...] = ()
    if period_start is not None and not isinstance(agreement.metric, Rate):
        earlier = tuple(
            _number_as_of(agreement, entries, end) for end in boundaries(agreement.flight.start, as_of, period_start)
        )
    return _Taken(carried([*earlier, number]), rows, earlier, check)


def _number_as_of(agreement: Agreement, entries: Sequence[Entry], end: int) -> int:
    """At the end of an earlier period, from what is known now."""
    latest = end - max(agreement.maturity_seconds, 1)
    rows, check = _both(agreement, [entry for entry in entries if entry.occurred_at <= latest], end, None)
    if check is None:
        return total_of(agreement.metric, rows)
    return reconciled(check.controlling, check.value)


def _both(
    agreement: Agreement, entries: Sequence[Entry], as_of: int, period_start: int | None
) -> tuple[tuple[Row, ...], Check | None]:
    """The controlling side's rows with all messages, and what the check source makes of it by the same rules."""
    roles = agreement.roles
    said = [entry for entry in entries if roles[entry.source_account] is Role.CHECK]
    words = words_of(said)
    of_check = [entry for entry in said if entry.kind not in _VERDICTS]
    spoken = [entry for entry in said if entry.kind in _VERDICTS]
    own = [entry for entry in entries if roles[entry.source_account] is not Role.CHECK] if said else entries
    rows = [*decide(agreement, own, words, as_of), *word_rows(spoken, own)]
    rows.sort()
    if not agreement.has_check:
        return tuple(rows), None
    parties = [entry for entry in own if roles[entry.source_account] is not Role.CONTROLLING]
    second = sorted([*of_check, *parties])
    decided = decide(agreement, second, words, as_of)
    theirs = sorted(row for entry, row in zip(second, decided, strict=True) if roles[entry.source_account] is Role.CHECK)
    metric = agreement.metric
    check = Check(
        controlling=total_of(metric, rows, period_start),
        value=total_of(metric, theirs, period_start),
        counts=counts_of(theirs),
        units_root=root_of(map(leaf_of, theirs)),
        differing=differing(per_unit(rows), per_unit(theirs)),
    )
    return tuple(rows), check


@contextmanager
def _few_collections() -> Iterator[None]:
    """Without the search for cycles, of which there are none here: it costs a third of the time of a million events."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
