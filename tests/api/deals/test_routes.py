"""Deals as JSON and CSV from an index: all figures of the chain, page by page; what is unknown or malformed has a name."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import make_services
from api.settings import ApiSettings
from escrow.clock import format_time
from escrow.ids import ZERO_ADDRESS
from escrow.terms import from_json
from tests import factories
from tests.api.events import EVIDENCE, MEMBERS, Life, committee_events, deal_id_for
from tests.api.served import Served, require_problem
from tests.factories import DAY, DOLLAR, person

TERMS = factories.terms(retention_bps=1_000)
JUNE, END = TERMS.starts_at + 31 * DAY, TERMS.ends_at
UNKNOWN = "0x" + "12" * 32


@pytest.fixture
def life(served: Served) -> Life:
    """Opened by a stranger, reported once, topped up, and a payment that could not be delivered."""
    life = Life(TERMS)
    served.mine_all([committee_events(), life.open("stranger")])
    served.mine(*life.settle(JUNE, 258, signers=0b101), *life.credit(7), at=JUNE)
    served.mine(*life.top_up(1_000 * DOLLAR))
    return life


def test_deal__running__has_all_that_the_chain_says(served: Served, life: Life) -> None:
    deal = served.get(f"/api/v1/deals/{life.deal_id}")
    assert (deal["status"], deal["payer"], deal["members"], deal["quorum"]) == ("running", person("stranger"), 3, 2)
    assert from_json(deal["terms"]) == TERMS
    assert {name: int(deal[name]) // DOLLAR for name in ("funded", "earned", "paid", "retained", "left", "refunded")} == {
        "funded": 401_000,
        "earned": 129_000,
        "paid": 116_100,
        "retained": 12_900,
        "left": 272_000,
        "refunded": 0,
    }
    assert (deal["closing"], deal["agreement_document"], deal["title"]) == (None, None, None)
    assert [(each["payer"], each["amount"]) for each in deal["top_ups"]] == [(TERMS.client, str(1_000 * DOLLAR))]
    assert [(each["account"], each["amount"]) for each in deal["credits"]] == [(TERMS.agency, "7")]
    assert deal["token"] == {"address": factories.TOKEN, "symbol": "TUSD", "decimals": 6} | deal["token"]


def test_report__of_a_time__is_the_same_in_every_form(served: Served, life: Life) -> None:
    path = f"/api/v1/deals/{life.deal_id}/reports"
    (report,) = served.get(path)["reports"]
    assert served.get(f"{path}/{JUNE}") == served.get(f"{path}/{format_time(JUNE)}") == report
    assert (report["value"], report["evidence"]) == ("258", EVIDENCE)
    assert report["signers"] == [MEMBERS[0], MEMBERS[2]]
    assert report["settled"]["block_hash"] == served.chain.blocks[3].hash
    (row,) = csv.DictReader(io.StringIO(served.http.get(f"{path}.csv").text))
    assert (row["value"], row["paid"], row["paid_units"]) == ("258", "116100.00", str(116_100 * DOLLAR))
    assert row["transaction_hash"] == report["transaction_hash"]


def test_deal__closed__says_how(served: Served, life: Life) -> None:
    served.mine(*life.settle(END, 300), at=END)
    deal = served.get(f"/api/v1/deals/{life.deal_id}")
    assert (deal["status"], deal["closing"]["cause"]) == ("closed", "final_report")
    assert int(deal["funded"]) == int(deal["paid"]) + int(deal["refunded"])
    assert (deal["left"], deal["retained"]) == ("0", "0")


def test_deals__more_than_a_page__come_newest_first_and_each_once(served: Served) -> None:
    terms = [factories.terms(salt=salt) for salt in range(7)]
    # Two in each block, so that a page ends within one.
    for start in range(0, len(terms), 2):
        served.mine(*(event for each in terms[start : start + 2] for event in Life(each).open()))
    found, cursor = [], ""
    while True:
        answer = served.get(f"/api/v1/deals?limit=3{cursor}")
        found.append([deal["deal_id"] for deal in answer["deals"]])
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert [len(page) for page in found] == [3, 3, 1]
    assert [deal_id for page in found for deal_id in page] == [deal_id_for(each) for each in reversed(terms)]


def test_deals__by_party_and_status__are_those_that_fit(served: Served) -> None:
    other = factories.terms(salt=2, client=person("another client"), starts_at=TERMS.starts_at + 200 * DAY)
    served.mine(*Life(TERMS).open(), *Life(other).open(), at=TERMS.starts_at)

    def ids(query: str) -> list[str]:
        return [deal["deal_id"] for deal in served.get(f"/api/v1/deals?{query}")["deals"]]

    first, second = deal_id_for(TERMS), deal_id_for(other)
    assert ids(f"client={TERMS.client}") == ids("status=running") == [first]
    assert ids(f"client={other.client}") == ids("status=scheduled") == [second]
    assert ids(f"agency={TERMS.agency}") == [second, first]
    assert ids(f"client={TERMS.agency}") == ids("status=closed") == ids(f"agency={ZERO_ADDRESS}") == []


def test_answers__asked_again__are_not_sent_again(served: Served, life: Life) -> None:
    path = f"/api/v1/deals/{life.deal_id}"
    tag = served.http.get(path).headers["etag"]
    assert served.http.get(path, headers={"if-none-match": tag}).status_code == 304
    served.mine(*life.top_up(1))
    assert served.http.get(path, headers={"if-none-match": tag}).status_code == 200


def test_status__of_the_index__says_how_far_and_how_old(served: Served, life: Life) -> None:
    status = served.get("/api/v1/status")
    assert (status["block_number"], status["block_hash"]) == (4, served.chain.head.hash)
    assert (status["age_seconds"], status["is_old"]) == (0, False)
    served.clock.now += 61
    assert served.get("/api/v1/status")["is_old"] is True


def test_committees_and_tokens__of_the_chain__are_listed(served: Served, life: Life) -> None:
    (committee,) = served.get("/api/v1/committees")["committees"]
    assert served.get(f"/api/v1/committees/{factories.COMMITTEE}") == committee
    assert [member["address"] for member in committee["members"]] == list(MEMBERS)
    assert factories.TOKEN in [token["address"] for token in served.get("/api/v1/tokens")["tokens"]]


# Bad input


@pytest.mark.parametrize("path", ["", "/reports", "/reports.csv", f"/reports/{JUNE}", "/audit", "/audit.json", "/audit.csv"])
def test_deal__unknown__is_a_named_error_in_every_form(served: Served, life: Life, path: str) -> None:
    problem = served.problem(f"/api/v1/deals/{UNKNOWN}{path}", 404, "DealUnknown")
    assert problem["deal_id"] == UNKNOWN
    assert problem["detail"] == "deal 0x12121212… was never opened, as far as the index knows"


@pytest.mark.parametrize("path", ["", "/audit"])
def test_page__of_an_unknown_deal__says_so_and_that_nothing_was_sent(served: Served, life: Life, path: str) -> None:
    answer = served.http.get(f"/deals/{UNKNOWN}{path}", headers={"accept": "text/html"})
    assert answer.status_code == 404
    for words in ("Nothing was sent.", "was never opened", "DealUnknown"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/deals/0x12", 422, "DealIdProblem"),
        (f"/deals/{UNKNOWN.upper()}", 422, "DealIdProblem"),
        ("/deals?client=0x12", 422, "AddressProblem"),
        ("/deals?agency=0x70997970C51812dc3A010C7d01b50e0d17dc79c8", 422, "AddressProblem"),
        ("/deals?status=paid", 422, "RequestProblem"),
        ("/deals?limit=0", 422, "RequestProblem"),
        ("/deals?limit=101", 422, "RequestProblem"),
        ("/deals?cursor=1", 422, "PageProblem"),
        ("/deals?cursor=1-2-3", 422, "PageProblem"),
        ("/committees/0x12", 422, "CommitteeIdProblem"),
        (f"/committees/0x{'12' * 12}", 404, "CommitteeUnknown"),
        ("/nothing", 404, "NotFound"),
    ],
)
def test_request__malformed_or_of_nothing__is_a_named_error(
    served: Served, life: Life, path: str, status: int, code: str
) -> None:
    served.problem(f"/api/v1{path}", status, code)


@pytest.mark.parametrize("as_of", ["0", str(JUNE + 1), "2008-06-01T00:00:01Z"])
def test_report__never_settled__is_a_named_error(served: Served, life: Life, as_of: str) -> None:
    assert served.problem(f"/api/v1/deals/{life.deal_id}/reports/{as_of}", 404, "ReportUnknown")["deal_id"] == life.deal_id


@pytest.mark.parametrize("as_of", ["june", "-1", "2008-06-01", "9" * 13, "2008-02-30T00:00:00Z"])
def test_report__time_that_is_none__is_a_named_error(served: Served, life: Life, as_of: str) -> None:
    served.problem(f"/api/v1/deals/{life.deal_id}/reports/{as_of}", 422, "TimeFormatProblem")


@pytest.mark.parametrize(
    ("name", "status", "code"), [("0" * 64, 404, "DocumentMissing"), ("0x", 422, "DocumentHashProblem")]
)
def test_document__unknown_or_no_hash__is_a_named_error(served: Served, name: str, status: int, code: str) -> None:
    served.problem(f"/documents/{name}", status, code)


@pytest.fixture
def unmade(tmp_path: Path) -> Iterator[TestClient]:
    """The web side before anybody made an index."""
    settings = ApiSettings(
        rpc_url="http://127.0.0.1:9",
        escrow_address=factories.domain().contract,
        chain_id=factories.domain().chain_id,
        database=f"sqlite:///{tmp_path}/none.sqlite",
        documents_dir=tmp_path,
    )
    services = make_services(settings, lambda: 0)
    yield TestClient(create_app(services))
    services.close()


@pytest.mark.parametrize("path", ["/deals", f"/deals/{UNKNOWN}", "/status", "/committees", "/tokens"])
def test_request__before_there_is_an_index__says_what_makes_it(unmade: TestClient, path: str) -> None:
    answer = unmade.get(f"/api/v1{path}")
    require_problem(answer, 503, "IndexMissing")
    assert "`python -m api index` makes it" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_deals__written_to__is_not_possible(served: Served, life: Life, method: str) -> None:
    before = served.index.digest
    for path in ("", f"/{life.deal_id}", f"/{life.deal_id}/reports"):
        answer = served.http.request(method, f"/api/v1/deals{path}", json={})
        require_problem(answer, 405, "MethodNotAllowed")
    assert served.index.digest == before
