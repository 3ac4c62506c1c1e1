"""Many reports under one root, which a quorum signs once; and reports with a member's signature, in either form.

The tree is the one over a bundle's rows, its leaves are the digests of reports, hashed twice. Knows no key and no chain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

from escrow.eip712 import Domain
from escrow.measure.merkle import multi_proof_of, path_root, proof_of, root_of
from escrow.report import Report, report_digest, root_digest


@dataclass(frozen=True)
class SignedReport:
    """By one member. `signature` is over the report itself or, where there is a proof, over the root that it leads to."""

    report: Report
    signature: str
    proof: tuple[bytes, ...] | None = None


@dataclass(frozen=True)
class RootedReports:
    """Some reports of a tree, in its order, and what proves that they are there."""

    reports: tuple[Report, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...]


class ReportTree:
    """Of different reports, in any order. ValueError for a report that is not there."""

    def __init__(self, reports: Iterable[Report], domain: Domain) -> None:
        self._domain = domain
        self._reports = {leaf_of(report, domain): report for report in reports}
        self._leaves: Sequence[bytes] = tuple(self._reports)
        self.root = root_of(self._leaves)

    @property
    def digest(self) -> bytes:
        """What members sign."""
        return root_digest(self.root, self._domain)

    def proof_of(self, report: Report) -> tuple[bytes, ...]:
        """Of one report alone."""
        return tuple(proof_of(self._leaves, leaf_of(report, self._domain)))

    def choose(self, reports: Iterable[Report]) -> RootedReports:
        """At least one."""
        found = multi_proof_of(self._leaves, [leaf_of(report, self._domain) for report in reports])
        return RootedReports(tuple(self._reports[leaf] for leaf in found.leaves), found.proof, found.flags)


def leaf_of(report: Report, domain: Domain) -> bytes:
    """Hashed twice, so that no inner node can pass for one."""
    return keccak(keccak(report_digest(report, domain)))


def signed_digest(signed: SignedReport, domain: Domain) -> bytes:
    """What the member's signature is over."""
    if signed.proof is None:
        return report_digest(signed.report, domain)
    return root_digest(path_root(leaf_of(signed.report, domain), signed.proof), domain)
