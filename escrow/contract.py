"""The escrow contract, read at a block and called with plain terms. Holds no key; signs and sends nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from eth_hash.auto import keccak

from escrow import reverts
from escrow.abi import artifact
from escrow.accords import Amendment, Split
from escrow.calls import Call, Receipt, ask, deploy, transact
from escrow.claims import Claim
from escrow.committee import Committee, Member
from escrow.eip712 import ESCROW, VERSION, Domain, word
from escrow.errors import ContractMissing, EscrowError
from escrow.events import CommitteeCreated, Event, decode_log
from escrow.ids import NO_DEAL, ZERO_ADDRESS, Address, CommitteeId, DealId, DocumentHash, Timestamp, Units, address
from escrow.interface import Interface
from escrow.report import Report, report_digest
from escrow.report_tree import ReportTree, SignedReport
from escrow.rpc import Rpc, Tag
from escrow.schedule import Deal, Due
from escrow.signing import compact, recover
from escrow.status import Status
from escrow.terms import Terms, pack
from escrow.token_contract import Authorization, TokenContract

__all__ = ["Call", "EscrowContract", "TokenContract", "deploy", "top_up_nonce", "transact"]


class EscrowContract:
    """`domain` says which contract on which chain. Reads raise the contract's named errors."""

    def __init__(self, rpc: Rpc, domain: Domain) -> None:
        self.domain = domain
        self._rpc = rpc
        self._interface = Interface(artifact("PerformanceEscrow").abi)

    def require_deployed(self) -> None:
        """ChainProblem on another chain, ContractMissing where the address is not this contract."""
        self._rpc.begin()
        self._rpc.require_chain(self.domain.chain_id)
        _, name, version, chain_id, contract, _, _ = self._ask("eip712Domain")
        if (name, version, chain_id, address(contract)) != (ESCROW, VERSION, *self._domain_pair()):
            raise ContractMissing(self.domain.contract, f"calls itself {name} {version}")

    # Calls to sign and send

    def open_call(self, terms: Terms, amount: int) -> Call:
        return self._call("open", pack(terms), amount, value=_coins(terms, amount))

    def open_with_permit_call(self, terms: Terms, amount: int, deadline: int, signature: bytes) -> Call:
        """With a permit of the caller: r, s and v of a key, or what the caller's account takes (ERC-7597)."""
        return self._call("openWithPermit", pack(terms), amount, deadline, signature)

    def open_with_authorization_call(self, terms: Terms, amount: int, authorization: Authorization) -> Call:
        """With the client's authorization, whose nonce is the deal's id. Anyone may send it."""
        return self._call("openWithAuthorization", pack(terms), amount, astuple(authorization))

    def top_up_call(self, terms: Terms, amount: int) -> Call:
        return self._call("topUp", pack(terms), amount, value=_coins(terms, amount))

    def top_up_with_authorization_call(self, terms: Terms, amount: int, authorization: Authorization) -> Call:
        """With the client's authorization, whose nonce is `top_up_nonce`. Anyone may send it."""
        return self._call("topUpWithAuthorization", pack(terms), amount, astuple(authorization))

    def decline_call(self, terms: Terms) -> Call:
        return self._call("decline", pack(terms))

    def settle_call(self, terms: Terms, report: Report, signatures: Iterable[str]) -> Call:
        """The signatures in any order; SignatureProblem for one that recovers to nobody."""
        ordered = _in_order(report_digest(report, self.domain), signatures, report.deal_id)
        return self._call("settle", pack(terms), report.as_of, report.value, bytes.fromhex(report.evidence), ordered)

    def settle_batch_call(self, gas_per_item: int, settlements: Iterable[Call]) -> Call:
        """Calls of `settle_call`, each isolated from the others."""
        return self._call("settleBatch", gas_per_item, [bytes.fromhex(call.data[2:]) for call in settlements])

    def settle_rooted_call(
        self, gas_per_item: int, tree: ReportTree, signatures: Iterable[str], chosen: Mapping[Report, Terms]
    ) -> Call:
        """Some reports of the tree, each with its deal's terms and isolated from the others. The signatures, over the
        tree's digest, in any order."""
        rooted = tree.choose(chosen)
        leaves = [
            (pack(chosen[report]), report.as_of, report.value, bytes.fromhex(report.evidence)) for report in rooted.reports
        ]
        ordered = _in_order(tree.digest, signatures, NO_DEAL)
        return self._call("settleRooted", gas_per_item, tree.root, ordered, leaves, rooted.proof, rooted.flags)

    def refund_call(self, terms: Terms) -> Call:
        return self._call("refund", pack(terms))

    def withdraw_call(self, token: Address, to: Address) -> Call:
        return self._call("withdraw", token, to)

    def create_committee_call(
        self,
        *,
        admin: Address,
        delay: int,
        min_quorum: int,
        max_quorum: int,
        members: Sequence[Address],
        salt: bytes,
    ) -> Call:
        """`members` in ascending order of their numbers."""
        return self._call("createCommittee", admin, delay, min_quorum, max_quorum, list(members), salt)

    def add_member_call(self, committee: CommitteeId, member: Address) -> Call:
        return self._call("addMember", _id(committee), member)

    def remove_member_call(self, committee: CommitteeId, member: Address) -> Call:
        return self._call("removeMember", _id(committee), member)

    def leave_committee_call(self, committee: CommitteeId) -> Call:
        return self._call("leaveCommittee", _id(committee))

    def offer_admin_call(self, committee: CommitteeId, next_admin: Address) -> Call:
        return self._call("offerAdmin", _id(committee), next_admin)

    def accept_admin_call(self, committee: CommitteeId) -> Call:
        return self._call("acceptAdmin", _id(committee))

    def prove_equivocation_call(self, committee: CommitteeId, first: SignedReport, second: SignedReport) -> Call:
        return self._call("proveEquivocation", _id(committee), _signed_words(first), _signed_words(second))

    # Disputes, notice, and what both parties agree on

    def dispute_call(self, terms: Terms, value: int, reason: DocumentHash | None = None) -> Call:
        """`reason` names a document."""
        return self._call("dispute", pack(terms), value, bytes.fromhex(reason or "0" * 64))

    def rule_call(self, terms: Terms, value: int) -> Call:
        return self._call("rule", pack(terms), value)

    def finalize_call(self, terms: Terms) -> Call:
        return self._call("finalize", pack(terms))

    def self_report_call(self, terms: Terms, value: int, evidence: DocumentHash) -> Call:
        return self._call("selfReport", pack(terms), value, bytes.fromhex(evidence))

    def give_notice_call(self, terms: Terms) -> Call:
        return self._call("giveNotice", pack(terms))

    def agree_call(self, terms: Terms, split: Split, client_signature: bytes, agency_signature: bytes) -> Call:
        """Both over `accord_digest` of the split. Anyone may send it."""
        signatures = client_signature, agency_signature
        return self._call("agree", pack(terms), split.agency_total, split.deadline, *signatures)

    def amend_call(
        self, terms: Terms, new_terms: Terms, amendment: Amendment, client_signature: bytes, agency_signature: bytes
    ) -> Call:
        """Both over `accord_digest` of the amendment. Anyone may send it."""
        signatures = client_signature, agency_signature
        return self._call("amend", pack(terms), pack(new_terms), amendment.agency_total, amendment.deadline, *signatures)

    # Reads

    def deal_id(self, terms: Terms, at: Tag = "latest") -> DealId:
        return DealId("0x" + self._ask("dealIdOf", pack(terms), at=at).hex())

    def deal(self, terms: Terms, at: Tag = "latest") -> Deal:
        funded, performance, last_as_of, ends_at, closed = self._ask("dealOf", pack(terms), at=at)
        return Deal(Units(funded), Units(performance), Timestamp(last_as_of), Timestamp(ends_at), closed)

    def status(self, terms: Terms, at: Tag = "latest") -> Status:
        return Status(self._ask("statusOf", pack(terms), at=at))

    def claim(self, terms: Terms, at: Tag = "latest") -> tuple[Claim | None, int]:
        """The report that waits, if one does, and what is added to later values."""
        (as_of, window_ends_at, reported, value, *numbers), adjust = self._ask("claimOf", pack(terms), at=at)
        client_value, agency_value, by_client, by_agency, is_self_report, agreed_paid = numbers
        claim = Claim(
            Timestamp(as_of),
            Timestamp(window_ends_at),
            reported,
            value,
            client_value if by_client else None,
            agency_value if by_agency else None,
            is_self_report,
            agreed_paid,
        )
        return claim if as_of else None, adjust

    def report_digest(self, report: Report, at: Tag = "latest") -> bytes:
        """What members sign, by the contract."""
        return bytes(self._ask("reportDigestOf", _report_words(report), at=at))

    def root_digest(self, root: bytes, at: Tag = "latest") -> bytes:
        """What members sign for all reports under this root, by the contract."""
        return bytes(self._ask("rootDigestOf", root, at=at))

    def due_for(self, terms: Terms, value: int, as_of: int, at: Tag = "latest") -> Due:
        """What a report would pay if it were settled now; checks neither times nor signatures."""
        return Due(*self._ask("dueFor", pack(terms), value, as_of, at=at))

    def check_terms(self, terms: Terms, at: Tag = "latest") -> None:
        """Raises the named error of the first field that is out of range."""
        self._ask("checkTerms", pack(terms), at=at)

    def credit(self, token: Address, account: Address, at: Tag = "latest") -> Units:
        """What waits for `withdraw`."""
        return Units(self._ask("creditOf", token, account, at=at))

    def committee(self, committee: CommitteeId, at: Tag = "latest") -> Committee:
        """All zero where nobody created it."""
        admin, *numbers = self._ask("committeeOf", _id(committee), at=at)
        return Committee(address(admin), *numbers)

    def member(self, committee: CommitteeId, member: Address, at: Tag = "latest") -> Member:
        """All zero for somebody who never was one."""
        index, active_at, leaves_at = self._ask("memberOf", _id(committee), member, at=at)
        return Member(index, Timestamp(active_at), Timestamp(leaves_at))

    def explain(self, error_data: str) -> EscrowError:
        """Revert data as the named error with its data."""
        return reverts.explain(error_data)

    # Receipts

    def events_of(self, receipt: Receipt) -> list[Event]:
        own = [log for log in receipt["logs"] if address(log["address"]) == self.domain.contract]
        return [event for event in map(decode_log, own) if event is not None]

    def committee_created(self, receipt: Receipt) -> CommitteeId:
        """By the transaction of this receipt, which must have created one."""
        (created,) = [event for event in self.events_of(receipt) if isinstance(event, CommitteeCreated)]
        return created.committee

    def _call(self, name: str, *values: Any, value: int = 0) -> Call:
        return Call(self.domain.contract, self._interface.call_data(name, *values), value)

    def _ask(self, name: str, *values: Any, at: Tag = "latest") -> Any:
        return ask(self._rpc, self.domain.contract, self._interface, name, *values, at=at)

    def _domain_pair(self) -> tuple[int, Address]:
        return self.domain.chain_id, self.domain.contract


def _coins(terms: Terms, amount: int) -> int:
    """What is sent along: the amount where the deal is in the chain's coin, else nothing."""
    return amount if terms.token == ZERO_ADDRESS else 0


def top_up_nonce(deal_id: DealId, funded: int) -> bytes:
    """Of the authorization for a top-up of the deal as it is, with this much paid in so far."""
    return keccak(bytes.fromhex(deal_id[2:]) + word(funded))


def _id(committee: CommitteeId) -> bytes:
    return bytes.fromhex(committee[2:])


def _in_order(digest: bytes, signatures: Iterable[str], deal_id: DealId) -> list[tuple[bytes, bytes]]:
    """Compact, in ascending order of signer, each signer once."""
    by_signer = {
        int(recover(digest, signature, deal_id=deal_id, position=position), 16): compact(signature)
        for position, signature in enumerate(signatures)
    }
    return [by_signer[signer] for signer in sorted(by_signer)]


def _signed_words(signed: SignedReport) -> tuple[Any, ...]:
    return _report_words(signed.report), signed.proof is not None, signed.proof or (), compact(signed.signature)


def _report_words(report: Report) -> tuple[Any, ...]:
    return bytes.fromhex(report.deal_id[2:]), report.as_of, report.value, bytes.fromhex(report.evidence)
