"""Reports that wait, against numbers reckoned by hand; test_claims_on_chain compares the rest with Solidity."""

from typing import Any

import pytest

from escrow.claims import (
    DealState,
    Outcome,
    adjusted,
    dispute_by_agency,
    dispute_by_client,
    file_report,
    file_self_report,
    grace_start,
    pay_agreed,
    replaces,
    resolvable_at,
    resolve_overdue,
    resolve_unruled,
    rule,
    self_report_start,
    unruled,
)
from escrow.committee import NEVER, Member
from escrow.ids import Timestamp, Units
from escrow.report import MOST_VALUE
from escrow.schedule import Due, new_deal
from escrow.terms import Basis, Step, Terms
from tests import factories
from tests.factories import DAY, RATE_SCALE

START = factories.STARTS_AT


def challenged(**changes: Any) -> Terms:
    """10 units each of the value, windows of two and five days."""
    default = {
        "arbiter": factories.person("arbiter"),
        "challenge_window": 2 * DAY,
        "ruling_window": 5 * DAY,
        "steps": (Step(0, Units(0), 10 * RATE_SCALE),),
        "self_report": True,
    }
    return factories.terms(**default | changes)


def waiting(terms: Terms, value: int, day: int = 30, adjust: int = 0) -> DealState:
    state = DealState(new_deal(terms, 2_000), adjust=adjust)
    return file_report(terms, state, START + day * DAY, value, START + day * DAY)


def test_dispute_by_client__lower_number__pays_it_at_once_and_the_rest_waits() -> None:
    terms = challenged()
    state, due = dispute_by_client(terms, waiting(terms, 120), 20)
    assert due == Due(Units(0), Units(200), Units(0))
    assert state.claim is not None and (state.claim.least, state.claim.most, state.claim.agreed_paid) == (20, 120, True)


def test_dispute__agency_before_client__does_not_fix_the_range() -> None:
    terms = challenged()
    state, _ = dispute_by_client(terms, dispute_by_agency(waiting(terms, 120), 121), 20)
    assert state.claim is not None and (state.claim.least, state.claim.most) == (20, 121)


def test_rule__below_the_report__lowers_every_later_value() -> None:
    terms = challenged()
    state, _ = dispute_by_client(terms, waiting(terms, 120), 20)
    state, due = rule(terms, state, 80, START + 33 * DAY)
    assert (due.performance, state.adjust, state.claim) == (600, -40, None)
    state = file_report(terms, state, START + 60 * DAY, 130, START + 60 * DAY)
    assert state.claim is not None and state.claim.value == 90
    state, due = resolve_unruled(terms, state)
    assert (due.performance, state.adjust) == (100, -40)


def test_rule__value_that_was_cut_at_zero__binds_as_it_is_ruled() -> None:
    terms = challenged()
    state = dispute_by_agency(waiting(terms, 30, adjust=-40), 30)
    assert state.claim is not None and (state.claim.reported, state.claim.value) == (30, 0)
    state, due = rule(terms, state, 30, START + 33 * DAY)
    assert (due.performance, state.adjust) == (300, 0)


def test_resolve_unruled__adjusted_before__leaves_the_adjustment() -> None:
    terms = challenged()
    assert resolve_unruled(terms, waiting(terms, 30, adjust=-40))[0].adjust == -40
    disputed, _ = dispute_by_client(terms, waiting(terms, 100, adjust=-40), 10)
    assert resolve_unruled(terms, disputed)[0].adjust == -40


def test_rule__per_period__binds_nothing_and_pays_the_base_once() -> None:
    terms = challenged(
        basis=Basis.PER_PERIOD, period_length=30 * DAY, periods=3, base_per_period=Units(7), self_report=False
    )
    state, agreed = dispute_by_client(terms, waiting(terms, 100), 80)
    state, rest = rule(terms, state, 100, START + 33 * DAY)
    assert (agreed, rest, state.adjust) == (Due(7, 800, 0), Due(0, 200, 0), 0)  # type: ignore[arg-type]


def test_pay_agreed__client_was_silent__pays_the_quorums_number() -> None:
    terms = challenged()
    state, due = pay_agreed(terms, dispute_by_agency(waiting(terms, 100), 150))
    assert due.performance == 1_000
    assert rule(terms, state, 120, START + 33 * DAY)[1].performance == 200


def test_dispute_by_client__final_report__stays_open_with_what_was_retained_in_the_agreed_part() -> None:
    terms = challenged(retention_bps=2_500)
    state, due = dispute_by_client(terms, waiting(terms, 100, day=92), 80)
    assert due == Due(Units(0), Units(800), Units(0)) and not state.deal.closed
    state, due = rule(terms, state, 90, START + 95 * DAY)
    assert due == Due(Units(0), Units(100), Units(1_100)) and state.deal.closed


@pytest.mark.parametrize(
    ("value", "adjust", "counts"),
    [(120, -40, 80), (30, -40, 0), (MOST_VALUE, 1, MOST_VALUE), (7, 0, 7)],
)
def test_adjusted__any_value__stays_within_the_range(value: int, adjust: int, counts: int) -> None:
    assert adjusted(value, adjust) == counts


def test_unruled__by_who_disputes__leaves_the_quorums_or_the_clients_number() -> None:
    terms = challenged()
    report, self_report = waiting(terms, 100), file_self_report(terms, waiting(terms, 0), 100, START + 99 * DAY)
    for state, least in ((report, 100), (self_report, 60)):
        assert state.claim is not None and unruled(state.claim) == (100, Outcome.ACCEPTED)
        disputed, _ = dispute_by_client(terms, state, 60)
        assert disputed.claim is not None and unruled(disputed.claim) == (least, Outcome.UNRULED)


def test_resolvable_at__disputed__only_after_both_windows() -> None:
    terms = challenged()
    state = waiting(terms, 100)
    assert state.claim is not None and resolvable_at(terms, state.claim) == START + 32 * DAY
    disputed = dispute_by_agency(state, 101)
    assert disputed.claim is not None and resolvable_at(terms, disputed.claim) == START + 37 * DAY
    assert resolve_overdue(terms, disputed, START + 37 * DAY - 1)[0] == disputed
    assert resolve_overdue(terms, disputed, START + 37 * DAY)[1].performance == 1_000


def test_file_self_report__in_the_second_half_of_the_grace__waits_twice_as_long_as_it_is() -> None:
    terms = challenged()
    state = DealState(new_deal(terms, 2_000), adjust=-40)
    now = self_report_start(terms, state)
    assert now == terms.ends_at + 7 * DAY
    claim = file_self_report(terms, state, 90, now).claim
    assert claim is not None and (claim.value, claim.as_of, claim.window_ends_at) == (90, terms.ends_at, now + 4 * DAY)


def test_replaces__final_report_of_a_quorum__only_a_self_report_that_can_still_be_disputed_or_ruled() -> None:
    terms = challenged()
    state = file_self_report(terms, DealState(new_deal(terms, 2_000)), 90, START + 99 * DAY)
    assert replaces(terms, state, terms.ends_at, START + 103 * DAY - 1)
    assert not replaces(terms, state, terms.ends_at, START + 103 * DAY)
    assert not replaces(terms, state, terms.ends_at - 1, START + 99 * DAY)
    assert not replaces(terms, waiting(terms, 1, day=92), terms.ends_at, START + 92 * DAY)


def test_grace_start__resolved_after_the_end__is_then() -> None:
    terms = challenged()
    state, _ = dispute_by_client(terms, waiting(terms, 100, day=91), 50)
    ruled, _ = rule(terms, state, 60, START + 97 * DAY)
    assert grace_start(ruled.deal, ruled.resolved_at) == START + 97 * DAY
    silent, _ = resolve_unruled(terms, state)
    assert grace_start(silent.deal, silent.resolved_at) == START + 98 * DAY
    early, _ = resolve_unruled(terms, waiting(terms, 100))
    assert (early.resolved_at, grace_start(early.deal, early.resolved_at)) == (0, terms.ends_at)


# A member's signature


@pytest.mark.parametrize(
    ("as_of", "now", "counts"),
    [(100, 100, False), (101, 101, True), (101, 199, True), (101, 200, False)],
)
def test_member_counts__by_time__after_it_was_active_and_before_it_left(as_of: int, now: int, counts: bool) -> None:
    assert Member(0, Timestamp(100), Timestamp(200)).counts(as_of, now) is counts
    assert Member(0, Timestamp(100), NEVER).counts(101, 10**10)
    assert not Member(0, Timestamp(0), Timestamp(0)).counts(1, 1)
