"""Threats and findings that the Python half answers: one form of what is signed, and what counts. See docs/threats.md."""

import json
from random import Random

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.eip712 import DOMAIN_FIELDS, domain_json, types_json
from escrow.errors import SignatureProblem
from escrow.interface import Interface
from escrow.measure import measure
from escrow.report import report_digest
from escrow.signing import address_of, recover, sign_digest
from escrow.terms import deal_id_of, pack
from escrow.terms.typed import typed_data
from tests import factories
from tests.chain import LocalChain
from tests.escrow import random_terms
from tests.escrow.measured import DEAL, ENDS_AT, agreement, event, lost
from tests.escrow.views import ask_all

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
INTERFACE = Interface(artifact("PerformanceEscrow").abi)
REPORT = (("dealId", "bytes32"), ("asOf", "uint256"), ("value", "uint256"), ("evidence", "bytes32"))


def wallets_hash(document: dict[str, object]) -> bytes:
    message = encode_typed_data(full_message=document)
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_threat__c10_any_report__has_one_digest_in_python_in_the_contract_and_in_wallets(chain: LocalChain) -> None:
    rng = Random(10)
    reports = [random_terms.report(rng) for _ in range(300)]
    own = [report_digest(each, chain.domain) for each in reports]
    plain = [(bytes.fromhex(each.deal_id[2:]), each.as_of, each.value, bytes.fromhex(each.evidence)) for each in reports]
    answers = ask_all(chain.rpc, chain.domain.contract, INTERFACE, "reportDigestOf", [(each,) for each in plain])
    assert [digest for (digest,) in answers] == own
    types = {"EIP712Domain": types_json(DOMAIN_FIELDS), "Report": types_json(REPORT)}
    names = [name for name, _ in REPORT]
    messages = [dict(zip(names, values, strict=True)) for values in plain]
    shared = {"types": types, "primaryType": "Report", "domain": domain_json(chain.domain)}
    assert [wallets_hash({**shared, "message": message}) for message in messages] == own


def test_threat__c10_any_terms__have_one_id_in_python_in_the_contract_and_in_wallets(chain: LocalChain) -> None:
    rng = Random(11)
    terms = [random_terms.any_terms(rng) for _ in range(100)]
    own = [deal_id_of(each, chain.domain) for each in terms]
    answers = ask_all(chain.rpc, chain.domain.contract, INTERFACE, "dealIdOf", [(pack(each),) for each in terms])
    assert ["0x" + bytes(deal_id).hex() for (deal_id,) in answers] == own
    documents = [json.loads(json.dumps(typed_data(each, chain.domain))) for each in terms]
    assert ["0x" + wallets_hash(document).hex() for document in documents] == own


def test_threat__c30_one_unit_comes_again_and_again__counts_once_and_the_rest_has_a_reason() -> None:
    events = [
        event(1, source_event_id=f"again-{number}", occurred_at=f"2008-05-0{number}T00:00:00Z") for number in range(1, 9)
    ]
    measured = measure(agreement(), DEAL, [*events, lost(2)], ENDS_AT)
    assert measured.value == 1
    assert measured.bundle.counts.excluded == {"duplicate_id": 7, "criteria_not_met": 1}


@pytest.mark.parametrize("fault", ["high s", "v of 0", "v of 29", "one byte more", "compact", "zero"])
def test_finding__f7_a_signature_that_the_contract_refuses__is_refused_before_it_is_sent(fault: str) -> None:
    digest, key = report_digest(factories.report(), factories.domain()), factories.key("oracle_a")
    good = bytes.fromhex(sign_digest(digest, key)[2:])
    twin = (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    high = good[:32] + twin + bytes([27 + 28 - good[64]])
    bad = {
        "high s": high,
        "v of 0": good[:64] + bytes([good[64] - 27]),
        "v of 29": good[:64] + b"\x1d",
        "one byte more": good + b"\0",
        "compact": good[:64],
        "zero": bytes(65),
    }
    assert Account._recover_hash(digest, signature=high) == recover(digest, "0x" + good.hex()) == address_of(key)
    with pytest.raises(SignatureProblem):
        recover(digest, "0x" + bad[fault].hex())
