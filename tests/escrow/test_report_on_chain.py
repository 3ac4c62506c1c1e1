"""escrow/report.py against the contract and eth_account, on random reports."""

from random import Random

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.eip712 import DOMAIN_FIELDS, ORACLE, domain_json, types_json
from escrow.interface import Interface
from escrow.report import Report, proposal_digest, report_digest
from tests import factories
from tests.chain import LocalChain
from tests.escrow import random_terms
from tests.escrow.views import ask_all

REPORTS = 1_000
INTERFACE = Interface(artifact("PerformanceEscrow").abi)
FIELDS = (("dealId", "bytes32"), ("asOf", "uint256"), ("value", "uint256"), ("evidence", "bytes32"))


def _reports() -> list[Report]:
    rng = Random(5)
    return [random_terms.report(rng) for _ in range(REPORTS)]


def _eth_accounts_digest(report: Report, primary_type: str, domain: dict[str, object]) -> bytes:
    message = encode_typed_data(
        full_message={
            "types": {"EIP712Domain": types_json(DOMAIN_FIELDS), primary_type: types_json(FIELDS)},
            "primaryType": primary_type,
            "domain": domain,
            "message": {
                "dealId": report.deal_id,
                "asOf": report.as_of,
                "value": report.value,
                "evidence": "0x" + report.evidence,
            },
        }
    )
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_report_digest__thousand_random_reports__equals_the_contracts(chain: LocalChain) -> None:
    reports = _reports()
    plain = [
        (bytes.fromhex(report.deal_id[2:]), report.as_of, report.value, bytes.fromhex(report.evidence)) for report in reports
    ]
    questions = [(report,) for report in plain]
    answers = ask_all(chain.rpc, chain.domain.contract, INTERFACE, "reportDigestOf", questions)
    assert [digest for (digest,) in answers] == [report_digest(report, chain.domain) for report in reports]


def test_report_digest__thousand_random_reports__equals_eth_accounts() -> None:
    domain = factories.domain()
    for report in _reports():
        assert report_digest(report, domain) == _eth_accounts_digest(report, "Report", domain_json(domain))


def test_proposal_digest__random_reports__equals_eth_accounts_and_is_no_report() -> None:
    domain = factories.domain()
    for report in _reports()[:100]:
        digest = proposal_digest(report, domain)
        assert digest == _eth_accounts_digest(report, "Proposal", domain_json(domain, ORACLE))
        assert digest != report_digest(report, domain)
