"""What members sign: reports, roots of many reports, and the proposals that come before. Knows no key and no chain."""

from dataclasses import dataclass

from eth_hash.auto import keccak

from escrow.eip712 import ORACLE, Domain, digest, word
from escrow.errors import ValueProblem
from escrow.ids import DealId, DocumentHash, Timestamp
from escrow.signing import compact, recover, sign_digest

__all__ = ["Report", "compact", "proposal_digest", "recover", "report_digest", "root_digest", "sign_digest"]

MOST_VALUE = 2**64 - 1

_FIELDS = "(bytes32 dealId,uint256 asOf,uint256 value,bytes32 evidence)"
_REPORT_TYPEHASH = keccak(f"Report{_FIELDS}".encode())
_ROOT_TYPEHASH = keccak(b"ReportRoot(bytes32 root)")
_PROPOSAL_TYPEHASH = keccak(f"Proposal{_FIELDS}".encode())


@dataclass(frozen=True)
class Report:
    """The value is the metric, never money; `evidence` is the hash of the evidence bundle."""

    deal_id: DealId
    as_of: Timestamp
    value: int
    evidence: DocumentHash


def report_digest(report: Report, domain: Domain) -> bytes:
    """What the contract takes. ValueProblem for a value beyond its type."""
    return digest(struct_hash(report), domain)


def root_digest(root: bytes, domain: Domain) -> bytes:
    """What the contract takes for all reports under this root, see `report_tree`."""
    return digest(keccak(_ROOT_TYPEHASH + root), domain)


def proposal_digest(report: Report, domain: Domain) -> bytes:
    """What a member shows to its peers before it signs a report; proves nothing on chain."""
    return digest(struct_hash(report, _PROPOSAL_TYPEHASH), domain, ORACLE)


def struct_hash(report: Report, typehash: bytes = _REPORT_TYPEHASH) -> bytes:
    """The same on every chain."""
    if not 0 <= report.value <= MOST_VALUE:
        raise ValueProblem(report.deal_id, report.value, MOST_VALUE)
    return keccak(
        typehash
        + bytes.fromhex(report.deal_id[2:])
        + word(report.as_of)
        + word(report.value)
        + bytes.fromhex(report.evidence)
    )
