"""The form and the check page as a browser without scripts gets them."""

import re
from html import unescape
from typing import Any

import pytest

from tests.api.drafts.conftest import Web
from tests.api.drafts.typed import typed
from tests.factories import person

HTML = {"accept": "text/html"}


def send(web: Web, **changes: str) -> Any:
    form = typed(token=f"{web.chain.dollar.address}:6", committee=web.committee) | changes
    return web.http.post("/deals/new", data=form, headers=HTML)


def text_of(answer: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ").replace("\u202f", " ")


def checked(web: Web, **changes: str) -> Any:
    answer = send(web, **changes)
    assert answer.status_code == 303, text_of(answer)
    page = web.http.get(answer.headers["location"], headers=HTML)
    assert page.status_code == 200
    return page


@pytest.mark.parametrize("kind", ["price", "target", "base", "nonsense"])
def test_form__each_kind__shows_tokens_and_committees_of_the_chain(web: Web, kind: str) -> None:
    page = web.http.get(f"/deals/new?kind={kind}", headers=HTML)
    assert page.status_code == 200
    assert web.committee in page.text
    assert f"{web.chain.dollar.address}:6" in page.text
    assert re.search(r'name="key" value="[0-9a-f]{64}"', page.text)


def test_form__address__fills_fields_in(web: Web) -> None:
    page = web.http.get("/deals/new?title=%3Cb%3EBig%3C%2Fb%3E&first_day=2008-05-01", headers=HTML)
    assert 'value="&lt;b&gt;Big&lt;/b&gt;"' in page.text
    assert 'value="2008-05-01"' in page.text


def test_form__sound__leads_to_the_check_page(web: Web) -> None:
    page = text_of(checked(web))
    for words in (
        "Check the deal: Customers won by telephone",
        "The agency can never get more than 400 000.00 TUSD",
        "With no customers nothing is paid",
        "Test network",
        "with 800 customers or more it gets 400 000.00 TUSD",
        "approve(address spender, uint256 amount)",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", ""),
        *(
            (field, text)
            for field in ("budget", "price", "client", "quorum", "first_day")
            for text in ("", "-1", "<script>")
        ),
    ],
)
def test_form__fault__comes_back_named_with_what_was_typed(web: Web, field: str, text: str) -> None:
    answer = send(web, **{field: text})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="fault-{field}"' in answer.text
    assert "<title>Error: New deal" in answer.text
    assert "Nothing was sent and nothing was stored" in answer.text
    assert 'value="bank-telephone"' in answer.text
    assert "<script>" not in answer.text.split("<main")[1]
    assert web.stored() == set()


def test_form__fault_of_the_chain__is_at_its_field(web: Web) -> None:
    for changes, field in (
        ({"quorum": "1"}, "quorum"),
        ({"committee_id": "0x" + "ee" * 12}, "committee"),
        ({"token": f"{web.chain.dollar.address}:18"}, "token"),
        ({"first_day": "2011-05-01", "last_day": "2011-07-31"}, "first_day"),
        ({"first_day": "2006-05-01", "last_day": "2006-07-31"}, "fund_by"),
    ):
        answer = send(web, **changes)
        assert answer.status_code == 422, changes
        assert f'href="#{field}"' in answer.text, changes
        assert web.stored() == set()


def test_form__wrong_decimals__are_explained(web: Web) -> None:
    assert "counts with 6 decimals" in text_of(send(web, token=f"{web.chain.dollar.address}:18"))


def test_form__sent_twice__is_the_same_draft(web: Web) -> None:
    assert send(web).headers["location"] == send(web).headers["location"]


def test_check_page__target__shows_the_cliff(web: Web) -> None:
    page = text_of(checked(web, kind="target", target="300", budget="90000", reports="end"))
    assert "90 000.00 TUSD once, when 300 customers are reached" in page
    assert "299" in page


def test_check_page__coin__shows_one_call(web: Web) -> None:
    page = text_of(checked(web, token="0x" + "0" * 40 + ":18", price="0.05", budget="80"))
    assert "approve(" not in page
    assert "80.00 ETH" in page


def test_check_page__opened__leads_to_the_deal(web: Web) -> None:
    location = send(web).headers["location"]
    draft = web.http.get(f"/api/v1{location}").json()
    for step in draft["transactions"]:
        web.send("client", step)
    page = web.http.get(location, headers=HTML)
    assert f'href="/deals/{draft["deal_id"]}"' in page.text
    assert 'id="fund"' not in page.text


def test_check_page__too_late__says_that_nothing_was_sent(web: Web) -> None:
    location = send(web).headers["location"]
    web.chain.move_clock(1_210_204_800)
    page = text_of(web.http.get(location, headers=HTML))
    assert "Nothing was sent." in page
    assert "The time to lock the money ended on 8 May 2008" in page


def test_check_page__unknown__is_a_page_that_says_what_happened_to_the_money(web: Web) -> None:
    answer = web.http.get(f"/drafts/{'0' * 64}", headers=HTML)
    assert answer.status_code == 404
    assert "Nothing was sent." in answer.text
    assert "DocumentMissing" in answer.text


def test_search__words_address_and_deal__lead_where_they_should(web: Web) -> None:
    draft = web.http.get(f"/api/v1{send(web).headers['location']}").json()
    for step in draft["transactions"]:
        web.send("client", step)
    web.index()
    there = f"/deals/{draft['deal_id']}"
    for text in (draft["deal_id"], draft["deal_id"].upper().replace("0X", "0x"), person("agency"), person("client")):
        assert web.http.get("/search", params={"q": text}).headers["location"] == there
    assert web.http.get("/search", params={"q": "lead"}, headers=HTML).status_code == 422
    assert "No deal has to do with" in web.http.get("/search", params={"q": "0x" + "1" * 64}, headers=HTML).text
