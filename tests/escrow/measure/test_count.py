"""Method count/1: which units count, why the others do not, and that order and repetition change nothing."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.agreement import Agreement, parse_agreement
from escrow.clock import format_time, parse_time
from escrow.errors import EventConflict, ValueProblem
from escrow.measure import Counts, Event, Measurement, event_line, export_lines, measure, parse_event, parse_line, unit_key
from tests.escrow.measured import DEAL, ENDS_AT, STARTS_AT, agreement, day, event, lost, reversal


def count(events: list[Event], *, as_of: int = ENDS_AT, by: Agreement | None = None, **options: Any) -> Measurement:
    return measure(by or agreement(), DEAL, events, as_of, **options)


def reasons(events: list[Event], **options: Any) -> list[str]:
    """Of each event, in the order given; empty where it is counted."""
    by = options.get("by") or agreement()
    found = {row.event_hash: row.reason for row in count(events, **options).rows}
    return [found[hashlib.sha256(event_line(each, by.salt)).digest()] for each in events]


def test_measure__no_events__is_zero_with_an_empty_root() -> None:
    empty = count([])

    assert (empty.value, empty.rows, empty.bundle.units_root) == (0, (), bytes(32))


def test_measure__won_and_lost__counts_the_won_and_says_why_not_the_others() -> None:
    measured = count([event(1), lost(2), event(3)])

    assert measured.value == 2
    assert measured.bundle.counts.counted == 2
    assert measured.bundle.counts.excluded == {"criteria_not_met": 1}


def test_measure__one_row_for_each_event__whatever_becomes_of_it() -> None:
    events = [event(1), event(1, 2, source_event_id="again"), lost(2), reversal(1, 3), reversal(9), event(3, -1)]

    assert len(count(events).rows) == len(events)


def test_measure__quantity__is_added_up() -> None:
    assert count([event(1, quantity="3"), event(2, quantity="4"), event(2, 2, source_event_id="x", quantity="5")]).value == 7


@pytest.mark.parametrize(
    "at, reason",
    [(STARTS_AT - 1, "outside_flight"), (STARTS_AT, ""), (ENDS_AT - 1, "")],
)
def test_measure__edges_of_the_flight__are_half_open(at: int, reason: str) -> None:
    assert reasons([event(1, occurred_at=format_time(at))]) == [reason]


def test_measure__event_at_the_end_of_the_flight__is_not_looked_at() -> None:
    assert count([event(1, 92)]).rows == ()


def test_measure__as_of__cuts_off_half_open() -> None:
    events = [event(1, 3), event(2, 4)]

    assert count(events, as_of=day(4)).value == 1
    assert count(events, as_of=day(4) + 1).value == 2


def test_measure__maturity__waits_until_the_event_is_old_enough() -> None:
    by = agreement(maturity_seconds=3600)

    assert count([event(1, 3)], as_of=day(3, 3599), by=by).rows == ()
    assert count([event(1, 3)], as_of=day(3, 3600), by=by).value == 1


@pytest.mark.parametrize("stranger", [{"account": "other"}, {"goal": "visit"}])
def test_measure__other_account_or_goal__is_not_looked_at(stranger: dict[str, Any]) -> None:
    assert count([event(1, **stranger)]).rows == ()


def test_measure__unit_that_comes_again__counts_by_its_first_accepted_event() -> None:
    events = [lost(1, 1), event(1, 2, source_event_id="b"), event(1, 3, source_event_id="c")]

    assert reasons(events) == ["criteria_not_met", "", "duplicate_id"]


def test_measure__two_events_of_a_unit_in_one_second__go_by_account_and_id() -> None:
    by = agreement(
        sources=[
            {"account": name, "adapter": "signed_api", "role": "controlling", "grade": "B"} for name in ("a-bank", "b-bank")
        ]
    )
    events = [event(1, account="b-bank", source_event_id="1"), event(1, account="a-bank", source_event_id="2"),
              event(1, account="a-bank", source_event_id="3")]  # fmt: skip

    assert reasons(events, by=by) == ["duplicate_id", "", "duplicate_id"]


def test_measure__reversal_after_the_conversion__takes_the_unit_away() -> None:
    assert reasons([event(1, 2), reversal(1, 3), event(2, 2)]) == ["reversed", "reversed", ""]


def test_measure__reversal_in_the_same_second__takes_the_unit_away() -> None:
    assert reasons([event(1, 2), reversal(1, 2, source_event_id="a")]) == ["reversed", "reversed"]


def test_measure__reversal_before_the_conversion__matches_nothing() -> None:
    assert reasons([reversal(1, 1), event(1, 2)]) == ["no_matching_click", ""]


def test_measure__reversal_of_a_unit_that_does_not_count__matches_nothing() -> None:
    assert reasons([lost(1, 1), reversal(1, 2), reversal(2, 2)]) == [
        "criteria_not_met",
        "no_matching_click",
        "no_matching_click",
    ]


def test_measure__conversion_after_a_reversal__stays_a_duplicate() -> None:
    events = [event(1, 1), reversal(1, 2), event(1, 3, source_event_id="again")]

    assert reasons(events) == ["reversed", "reversed", "duplicate_id"]


def test_measure__second_reversal__is_reversed_like_the_first() -> None:
    assert reasons([event(1, 1), reversal(1, 2), reversal(1, 3, source_event_id="again")]) == ["reversed"] * 3


def test_measure__period__counts_only_what_was_converted_in_it() -> None:
    events = [event(1, 29), event(2, 30), event(3, 59)]
    measured = count(events, as_of=day(60), period_start=day(30))

    assert (measured.value, measured.bundle.counts.counted) == (2, 3)


def test_measure__unit_that_came_in_the_period_before__does_not_count_again() -> None:
    events = [event(1, 29), event(1, 30, source_event_id="again")]

    assert count(events, as_of=day(60), period_start=day(30)).value == 0


def test_measure__unit_taken_back_in_a_later_period__lowers_that_period() -> None:
    events = [event(1, 29), event(2, 31), event(3, 32), reversal(1, 33)]
    assert count(events, as_of=day(30), period_start=day(0)).value == 1
    assert count(events, as_of=day(60), period_start=day(30)).value == 1


def test_measure__more_taken_back_than_a_period_won__is_carried_to_the_next_and_never_below_zero() -> None:
    events = [event(1, 10), event(2, 11), reversal(1, 40), reversal(2, 41), event(3, 42), event(4, 70), event(5, 71)]
    values = [count(events, as_of=day(end), period_start=day(end - 30)).value for end in (30, 60, 90)]
    # Two were paid before they were taken back: the second period bears one, the third the other.
    assert values == [2, 0, 1]


def test_measure__unit_taken_back_in_its_own_period__is_not_counted_in_it() -> None:
    events = [event(1, 31), reversal(1, 32), event(2, 33)]
    assert count(events, as_of=day(60), period_start=day(30)).value == 1


def test_measure__value_beyond_its_type__is_refused() -> None:
    most = str(2**63 - 1)
    assert count([event(1, quantity=most), event(2, quantity=most), event(3)]).value == 2**64 - 1

    with pytest.raises(ValueProblem):
        count([event(1, quantity=most), event(2, quantity=most), event(3, quantity="2")])


@pytest.mark.parametrize("other", [lost(1, 1), event(1, 2)], ids=["same time", "other time"])
def test_measure__one_event_with_two_contents__is_refused_and_named(other: Event) -> None:
    for events in ([event(1, 1), other, event(2)], [event(2), other, event(1, 1)]):
        with pytest.raises(EventConflict, match="event call-00001 of account bank-telephone"):
            count(events)


def test_measure__exported_lines__give_the_same_bytes() -> None:
    events = [event(1), lost(2), reversal(1, 3), event(3, 40, quantity="9")]
    exported = [parse_line(json.loads(line)) for line in export_lines(agreement(), events, ENDS_AT)]

    assert measure(agreement(), DEAL, exported, ENDS_AT).evidence == count(events).evidence


def test_export_lines__hold_what_the_measurement_looks_at__once_and_in_its_order() -> None:
    events = [event(3, 40), event(1, 2), event(1, 2), event(4, account="other"), event(2, 91)]

    lines = list(export_lines(agreement(), events, day(41)))

    assert lines == [event_line(event(1, 2), agreement().salt), event_line(event(3, 40), agreement().salt)]


EVENTS = st.lists(
    st.builds(
        lambda make, unit, on, number: make(unit, on, source_event_id=f"{make.__name__}-{unit}-{on}-{number}"),
        st.sampled_from([event, lost, reversal]),
        st.integers(1, 4),
        st.integers(-1, 5),
        st.integers(1, 2),
    ),
    max_size=12,
    unique_by=lambda each: each.source_event_id,
)


@settings(deadline=None)
@given(EVENTS, st.data())
def test_measure__shuffled_and_repeated__gives_the_same_bytes(events: list[Event], data: st.DataObject) -> None:
    repeated = events + (data.draw(st.lists(st.sampled_from(events), max_size=12)) if events else [])
    shuffled = data.draw(st.permutations(repeated))

    assert count(shuffled).evidence == count(events).evidence


@settings(deadline=None)
@given(EVENTS)
def test_measure__any_events__agree_with_a_recount_unit_by_unit(events: list[Event]) -> None:
    """The rules said the other way round: what makes one unit count, told from its own events alone."""
    expected = 0
    for unit in {each.unit_id for each in events}:
        own = [each for each in events if each.unit_id == unit]
        won = [each.occurred_at for each in own if each.kind == "conversion" and each.attributes["customer"] == "yes"]
        won = [at for at in won if STARTS_AT <= at < ENDS_AT]
        undone = [each.occurred_at for each in own if each.kind == "reversal"]
        expected += bool(won) and not any(at >= min(won) for at in undone)

    assert count(events).value == expected


def test_measure__evidence__names_units_by_key_only() -> None:
    evidence = count([event(1), lost(2), reversal(1, 3)]).evidence

    assert b"person-" not in evidence and b"call-" not in evidence and b"261" not in evidence
    assert unit_key(agreement().salt, "person-00001").hex().encode() in evidence


VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "count.json").read_text())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["as_of"])
def test_measure__vectors_of_the_first_version__give_the_same_bytes(case: dict[str, Any]) -> None:
    by, events = parse_agreement(VECTORS["agreement"]), [parse_event(data) for data in VECTORS["events"]]
    start = parse_time(case["period_start"]) if case["period_start"] else None
    measured = measure(by, VECTORS["deal_id"], events, parse_time(case["as_of"]), start)

    assert measured.bundle.counts == Counts(case["counts"]["counted"], case["counts"]["excluded"])
    assert (str(measured.value), measured.evidence_hash) == (case["value"], case["evidence"])


@pytest.mark.parametrize(
    "kind, reason", [("adjustment", "order_update"), ("decline", "source_not_allowed"), ("approve", "source_not_allowed")]
)
def test_measure__message_that_a_plain_count_does_not_know__is_excluded_with_its_reason(kind: str, reason: str) -> None:
    grounds = {"reason": "bad_contact_data", "evidence": "ab" * 32}
    money = {"value_minor": "-5", "currency": "EUR", "currency_exponent": 2} if kind == "adjustment" else {}
    message = event(1, 2, kind=kind, source_event_id="message", attributes=grounds, **money)

    assert reasons([event(1, 1), message]) == ["", reason]
