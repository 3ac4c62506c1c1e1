"""Any events under any rules: order and repetition change no byte, no unit goes unpaid without a reason, the sums add up."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.agreement import Agreement
from escrow.canonical import canonical
from escrow.measure import Event, Measurement, counts_of, export_lines, leaf_of, parse_line, read_bundle
from escrow.measure.merkle import root_of
from escrow.measure.state import COUNTING, WITHOUT_REASON
from tests.escrow.measure.units import AGENCY, CHECK, CHECKED, CLIENT, PARTIES, VALUE, sale, states, take, windowed
from tests.escrow.measured import ACCOUNT, ENDS_AT, agreement, day, event
from tests.factories import DAY

SUM = {"method": "sum/1", "metric": VALUE}
COSTS = [{"channel": "chat", "topic": "billing", "human": 450, "own": 99}]
RULES: dict[str, Agreement] = {
    "windows": windowed(),
    "all at once": windowed(
        **SUM,
        hold_seconds=2 * DAY,
        reversal={"within_seconds": 20 * DAY, "share_bps": 4_000},
        caps={"per_day": 3_000, "per_period": {"seconds": 7 * DAY, "most": 8_000}, "total": 20_000},
        dedupe={"repeat_after_seconds": 3 * DAY, "identity": {"field": "subject", "within_seconds": 5 * DAY}},
        attribution={"field": "clicked_at", "within_seconds": 30 * DAY},
        tail_seconds=DAY,
    ),
    "rate": windowed(method="rate/1", metric={"scale": 1_000}),
    "savings": windowed(method="savings/1", metric={"currency": "EUR", "exponent": 2, "costs": COSTS}),
    "checked": windowed(sources=CHECKED, **SUM, reversal={"share_bps": 3_000}),
    "per two sources": agreement(sources=[PARTIES[0], CHECKED[3]]),
}


def some_event(kind: str, account: str, unit: int, on: int, name: int, cents: int, reason: str) -> Event:
    attributes: dict[str, Any] = {
        "customer": "no" if cents == 1_300 else "yes", "subject": f"s{unit // 2}", "clicked_at": day(on - 1),
        "channel": "chat", "topic": "billing" if cents != 700 else "login", "reason": reason, "evidence": "ab" * 32,
    }  # fmt: skip
    wire = {"kind": kind, "source_event_id": f"{kind}-{name}", "account": account, "attributes": attributes}
    if kind == "adjustment":
        return sale(unit, on, -cents, **wire)
    return sale(unit, on, cents, **wire) if kind == "conversion" else event(unit, on, **wire)


EVENTS = st.lists(
    st.builds(
        some_event,
        st.sampled_from(["conversion"] * 4 + ["reversal", "adjustment", "decline", "contest", "approve"]),
        st.sampled_from([ACCOUNT] * 3 + [CHECK, CLIENT, CLIENT, AGENCY]),
        st.integers(1, 5),
        st.integers(-1, 12),
        st.integers(1, 10_000),
        st.sampled_from([500, 700, 1_300, 2_000]),
        st.sampled_from(["reopened", "refund_full", "fraud_suspected"]),
    ),
    max_size=20,
    unique_by=lambda each: (each.source_account, each.source_event_id),
)
AS_OF = st.sampled_from([day(6), day(14), day(30), ENDS_AT])


def outcome(by: Agreement, events: list[Any], as_of: int, period_start: int | None = None) -> Measurement:
    return take(by, events, as_of, period_start=period_start, ends_at=day(40))


def bytes_of(found: Measurement) -> bytes:
    return found.evidence


@pytest.mark.parametrize("by", RULES.values(), ids=RULES)
@settings(max_examples=60, deadline=None)
@given(events=EVENTS, as_of=AS_OF, is_periodic=st.booleans(), data=st.data())
def test_measure__any_order_and_repetition__gives_the_same_bytes(
    by: Agreement, events: list[Event], as_of: int, is_periodic: bool, data: st.DataObject
) -> None:
    as_of, start = (day(30), day(15)) if is_periodic else (as_of, None)
    repeated = events + (data.draw(st.lists(st.sampled_from(events), max_size=10)) if events else [])
    shuffled = data.draw(st.permutations(repeated))
    exported = [parse_line(json.loads(line)) for line in export_lines(by, events, as_of)]

    assert bytes_of(outcome(by, shuffled, as_of, start)) == bytes_of(outcome(by, events, as_of, start))
    assert bytes_of(outcome(by, exported, as_of, start)) == bytes_of(outcome(by, events, as_of, start))


@pytest.mark.parametrize("by", RULES.values(), ids=RULES)
@settings(max_examples=60, deadline=None)
@given(events=EVENTS, as_of=AS_OF)
def test_measure__any_events__leaves_nothing_out_without_a_reason(by: Agreement, events: list[Event], as_of: int) -> None:
    found = outcome(by, events, as_of)
    due = [each for each in events if each.occurred_at < as_of and each.source_account in by.accounts]
    listed = Counter(row.event_hash for row in found.rows)
    check = found.bundle.check

    assert max(listed.values(), default=1) == 1
    in_check = 0 if check is None else check.counts.counted + sum(check.counts.excluded.values()) + check.counts.applied
    assert len(found.rows) + in_check == len(due)
    for row in found.rows:
        assert bool(row.reason) or row.state in WITHOUT_REASON or row.state == "applied"
        assert not (row.state in WITHOUT_REASON and row.reason)
    assert read_bundle(found.evidence) == found.bundle
    assert canonical(json.loads(found.evidence)) == found.evidence
    assert found.bundle.counts == counts_of(found.rows)
    assert found.bundle.units_root == root_of(map(leaf_of, found.rows))


@pytest.mark.parametrize("name", ["windows", "all at once"])
@settings(max_examples=60, deadline=None)
@given(events=EVENTS, as_of=AS_OF)
def test_measure__any_sum__is_that_of_the_counted_rows_and_no_unit_is_below_zero(
    name: str, events: list[Event], as_of: int
) -> None:
    found = take(RULES[name], events, as_of)
    units: Counter[bytes] = Counter()
    for row in found.rows:
        if row.state in COUNTING:
            units[row.unit_key] += row.quantity

    assert found.value == sum(units.values())
    assert all(amount >= 0 for amount in units.values())


@settings(max_examples=60, deadline=None)
@given(EVENTS, AS_OF)
def test_measure__caps__are_never_passed(events: list[Event], as_of: int) -> None:
    by = RULES["all at once"]
    found = take(by, events, as_of)

    assert found.value <= 20_000


@settings(max_examples=100, deadline=None)
@given(EVENTS, AS_OF)
def test_measure__share_that_may_be_taken_back__is_never_passed_without_the_check_source(
    events: list[Event], as_of: int
) -> None:
    by = windowed(reversal={"share_bps": 3_000})
    found = states(by, [each for each in events if each.source_account in by.accounts and each.occurred_at < as_of], as_of)
    units = [state for state, _ in found if state in ("approved", "locked", "pending", "rejected", "disputed", "returned")]
    taken = [state for state in units if state in ("rejected", "disputed", "returned")]

    assert len(taken) <= len(units) * 3_000 // 10_000


@settings(max_examples=100, deadline=None)
@given(EVENTS, AS_OF)
def test_measure__units_without_windows__count_as_a_plain_count_does(events: list[Event], as_of: int) -> None:
    """Two ways to the same: the states' machinery with nothing to do, and the plain one."""
    own = [each for each in events if each.source_account == ACCOUNT and each.kind in ("conversion", "reversal")]
    counted = {row.event_hash for row in take(agreement(), own, as_of).rows if row.is_counted}
    approved = {row.event_hash for row in take(agreement(hold_seconds=1), own, as_of).rows if row.is_counted}

    assert approved == counted
