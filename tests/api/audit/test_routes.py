"""The audit over HTTP: sound deals are recomputed equal; of damaged ones the first difference is named, on every form of it."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.deals import queries
from escrow.clock import parse_time
from escrow.events import DealClosed, ReportSettled
from escrow.measure import Bundle, Counts, leaf_of
from escrow.measure.merkle import root_of
from escrow.verify import EQUAL
from tests.api.audit.lives import mine, publish, publish_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.fake_oracle import FakeOracle
from tests.api.indexes import NOW
from tests.api.served import Served, serve
from tests.escrow.measured import ENDS_AT, document, event
from tests.escrow.verify.life import CALLS, Life
from tests.factories import DOLLAR

JUNE, JULY = parse_time("2008-06-01T00:00:00Z"), parse_time("2008-07-01T00:00:00Z")
NOWHERE = "nowhere to be found"


@pytest.fixture
def second_oracle() -> Iterator[FakeOracle]:
    with FakeOracle() as running:
        yield running


@pytest.fixture
def audited(
    template: Path,
    tmp_path: Path,
    fake_chain: FakeChain,
    node: FakeNode,
    oracle: FakeOracle,
    second_oracle: FakeOracle,
) -> Iterator[Served]:
    """The web side, which knows two oracles."""
    with serve(template, tmp_path, fake_chain, node, urls=(oracle.url, second_oracle.url)) as running:
        yield running


def whole() -> Life:
    """30, 60 and 79 customers at $500; the last report closes."""
    return Life().open().report(JUNE).report(JULY).report(ENDS_AT)


def audit(served: Served, life: Life) -> Any:
    """As JSON; the page and the CSV have to say the same."""
    path = f"/deals/{life.deal_id}/audit"
    found = served.get(f"/api/v1{path}")
    assert served.get(f"/api/v1{path}.json") == found
    page = served.http.get(path, headers={"accept": "text/html"})
    assert page.status_code == 200
    text = unescape(re.sub(r"<[^>]+>", " ", page.text))
    rows = list(csv.DictReader(io.StringIO(served.http.get(f"/api/v1{path}.csv").text.removeprefix("\ufeff"))))
    for report in found["reports"]:
        verdicts = {row["verdict"] for row in rows if row["evidence"] == report["evidence"]}
        assert verdicts == {report["verdict"]}
        assert report["verdict"] in text
    if found["difference"]:
        assert f"The first difference: {found['verdict']}." in text
    return found


def test_audit__sound_deal__is_recomputed_from_the_events(audited: Served, oracle: FakeOracle) -> None:
    life = whole()
    publish(oracle, life)
    mine(audited, life)
    found = audit(audited, life)
    assert (found["verdict"], found["difference"], found["closed"]) == (EQUAL, None, True)
    assert [(report["value"], report["from_events"], report["verdict"]) for report in found["reports"]] == [
        ("30", True, EQUAL),
        ("60", True, EQUAL),
        ("79", True, EQUAL),
    ]
    assert (found["paid"], found["refunded"]) == (str(39_500 * DOLLAR), str(360_500 * DOLLAR))


def test_audit__no_events_at_any_oracle__is_recounted_and_says_so(audited: Served, oracle: FakeOracle) -> None:
    life = whole()
    publish(oracle, life)
    for path in [path for path in oracle.answers if path.startswith("/events/")]:
        del oracle.answers[path]
    mine(audited, life)
    found = audit(audited, life)
    assert found["verdict"] == EQUAL
    assert [report["from_events"] for report in found["reports"]] == [False] * 3


def test_audit__documents_at_one_oracle_and_events_at_the_other__is_equal(
    audited: Served, oracle: FakeOracle, second_oracle: FakeOracle
) -> None:
    life = whole()
    publish(second_oracle, life)
    oracle.answers.update(second_oracle.answers)
    for path in list(oracle.answers):
        del (second_oracle if "/documents/" in path else oracle).answers[path]
    mine(audited, life)
    assert [report["from_events"] for report in audit(audited, life)["reports"]] == [True] * 3


def test_audit__deal_without_a_report__is_equal_so_far(audited: Served, oracle: FakeOracle) -> None:
    life = Life().open()
    publish(oracle, life)
    mine(audited, life)
    assert (audit(audited, life)["verdict"], audit(audited, life)["closing"]) == (EQUAL, None)


# Documents that are missing or others


def first_bundle(life: Life) -> str:
    evidence: str = life.chain[1].evidence
    return evidence


def one_row_changed(bundle: bytes) -> bytes:
    """One customer more, in a row that was not counted."""
    data = json.loads(bundle)
    row = next(row for row in data["units"] if row[1] == "excluded")
    row[1:3] = ["counted", ""]
    return json.dumps(data, separators=(",", ":")).encode()


def without_bundle(life: Life, answers: dict[str, bytes]) -> str:
    del answers[f"/documents/{first_bundle(life)}"]
    return first_bundle(life)


def with_a_changed_row(life: Life, answers: dict[str, bytes]) -> str:
    path = f"/documents/{first_bundle(life)}"
    answers[path] = one_row_changed(answers[path])
    return first_bundle(life)


def with_the_next_bundle(life: Life, answers: dict[str, bytes]) -> str:
    answers[f"/documents/{first_bundle(life)}"] = life.bundles[life.chain[2].evidence]
    return first_bundle(life)


@pytest.mark.parametrize("damage", [without_bundle, with_a_changed_row, with_the_next_bundle])
def test_audit__bundle_is_missing_or_another_one__names_its_hash_and_the_report(
    audited: Served, oracle: FakeOracle, damage: Callable[[Life, dict[str, bytes]], str]
) -> None:
    life = whole()
    publish(oracle, life)
    evidence = damage(life, oracle.answers)
    mine(audited, life)
    found = audit(audited, life)
    assert found["difference"] == {
        "place": "report as of 2008-06-01T00:00:00Z",
        "what": "evidence",
        "expected": evidence,
        "found": NOWHERE,
    }
    assert [report["verdict"] == EQUAL for report in found["reports"]] == [False, True, True]
    assert not (Path(audited.services.settings.documents_dir) / evidence).exists()


def test_audit__one_oracle_lies_about_every_document__the_other_ones_are_taken(
    audited: Served, oracle: FakeOracle, second_oracle: FakeOracle
) -> None:
    life = whole()
    publish(second_oracle, life)
    oracle.answers |= {path: b"{}" for path in second_oracle.answers}
    mine(audited, life)
    assert audit(audited, life)["verdict"] == EQUAL


@pytest.mark.parametrize("other", [b"{}", json.dumps(document(unit="lead")).encode()])
def test_audit__agreement_with_another_hash__is_not_taken_and_no_report_is_equal(
    audited: Served, oracle: FakeOracle, other: bytes
) -> None:
    life = whole()
    publish(oracle, life)
    oracle.answers[f"/documents/{life.terms.agreement}"] = other
    mine(audited, life)
    found = audit(audited, life)
    assert found["difference"] == {
        "place": "agreement",
        "what": "document",
        "expected": life.terms.agreement,
        "found": NOWHERE,
    }
    assert not any(report["verdict"] == EQUAL for report in found["reports"])


def test_audit__own_copy_is_damaged__is_fetched_again(audited: Served, oracle: FakeOracle) -> None:
    life = whole()
    publish(oracle, life)
    evidence = audited.services.settings.documents_dir / first_bundle(life)
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(b"half of")
    mine(audited, life)
    assert audit(audited, life)["verdict"] == EQUAL
    assert evidence.read_bytes() == life.bundles[life.chain[1].evidence]


# Bundles that were signed, and are wrong


def one_more(bundle: Bundle) -> Bundle:
    """The first row that was not counted is; all sums fit, as a careful forger would have it."""
    at = next(index for index, row in enumerate(bundle.rows) if not row.is_counted)
    rows = list(bundle.rows)
    rows[at] = rows[at]._replace(state="counted", reason="")
    counted = sum(row.is_counted for row in rows)
    excluded = {"criteria_not_met": len(rows) - counted} if len(rows) > counted else {}
    root = root_of(map(leaf_of, rows))
    return replace(bundle, rows=tuple(rows), value=counted, counts=Counts(counted, excluded), units_root=root)


def test_audit__row_forged_by_a_quorum__is_named_by_the_events(audited: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE, one_more)
    publish(oracle, life)
    mine(audited, life)
    difference = audit(audited, life)["difference"]
    assert difference["place"] == "report as of 2008-06-01T00:00:00Z"
    assert re.fullmatch(r"row \d+ of the evidence", difference["what"])
    assert " excluded, criteria_not_met, quantity 1" in difference["expected"]
    assert " counted, quantity 1" in difference["found"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda bundle: replace(bundle, value=bundle.value + 1), "value of the rows"),
        (lambda bundle: replace(bundle, units_root=bytes(32)), "units root"),
        (lambda bundle: replace(bundle, counts=Counts(0, {})), "counts"),
        (lambda bundle: replace(bundle, previous="ab" * 32), "evidence before this"),
        (lambda bundle: replace(bundle, deal_id="0x" + "ab" * 32), "deal of the evidence"),
    ],
)
def test_audit__signed_bundle_contradicts_itself__is_named_without_any_events(
    audited: Served, oracle: FakeOracle, change: Callable[[Bundle], Bundle], what: str
) -> None:
    life = Life().open().report(JUNE, change)
    life.calls_at_hand = None
    publish(oracle, life)
    mine(audited, life)
    assert audit(audited, life)["difference"]["what"] == what


@pytest.mark.parametrize("evidence", [b"", b"{}", b"\xff", b"[" * 10**5, b'{"counts":{"excluded":{"x":null}}}'])
def test_audit__signed_evidence_is_no_bundle__is_named(audited: Served, oracle: FakeOracle, evidence: bytes) -> None:
    life = Life().open().report(JUNE)
    life.falsify(ReportSettled, evidence=oracle.put(evidence))
    publish(oracle, life)
    mine(audited, life)
    difference = audit(audited, life)["difference"]
    assert (difference["what"], difference["expected"]) == ("evidence", "a bundle")
    assert difference["found"].startswith("evidence bundle can't be read")


# Events


def differ(oracle: FakeOracle, life: Life) -> None:
    """This oracle has one call more than the others."""
    life.calls_at_hand = [*CALLS, event(999)]
    publish_events(oracle, life)
    life.calls_at_hand = CALLS


def garble(oracle: FakeOracle, life: Life) -> None:
    for report in (JUNE, JULY, ENDS_AT):
        oracle.answers[f"/events/{life.deal_id}/{report}"] = b'{"kind": "conversion"}'


def overflow(oracle: FakeOracle, life: Life) -> None:
    life.calls_at_hand = [event(number, quantity=str(2**63 - 1)) for number in (1, 2, 3)]
    publish_events(oracle, life)
    life.calls_at_hand = CALLS


DAMAGES = {"one call more": differ, "no events": garble, "more than a value can say": overflow}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_audit__events_differ_at_the_only_oracle_that_has_any__names_where(
    audited: Served, oracle: FakeOracle, damage: Callable[[FakeOracle, Life], None]
) -> None:
    life = whole()
    publish(oracle, life)
    damage(oracle, life)
    mine(audited, life)
    found = audit(audited, life)
    assert found["difference"]["place"] == "report as of 2008-06-01T00:00:00Z"
    assert re.fullmatch(r"events|row \d+ of the evidence", found["difference"]["what"])
    assert not any(report["verdict"] == EQUAL for report in found["reports"])
    assert all(report["from_events"] for report in found["reports"])


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_audit__events_differ_at_one_oracle__those_that_give_the_evidence_are_taken(
    audited: Served, oracle: FakeOracle, second_oracle: FakeOracle, damage: Callable[[FakeOracle, Life], None]
) -> None:
    life = whole()
    for each in (oracle, second_oracle):
        publish(each, life)
    damage(oracle, life)
    mine(audited, life)
    assert audit(audited, life)["verdict"] == EQUAL


# The chain


@pytest.mark.parametrize(
    ("kind", "changes", "place", "what", "expected"),
    [
        (ReportSettled, {"performance": 1}, "report as of 2008-08-01T00:00:00Z", "performance pay", 9_500 * DOLLAR),
        (ReportSettled, {"base": 1}, "report as of 2008-08-01T00:00:00Z", "base fee", 0),
        (ReportSettled, {"value": 80}, "report as of 2008-08-01T00:00:00Z", "value", 79),
        (ReportSettled, {"signers": 0b1}, "report as of 2008-08-01T00:00:00Z", "number of signers", "2 or more"),
        (DealClosed, {"refunded": 1}, "closing", "refund", 360_500 * DOLLAR),
    ],
)
def test_audit__chain_differs_from_the_schedule__names_the_first_difference(
    audited: Served,
    oracle: FakeOracle,
    kind: type,
    changes: dict[str, int],
    place: str,
    what: str,
    expected: object,
) -> None:
    life = whole().falsify(kind, **changes)
    publish(oracle, life)
    mine(audited, life)
    difference = audit(audited, life)["difference"]
    assert (difference["place"], difference["what"], difference["expected"]) == (place, what, str(expected))


def test_audit__closed_by_silence_with_another_payment__names_the_closing(audited: Served, oracle: FakeOracle) -> None:
    life = Life(retention_bps=1_000).open().report(JUNE).silence().falsify(DealClosed, performance=1)
    publish(oracle, life)
    mine(audited, life)
    found = audit(audited, life)
    assert found["closing"]["difference"]["what"] == "performance pay"
    assert found["reports"][0]["verdict"] == EQUAL


# When it is asked


def test_audit__asked_again__is_remembered_until_the_chain_or_a_minute_goes_on(audited: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE)
    publish(oracle, life)
    mine(audited, life)
    path = f"/api/v1/deals/{life.deal_id}/audit"
    assert audited.get(path)["verdict"] == EQUAL
    asked = len(oracle.asked)
    assert audited.get(path)["verdict"] == EQUAL
    assert len(oracle.asked) == asked
    audited.clock.now = NOW + 60
    audited.get(path)
    assert len(oracle.asked) > asked
    before = len(life.chain)
    life.report(JULY).falsify(ReportSettled, performance=1)
    publish(oracle, life)
    audited.mine_all([[event] for event in life.chain[before:]])
    assert [report["verdict"] == EQUAL for report in audited.get(path)["reports"]] == [True, False]


def test_audit__fork_while_it_is_computed__keeps_to_the_view_that_it_began_with(audited: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE)
    publish(oracle, life)
    mine(audited, life)
    services = audited.services
    with Session(services.engine) as index:
        deal = queries.deal(index, services.network, life.deal_id)
        audited.chain.cut(1)
        audited.mine()
        verdict = services.auditor.verdict(index, deal)
    assert [report.as_of for report in verdict.reports] == [JUNE]
    assert audited.get(f"/api/v1/deals/{life.deal_id}/audit")["reports"] == []


def test_audit__unknown_deal__is_a_named_error_on_every_form(audited: Served, oracle: FakeOracle) -> None:
    mine(audited, Life().open())
    unknown = "0x" + "12" * 32
    for path in ("audit", "audit.json", "audit.csv"):
        problem = audited.problem(f"/api/v1/deals/{unknown}/{path}", 404, "DealUnknown")
        assert problem["deal_id"] == unknown
    page = audited.http.get(f"/deals/{unknown}/audit", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "DealUnknown" in page.text
    assert oracle.asked == []
