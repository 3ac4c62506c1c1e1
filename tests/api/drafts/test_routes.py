"""Drafts as JSON: a checked draft opens the deal it says, a faulty one is refused by name and nothing is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account

from api.drafts.build import build_agreement, build_terms
from api.drafts.form import Wishes, read_form
from escrow.agreement import agreement_hash
from escrow.ids import ZERO_ADDRESS
from escrow.money import Token
from escrow.status import Status
from escrow.terms import from_json, to_json
from tests.api.drafts.conftest import Web
from tests.api.drafts.typed import typed
from tests.factories import key, person

SCALE = 10**6


def request(web: Web, *, coin: bool = False, decimals: int = 6, **changes: str) -> dict[str, Any]:
    """What the form would send, as JSON."""
    token = Token(web.chain.dollar.address, "TUSD", decimals)
    if coin:
        token = Token(ZERO_ADDRESS, "ETH", 18)
    form = typed(token=token.address, committee=web.committee, **changes)
    wishes = read_form("price", form, [token])
    assert isinstance(wishes, Wishes), wishes
    agreement = build_agreement(wishes)
    terms = to_json(build_terms(wishes, agreement_hash(agreement)))
    return {"agreement": agreement, "terms": terms, "payer": person("client")}


def refused(web: Web, body: dict[str, Any], status: int = 422) -> dict[str, Any]:
    before = web.stored()
    answer = web.http.post("/api/v1/drafts", json=body)
    assert answer.status_code == status, answer.text
    assert web.stored() == before, "a refused draft was kept"
    problem: dict[str, Any] = answer.json()
    return problem


def accepted(web: Web, body: dict[str, Any]) -> dict[str, Any]:
    answer = web.http.post("/api/v1/drafts", json=body)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def test_draft__in_a_token__opens_by_its_two_transactions(web: Web) -> None:
    draft = accepted(web, request(web))
    terms = from_json(draft["terms"])
    assert draft["deal_id"] == web.chain.escrow.deal_id(terms)
    assert [step["to"] for step in draft["transactions"]] == [web.chain.dollar.address, draft["contract"]]
    for step in draft["transactions"]:
        web.send("client", step)
    assert web.chain.escrow.deal(terms).funded == 400_000 * SCALE


def test_draft__in_the_coin__opens_by_one_transaction(web: Web) -> None:
    draft = accepted(web, request(web, coin=True, price="0.05", budget="80"))
    assert draft["permit"] is None
    (step,) = draft["transactions"]
    assert step["value"] == str(80 * 10**18)
    web.send("client", step)
    assert web.chain.escrow.status(from_json(draft["terms"])) is Status.SCHEDULED


def test_draft__documents__are_kept_under_their_hashes(web: Web) -> None:
    body = request(web)
    draft = accepted(web, body)
    assert {draft["draft_id"], draft["agreement_hash"]} == web.stored()
    served = web.http.get(f"/documents/{draft['agreement_hash']}")
    assert served.json() == body["agreement"]


def test_draft__sent_twice__is_one_draft(web: Web) -> None:
    assert accepted(web, request(web))["draft_id"] == accepted(web, request(web))["draft_id"]
    assert len(web.stored()) == 2


def test_draft__sentences__say_the_most_and_when_the_rest_comes_back(web: Web) -> None:
    sentences = {each["about"]: each["text"] for each in accepted(web, request(web))["sentences"]}
    assert "400\u202f000.00\u00a0TUSD" in sentences["The most"]
    assert "1\u00a0August\u00a02008, 00:00\u00a0UTC" in sentences["The rest"]
    assert sentences["If nothing is achieved"].endswith("come back to the client.")


def test_draft__larger_amount__is_locked_whole(web: Web) -> None:
    draft = accepted(web, request(web) | {"amount": str(500_000 * SCALE)})
    for step in draft["transactions"]:
        web.send("client", step)
    assert web.chain.escrow.deal(from_json(draft["terms"])).funded == 500_000 * SCALE


def test_draft__smaller_amount__is_refused(web: Web) -> None:
    assert refused(web, request(web) | {"amount": "1"}, 409)["code"] == "FundingProblem"


def test_draft__opened_already__is_refused(web: Web) -> None:
    for step in accepted(web, request(web))["transactions"]:
        web.send("client", step)
    assert refused(web, request(web), 409)["code"] == "StatusProblem"


def test_draft__wrong_decimals__is_a_named_error(web: Web) -> None:
    problem = refused(web, request(web, decimals=18) | {"decimals": 18})
    assert problem["code"] == "DecimalsProblem"
    assert (problem["given"], problem["wanted"]) == ("6", "18")


Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: body["terms"].update(quorum=1), "QuorumProblem"),
        (lambda body: body["terms"].update(committee="0x" + "ee" * 12), "CommitteeUnknownProblem"),
        (lambda body: body["terms"].update(agency=body["terms"]["client"]), "AgencyProblem"),
        (lambda body: body["terms"].update(token=person("stranger")), "TokenProblem"),
        (lambda body: body["terms"].update(budget="0"), "BudgetProblem"),
        (lambda body: body["terms"].update(budget="-1"), "TermsFormatProblem"),
        (lambda body: body["terms"].update(arbiter=body["terms"]["client"]), "ArbiterProblem"),
        (lambda body: body["terms"].update(arbiter=person("stranger")), "ChallengeWindowProblem"),
        (lambda body: body["terms"].update(challengeWindow=3600), "ChallengeWindowProblem"),
        (lambda body: body["terms"].update(retentionBps=5001), "RetentionProblem"),
        (lambda body: body["terms"].update(steps=[]), "StepCountProblem"),
        (lambda body: body["terms"].pop("salt"), "TermsFormatProblem"),
        (lambda body: body["terms"].update(periodLength=1), "PeriodLengthProblem"),
        (lambda body: body["agreement"].update(unit="lead"), "AgreementMismatch"),
        (lambda body: body["agreement"].update(surprise=1), "AgreementFaults"),
        (lambda body: body["agreement"].pop("goal"), "AgreementFaults"),
        (lambda body: body.update(payer="0x" + "zz" * 20), "AddressProblem"),
        (lambda body: body.update(surprise=1), "RequestProblem"),
        (lambda body: body.pop("terms"), "RequestProblem"),
    ],
)
def test_draft__out_of_range__is_refused_by_name_and_not_kept(web: Web, change: Change, code: str) -> None:
    body = request(web)
    change(body)
    assert refused(web, body)["code"] == code


def test_draft__agreement_of_another_hash__says_both_hashes_and_is_not_kept(web: Web) -> None:
    body = request(web)
    agreed = body["terms"]["agreement"]
    body["agreement"]["title"] = "Another title"
    problem = refused(web, body)
    assert (problem["code"], problem["field"]) == ("AgreementMismatch", "hash")
    assert (problem["given"], problem["wanted"]) == (agreement_hash(body["agreement"]), agreed.removeprefix("0x"))


def test_draft__too_late__is_refused(web: Web) -> None:
    body = request(web)
    web.chain.move_clock(int(body["terms"]["openBefore"]))
    assert refused(web, body, 409)["code"] == "TimeProblem"


def funding(web: Web, draft: dict[str, Any], payer: str) -> dict[str, Any]:
    answer = web.http.get(f"/api/v1/drafts/{draft['draft_id']}/funding", params={"payer": payer})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_funding__token_with_permit__offers_permit_first_then_approve(web: Web) -> None:
    plan = funding(web, accepted(web, request(web)), person("client"))
    assert [(way["name"], way["prompts"]) for way in plan["ways"]] == [("permit", 2), ("approve", 2)]
    assert plan["problem"] is None


def test_funding__allowed_already__needs_one_transaction(web: Web) -> None:
    draft = accepted(web, request(web))
    web.send("client", draft["transactions"][0])
    assert [(way["name"], way["prompts"]) for way in funding(web, draft, person("client"))["ways"]] == [("allowance", 1)]
    assert len(accepted(web, request(web))["transactions"]) == 1


def test_funding__account_with_code__is_not_offered_a_permit(web: Web) -> None:
    web.chain.rpc.call("anvil_setCode", [person("client"), "0x00"])
    plan = funding(web, accepted(web, request(web)), person("client"))
    assert [way["name"] for way in plan["ways"]] == ["approve"]


def test_funding__too_little_money__says_so_and_offers_nothing(web: Web) -> None:
    plan = funding(web, accepted(web, request(web)), person("stranger"))
    assert plan["problem"]["code"] == "BalanceProblem"
    assert plan["ways"] == []
    assert "not the client" in plan["warnings"][0]


def test_funding__opened_meanwhile__says_so(web: Web) -> None:
    draft = accepted(web, request(web))
    for step in draft["transactions"]:
        web.send("client", step)
    assert funding(web, draft, person("client"))["problem"]["code"] == "StatusProblem"


def permit(web: Web, draft: dict[str, Any], signer: str, **changes: Any) -> Any:
    typed_data = draft["permit"] | {"message": draft["permit"]["message"] | changes}
    signed = Account.sign_typed_data(key(signer), full_message=typed_data)
    body = {
        "payer": person("client"),
        "deadline": draft["permit"]["message"]["deadline"],
        "signature": "0x" + signed.signature.hex(),
    }
    return web.http.post(f"/api/v1/drafts/{draft['draft_id']}/permit", json=body)


def test_permit__of_the_payer__gives_the_transaction_that_opens(web: Web) -> None:
    draft = accepted(web, request(web))
    answer = permit(web, draft, "client")
    assert answer.status_code == 200, answer.text
    web.send("client", answer.json())
    assert web.chain.escrow.deal(from_json(draft["terms"])).funded == 400_000 * SCALE


def test_permit__of_another__is_refused_before_anybody_pays_gas(web: Web) -> None:
    answer = permit(web, accepted(web, request(web)), "stranger")
    assert (answer.status_code, answer.json()["code"]) == (409, "PermitProblem")


def test_permit__over_another_amount__is_refused(web: Web) -> None:
    answer = permit(web, accepted(web, request(web)), "client", value="1")
    assert (answer.status_code, answer.json()["code"]) == (409, "PermitProblem")


@pytest.mark.parametrize("draft_id", ["0" * 64, "xyz", "0x" + "0" * 62])
def test_draft__unknown__is_a_named_error(web: Web, draft_id: str) -> None:
    answer = web.http.get(f"/api/v1/drafts/{draft_id}")
    assert (answer.status_code, answer.json()["code"]) in [(404, "DocumentMissing"), (422, "DocumentHashProblem")]


def test_draft__id_of_an_agreement__is_no_draft(web: Web) -> None:
    draft = accepted(web, request(web))
    answer = web.http.get(f"/api/v1/drafts/{draft['agreement_hash']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "DocumentMissing")
