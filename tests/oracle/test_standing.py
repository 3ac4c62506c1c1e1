"""What peers show each other: who said it follows from the signatures, and nothing else is believed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from escrow.documents import hash_of
from escrow.report import Report, proposal_digest, report_digest, sign_digest
from oracle.standing import Standing, read_standing, supporting, to_json
from tests import factories

DOMAIN = factories.domain()
REPORT = factories.report()
OTHER = replace(REPORT, value=259)


def standing(name: str, report: Report = REPORT, *, signs: bool = False, domain: Any = DOMAIN) -> Standing:
    key = factories.key(f"oracle-{name}")
    proposal = sign_digest(proposal_digest(report, domain), key)
    signature = sign_digest(report_digest(report, domain), key) if signs else None
    return Standing(factories.person(f"oracle-{name}"), report, proposal, signature)


def answer(name: str = "b", **changes: Any) -> bytes:
    return json.dumps(to_json(standing(name, signs=True)) | changes).encode()


def read(data: bytes) -> Standing:
    return read_standing(data, REPORT.deal_id, REPORT.as_of, DOMAIN)


@pytest.mark.parametrize("signs", [False, True])
def test_read__what_a_member_shows__is_the_same_standing(signs: bool) -> None:
    shown = standing("b", signs=signs)
    assert read(json.dumps(to_json(shown)).encode()) == shown


def test_to_json__is_as_the_protocol_says() -> None:
    shown = to_json(standing("b", factories.report(value=2**64 - 1)))
    assert shown.keys() == {"deal_id", "as_of", "value", "evidence", "proposal_signature", "report_signature"}
    assert (shown["value"], shown["as_of"], shown["report_signature"]) == (str(2**64 - 1), REPORT.as_of, None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Invalid JSON"),
        (b"[" * 5_000, "Invalid JSON"),
        (b"{}", "deal_id"),
        (answer(deal_id="0x" + "34" * 32), "another report"),
        (answer(as_of=REPORT.as_of + 1), "another report"),
        (answer(as_of=str(REPORT.as_of)), "as_of"),
        (answer(value=258), "value"),
        (answer(value="-1"), "value"),
        (answer(value="0258"), "value"),
        (answer(value=str(2**64)), "another report"),
        (answer(evidence="AB" * 32), "evidence"),
        (answer(proposal_signature=None), "proposal_signature"),
        (answer(proposal_signature="0x" + "00" * 65), "by nobody"),
        (answer(report_signature="0x" + "ff" * 65), "by nobody"),
        (answer(report_signature="0x12"), "report_signature"),
        (answer(value="259"), "by two members"),
        (answer(report_signature=standing("c", signs=True).report_signature), "by two members"),
        (answer(report_signature=standing("b").proposal_signature), "by two members"),
        (answer(report_signature=standing("b", OTHER, signs=True).report_signature), "by two members"),
    ],
)
def test_read__anything_else__is_refused_with_words(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(data)


def test_read__proposal_for_another_contract__is_somebody_elses() -> None:
    foreign = standing("b", domain=factories.domain(chain_id=1))
    assert read(json.dumps(to_json(foreign)).encode()).member != foreign.member


def test_supporting__two_reports_of_one_member__support_both() -> None:
    """An old proposal, which anybody can show again, does not silence the member."""
    shown = [standing("b", OTHER), standing("b", signs=True), standing("c", OTHER)]
    assert supporting(REPORT, shown).keys() == {factories.person("oracle-b")}
    assert supporting(OTHER, shown).keys() == {factories.person("oracle-b"), factories.person("oracle-c")}


def test_supporting__same_report_with_and_without_signature__keeps_the_signature() -> None:
    for order in ([False, True], [True, False]):
        (kept,) = supporting(REPORT, [standing("b", signs=signs) for signs in order]).values()
        assert kept.report_signature is not None


@pytest.mark.parametrize("other", [OTHER, replace(REPORT, evidence=hash_of(b"other"))])
def test_supporting__value_or_evidence_differ__is_not_the_same(other: Report) -> None:
    assert supporting(REPORT, [standing("b"), standing("c", other)]).keys() == {factories.person("oracle-b")}
