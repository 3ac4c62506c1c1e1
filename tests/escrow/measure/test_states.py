"""What becomes of a unit: windows, declines, contests, approvals, reversals, the share that may be taken back, caps."""

from typing import Any

import pytest

from escrow.measure import Event
from tests.escrow.measure.units import (
    AGENCY,
    CHECK,
    CHECKED,
    CLIENT,
    adjustment,
    approve,
    contest,
    decline,
    says,
    states,
    take,
    windowed,
)
from tests.escrow.measured import ACCOUNT, agreement, day, event, lost, reversal
from tests.factories import DAY

APPROVED, OPEN = ("approved", ""), ("pending", "decline_window_open")
REJECTED = ("rejected", "bad_contact_data")
DISPUTED = ("disputed", "bad_contact_data")
APPLIED = ("applied", "bad_contact_data")


@pytest.mark.parametrize(
    "as_of, state", [(day(1, 1), OPEN), (day(11) - 1, OPEN), (day(11), APPROVED)], ids=["at once", "last second", "over"]
)
def test_unit__nobody_declines__silence_approves_when_the_window_is_over(as_of: int, state: tuple[str, str]) -> None:
    assert states(windowed(), [event(1, 1)], as_of) == [state]


def test_unit__held__waits_for_the_hold_even_when_the_client_approved() -> None:
    by = windowed(hold_seconds=20 * DAY)

    assert states(by, [event(1, 1), approve(1, 2)], day(20))[0] == ("on_hold", "hold_window_open")
    assert states(by, [event(1, 1), approve(1, 2)], day(21))[0] == APPROVED


TABLE: dict[str, tuple[list[Event], list[tuple[str, str]]]] = {
    "declined": ([event(1, 1), decline(1, 5)], [REJECTED, APPLIED]),
    "declined in the last second": (
        [event(1, 1), says("decline", 1, 10, CLIENT)],
        [REJECTED, APPLIED],
    ),
    "declined too late": ([event(1, 1), decline(1, 11)], [APPROVED, ("ignored", "outside_decline_window")]),
    "declined twice": ([event(1, 1), decline(1, 2), decline(1, 3)], [REJECTED, APPLIED, ("ignored", "no_effect")]),
    "approved, then declined": (
        [event(1, 1), approve(1, 2), decline(1, 3)],
        [APPROVED, ("applied", ""), ("ignored", "no_effect")],
    ),
    "declined, then approved": (
        [event(1, 1), decline(1, 2), approve(1, 3)],
        [APPROVED, ("ignored", "withdrawn"), ("applied", "")],
    ),
    "contested": ([event(1, 1), decline(1, 2), contest(1, 6)], [DISPUTED, APPLIED, APPLIED]),
    "contested too late": (
        [event(1, 1), decline(1, 2), contest(1, 7)],
        [REJECTED, APPLIED, ("ignored", "outside_contest_window")],
    ),
    "contested without a decline": ([event(1, 1), contest(1, 2)], [APPROVED, ("ignored", "no_effect")]),
    "contested, then approved": (
        [event(1, 1), decline(1, 2), contest(1, 3), approve(1, 4)],
        [APPROVED, ("ignored", "withdrawn"), APPLIED, ("applied", "")],
    ),
    "declined before it was there": ([event(1, 2), decline(1, 1)], [APPROVED, ("ignored", "no_matching_click")]),
    "declined, and nothing is there": ([decline(1, 1)], [("ignored", "no_matching_click")]),
    "lost, then declined": (
        [lost(1, 1), decline(1, 2)],
        [("invalid", "criteria_not_met"), ("ignored", "no_matching_click")],
    ),
    "returned": ([event(1, 1), reversal(1, 2)], [("returned", "reversed"), ("applied", "reversed")]),
    "returned with a reason": (
        [event(1, 1), reversal(1, 2, attributes={"reason": "refund_full"})],
        [("returned", "refund_full"), ("applied", "refund_full")],
    ),
    "returned, then declined": (
        [event(1, 1), reversal(1, 2), decline(1, 3)],
        [("returned", "reversed"), ("applied", "reversed"), ("ignored", "no_effect")],
    ),
    "returned twice": (
        [event(1, 1), reversal(1, 2), reversal(1, 3, source_event_id="again")],
        [("returned", "reversed"), ("applied", "reversed"), ("ignored", "no_effect")],
    ),
    "declined by the agency": ([event(1, 1), decline(1, 2, account=AGENCY)], [APPROVED, ("ignored", "source_not_allowed")]),
    "declined by the source": ([event(1, 1), decline(1, 2, account=ACCOUNT)], [APPROVED, ("ignored", "source_not_allowed")]),
    "contested by the client": (
        [event(1, 1), decline(1, 2), contest(1, 3, account=CLIENT)],
        [REJECTED, APPLIED, ("ignored", "source_not_allowed")],
    ),
    "won by the client's word": ([event(1, 1, account=CLIENT)], [("ignored", "source_not_allowed")]),
    "amount changed in a count": ([event(1, 1), adjustment(1, 2, -5)], [APPROVED, ("ignored", "order_update")]),
    "twice": ([event(1, 1), event(1, 2, source_event_id="x")], [APPROVED, ("ignored", "duplicate_id")]),
    "outside": ([event(1, -1)], [("ignored", "outside_flight")]),
}


@pytest.mark.parametrize("events, expected", TABLE.values(), ids=TABLE)
def test_unit__what_is_said_of_it__gives_its_state_and_a_reason(
    events: list[Event], expected: list[tuple[str, str]]
) -> None:
    assert states(windowed(), events) == expected
    assert take(windowed(), events).value == sum(state == "approved" for state, _ in expected)


def test_unit__after_the_reversal_window__is_locked_and_stays() -> None:
    by = agreement(reversal={"within_seconds": 10 * DAY})

    assert states(by, [event(1, 1), reversal(1, 11)]) == [("locked", ""), ("ignored", "outside_reversal_window")]
    assert states(by, [event(1, 1)], day(11) - 1) == [APPROVED]
    assert states(by, [event(1, 1)], day(11)) == [("locked", "")]
    assert states(by, [event(1, 1), reversal(1, 10)]) == [("returned", "reversed"), ("applied", "reversed")]


def test_unit__no_decline_agreed__can_not_be_declined() -> None:
    by = agreement(sources=CHECKED[:2], hold_seconds=1)

    assert states(by, [event(1, 1), decline(1, 2)]) == [APPROVED, ("ignored", "outside_decline_window")]
    assert states(by, [event(1, 1), approve(1, 2)]) == [APPROVED, ("ignored", "no_effect")]


# What the check source says of a unit


def both(number: int, on: int) -> list[Event]:
    """The unit at either source."""
    return [event(number, on), event(number, on, account=CHECK)]


def test_unit__check_source_upholds_it__no_decline_stands() -> None:
    events = [*both(1, 1), decline(1, 2), contest(1, 3), approve(1, 4, account=CHECK)]
    found = take(windowed(sources=CHECKED), events)

    assert found.value == 1
    assert {(row.state, row.reason) for row in found.rows} == {
        APPROVED,
        ("ignored", "denied_by_check"),
        ("ignored", "no_effect"),
        APPLIED,
    }


def test_unit__check_source_changes_its_mind__the_last_word_holds() -> None:
    by = windowed(sources=CHECKED)
    events = [*both(1, 1), *both(2, 1), decline(1, 2), approve(1, 3, account=CHECK), decline(1, 4, account=CHECK)]

    assert take(by, events).value == 1


def test_unit__check_source_speaks_of_nothing__is_ignored_by_name() -> None:
    rows = take(windowed(sources=CHECKED), [approve(7, 1, account=CHECK)]).rows

    assert [(row.state, row.reason) for row in rows] == [("ignored", "no_matching_click")]


# The share that may be taken back


def capped(share: int, **changes: Any) -> Any:
    return windowed(reversal={"share_bps": share}, **changes)


def test_share__more_is_declined_than_agreed__the_later_ones_stay() -> None:
    events = [event(number, 1) for number in range(1, 11)] + [decline(number, on) for number, on in ((2, 4), (3, 2), (1, 3))]
    found = states(capped(2_000), events)

    assert [found[number - 1] for number in (1, 2, 3)] == [REJECTED, APPROVED, REJECTED]
    assert found[10:] == [("ignored", "reversal_cap_reached"), APPLIED, APPLIED]


def test_share__reversals_and_declines__are_counted_together() -> None:
    events = [event(number, 1) for number in range(1, 11)]
    found = states(capped(1_000), [*events, reversal(1, 2), decline(2, 3)])

    assert found[10:] == [("applied", "reversed"), ("ignored", "reversal_cap_reached")]
    assert (found[0], found[1]) == (("returned", "reversed"), APPROVED)


def test_share__nothing_may_be_taken_back__nothing_is() -> None:
    assert states(capped(0), [event(1, 1), reversal(1, 2)]) == [APPROVED, ("ignored", "reversal_cap_reached")]


def test_share__decline_that_was_taken_back__takes_no_part_of_it() -> None:
    events = [event(number, 1) for number in range(1, 11)]
    found = states(capped(1_000), [*events, decline(1, 2), approve(1, 3), decline(2, 4)])

    assert (found[0], found[1]) == (APPROVED, REJECTED)


@pytest.mark.parametrize("word", [decline(2, 5, account=CHECK, name="word"), reversal(2, 5, account=CHECK)])
def test_share__check_source_agrees__what_is_beyond_it_is_taken_back_too(word: Event) -> None:
    events = [each for number in range(1, 11) for each in both(number, 1)]
    events += [decline(1, 2), decline(2, 3), decline(3, 4), word]
    found = take(capped(1_000, sources=CHECKED), events)

    rejected = [row for row in found.rows if row.state == "rejected"]
    assert (len(rejected), found.value) == (2, 8)


# Caps, and the same again


def test_caps__each_kind__lets_through_what_it_says() -> None:
    events = [event(number, 1 + (number - 1) // 3) for number in range(1, 13)]
    assert take(agreement(caps={"per_day": 2}), events).value == 8
    assert take(agreement(caps={"total": 5}), events).value == 5
    assert take(agreement(caps={"per_period": {"seconds": 2 * DAY, "most": 4}}), events).value == 2 + 1 + 4 + 3
    assert take(agreement(caps={"per_day": 2, "total": 7}), events).value == 7


def test_caps__unit_beyond_them__is_over_and_says_so() -> None:
    assert states(agreement(caps={"total": 1}), [event(1, 1), event(2, 2)]) == [APPROVED, ("overcap", "cap_reached")]


def test_caps__unit_that_was_taken_back__makes_room() -> None:
    events = [event(1, 1), reversal(1, 3), event(2, 2)]
    assert states(agreement(caps={"total": 1}), events)[2] == APPROVED


def test_caps__unit_that_may_still_count__keeps_its_place() -> None:
    events = [event(1, 1), event(2, 2), approve(2, 3)]
    assert states(windowed(caps={"total": 1}), events, day(4)) == [OPEN, ("overcap", "cap_reached"), ("applied", "")]


def test_caps__unit_that_does_not_fit__leaves_room_for_a_smaller_one() -> None:
    events = [event(1, 1, quantity="3"), event(2, 2, quantity="3"), event(3, 3, quantity="2")]
    assert [state for state, _ in states(agreement(caps={"total": 5}), events)] == ["approved", "overcap", "approved"]


@pytest.mark.parametrize("days, state", [(29, ("ignored", "duplicate_id")), (30, APPROVED)])
def test_dedupe__unit_again__counts_anew_when_it_was_long_enough(days: int, state: tuple[str, str]) -> None:
    by = agreement(dedupe={"repeat_after_seconds": 30 * DAY})

    assert states(by, [event(1, 1), event(1, 1 + days, source_event_id="again")]) == [APPROVED, state]


def test_dedupe__message_about_a_unit_that_came_again__is_about_the_one_before_it() -> None:
    by = agreement(dedupe={"repeat_after_seconds": 30 * DAY})
    events = [event(1, 1), event(1, 40, source_event_id="again"), reversal(1, 20), reversal(1, 50, source_event_id="second")]

    assert [state for state, _ in states(by, events)] == ["returned", "returned", "applied", "applied"]
    assert [state for state, _ in states(by, events[:3])] == ["returned", "approved", "applied"]


def person(number: int, on: int, subject: str, **changes: Any) -> Event:
    return event(number, on, attributes={"customer": "yes", "subject": subject}, **changes)


def test_dedupe__other_unit_of_one_person__counts_after_the_window_only() -> None:
    by = agreement(dedupe={"identity": {"field": "subject", "within_seconds": 7 * DAY}})
    events = [person(1, 1, "aa"), person(2, 7, "aa"), person(3, 8, "aa"), person(4, 2, "bb"), event(5, 2), event(6, 2)]

    assert states(by, events) == [APPROVED, ("ignored", "duplicate_identity"), *[APPROVED] * 4]


# Attribution, and the tail after a notice


def touched(number: int, on: int, clicked_at: Any) -> Event:
    return event(number, on, attributes={"customer": "yes", "clicked_at": clicked_at})


ATTRIBUTED = {"attribution": {"field": "clicked_at", "within_seconds": 7 * DAY}}


@pytest.mark.parametrize(
    "clicked_at, expected",
    [
        (day(10), APPROVED),
        ("2008-05-11T00:00:00Z", APPROVED),
        (day(3) + 1, APPROVED),
        (day(3), ("ignored", "outside_attribution_window")),
        (day(10) + 1, ("ignored", "outside_attribution_window")),
        ("yesterday", ("ignored", "no_matching_click")),
    ],
)
def test_attribution__touch__has_to_lie_in_the_window(clicked_at: Any, expected: tuple[str, str]) -> None:
    assert states(agreement(**ATTRIBUTED), [touched(1, 10, clicked_at)]) == [expected]


def test_attribution__no_touch__counts_nothing() -> None:
    assert states(agreement(**ATTRIBUTED), [event(1, 10)]) == [("ignored", "no_matching_click")]


def test_tail__after_a_notice__counts_what_was_under_way() -> None:
    by, events = agreement(**ATTRIBUTED, tail_seconds=5 * DAY), [touched(1, 28, day(24)), touched(2, 28, day(25))]

    assert states(by, events, day(30), ends_at=day(30)) == [APPROVED, ("ignored", "outside_flight")]
    assert states(by, events, day(30)) == [APPROVED, APPROVED]
