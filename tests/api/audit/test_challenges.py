"""The audit of reports that wait, disputes, rulings, notice and what both parties signed: recomputed equal in every form, each
payment with its lines; and a difference is named."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import pytest

from api.audit.audited import audited_closing, audited_reports
from api.audit.lines import BACK, PAID_BY_REPORT, PAID_IN_CLOSING
from escrow.clock import parse_time
from escrow.events import AgreedPartPaid, Closing, DealClosed, NoticeGiven, ReportDisputed, ReportResolved
from escrow.terms import deal_id_of
from escrow.verify import EQUAL, verify_deal
from tests import factories
from tests.api.audit.lives import mine, publish
from tests.api.challenged import events_of, opening, random_steps
from tests.api.deals.test_challenges import read
from tests.api.events import committee_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.fake_oracle import FakeOracle
from tests.api.served import Served, serve
from tests.escrow.measured import ENDS_AT
from tests.escrow.verify.life import Life
from tests.factories import DAY, DOLLAR, person

JUNE, JULY = parse_time("2008-06-01T00:00:00Z"), parse_time("2008-07-01T00:00:00Z")


@pytest.fixture
def audited(template: Path, tmp_path: Path, fake_chain: FakeChain, node: FakeNode, oracle: FakeOracle) -> Iterator[Served]:
    with serve(template, tmp_path, fake_chain, node, urls=(oracle.url,)) as running:
        yield running


def challenged(**terms: Any) -> Life:
    """30 customers in June, 60 in July, 79 in August, at $500 each of $400,000."""
    windows: dict[str, Any] = {"arbiter": person("arbiter"), "challenge_window": 2 * DAY, "ruling_window": 5 * DAY}
    return Life(**windows | terms).open()


def whole() -> Life:
    """20 in June by a ruling, one more in July by another, and the last report stands by silence: 70."""
    june = challenged(retention_bps=1_000, base_per_period=9_200 * DOLLAR).waits(JUNE).client_disputes(10).ruled(20)
    return june.waits(JULY).agency_disputes(60).agreed().ruled(51).waits(ENDS_AT).finalized()


LIVES: dict[str, tuple[Callable[[], Life], list[str], tuple[str, ...]]] = {
    "ruled, ruled and accepted": (
        whole,
        ["settled"] * 3,
        (
            "The client said 10 customers",
            "The arbiter ruled: 20 customers",
            "10 customers are taken off what the oracles report",
            "Nobody disputed it",
            "which count as 50 customers by earlier rulings",
        ),
    ),
    "it waits": (lambda: challenged().waits(JUNE), ["waiting"], ("Time for disputes: until 3 June 2008",)),
    "in dispute": (
        lambda: challenged().waits(JUNE).client_disputes(10),
        ["waiting"],
        ("both accept that much, and 5 000.00 TUSD were paid", "can rule from 3 June 2008, 00:00 UTC to 8 June 2008"),
    ),
    "without a ruling": (
        lambda: challenged().waits(JUNE).client_disputes(10).finalized(),
        ["settled"],
        ("The arbiter did not rule in time, so what the oracles reported counts",),
    ),
    "a self-report that a quorum replaces": (
        lambda: challenged(self_report=True).self_report().client_disputes(5).waits(ENDS_AT).finalized(),
        ["dropped", "settled"],
        ("The agency reported 79 customers", "a report by the oracles took its place", "The agency’s own report"),
    ),
    "a self-report without a ruling": (
        lambda: challenged(self_report=True).self_report().client_disputes(5).finalized(),
        ["settled"],
        ("so what the client accepted counts: 5 customers",),
    ),
    "a split while it waits": (
        lambda: challenged().waits(JUNE).client_disputes(10).both_close(Closing.AGREED, 6_000 * DOLLAR),
        ["dropped"],
        ("the parties closed the deal first", "Closed by both parties’ signatures", "Total for the agency"),
    ),
    "an amendment": (
        lambda: Life().open().report(JUNE).both_close(Closing.AMENDED, 20_000 * DOLLAR),
        ["settled"],
        ("Moved to new terms by both parties’ signatures", "Moved to the new deal"),
    ),
    "notice": (
        lambda: Life().open().report(JUNE).notice(JULY).report(JULY),
        ["settled", "settled"],
        ("The agency gave notice", "the deal ends on 1 July 2008"),
    ),
    "a notice before the start": (
        lambda: Life().open().notice(factories.STARTS_AT - 1),
        [],
        ("Closed by a notice before the start",),
    ),
}


def page(served: Served, path: str) -> str:
    answer = served.http.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
    text = unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(("made", "states", "words"), LIVES.values(), ids=LIVES)
def test_audit__sound_deal__is_equal_in_every_form(
    audited: Served,
    oracle: FakeOracle,
    made: Callable[[], Life],
    states: list[str],
    words: tuple[str, ...],
) -> None:
    life = made()
    publish(oracle, life)
    mine(audited, life)
    path = f"/api/v1/deals/{life.deal_id}"
    found = audited.get(f"{path}/audit")
    assert found["verdict"] == EQUAL and [report["state"] for report in found["reports"]] == states
    assert all(report["verdict"] == EQUAL and report["from_events"] for report in found["reports"])
    assert int(found["funded"]) == sum(int(found[part]) for part in ("paid", "retained", "left", "refunded", "moved"))
    closing = int(found["closing"]["performance"]) if found["closing"] else 0
    assert sum(int(report["paid"]) for report in found["reports"]) + closing == int(found["paid"])
    shown = page(audited, f"/deals/{life.deal_id}/audit")
    for each in words:
        assert each in shown
    rows = list(csv.DictReader(io.StringIO(audited.http.get(f"{path}/audit.csv").text)))
    in_all = [row for row in rows if row["line"] in (PAID_BY_REPORT, PAID_IN_CLOSING)]
    assert {row["verdict"] for row in rows} <= {EQUAL} and len(in_all) <= len(states) + 1
    assert audited.get(f"{path}/reports")["reports"] == audited.get(path)["reports"]
    page(audited, f"/deals/{life.deal_id}")
    page(audited, "/deals")


@pytest.mark.parametrize("seed", range(20))
def test_lines__payments_of_any_life__come_to_what_was_paid_and_returned(served: Served, seed: int) -> None:
    terms, steps = random_steps(Random(seed), 20)
    served.mine(*committee_events())
    served.mine(*opening(terms, steps[0].before), at=terms.starts_at - 1)
    for step in steps:
        served.mine(*events_of(terms, step), at=step.action.at)
    deal = read(served, deal_id_of(terms, factories.domain()))
    events = [event for block in served.chain.blocks for event in block.events]
    verdict = verify_deal(terms, factories.domain(), events, None, lambda _: None)
    money = deal.money
    assert (verdict.paid, verdict.refunded, verdict.left) == (money.paid, money.refunded, money.left + money.retained)
    for report in audited_reports(deal, verdict, "customer"):
        totals = [line for line in report.lines if line.total and line.label.startswith("Paid")]
        in_all = [line.units for line in totals if line.how == "in all"]
        assert sum(line.units for line in totals if line.how != "in all") == report.settlement.paid
        assert in_all in ([], [report.settlement.paid])
        back = [line.units for line in report.lines if line.label == BACK]
        if back:
            assert deal.closed is not None and back == [deal.closed.refunded]
    closing = audited_closing(deal, verdict)
    if closing is not None:
        assert {line.label: line.units for line in closing.lines}[BACK] == closing.closed.refunded


@pytest.mark.parametrize(
    ("kind", "changes", "place", "what"),
    [
        (ReportResolved, {"value": 51}, "resolution", "value"),
        (ReportResolved, {"performance": 1}, "resolution", "performance pay"),
        (ReportResolved, {"adjust": 3}, "resolution", "adjustment"),
        (ReportDisputed, {"performance": 1}, "dispute", "performance pay"),
        (AgreedPartPaid, {"performance": 1}, "agreed part", "performance pay"),
        (DealClosed, {"refunded": 1}, "closing", "refund"),
    ],
)
def test_audit__chain_differs_from_the_schedule__names_the_first_difference(
    audited: Served, oracle: FakeOracle, kind: type, changes: dict[str, int], place: str, what: str
) -> None:
    life = whole().falsify(kind, **changes)
    publish(oracle, life)
    mine(audited, life)
    difference = audited.get(f"/api/v1/deals/{life.deal_id}/audit")["difference"]
    assert (difference["place"].partition(" in block")[0], difference["what"]) == (place, what)


def test_audit__notice_with_another_payment__names_it(audited: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE).notice(JULY).falsify(NoticeGiven, performance=1)
    publish(oracle, life)
    mine(audited, life)
    difference = audited.get(f"/api/v1/deals/{life.deal_id}/audit")["difference"]
    assert (difference["place"].partition(" in block")[0], difference["what"]) == ("notice", "performance pay")


def test_document__named_by_a_report_that_waits_or_a_dispute__is_looked_for_at_the_oracles(
    audited: Served, oracle: FakeOracle
) -> None:
    life = challenged().waits(JUNE).client_disputes(10)
    reason = oracle.put(b"why it is less")
    life.falsify(ReportDisputed, reason=reason)
    publish(oracle, life)
    mine(audited, life)
    for name in (reason, *life.bundles):
        assert audited.http.get(f"/documents/{name}").status_code == 200
    audited.problem(f"/documents/{oracle.put(b'nobody names it')}", 404, "DocumentMissing")
