"""The list and the page of a deal, as a browser without scripts gets them."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from escrow.canonical import hash_of
from tests import factories
from tests.api.audit.lives import mine, publish
from tests.api.events import Life as PlainLife
from tests.api.events import committee_events
from tests.api.fake_chain import FakeChain, FakeNode
from tests.api.fake_oracle import FakeOracle
from tests.api.served import Served, serve
from tests.escrow.measured import document
from tests.escrow.verify.life import Life
from tests.factories import DAY

HTML = {"accept": "text/html"}
JUNE = factories.STARTS_AT + 31 * DAY


@pytest.fixture
def site(template: Path, tmp_path: Path, fake_chain: FakeChain, node: FakeNode, oracle: FakeOracle) -> Iterator[Served]:
    with serve(template, tmp_path, fake_chain, node, urls=(oracle.url,)) as running:
        yield running


def text_of(served: Served, path: str, status: int = 200) -> str:
    answer = served.http.get(path, headers=HTML)
    assert answer.status_code == status
    return unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ").replace("\u202f", " ")


def test_page__of_a_running_deal__says_what_was_counted_and_paid(site: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE)
    publish(oracle, life)
    mine(site, life)
    page = text_of(site, f"/deals/{life.deal_id}")
    for words in ("Customers won by telephone", "15 000.00 TUSD", "30 customers"):
        assert words in page
    assert "Customers won by telephone" in text_of(site, "/deals")


def test_page__agreement_is_nowhere__still_shows_the_money(site: Served, oracle: FakeOracle) -> None:
    life = Life().open().report(JUNE)
    mine(site, life)
    assert "15 000.00 TUSD" in text_of(site, f"/deals/{life.deal_id}")


def test_page__agreement_in_another_layout_than_the_canonical_one__is_shown(site: Served, oracle: FakeOracle) -> None:
    written = json.dumps(document(), indent=4).encode()
    life = PlainLife(factories.terms(agreement=oracle.put(written)))
    site.mine_all([committee_events(), life.open()])
    assert hash_of(written) == life.terms.agreement
    assert "Customers won by telephone" in text_of(site, f"/deals/{life.deal_id}")
    # Oracles measure nothing by it, and the audit says why.
    difference = site.get(f"/api/v1/deals/{life.deal_id}/audit")["difference"]
    assert (difference["place"], "agreement has the hash" in difference["found"]) == ("agreement", True)


def test_pages__hostile_agreement__is_text_and_never_markup(site: Served, oracle: FakeOracle) -> None:
    life = Life(agreement=document(title="<script>alert(1)</script>", unit='"><img src=x>')).open()
    publish(oracle, life)
    mine(site, life)
    for path in ("/deals", f"/deals/{life.deal_id}", f"/deals/{life.deal_id}/audit"):
        page = site.http.get(path, headers=HTML).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "script-src 'self'" in site.http.get(path, headers=HTML).headers["content-security-policy"]


def test_pages__no_deal_yet__say_so(site: Served) -> None:
    site.mine()
    assert "No deal was opened yet." in text_of(site, "/deals")
