"""What peers show each other: who said it follows from the signatures, and nothing else is believed."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from escrow.documents import hash_of
from escrow.report import Report, proposal_digest, report_digest, sign_digest
from oracle.peers import Peers
from oracle.standing import Standing, by_member, equal_to, read_standing, to_json
from tests import factories
from tests.oracle import made

DOMAIN = factories.domain()
REPORT = factories.report()
OTHER = replace(REPORT, value=259)
URLS = ("http://b.test", "http://c.test/")


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


def test_by_member__two_reports_of_one_member__silence_it() -> None:
    found = by_member([standing("b"), standing("c"), standing("b", OTHER)])
    assert found.keys() == {factories.person("oracle-c")}


def test_by_member__same_report_with_and_without_signature__keeps_the_signature() -> None:
    for order in ([False, True], [True, False]):
        (kept,) = by_member([standing("b", signs=signs) for signs in order]).values()
        assert kept.report_signature is not None


@pytest.mark.parametrize("other", [OTHER, replace(REPORT, evidence=hash_of(b"other"))])
def test_equal_to__value_or_evidence_differ__is_not_equal(other: Report) -> None:
    own = standing("a")
    assert equal_to(own, by_member([standing("b"), standing("c", other)])).keys() == {
        factories.person("oracle-a"),
        factories.person("oracle-b"),
    }


# Over HTTP


def ask(handler: Any) -> tuple[list[Standing], dict[str, str | None]]:
    """The standings, and what is said of each peer."""
    peers = Peers(URLS, DOMAIN, timeout=1, clock=made.now, transport=httpx.MockTransport(handler))
    try:
        return peers.ask(REPORT.deal_id, REPORT.as_of), {url: one.problem for url, one in peers.states.items()}
    finally:
        peers.close()


def test_ask__two_peers__gives_both_and_remembers_who_they_are() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/peer/reports/{REPORT.deal_id}/{REPORT.as_of}"
        return httpx.Response(200, content=answer(request.url.host[0]))

    found, problems = ask(handler)
    assert [one.member for one in found] == [factories.person("oracle-b"), factories.person("oracle-c")]
    assert set(problems.values()) == {None}


def test_ask__peer_without_a_standing__is_no_problem() -> None:
    assert ask(lambda _: httpx.Response(404)) == ([], {"http://b.test": None, "http://c.test": None})


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (_refuse, "can't be reached: ConnectError"),
        (lambda _: httpx.Response(500), "answers with status 500"),
        (lambda _: httpx.Response(200, content=b"x" * 10_000), "answers with more than 8192 bytes"),
        (lambda _: httpx.Response(200, content=b"<html>"), "answers with : Invalid JSON"),
        (lambda _: httpx.Response(302, headers={"location": "http://elsewhere.test"}), "answers with status 302"),
    ],
)
def test_ask__one_peer_is_broken__costs_only_its_voice(handler: Any, words: str) -> None:
    def half(request: httpx.Request) -> httpx.Response:
        good = request.url.host == "c.test"
        return httpx.Response(200, content=answer("c")) if good else handler(request)

    found, problems = ask(half)
    assert [one.member for one in found] == [factories.person("oracle-c")]
    assert str(problems["http://b.test"]).startswith(words) and problems["http://c.test"] is None


def test_ask__peer_that_drips__is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1_000, 2))
    monkeypatch.setattr("oracle.peers.monotonic", lambda: next(clock))
    found, problems = ask(lambda _: httpx.Response(200, content=iter([b"{", b"}"])))
    assert found == [] and set(problems.values()) == {"answers too slowly"}
