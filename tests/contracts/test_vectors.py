"""The contract gives what tests/vectors say, which the Python half is held to as well. Tree: trees/vectors.tree."""

import json
from pathlib import Path

import clock
import pytest
from brownie import web3
from deals import CLOSED, ENDED, RUNNING, SCHEDULED, SILENT, UNKNOWN
from eth_abi import encode
from eth_utils import keccak, to_bytes
from terms import HOUR, TERMS_FIELDS, Step, comparable

STATUS = {
    "unknown": UNKNOWN,
    "scheduled": SCHEDULED,
    "running": RUNNING,
    "ended": ENDED,
    "silent": SILENT,
    "closed": CLOSED,
}
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def vectors(name: str):
    return json.loads((Path(__file__).parents[1] / "vectors" / f"{name}.json").read_text())


def typed_digest(struct_hash: str, chain_id: int, contract: str) -> str:
    """EIP-712, from the hash of the struct and the domain of docs/protocol.md."""
    domain = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [keccak(text=DOMAIN), keccak(text="PerformanceEscrow"), keccak(text="1"), chain_id, contract],
        )
    )
    return "0x" + keccak(b"\x19\x01" + domain + to_bytes(hexstr=struct_hash)).hex()


# Payout


@pytest.mark.parametrize("life", vectors("payout"), ids=lambda life: life["name"])
def test_vectors__a_life_of_payout_json__pays_the_same(make_deal, dollar, client, patron, life):
    funded = int(life["funded"])
    deal = make_deal(**schedule(life["terms"]), budget=funded)
    dollar.mint(client, funded, {"from": patron})
    deal.open()
    for action in life["actions"]:
        pays = {part: int(units) for part, units in action["pays"].items()}
        assert PLAYED[action["do"]](deal, action, pays) == pays


def schedule(plain: dict) -> dict:
    return {
        "basis": plain["basis"],
        "period_length": plain["periodLength"],
        "periods": plain["periods"],
        "retention_bps": plain["retentionBps"],
        "base_per_period": int(plain["basePerPeriod"]),
        "cap": int(plain["cap"]),
        "steps": tuple(Step(int(step["from"]), int(step["flat"]), int(step["rate"])) for step in plain["steps"]),
    }


def play_report(deal, action: dict, pays: dict) -> dict:
    value, as_of = int(action["value"]), deal.terms.starts_at + action["asOf"]
    assert deal.escrow.dueFor(deal.words, value, as_of) == tuple(pays.values())
    with deal.moves(agency=pays["base"] + pays["performance"], client=pays["refunded"]):
        tx = deal.settle(value, as_of)
    closed = tx.events["DealClosed"] if as_of == deal.terms.ends_at else {"refunded": 0}
    return {**said(tx.events["ReportSettled"], "base", "performance"), **said(closed, "refunded")}


def play_top_up(deal, action: dict, pays: dict) -> dict:
    amount, patron = int(action["amount"]), deal.people.patron
    deal.coin.token.mint(patron, amount, {"from": patron})
    with deal.moves(agency=pays["performance"], escrow=amount - pays["performance"]):
        tx = deal.top_up(amount, by=patron)
    return {"base": 0, **said(tx.events["DealToppedUp"], "performance"), "refunded": 0}


def play_silence(deal, action: dict, pays: dict) -> dict:
    with deal.moves(agency=pays["base"] + pays["performance"], client=pays["refunded"]):
        tx = deal.refund()
    return said(tx.events["DealClosed"], "base", "performance", "refunded")


PLAYED = {"report": play_report, "top_up": play_top_up, "silence": play_silence}
"""Each does the action, sees that the parties have as much more, and returns what the events say."""


def said(event, *parts: str) -> dict:
    return {part: event[part] for part in parts}


# Reports that wait, disputes and rulings


@pytest.mark.parametrize("life", vectors("challenges"), ids=lambda life: life["name"])
def test_vectors__a_life_of_challenges_json__pays_and_leaves_the_same(make_deal, dollar, people, life):
    funded, plain = int(life["funded"]), life["terms"]
    first = min(action["at"] for action in life["actions"])
    start = clock.now() + 2 * HOUR + max(0, -first)
    deal = make_deal(
        **schedule(plain),
        budget=funded,
        starts_at=start,
        open_before=start,
        arbiter=people["arbiter"],
        report_grace=plain["reportGrace"],
        challenge_window=plain["challengeWindow"],
        ruling_window=plain["rulingWindow"],
        self_report=int(plain["selfReport"]),
        notice_period=plain["noticePeriod"],
    )
    dollar.mint(people["client"], funded, {"from": people["patron"]})
    deal.open()
    for action in life["actions"]:
        pays = {part: int(units) for part, units in action["pays"].items()}
        added = int(action.get("amount", 0))
        dollar.mint(people["patron"], added, {"from": people["patron"]})
        to_agency = pays["base"] + pays["performance"]
        with deal.moves(agency=to_agency, client=pays["refunded"], escrow=added - to_agency - pays["refunded"]):
            tx = CALLED[action["do"]](deal, action, start + action["at"])
        assert all(paid_by(tx, part) == units for part, units in pays.items()), action
        assert left(deal) == action["after"], action


CALLED = {
    "report": lambda deal, action, at: deal.settle(int(action["value"]), deal.terms.starts_at + action["asOf"], at=at),
    "self_report": lambda deal, action, at: deal.self_report(int(action["value"]), at=at),
    "client_disputes": lambda deal, action, at: deal.dispute(int(action["value"]), by=deal.people.client, at=at),
    "agency_disputes": lambda deal, action, at: deal.dispute(int(action["value"]), by=deal.people.agency, at=at),
    "rule": lambda deal, action, at: deal.rule(int(action["value"]), at=at),
    "finalize": lambda deal, action, at: deal.finalize(at=at),
    "refund": lambda deal, action, at: deal.refund(at=at),
    "notice": lambda deal, action, at: deal.give_notice(at=at),
    "top_up": lambda deal, action, at: deal.top_up(int(action["amount"]), by=deal.people.patron, at=at),
}
"""Each does the action at its time."""


def paid_by(tx, part: str) -> int:
    """What the events say of it; a notice that returns everything, and the end of a deal, say what they return."""
    return sum(event[part] for event in tx.events if part in event)


def left(deal) -> dict:
    """The deal afterwards, as the file writes it."""
    state, claim, start = deal.state(), deal.claim(), deal.terms.starts_at
    waiting = {
        "asOf": claim["as_of"] - start,
        "windowEndsAt": claim["window_ends_at"] - start,
        "reported": str(claim["reported"]),
        "value": str(claim["value"]),
        "clientValue": str(claim["client_value"]) if claim["by_client"] else None,
        "agencyValue": str(claim["agency_value"]) if claim["by_agency"] else None,
        "isSelfReport": claim["is_self_report"],
        "agreedPaid": claim["agreed_paid"],
    }
    return {
        "funded": str(state["funded"]),
        "performance": str(state["performance"]),
        "lastAsOf": state["last_as_of"] - start,
        "endsAt": state["ends_at"] - start,
        "status": next(name for name, status in STATUS.items() if status == deal.status()),
        "adjust": str(deal.adjust),
        "claim": waiting if claim["as_of"] else None,
    }


# Terms and reports


@pytest.fixture(scope="module")
def digest(escrow):
    """Of a struct with this hash, for the contract of the tests."""
    return lambda struct_hash: typed_digest(struct_hash, web3.eth.chain_id, escrow.address)


def test_vectors__the_terms_of_terms_json__packs_and_unpacks_the_same(escrow):
    for case in vectors("terms"):
        words, plain = [int(word, 16) for word in case["packed"]], abi_form(case["plain"])
        assert list(escrow.packedOf(plain)) == words, case["name"]
        assert comparable(escrow.termsOf(words)) == comparable(plain), case["name"]


def abi_form(plain: dict) -> tuple:
    values = {name: int(plain[name]) if kind.startswith("uint") else plain[name] for name, kind in TERMS_FIELDS}
    values["steps"] = [(int(step["from"]), int(step["flat"]), int(step["rate"])) for step in plain["steps"]]
    return tuple(values.values())


def test_vectors__the_terms_of_terms_json__has_the_same_id(escrow, digest):
    for case in vectors("terms"):
        words = [int(word, 16) for word in case["packed"]]
        assert escrow.dealIdOf(words) == digest(case["structHash"]), case["name"]
        assert typed_digest(case["structHash"], case["chainId"], case["contract"]) == case["dealId"], case["name"]


def test_vectors__the_reports_of_report_json__has_the_same_digest(escrow, digest):
    for case in vectors("report"):
        report = case["report"]
        given = escrow.reportDigestOf((report["dealId"], report["asOf"], int(report["value"]), report["evidence"]))
        assert given == digest(case["structHash"])
        assert typed_digest(case["structHash"], case["chainId"], case["contract"]) == case["digest"]


# Status


def test_vectors__the_times_of_status_json__has_the_same_status(make_deal):
    file = vectors("status")
    times = {
        "period_length": file["terms"]["periodLength"],
        "periods": file["terms"]["periods"],
        "report_grace": file["terms"]["reportGrace"],
    }
    states = ("never opened", "open", "closed")
    deals = {state: make_deal(**times, salt=salt) for salt, state in enumerate(states)}
    deals["open"].open()
    deals["closed"].open()
    deals["closed"].decline()
    for case in sorted(file["cases"], key=lambda case: case["at"]):
        deal = deals[case["state"]]
        at = deal.terms.starts_at + case["at"]
        assert deal.status(None if clock.now() == at else at) == STATUS[case["status"]], case
