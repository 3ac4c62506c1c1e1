"""Lives of deals with an arbiter for challenges.json: one rule each, then random ones. See `generate` for the form."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from escrow.claims import Claim, DealState
from escrow.ids import Units
from escrow.schedule import RATE_SCALE, new_deal
from escrow.status import status_of
from escrow.terms import Basis, Step, Terms, to_json
from tests import factories
from tests.escrow import random_claims
from tests.escrow.random_claims import Action
from tests.factories import DAY

HOUR = 3_600
SCHEDULE = (
    *("basis", "periodLength", "periods", "retentionBps", "basePerPeriod", "cap", "steps"),
    *("reportGrace", "challengeWindow", "rulingWindow", "selfReport", "noticePeriod"),
)

Life = tuple[str, Terms, int, Sequence[Action]]
"""Times of the actions are seconds from the start."""


def challenges() -> list[dict[str, Any]]:
    return [_played(*life) for life in (*rules(), *_random_lives(Random(13)))]


def _played(name: str, terms: Terms, funded: int, actions: Sequence[Action]) -> dict[str, Any]:
    start, state, played = terms.starts_at, DealState(new_deal(terms, funded)), []
    for action in actions:
        later = Action(action.do, start + action.at, action.value, start + action.as_of)
        state, due = random_claims.play(terms, state, later)
        played.append(
            _call(action)
            | {"pays": {part: str(units) for part, units in vars(due).items()}}
            | {"after": _state(terms, state, later.at)}
        )
    plain = to_json(terms)
    return {
        "name": name,
        "terms": {field: plain[field] for field in SCHEDULE},
        "funded": str(funded),
        "actions": played,
    }


def _call(action: Action) -> dict[str, Any]:
    call: dict[str, Any] = {"do": action.do, "at": action.at}
    match action.do:
        case "report":
            return call | {"asOf": action.as_of, "value": str(action.value)}
        case "client_disputes" | "agency_disputes" | "rule" | "self_report":
            return call | {"value": str(action.value)}
        case "top_up":
            return call | {"amount": str(action.value)}
    return call


def _state(terms: Terms, state: DealState, now: int) -> dict[str, Any]:
    deal = state.deal
    status = status_of(terms, deal, now, claim=state.claim, resolved_at=state.resolved_at)
    return {
        "funded": str(deal.funded),
        "performance": str(deal.performance),
        "lastAsOf": deal.last_as_of - terms.starts_at,
        "endsAt": deal.ends_at - terms.starts_at,
        "status": status.name.lower(),
        "adjust": str(state.adjust),
        "claim": None if state.claim is None else _claim(terms, state.claim),
    }


def _claim(terms: Terms, claim: Claim) -> dict[str, Any]:
    client, agency = claim.client_value, claim.agency_value
    return {
        "asOf": claim.as_of - terms.starts_at,
        "windowEndsAt": claim.window_ends_at - terms.starts_at,
        "reported": str(claim.reported),
        "value": str(claim.value),
        "clientValue": None if client is None else str(client),
        "agencyValue": None if agency is None else str(agency),
        "isSelfReport": claim.is_self_report,
        "agreedPaid": claim.agreed_paid,
    }


def _terms(**changes: Any) -> Terms:
    """Three periods of thirty days, 10 units each of the value; windows of two and five days."""
    default = {
        "arbiter": factories.person("arbiter"),
        "budget": Units(2_000),
        "period_length": 30 * DAY,
        "periods": 3,
        "challenge_window": 2 * DAY,
        "ruling_window": 5 * DAY,
        "steps": (Step(0, Units(0), 10 * RATE_SCALE),),
    }
    return factories.terms(**default | changes)


def _report(day: int, value: int, *, as_of: int | None = None) -> Action:
    """As of the same day unless it is told."""
    return Action("report", day * DAY, value, (day if as_of is None else as_of) * DAY)


def _client(day: int, value: int) -> Action:
    return Action("client_disputes", day * DAY, value)


def _agency(day: int, value: int) -> Action:
    return Action("agency_disputes", day * DAY, value)


def _ruled(day: int, value: int) -> Action:
    return Action("rule", day * DAY, value)


def _finalized(day: int) -> Action:
    return Action("finalize", day * DAY)


def rules() -> Iterable[Life]:
    plain, self_reported = _terms(), _terms(self_report=True)
    retained = _terms(retention_bps=2_500)
    based = _terms(budget=Units(1_000), base_per_period=Units(100))
    by_period = _terms(basis=Basis.PER_PERIOD, base_per_period=Units(7))
    yield (
        "nobody disputes",
        plain,
        2_000,
        [_report(30, 50), _finalized(32), _report(90, 60), _finalized(92)],
    )
    yield (
        "a ruling binds the reports after it",
        plain,
        2_000,
        [
            *(_report(30, 120), _client(31, 60), _ruled(33, 80)),
            *(_report(60, 130), _finalized(62)),
            *(_report(90, 130), _finalized(92)),
        ],
    )
    yield (
        "the agency disputes upward, and the client's silence accepts the quorum's number",
        plain,
        2_000,
        [_report(30, 100), _agency(31, 150), _finalized(32), _ruled(34, 120), _report(90, 100), _finalized(92)],
    )
    yield (
        "the first disputer does not fix the range of the ruling",
        plain,
        2_000,
        [_report(30, 120), _agency(30, 121), _client(31, 20), _ruled(32, 20), _report(90, 120), _finalized(92)],
    )
    yield (
        "the arbiter's silence leaves the quorum's number",
        plain,
        2_000,
        [_report(30, 100), _agency(31, 150), _client(31, 60), _finalized(37), _report(90, 100), _finalized(92)],
    )
    yield (
        "an agreed part that nobody asked for is paid with the rest",
        plain,
        2_000,
        [_report(30, 100), _agency(31, 150), _finalized(37), _report(90, 100), _finalized(92)],
    )
    yield (
        "the next report resolves the one before",
        plain,
        2_000,
        [_report(30, 50), _report(60, 70), _report(90, 70), Action("refund", 92 * DAY)],
    )
    yield (
        "an adjusted value is never below zero",
        plain,
        2_000,
        [
            *(_report(30, 120), _client(31, 20), _ruled(33, 20)),
            *(_report(60, 50), _finalized(62)),
            *(_report(90, 130), _finalized(92)),
        ],
    )
    yield (
        "a ruling on a value that was cut at zero binds as it is ruled",
        plain,
        2_000,
        [
            *(_report(30, 120), _client(31, 20), _ruled(33, 20)),
            *(_report(60, 50), _agency(61, 50), _ruled(62, 50)),
            *(_report(90, 70), _finalized(92)),
        ],
    )
    yield (
        "the last ruling counts",
        plain,
        2_000,
        [
            *(_report(30, 120), _client(31, 60), _ruled(33, 80)),
            *(_report(60, 130), _agency(61, 120), _ruled(62, 100)),
            *(_report(90, 140), _client(91, 0), _ruled(92, 110)),
        ],
    )
    yield (
        "the agreed part of a final report includes what was retained",
        retained,
        2_000,
        [_report(60, 40), _finalized(62), _report(90, 100), _client(91, 80), _ruled(92, 90)],
    )
    yield (
        "a disputed final below what was paid takes nothing back",
        retained,
        2_000,
        [_report(60, 100), _finalized(62), _report(90, 90), _client(91, 20), _ruled(92, 50)],
    )
    yield (
        "the arbiter's silence on a final pays what was retained of the rest",
        retained,
        2_000,
        [_report(90, 100), _client(91, 80), _finalized(97)],
    )
    yield (
        "a disputed period pays its base once",
        by_period,
        2_000,
        [
            *(_report(30, 100), _client(31, 80), _ruled(33, 90)),
            *(_report(60, 50), _agency(61, 70), _finalized(62), _ruled(63, 60)),
            *(_report(90, 60), _client(91, 0), _finalized(97)),
        ],
    )
    yield (
        "a self-report that nobody disputes stands",
        self_reported,
        2_000,
        [_report(60, 40), _finalized(62), Action("self_report", 97 * DAY, 70), _finalized(101)],
    )
    yield (
        "a self-report that is disputed leaves the client's number when the arbiter is silent",
        self_reported,
        2_000,
        [Action("self_report", 97 * DAY, 70), _client(98, 30), _finalized(106)],
    )
    yield (
        "a self-report that is disputed is ruled",
        self_reported,
        2_000,
        [Action("self_report", 97 * DAY, 70), _client(98, 30), _ruled(101, 55)],
    )
    yield (
        "the quorum's final report takes the place of a self-report, and what was agreed stays paid",
        self_reported,
        2_000,
        [Action("self_report", 97 * DAY, 70), _client(98, 50), _report(99, 40, as_of=90), _finalized(101)],
    )
    yield (
        "a self-report is not adjusted",
        self_reported,
        2_000,
        [
            *(_report(30, 120), _client(31, 60), _ruled(33, 80)),
            *(Action("self_report", 97 * DAY, 90), Action("refund", 101 * DAY)),
        ],
    )
    yield (
        "the grace runs anew when a report is ruled after the end",
        plain,
        2_000,
        [_report(89, 100, as_of=60), _client(90, 50), _ruled(95, 80), _report(108, 110, as_of=90), _finalized(110)],
    )
    yield (
        "silence after a ruling pays what was retained",
        retained,
        2_000,
        [_report(89, 100, as_of=60), _client(90, 40), _ruled(95, 80), Action("refund", 109 * DAY)],
    )
    yield (
        "a notice frees the base fee of the time after it",
        based,
        1_000,
        [
            *(_report(30, 90), _finalized(32), Action("notice", 38 * DAY)),
            *(_report(45, 100), _finalized(47)),
        ],
    )
    yield (
        "a notice while a report is disputed",
        _terms(budget=Units(1_000), base_per_period=Units(100), retention_bps=1_000),
        1_000,
        [
            *(_report(30, 90), _client(31, 80), Action("notice", 31 * DAY + HOUR), _ruled(33, 90)),
            *(Action("report", 39 * DAY, 95, 38 * DAY + HOUR), Action("refund", 60 * DAY)),
        ],
    )
    yield (
        "a notice per period ends with the period",
        by_period,
        2_000,
        [Action("notice", 25 * DAY), _report(30, 50), _report(60, 70), _finalized(62)],
    )
    yield (
        "a notice that runs out before the start returns everything",
        _terms(notice_period=HOUR),
        2_000,
        [Action("notice", -2 * HOUR)],
    )
    yield (
        "a top-up after a ruling",
        retained,
        2_000,
        [
            *(_report(30, 300), _client(31, 250), _ruled(33, 280)),
            *(Action("top_up", 34 * DAY, 500), _report(90, 300), _finalized(92)),
        ],
    )


def _random_lives(rng: Random) -> Iterable[Life]:
    """Opened a day before their start at most, and played to their end."""
    made = 0
    while made < 40:
        now = factories.STARTS_AT
        terms = random_claims.arbiter_terms(rng, now)
        steps = list(random_claims.life(rng, terms, now, 60))
        if len(steps) < 5 or not steps[-1].after.deal.closed:
            continue
        start = terms.starts_at
        actions = [
            Action(step.action.do, step.action.at - start, step.action.value, step.action.as_of - start) for step in steps
        ]
        yield f"random {made}", terms, steps[0].before.deal.funded, actions
        made += 1
