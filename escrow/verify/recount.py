"""One report against its evidence, and against the events where they are at hand. Knows measurement, no money."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from escrow.agreement import Agreement, period_start, report_times
from escrow.canonical import hash_of
from escrow.clock import format_time
from escrow.errors import EvidenceProblem, MeasureProblem, ValueProblem
from escrow.events import ReportSettled, ReportWaits
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.measure import Bundle, Event, KeyedEvent, Row, counts_of, leaf_of, measure, read_bundle, value_of
from escrow.measure.evidence import PLAIN_SCHEMA, SCHEMA
from escrow.measure.merkle import root_of
from escrow.measure.state import ADJUSTED
from escrow.terms import Terms
from escrow.verify.sides import check_facts, sides_facts
from escrow.verify.verdict import Fact

MISSING = "nowhere to be found"

GetBundle = Callable[[DocumentHash], bytes | None]
GetEvents = Callable[[Timestamp], Iterable[Event | KeyedEvent] | None]
"""Of the measurement as of a time; None where they are not at hand."""


Reported = ReportSettled | ReportWaits


@dataclass(frozen=True)
class Case:
    """What all reports of a deal are held against. `ends_at` is the deal's end, as notice has moved it."""

    deal_id: DealId
    terms: Terms
    agreement: Agreement
    ends_at: int


def report_facts(case: Case, report: Reported) -> Iterator[Fact]:
    """What the terms and the agreement say of any report; a self-report is of no signer."""
    times = report_times(case.agreement, case.terms, case.ends_at)
    if report.as_of not in times:
        yield Fact("as-of time", f"one of the agreement's {len(times)}", format_time(report.as_of))
    signers = report.signers.bit_count()
    is_self_report = isinstance(report, ReportWaits) and signers == 0
    if signers < case.terms.quorum and not is_self_report:
        yield Fact("number of signers", f"{case.terms.quorum} or more", signers)


def bundle_facts(case: Case, report: Reported, previous: DocumentHash | None, data: bytes | None) -> Iterator[Fact]:
    """The bundle is the one that was signed, belongs to this report, and adds up by its own rows."""
    yield Fact("evidence", report.evidence, MISSING if data is None else hash_of(data))
    assert data is not None
    try:
        bundle = read_bundle(data)
    except EvidenceProblem as problem:
        yield Fact("evidence", "a bundle", str(problem))
        return
    yield Fact("deal of the evidence", case.deal_id, bundle.deal_id)
    yield Fact("agreement of the evidence", case.agreement.hash, bundle.agreement)
    yield Fact("method of the evidence", case.agreement.method, bundle.method)
    yield Fact("as-of time of the evidence", format_time(report.as_of), format_time(bundle.as_of))
    yield Fact("evidence before this", previous or "none", bundle.previous or "none")
    yield Fact("schema of the evidence", PLAIN_SCHEMA if case.agreement.is_plain else SCHEMA, bundle.schema)
    yield from _row_facts(case, bundle)
    start = period_start(case.terms, report.as_of)
    if case.agreement.is_plain:
        yield Fact("value of the rows", value_of(bundle.rows, report.as_of, start), bundle.value)
    else:
        yield from sides_facts(case.agreement, bundle, start)
    yield Fact("value", bundle.value, report.value)
    yield Fact("counts", counts_of(bundle.rows), bundle.counts)
    yield Fact("units root", "0x" + root_of(map(leaf_of, bundle.rows)).hex(), "0x" + bundle.units_root.hex())


def _row_facts(case: Case, bundle: Bundle) -> Iterator[Fact]:
    """What no honest bundle has, whatever the events were."""
    seen: set[bytes] = set()
    flight, latest = case.agreement.flight, bundle.as_of - max(case.agreement.maturity_seconds, 1)
    for index, row in enumerate(bundle.rows):
        if row.occurred_at > latest:
            yield Fact(f"time of row {index}", f"{format_time(latest)} or before", format_time(row.occurred_at))
        if row.is_counted:
            if row.state == ADJUSTED:
                continue
            if row.unit_key in seen and case.agreement.dedupe.repeat_after_seconds is None:
                yield Fact(f"row {index}", "another unit", f"unit {row.unit_key.hex()} counted again")
            seen.add(row.unit_key)
            if not flight.start <= row.occurred_at < flight.end:
                yield Fact(f"time of row {index}", "within the flight", format_time(row.occurred_at))


def event_facts(
    case: Case,
    report: Reported,
    previous: DocumentHash | None,
    data: bytes,
    events: Iterable[Event | KeyedEvent],
) -> Iterator[Fact]:
    """The measurement done again gives the signed bytes; where not, the first row in which they differ."""
    start = period_start(case.terms, report.as_of)
    try:
        again = measure(case.agreement, case.deal_id, events, report.as_of, start, previous, case.ends_at)
    except (MeasureProblem, ValueProblem) as problem:
        yield Fact("events", "measurable", str(problem))
        return
    if again.evidence_hash == report.evidence:
        return
    signed = read_bundle(data)
    for index, (expected, found) in enumerate(zip_longest(again.rows, signed.rows)):
        yield Fact(f"row {index} of the evidence", _row_words(expected), _row_words(found))
    yield from check_facts(again.bundle, signed)
    yield Fact("evidence", again.evidence_hash, report.evidence)


def _row_words(row: Row | None) -> str:
    if row is None:
        return "no row"
    state = f"{row.state}, {row.reason}" if row.reason else row.state
    return (
        f"unit {row.unit_key.hex()} {state}, quantity {row.quantity}, at {format_time(row.occurred_at)}"
        f" by event {row.event_hash.hex()}"
    )
