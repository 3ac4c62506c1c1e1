"""An auditor's recomputation of disputes, rulings, self-reports, notice and what both parties signed."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from escrow.claims import Outcome
from escrow.clock import parse_time
from escrow.events import (
    AgreedPartPaid,
    Closing,
    DealClosed,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportWaits,
)
from escrow.terms import Basis
from escrow.verify import EQUAL
from tests.escrow.measured import ENDS_AT, day, document
from tests.escrow.verify.life import Life
from tests.factories import DAY, DOLLAR, person

JUNE, JULY = parse_time("2008-06-01T00:00:00Z"), parse_time("2008-07-01T00:00:00Z")
EVERY = document(reports={"every": "period"})


def challenged(**terms: Any) -> Life:
    """30 customers in June, 60 in July, 79 in August, at $500 each of $400,000."""
    windows: dict[str, Any] = {"arbiter": person("arbiter"), "challenge_window": 2 * DAY, "ruling_window": 5 * DAY}
    return Life(**windows | terms).open()


def ruled_in_june() -> Life:
    """30 reported, 10 agreed, 20 ruled."""
    return challenged().waits(JUNE).client_disputes(10).ruled(20)


def whole() -> Life:
    """The agency wins one more in July, and the last report stands by silence: 20, then 51, then 70."""
    return ruled_in_june().waits(JULY).agency_disputes(60).agreed().ruled(51).waits(ENDS_AT).finalized()


SOUND: dict[str, tuple[Callable[[], Life], list[int | None], int]] = {
    "ruled, ruled and accepted": (whole, [20, 51, 70], 70),
    "it waits": (lambda: challenged().waits(JUNE), [None], 0),
    "in dispute": (lambda: challenged().waits(JUNE).client_disputes(10), [None], 10),
    "without a ruling": (lambda: challenged().waits(JUNE).client_disputes(10).finalized(), [30], 30),
    "a self-report that stands": (lambda: challenged(self_report=True).self_report().finalized(), [79], 79),
    "a self-report of which the client's number is left": (
        lambda: challenged(self_report=True).self_report().client_disputes(5).finalized(),
        [5],
        5,
    ),
    "a self-report that the quorum's report replaces": (
        lambda: (
            challenged(self_report=True).waits(JUNE).finalized().self_report().waits(ENDS_AT, filed_at=day(100)).finalized()
        ),
        [30, None, 79],
        79,
    ),
    "notice before anything": (lambda: challenged().notice(day(-1)), [], 0),
    "notice, and the report as of the new end": (
        lambda: challenged().waits(JUNE).finalized().notice(day(40)).waits(day(40)).finalized(),
        [30, 39],
        39,
    ),
    "notice without an arbiter": (lambda: Life().open().notice(day(40)).report(day(40)), [39], 39),
    "both agreed": (lambda: challenged().waits(JUNE).both_close(Closing.AGREED, 7_000 * DOLLAR), [None], 14),
    "both amended": (lambda: Life().open().report(JUNE).both_close(Closing.AMENDED, 15_000 * DOLLAR), [30], 30),
    "silence after a ruling": (lambda: ruled_in_june().silence(), [20], 20),
}


@pytest.mark.parametrize("make, counts_as, customers", SOUND.values(), ids=SOUND)
def test_verify_deal__sound_life__is_equal_and_says_what_counts(
    make: Callable[[], Life], counts_as: list[int | None], customers: int
) -> None:
    verdict = make().verdict()

    assert verdict.text == EQUAL
    assert [report.counts_as for report in verdict.reports] == counts_as
    assert verdict.paid == customers * 500 * DOLLAR
    assert verdict.paid + verdict.refunded + verdict.left + verdict.moved == verdict.funded


def test_verify_deal__amended__says_how_much_moved_on() -> None:
    verdict = Life().open().report(JUNE).both_close(Closing.AMENDED, 20_000 * DOLLAR).verdict()

    assert (verdict.closed, verdict.left, verdict.moved) == (True, 0, 380_000 * DOLLAR)


def test_verify_deal__disputed_report__bears_all_that_was_paid_for_it() -> None:
    (report,) = challenged(base_per_period=92 * DOLLAR).waits(JUNE).client_disputes(10).ruled(20).verdict().reports

    assert (report.value, report.performance, report.from_events) == (30, 10_000 * DOLLAR, True)


AMOUNTS = [
    (index, field.name)
    for index, event in enumerate(whole().chain)
    for field in fields(event)
    if field.name in ("base", "performance", "refunded", "adjust")
]


@pytest.mark.parametrize("index, field", AMOUNTS)
def test_verify_deal__any_amount_of_any_event_one_higher__is_named(index: int, field: str) -> None:
    life = whole()
    life.chain[index] = replace(life.chain[index], **{field: getattr(life.chain[index], field) + 1})
    difference = life.verdict().difference

    assert difference is not None and int(difference.found) == int(difference.expected) + 1


CHAIN: dict[str, tuple[Callable[[], Life], tuple[str, str]]] = {
    "settled at once beside an arbiter": (lambda: challenged().report(JUNE), ("report as of 2008-06-01T00:00:00Z", "way")),
    "waits without an arbiter": (
        lambda: Life().open().waits(JUNE),
        ("report as of 2008-06-01T00:00:00Z", "way"),
    ),
    "a second one while one waits": (
        lambda: challenged().waits(JUNE).waits(JULY),
        ("report as of 2008-07-01T00:00:00Z", "report before"),
    ),
    "one signer": (
        lambda: challenged().waits(JUNE).falsify(ReportWaits, signers=0b100),
        ("report as of 2008-06-01T00:00:00Z", "number of signers"),
    ),
    "window over too early": (
        lambda: challenged().waits(JUNE).falsify(ReportWaits, window_ends_at=JUNE + DAY),
        ("report as of 2008-06-01T00:00:00Z", "end of the window"),
    ),
    "self-report that the terms rule out": (
        lambda: challenged().self_report(),
        ("self-report as of 2008-08-01T00:00:00Z", "self-report"),
    ),
    "self-report before the end": (
        lambda: challenged(self_report=True).self_report().falsify(ReportWaits, as_of=JULY),
        ("self-report as of 2008-07-01T00:00:00Z", "as-of time of the evidence"),
    ),
    "top-up while one waits": (lambda: challenged().waits(JUNE).top_up(1), ("top-up in block 101", "report before")),
    "dispute by a stranger": (
        lambda: challenged().waits(JUNE).client_disputes(10).falsify(ReportDisputed, party=person("stranger")),
        ("dispute in block 101", "party"),
    ),
    "client higher": (
        lambda: challenged().waits(JUNE).client_disputes(10).falsify(ReportDisputed, value=30),
        ("dispute in block 101", "value"),
    ),
    "agency lower": (
        lambda: challenged().waits(JUNE).agency_disputes(40).falsify(ReportDisputed, value=30),
        ("dispute in block 101", "value"),
    ),
    "client twice": (
        lambda: challenged().waits(JUNE).client_disputes(10).client_disputes(11),
        ("dispute in block 101", "number of the party"),
    ),
    "dispute of nothing": (
        lambda: without(challenged().waits(JUNE).client_disputes(10), 1),
        ("dispute in block 101", "report"),
    ),
    "agreed part of nothing": (
        lambda: challenged().waits(JUNE).client_disputes(10).agreed(),
        ("agreed part in block 101", "agreed part"),
    ),
    "agreed part of another value": (
        lambda: challenged().waits(JUNE).agency_disputes(40).agreed().falsify(AgreedPartPaid, value=40),
        ("agreed part in block 101", "value"),
    ),
    "ruling below all numbers": (
        lambda: ruled_in_june().falsify(ReportResolved, value=9),
        ("resolution in block 101", "value"),
    ),
    "ruling without a dispute": (
        lambda: challenged().waits(JUNE).ruled(30),
        ("resolution in block 101", "ruling"),
    ),
    "silence that rules": (
        lambda: challenged().waits(JUNE).client_disputes(10).finalized().falsify(ReportResolved, value=20),
        ("resolution in block 101", "value"),
    ),
    "accepted in a dispute": (
        lambda: challenged().waits(JUNE).client_disputes(10).finalized().falsify(ReportResolved, outcome=Outcome.ACCEPTED),
        ("resolution in block 101", "outcome"),
    ),
    "resolution of another report": (
        lambda: challenged().waits(JUNE).finalized().falsify(ReportResolved, as_of=JULY),
        ("resolution in block 101", "as-of time"),
    ),
    "silence while one waits": (lambda: challenged().waits(JUNE).silence(), ("closing", "cause")),
    "notice by a stranger": (
        lambda: challenged().notice(day(40)).falsify(NoticeGiven, party=person("stranger")),
        ("notice in block 100", "party"),
    ),
    "notice that prolongs": (lambda: challenged().notice(day(93)), ("notice in block 100", "end")),
    "notice inside a period": (
        lambda: Life(agreement=EVERY, basis=Basis.PER_PERIOD, period_length=46 * DAY, periods=2).open().notice(day(40)),
        ("notice in block 100", "end"),
    ),
    "notice that returns nothing": (lambda: without(challenged().notice(day(-1)), -1), ("sum", "closing")),
    "notice in vain": (lambda: challenged().close(Closing.NOTICE, refunded=1), ("closing", "cause")),
    "agreed, with a base fee": (
        lambda: Life().open().report(JUNE).both_close(Closing.AGREED, 15_000 * DOLLAR).falsify(DealClosed, base=1),
        ("closing", "base fee"),
    ),
    "agreed, with less for the client": (
        lambda: Life().open().both_close(Closing.AGREED, 0).falsify(DealClosed, refunded=1),
        ("closing", "refund"),
    ),
    "amended, with a refund": (
        lambda: Life().open().both_close(Closing.AMENDED, 0).falsify(DealClosed, refunded=1),
        ("closing", "refund"),
    ),
}


def without(life: Life, index: int) -> Life:
    del life.chain[index]
    return life


@pytest.mark.parametrize("make, where", CHAIN.values(), ids=CHAIN)
def test_verify_deal__chain_that_differs__names_the_first(make: Callable[[], Life], where: tuple[str, str]) -> None:
    difference = make().verdict().difference

    assert difference is not None
    assert (difference.place, difference.what) == where


def test_verify_deal__evidence_of_a_report_that_waits__is_recounted() -> None:
    life = challenged().waits(JUNE)
    life.bundles.clear()

    assert life.verdict().reports[0].text.endswith("but is nowhere to be found")


def test_verify_deal__value_of_a_self_report__is_held_against_its_evidence() -> None:
    life = challenged(self_report=True).self_report(value=200)
    difference = life.verdict().difference

    assert difference is not None and (difference.expected, difference.found) == ("79", "200")


def test_verdict__to_json__says_what_counts_and_what_moved() -> None:
    data = ruled_in_june().verdict().to_json()

    assert (data["reports"][0]["value"], data["reports"][0]["counts_as"], data["moved"]) == ("30", "20", "0")
    assert challenged().waits(JUNE).verdict().to_json()["reports"][0]["counts_as"] is None
