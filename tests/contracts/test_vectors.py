"""The contract gives what tests/vectors say, which the Python half is held to as well. Tree: trees/vectors.tree."""

import json
from pathlib import Path

import clock
import pytest
from brownie import web3
from deals import CLOSED, ENDED, RUNNING, SCHEDULED, SILENT, UNKNOWN
from eth_abi import encode
from eth_utils import keccak, to_bytes
from terms import TERMS_FIELDS, Step, comparable

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
