"""Random lives of deals with an arbiter, from a seed: reports that wait, disputes, rulings, notice, and silence."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from escrow.claims import (
    NOTHING,
    DealState,
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
)
from escrow.ids import Timestamp, Units
from escrow.schedule import Due, apply_notice, apply_silence, apply_top_up, new_deal, notice_end
from escrow.terms import Basis, Terms
from escrow.terms.check import DAY, HOUR, MAX_WINDOW, MIN_WINDOW
from tests import factories
from tests.escrow import random_terms
from tests.escrow.random_terms import MOST_VALUE

Do = Literal["report", "client_disputes", "agency_disputes", "rule", "finalize", "self_report", "notice", "top_up", "refund"]


@dataclass(frozen=True)
class Action:
    """`at` is when; `value` a report's or a party's number, or the amount of a top-up."""

    do: Do
    at: int
    value: int = 0
    as_of: int = 0


@dataclass(frozen=True)
class Step:
    before: DealState
    action: Action
    after: DealState
    due: Due


def arbiter_terms(rng: Random, now: int) -> Terms:
    """A deal that starts within a day, lasts some weeks and has room for top-ups."""
    start = Timestamp(now + rng.randint(HOUR, DAY))
    periods = rng.randint(1, 4)
    found = random_terms.with_clock(random_terms.open_terms(rng), rng.randint(2 * DAY, 20 * DAY), periods)
    return replace(
        found,
        arbiter=factories.person("arbiter"),
        starts_at=start,
        open_before=start,
        challenge_window=_length(rng),
        ruling_window=_length(rng),
        self_report=found.basis == Basis.CUMULATIVE and rng.random() < 0.7,
        notice_period=rng.randint(HOUR, 10 * DAY),
    )


def life(rng: Random, terms: Terms, now: int, most: int) -> Iterator[Step]:
    """At most this many actions after opening, each one that the contract takes at its time."""
    state = DealState(new_deal(terms, rng.choice((terms.budget, rng.randint(terms.budget, random_terms.MOST_UNITS // 2)))))
    for _ in range(most):
        now, possible = _next(rng, terms, state, now)
        action = rng.choice(possible)
        after, due = play(terms, state, action)
        yield Step(state, action, after, due)
        if after.deal.closed:
            return
        state = after


def play(terms: Terms, state: DealState, action: Action) -> tuple[DealState, Due]:
    """What the contract makes of a call that it takes."""
    deal = state.deal
    match action.do:
        case "report":
            return _report(terms, state, action)
        case "client_disputes":
            return dispute_by_client(terms, state, action.value)
        case "agency_disputes":
            return dispute_by_agency(state, action.value), NOTHING
        case "rule":
            return rule(terms, state, action.value, action.at)
        case "finalize":
            assert state.claim is not None
            is_over = action.at >= resolvable_at(terms, state.claim)
            return resolve_unruled(terms, state) if is_over else pay_agreed(terms, state)
        case "self_report":
            return file_self_report(terms, state, action.value, action.at), NOTHING
        case "notice":
            deal, due = apply_notice(terms, deal, notice_end(terms, action.at))
        case "top_up":
            deal, due = apply_top_up(terms, deal, action.value)
        case "refund":
            return _refund(terms, state, action)
    return replace(state, deal=deal), due


def _report(terms: Terms, state: DealState, action: Action) -> tuple[DealState, Due]:
    due = NOTHING
    if not replaces(terms, state, action.as_of, action.at):
        state, due = resolve_overdue(terms, state, action.at)
    return file_report(terms, state, action.as_of, action.value, action.at), due


def _refund(terms: Terms, state: DealState, action: Action) -> tuple[DealState, Due]:
    state, first = resolve_overdue(terms, state, action.at)
    if state.deal.closed:
        return state, first
    deal, second = apply_silence(terms, state.deal)
    both = (Units(one + other) for one, other in zip(vars(first).values(), vars(second).values(), strict=True))
    return replace(state, deal=deal), Due(*both)


def _next(rng: Random, terms: Terms, state: DealState, now: int) -> tuple[int, list[Action]]:
    """A later time, often on a border or right before it, at which something can be done, and what."""
    while True:
        now = _later(rng, terms, state, now)
        possible = [action for found in _POSSIBLE for action in found(rng, terms, state, now)]
        if possible:
            return now, possible


def _later(rng: Random, terms: Terms, state: DealState, now: int) -> int:
    grace = grace_start(state.deal, state.resolved_at)
    borders = [terms.starts_at, state.deal.ends_at, self_report_start(terms, state), grace + terms.report_grace]
    if state.claim is not None:
        borders += 2 * [state.claim.window_ends_at, resolvable_at(terms, state.claim)]
    near = [at for border in borders for at in (border - 1, border) if at > now]
    return rng.choice((*near, now + rng.randint(1, DAY), now + rng.randint(1, 10 * DAY)))


def _reports(rng: Random, terms: Terms, state: DealState, at: int) -> Iterator[Action]:
    if not replaces(terms, state, state.deal.ends_at, at):
        state, _ = resolve_overdue(terms, state, at)
        deal = state.deal
        if state.claim is not None or deal.closed or at >= grace_start(deal, state.resolved_at) + terms.report_grace:
            return
        first, last = deal.last_as_of + 1, min(at, deal.ends_at)
        if terms.basis == Basis.PER_PERIOD:
            first = deal.last_as_of + terms.period_length
            last = min(first, last)
        if first > last:
            return
        as_of = deal.ends_at if at >= deal.ends_at else rng.choice((last, rng.randint(first, last)))
        as_of = first if terms.basis == Basis.PER_PERIOD else as_of
    else:
        as_of = state.deal.ends_at
    for _ in range(2):
        yield Action("report", at, random_terms.value(rng, terms), as_of)


def _filings(rng: Random, terms: Terms, state: DealState, at: int) -> Iterator[Action]:
    claim = state.claim
    if claim is None or at >= claim.window_ends_at:
        return
    if claim.client_value is None and claim.value > 0:
        yield Action("client_disputes", at, _between(rng, terms, 0, claim.value - 1))
    if claim.agency_value is None and not claim.is_self_report and claim.value < MOST_VALUE:
        yield Action("agency_disputes", at, _between(rng, terms, claim.value + 1, MOST_VALUE))


def _resolutions(rng: Random, terms: Terms, state: DealState, at: int) -> Iterator[Action]:
    claim = state.claim
    if claim is None or at < claim.window_ends_at:
        return
    is_over = at >= resolvable_at(terms, claim)
    if not is_over:
        for _ in range(2):
            yield Action("rule", at, _between(rng, terms, claim.least, claim.most))
    if is_over or not claim.agreed_paid:
        yield Action("finalize", at)


def _silences(rng: Random, terms: Terms, state: DealState, at: int) -> Iterator[Action]:
    grace_end = grace_start(state.deal, state.resolved_at) + terms.report_grace
    if state.claim is None and terms.self_report and self_report_start(terms, state) <= at < grace_end:
        for _ in range(3):
            yield Action("self_report", at, random_terms.value(rng, terms))
    after, _ = resolve_overdue(terms, state, at)
    over = grace_start(after.deal, after.resolved_at) + terms.report_grace
    if after.claim is None and (after.deal.closed or at >= over):
        yield Action("refund", at)


def _changes(rng: Random, terms: Terms, state: DealState, at: int) -> Iterator[Action]:
    if state.claim is None and at < state.deal.ends_at:
        yield Action("top_up", at, rng.randint(1, 2**60))
    if notice_end(terms, at) < state.deal.ends_at and rng.random() < 0.4:
        yield Action("notice", at)


_POSSIBLE = (_reports, _filings, _resolutions, _silences, _changes)


def _between(rng: Random, terms: Terms, least: int, most: int) -> int:
    """Often one of the ends."""
    near = min(max(random_terms.value(rng, terms), least), most)
    return rng.choice((least, most, near, rng.randint(least, most)))


def _length(rng: Random) -> int:
    """Of a window."""
    return rng.choice((MIN_WINDOW, MAX_WINDOW, rng.randint(MIN_WINDOW, 5 * DAY)))
