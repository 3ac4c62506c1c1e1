"""The escrow contract, read at a block and called with plain terms. Holds no key; signs and sends nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from escrow import reverts
from escrow.abi import artifact
from escrow.calls import Call, Receipt, ask, deploy, transact
from escrow.committee import Committee, Member
from escrow.eip712 import ESCROW, VERSION, Domain
from escrow.errors import ContractMissing, EscrowError
from escrow.events import CommitteeCreated, Event, decode_log
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, DealId, Timestamp, Units, address
from escrow.interface import Interface
from escrow.report import Report, report_digest
from escrow.rpc import Rpc, Tag
from escrow.schedule import Deal, Due
from escrow.signing import compact, recover
from escrow.status import Status
from escrow.terms import Terms, pack
from escrow.token_contract import TokenContract

__all__ = ["Call", "EscrowContract", "TokenContract", "deploy", "transact"]


class EscrowContract:
    """`domain` says which contract on which chain. Reads raise the contract's named errors."""

    def __init__(self, rpc: Rpc, domain: Domain) -> None:
        self.domain = domain
        self._rpc = rpc
        self._interface = Interface(artifact("PerformanceEscrow").abi)

    def require_deployed(self) -> None:
        """ChainProblem on another chain, ContractMissing where the address is not this contract."""
        self._rpc.require_chain(self.domain.chain_id)
        _, name, version, chain_id, contract, _, _ = self._ask("eip712Domain")
        if (name, version, chain_id, address(contract)) != (ESCROW, VERSION, *self._domain_pair()):
            raise ContractMissing(self.domain.contract, f"calls itself {name} {version}")

    # Calls to sign and send

    def open_call(self, terms: Terms, amount: int) -> Call:
        return self._call("open", pack(terms), amount, value=_coins(terms, amount))

    def open_with_permit_call(self, terms: Terms, amount: int, deadline: int, v: int, r: bytes, s: bytes) -> Call:
        return self._call("openWithPermit", pack(terms), amount, deadline, v, r, s)

    def top_up_call(self, terms: Terms, amount: int) -> Call:
        return self._call("topUp", pack(terms), amount, value=_coins(terms, amount))

    def decline_call(self, terms: Terms) -> Call:
        return self._call("decline", pack(terms))

    def settle_call(self, terms: Terms, report: Report, signatures: Iterable[str]) -> Call:
        """The signatures in any order; SignatureProblem for one that recovers to nobody."""
        digest = report_digest(report, self.domain)
        by_signer = {
            int(recover(digest, signature, deal_id=report.deal_id, position=position), 16): compact(signature)
            for position, signature in enumerate(signatures)
        }
        ordered = [by_signer[signer] for signer in sorted(by_signer)]
        evidence = bytes.fromhex(report.evidence)
        return self._call("settle", pack(terms), report.as_of, report.value, evidence, ordered)

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

    # Reads

    def deal_id(self, terms: Terms, at: Tag = "latest") -> DealId:
        return DealId("0x" + self._ask("dealIdOf", pack(terms), at=at).hex())

    def deal(self, terms: Terms, at: Tag = "latest") -> Deal:
        funded, performance, last_as_of, ends_at, closed = self._ask("dealOf", pack(terms), at=at)
        return Deal(Units(funded), Units(performance), Timestamp(last_as_of), Timestamp(ends_at), closed)

    def status(self, terms: Terms, at: Tag = "latest") -> Status:
        return Status(self._ask("statusOf", pack(terms), at=at))

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
        """Its size is 0 where nobody created it."""
        admin, *numbers = self._ask("committeeOf", bytes.fromhex(committee[2:]), at=at)
        return Committee(address(admin), *numbers)

    def member(self, committee: CommitteeId, member: Address, at: Tag = "latest") -> Member:
        return Member(*self._ask("memberOf", bytes.fromhex(committee[2:]), member, at=at))

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
