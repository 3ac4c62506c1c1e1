"""Every error that this project raises on purpose. An error is a class with data, which makes its text.

EscrowError
├── DealProblem                         by the contract and by its Python twin, with the same names and fields
│   ├── TermsProblem                    terms that can't be opened
│   │   ├── TermsLengthProblem
│   │   ├── ClientProblem
│   │   ├── AgencyProblem
│   │   ├── TokenProblem
│   │   ├── BudgetProblem
│   │   ├── OpenBeforeProblem
│   │   ├── CommitteeUnknownProblem
│   │   ├── QuorumProblem               also: too few signatures
│   │   ├── ArbiterProblem
│   │   ├── AgreementProblem
│   │   ├── BasisProblem
│   │   ├── StartProblem
│   │   ├── PeriodLengthProblem
│   │   ├── PeriodsProblem
│   │   ├── GraceProblem
│   │   ├── ChallengeWindowProblem
│   │   ├── RulingWindowProblem
│   │   ├── SelfReportProblem
│   │   ├── NoticeProblem
│   │   ├── RetentionProblem
│   │   ├── StepCountProblem
│   │   ├── StepOrderProblem
│   │   └── StepFlatProblem
│   ├── StatusProblem
│   ├── FundingProblem
│   ├── ReceivedProblem
│   ├── TimeProblem
│   ├── CallerProblem
│   ├── WaitingProblem
│   ├── FiledProblem
│   ├── PartySignatureProblem
│   ├── AsOfProblem
│   ├── ValueProblem
│   ├── SignerOrderProblem
│   ├── SignerProblem
│   ├── SignatureProblem
│   └── GasProblem
├── RegistryProblem                     by the contract's registry of committees
│   ├── CommitteeProblem
│   ├── SizeProblem
│   ├── MemberOrderProblem
│   ├── QuorumBoundProblem
│   ├── DelayProblem
│   ├── AdminProblem
│   ├── MemberProblem
│   └── EquivocationProblem
├── CreditProblem
├── ProofProblem
├── RevertProblem                       reverts that come from elsewhere
│   ├── ERC20InsufficientAllowance
│   ├── ERC20InsufficientBalance
│   ├── SafeERC20FailedOperation
│   ├── MerkleProofInvalidMultiproof
│   ├── RevertTextProblem
│   └── RevertDataProblem
├── InputProblem                        text from outside that is not what it should be
│   ├── AddressProblem
│   ├── AmountProblem
│   ├── CommitteeIdProblem
│   ├── DealIdProblem
│   ├── DocumentHashProblem
│   ├── PageProblem
│   ├── TermsFormatProblem
│   └── TimeFormatProblem
├── DocumentProblem
│   ├── DocumentMissing
│   └── DocumentCorrupt
├── FaultsProblem                       a document from outside, with every fault that it has
│   ├── AgreementFaults
│   └── MappingFaults
├── AgreementMismatch                   a sound agreement, but not the one of these terms
├── MeasureProblem
│   ├── EventProblem
│   │   └── RowProblem                  in a CSV file
│   ├── EventConflict
│   └── EvidenceProblem
├── ChainAccessProblem                  the node, or what it is said to be
│   ├── RpcUnreachable
│   ├── RpcRefused
│   ├── BlockMissing
│   ├── NodesDiffer
│   ├── HeadProblem
│   ├── ForkProblem
│   ├── LogProblem
│   ├── ChainProblem
│   ├── ContractMissing
│   ├── DealMissing
│   ├── DecimalsProblem
│   └── TransactionProblem
├── IndexProblem                        the web side's copy of the chain
│   ├── IndexMissing
│   ├── IndexMismatch
│   ├── IndexIncomplete
│   ├── IndexBusy
│   └── ForkWhileReading
├── UnknownProblem                      a name in good form that names nothing
│   ├── DealUnknown
│   ├── ReportUnknown
│   └── CommitteeUnknown
├── DraftProblem                        of a deal that is about to be opened, by the web side
│   ├── BalanceProblem
│   └── PermitProblem
├── IntakeProblem                       a message that an oracle refuses whole
│   ├── UnknownAccount
│   ├── MissingHeader
│   ├── MissingParameter
│   ├── StaleTimestamp
│   ├── BadSignature
│   ├── MalformedMessage
│   ├── TooLarge
│   ├── WrongMethod
│   ├── NotPushed
│   ├── NotLive
│   ├── OriginMismatch
│   ├── FutureEvent
│   ├── LateWord                        a party's, dated back
│   ├── ReplayMismatch
│   └── Overloaded
├── OracleProblem                       of one oracle, by itself
│   ├── SourceMissing
│   ├── StandingMissing
│   ├── JournalConflict
│   ├── PeerProblem
│   ├── PullProblem
│   ├── GasBalanceProblem
│   ├── FeeProblem
│   ├── GasKeyProblem
│   ├── KeystoreProblem
│   ├── DatabaseProblem
│   └── PortProblem
└── SettingsProblem

Each class says what a daemon does about it: RETRY (the same later), SKIP (leave this one,
go on) or STOP (end the process).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, dataclass_transform

from escrow.texts import quoted, short, time_text

if TYPE_CHECKING:
    from escrow.faults import Fault
    from escrow.ids import Address, CommitteeId, DealId, Digest, DocumentHash, Timestamp, Units
    from escrow.status import Status


Seconds: TypeAlias = int
Given: TypeAlias = object
"""What came from outside, whatever it is; quoted in messages."""


class Action(Enum):
    RETRY = "retry"
    SKIP = "skip"
    STOP = "stop"


RETRY, SKIP, STOP = Action.RETRY, Action.SKIP, Action.STOP


@dataclass_transform(eq_default=False)
@dataclass(eq=False, repr=False)
class EscrowError(Exception):
    """Subclasses declare their fields as a dataclass does, and `text` as a format over them."""

    action: ClassVar[Action] = STOP
    text: ClassVar[str] = "{code}"

    def __init_subclass__(cls) -> None:
        dataclass(eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        self.args = tuple(self.data.values())

    @classmethod
    def kinds(cls) -> dict[str, str]:
        """The type that each field is declared with, by which messages and revert data write it."""
        return {field.name: str(field.type) for field in fields(cls)}

    @property
    def code(self) -> str:
        """The name that Solidity, Python and JSON share."""
        return type(self).__name__

    @property
    def data(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.kinds()}

    def __str__(self) -> str:
        words = {name: _word(kind, getattr(self, name)) for name, kind in self.kinds().items()}
        return self.text.format(code=self.code, bound=self._bound(words), **words)

    def _bound(self, words: dict[str, str]) -> str:
        """On which side of the limit the given value is, where there are both."""
        given, limit = self.data.get("given"), self.data.get("limit")
        if not isinstance(given, int) or not isinstance(limit, int):
            return ""
        is_time = self.kinds()["limit"] == "Timestamp"
        below, above = ("before the earliest", "after the latest") if is_time else ("below the least", "above the most")
        return f"{below if given < limit else above}, {words['limit']}"


def _word(kind: object, value: Any) -> str:
    """A field as it stands in a message, by the type that its class declares."""
    match kind:
        case "DealId":
            return f"deal {short(value)}" if int(value, 16) else "the deal"
        case "CommitteeId":
            return short(value)
        case "Timestamp":
            return time_text(value)
        case "Units":
            return f"{value} units"
        case "Seconds":
            return f"{value} s"
        case "Status":
            return str(value.name).lower()
        case "Given":
            return quoted(value)
    return str(value)


# Solidity's, by deal


class DealProblem(EscrowError):
    action = SKIP
    deal_id: DealId


class TermsProblem(DealProblem):
    pass


class TermsLengthProblem(TermsProblem):
    given: int
    limit: int
    text = "packed terms have {given} words, {bound}"


class ClientProblem(TermsProblem):
    given: Address
    limit: Address
    text = "client of {deal_id} is {given}: it can't be zero, the contract itself or the token"


class AgencyProblem(TermsProblem):
    given: Address
    limit: Address
    text = "agency of {deal_id} is {given}: it can't be zero, the contract itself, the token or the client"


class TokenProblem(TermsProblem):
    given: Address
    limit: int
    text = "token of {deal_id} is {given}, which is no token contract on this chain"


class BudgetProblem(TermsProblem):
    given: Units
    limit: Units
    text = "budget of {deal_id} is {given}, {bound}"


class OpenBeforeProblem(TermsProblem):
    given: Timestamp
    limit: Timestamp
    text = "opening of {deal_id} is possible until {given}, {bound}"


class CommitteeUnknownProblem(TermsProblem):
    given: CommitteeId
    limit: int
    text = "committee of {deal_id} is {given}, which nobody created"


class QuorumProblem(TermsProblem):
    given: int
    limit: int
    text = "quorum of {deal_id} is {given}, {bound}"


class ArbiterProblem(TermsProblem):
    given: Address
    limit: Address
    text = "arbiter of {deal_id} is {given}: it can't be the client, the agency or the contract itself"


class AgreementProblem(TermsProblem):
    given: DocumentHash
    limit: int
    text = "agreement of {deal_id} is missing: its hash is zero"


class BasisProblem(TermsProblem):
    given: int
    limit: int
    text = "basis of {deal_id} is {given}, {bound}"


class StartProblem(TermsProblem):
    given: Timestamp
    limit: Timestamp
    text = "start of {deal_id} is {given}, {bound}"


class PeriodLengthProblem(TermsProblem):
    given: Seconds
    limit: Seconds
    text = "period of {deal_id} is {given} long, {bound}"


class PeriodsProblem(TermsProblem):
    given: int
    limit: int
    text = "number of periods of {deal_id} is {given}, {bound}"


class GraceProblem(TermsProblem):
    given: Seconds
    limit: Seconds
    text = "grace for the last report of {deal_id} is {given}, {bound}"


class ChallengeWindowProblem(TermsProblem):
    given: Seconds
    limit: Seconds
    text = "challenge window of {deal_id} is {given}, {bound}"


class RulingWindowProblem(TermsProblem):
    given: Seconds
    limit: Seconds
    text = "ruling window of {deal_id} is {given}, {bound}"


class SelfReportProblem(TermsProblem):
    given: int
    limit: int
    text = "self-report of {deal_id} is {given}: its terms must allow it, be cumulative and name an arbiter"


class NoticeProblem(TermsProblem):
    given: Seconds
    limit: Seconds
    text = "notice period of {deal_id} is {given}, {bound}"


class RetentionProblem(TermsProblem):
    given: int
    limit: int
    text = "retention of {deal_id} is {given}/10000, {bound}/10000"


class StepCountProblem(TermsProblem):
    given: int
    limit: int
    text = "number of steps of {deal_id} is {given}, {bound}"


class StepOrderProblem(TermsProblem):
    given: int
    limit: int
    text = "step of {deal_id} begins at {given}, which is not after the one before it, {limit}"


class StepFlatProblem(TermsProblem):
    given: Units
    limit: Units
    text = "step of {deal_id} pays {given} for reaching 0, which is for nothing"


class StatusProblem(DealProblem):
    given: Status
    text = "{deal_id} is {given}, which does not allow this"


class FundingProblem(DealProblem):
    given: Units
    limit: Units
    text = "amount for {deal_id} is {given}, {bound}"


class ReceivedProblem(DealProblem):
    given: Units
    limit: Units
    text = "token of {deal_id} delivered {given}, not the {limit} that were asked for"


class TimeProblem(DealProblem):
    given: Timestamp
    limit: Timestamp
    text = "time for this on {deal_id} {side} {limit}; it is {given}"

    def __str__(self) -> str:
        side = "begins at" if self.given < self.limit else "ended at"
        return self.text.replace("{side}", side).format(
            deal_id=_word("DealId", self.deal_id), given=time_text(self.given), limit=time_text(self.limit)
        )


class CallerProblem(DealProblem):
    given: Address
    limit: Address
    text = "caller for {deal_id} is {given}; only {limit} may do this"


class WaitingProblem(DealProblem):
    given: Timestamp
    limit: Timestamp
    text = "report for {deal_id} as of {given} waits"

    def __str__(self) -> str:
        if not self.given:
            return f"report for {_word('DealId', self.deal_id)} is not waiting: there is none"
        until = f"; it can be resolved from {time_text(self.limit)} on" if self.limit else ""
        return super().__str__() + until


class FiledProblem(DealProblem):
    given: Address
    limit: int
    text = "number of {given} for the report that waits for {deal_id} is filed, {limit}"


class PartySignatureProblem(DealProblem):
    party: Address
    text = "signature for {deal_id} is not one of {party} over this message"


class AsOfProblem(DealProblem):
    given: Timestamp
    limit: Timestamp
    text = "report for {deal_id} is as of {given}, which is {bound}"

    def _bound(self, words: dict[str, str]) -> str:
        # The contract says equal only of the last settled report; before and after it says of several bounds.
        if self.given == self.limit:
            return f"not after the last one, {words['limit']}"
        return f"{'before' if self.given < self.limit else 'after'} what is allowed, {words['limit']}"


class ValueProblem(DealProblem):
    given: int
    limit: int
    text = "value of the report for {deal_id} is {given}, {bound}"


class SignerOrderProblem(DealProblem):
    given: Address
    limit: Address
    text = "signer {given} of the report for {deal_id} is not above the one before it, {limit}"


class SignerProblem(DealProblem):
    given: Address
    limit: CommitteeId
    text = "signer {given} of the report for {deal_id} was no member of committee {limit} as of the report, or has left"


class SignatureProblem(DealProblem):
    given: int
    text = "signature {given} for {deal_id} recovers to nobody, or its s is in the upper half"


class GasProblem(DealProblem):
    action = RETRY
    given: int
    limit: int
    text = "gas left for a payment of {deal_id} is {given}, {bound}"


# Solidity's, by committee


class RegistryProblem(EscrowError):
    committee: CommitteeId


class CommitteeProblem(RegistryProblem):
    given: int
    limit: int
    text = "committee {committee} exists already"


class SizeProblem(RegistryProblem):
    given: int
    limit: int
    text = "number of members of committee {committee} is {given}, {bound}"


class MemberOrderProblem(RegistryProblem):
    given: Address
    limit: Address
    text = "member {given} of committee {committee} is not above the one before it, {limit}"


class QuorumBoundProblem(RegistryProblem):
    given: int
    limit: int
    text = "bound of the quorum of committee {committee} is {given}, {bound}"


class DelayProblem(RegistryProblem):
    given: Seconds
    limit: Seconds
    text = "delay of committee {committee} is {given}, {bound}"


class AdminProblem(RegistryProblem):
    given: Address
    limit: Address
    text = "caller for committee {committee} is {given}; only {limit} may do this"


class MemberProblem(RegistryProblem):
    given: Address
    text = "member {given} of committee {committee} can't be added or removed: it was one before, or is none"


class EquivocationProblem(RegistryProblem):
    first: Digest
    second: Digest
    text = "reports {first} and {second} are no two of one deal, time and member of committee {committee}"


class CreditProblem(EscrowError):
    action = SKIP
    account: Address
    token: Address
    given: Units
    text = "credit of {account} in token {token} is {given}, and could not be withdrawn"


class ProofProblem(EscrowError):
    action = SKIP
    given: Digest
    limit: Digest
    text = "proof of these reports leads to the root {given}, not to the signed {limit}"


# Reverts from elsewhere


class RevertProblem(EscrowError):
    action = SKIP


class ERC20InsufficientAllowance(RevertProblem):
    spender: Address
    allowance: Units
    needed: Units
    text = "allowance of {spender} is {allowance}, below the needed {needed}"


class ERC20InsufficientBalance(RevertProblem):
    sender: Address
    balance: Units
    needed: Units
    text = "balance of {sender} is {balance}, below the needed {needed}"


class SafeERC20FailedOperation(RevertProblem):
    token: Address
    text = "token {token} refused a transfer"


class MerkleProofInvalidMultiproof(RevertProblem):
    text = "proof of these reports has not the shape of their tree"


class RevertTextProblem(RevertProblem):
    reason: Given
    text = "call reverted with {reason}"


class RevertDataProblem(RevertProblem):
    given: Given
    text = "call reverted with data that no known error has, {given}"


# Text from outside


class InputProblem(EscrowError):
    action = SKIP
    given: Given
    why: str


class AddressProblem(InputProblem):
    text = "address {given} {why}"


class AmountProblem(InputProblem):
    text = "amount {given} {why}"


class CommitteeIdProblem(InputProblem):
    text = "committee id {given} {why}"


class DealIdProblem(InputProblem):
    text = "deal id {given} {why}"


class DocumentHashProblem(InputProblem):
    text = "document hash {given} {why}"


class PageProblem(InputProblem):
    text = "cursor {given} {why}"


class TermsFormatProblem(InputProblem):
    field: str
    text = "terms field {field} with {given} {why}"


class TimeFormatProblem(InputProblem):
    text = "time {given} {why}"


# Documents


class DocumentProblem(EscrowError):
    action = RETRY
    document: DocumentHash


class DocumentMissing(DocumentProblem):
    asked: tuple[str, ...]
    text = "document {document} is at none of {asked}"


class DocumentCorrupt(DocumentProblem):
    given: DocumentHash
    text = "document {document} is damaged: its bytes have the hash {given}"


# Agreements, events and evidence


class FaultsProblem(EscrowError):
    action = SKIP
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return self.text.format(faults="; ".join(f"{fault.path or '/'} {fault.text}" for fault in self.faults))


class AgreementFaults(FaultsProblem):
    text = "agreement can't be used: {faults}"


class MappingFaults(FaultsProblem):
    text = "mapping can't be used: {faults}"


class AgreementMismatch(EscrowError):
    action = SKIP
    field: str
    given: str
    wanted: str
    text = "agreement has the {field} {given}, the deal's terms have {wanted}"


class MeasureProblem(EscrowError):
    action = SKIP


class EventProblem(MeasureProblem):
    """`index` counts from 0 within the message."""

    index: int
    field: str
    given: Given
    why: str
    text = "event {index}: {field} with {given} {why}"


class RowProblem(EventProblem):
    """`index` is the line of the file, from 1; `field` the column, or the event's member that it makes."""

    text = "line {index}: {field} with {given} {why}"


class EventConflict(MeasureProblem):
    source_account: str
    source_event_id: str
    text = "event {source_event_id} of account {source_account} has two contents"


class EvidenceProblem(MeasureProblem):
    path: str
    why: str
    text = "evidence bundle can't be read: {path} {why}"


# The chain


class ChainAccessProblem(EscrowError):
    pass


class RpcUnreachable(ChainAccessProblem):
    action = RETRY
    url: str
    why: str
    text = "node {url} can't be reached: {why}"


class RpcRefused(ChainAccessProblem):
    """`revert` is what a reverted call returned, 0x and hex, or None."""

    action = RETRY
    method: str
    number: int
    message: Given
    revert: str | None
    text = "node refused {method} with code {number}: {message}"


class BlockMissing(ChainAccessProblem):
    action = RETRY
    given: int | str
    text = "block {given} is not known to the node"


class NodesDiffer(ChainAccessProblem):
    """One of two nodes lies, or is on a branch that will lose."""

    action = RETRY
    block: int
    given: str
    limit: str
    text = "nodes differ on block {block}: one has {given}, the other one {limit}"


class HeadProblem(ChainAccessProblem):
    """The node hangs behind, or this machine's clock is wrong: neither may decide what is due."""

    action = RETRY
    given: Timestamp
    clock: Timestamp
    seconds: Seconds
    text = "newest block is of {given} and this machine's clock says {clock}, more than {seconds} apart"


class ForkProblem(ChainAccessProblem):
    """Deeper than what a chain does by itself: the node is another chain's, or something is very wrong."""

    depth: int
    limit: int
    text = (
        "chain of the node replaced {depth} blocks that were read from it, more than {limit}; if that is right, "
        "set ORACLE_DEEPEST_FORK above that for one start, and all is read again"
    )


class LogProblem(ChainAccessProblem):
    transaction_hash: str
    log_index: int
    why: str
    text = "log {log_index} of transaction {transaction_hash} {why}"


class ChainProblem(ChainAccessProblem):
    given: int
    wanted: int
    text = "chain of the node is {given}, not {wanted}"


class ContractMissing(ChainAccessProblem):
    contract: Address
    why: str
    text = "contract at {contract} {why}"


class DealMissing(ChainAccessProblem):
    action = SKIP
    deal_id: DealId
    contract: Address
    text = "{deal_id} was never opened at {contract}"


class DecimalsProblem(ChainAccessProblem):
    action = SKIP
    token: Address
    given: int
    wanted: int
    text = "token {token} has {given} decimals, not {wanted}"


class TransactionProblem(ChainAccessProblem):
    action = RETRY
    transaction_hash: str
    why: str
    text = "transaction {transaction_hash} {why}"


# The index of the chain


class IndexProblem(EscrowError):
    pass


class IndexMissing(IndexProblem):
    action = RETRY
    why: str
    text = "index can't be read: {why}; `python -m api index` makes it"


class IndexMismatch(IndexProblem):
    field: str
    given: str
    wanted: str
    text = "index is of another {field}, {given}, not {wanted}; `python -m api reindex` makes it anew"


class IndexIncomplete(IndexProblem):
    """A deal's event without the deal: reading began after it was opened."""

    deal_id: DealId
    block: int
    text = "{deal_id} was opened before block {block}, where the index begins; ESCROW_FROM_BLOCK is too high"


class IndexBusy(IndexProblem):
    action = RETRY
    text = "index was moved on by another process meanwhile"


class ForkWhileReading(IndexProblem):
    action = RETRY
    block: int
    text = "chain changed at or below block {block} while it was read"


# Names that name nothing


class UnknownProblem(EscrowError):
    action = SKIP


class DealUnknown(UnknownProblem):
    deal_id: DealId
    text = "{deal_id} was never opened, as far as the index knows"


class ReportUnknown(UnknownProblem):
    deal_id: DealId
    as_of: Timestamp
    text = "report for {deal_id} as of {as_of} was never settled, as far as the index knows"


class CommitteeUnknown(UnknownProblem):
    committee: CommitteeId
    text = "committee {committee} was never created, as far as the index knows"


# Drafts of deals


class DraftProblem(EscrowError):
    action = SKIP
    account: Address


class BalanceProblem(DraftProblem):
    given: Units
    limit: Units
    text = "balance of {account} is {given}, {bound}"


class PermitProblem(DraftProblem):
    why: str
    text = "permit signature of {account} {why}"


# Messages to an oracle's intake


class IntakeProblem(EscrowError):
    action = SKIP


class UnknownAccount(IntakeProblem):
    account: Given
    text = "account {account} is none of this oracle's sources"


class MissingHeader(IntakeProblem):
    header: str
    text = "header {header} is missing"


class MissingParameter(IntakeProblem):
    parameter: str
    text = "parameter {parameter} of the query is missing or empty"


class StaleTimestamp(IntakeProblem):
    given: Given
    limit: Seconds
    text = "time {given} of the message is not within {limit} of this machine's clock"


class BadSignature(IntakeProblem):
    account: str
    text = "signature of the message is by none of the keys of account {account}"


class MalformedMessage(IntakeProblem):
    why: str
    text = "message {why}"


class TooLarge(IntakeProblem):
    given: int
    limit: int
    text = "message has {given} bytes or more, {bound}"


class WrongMethod(IntakeProblem):
    given: Given
    wanted: str
    text = "method of the message is {given}, and the account's messages come by {wanted}"


class NotPushed(IntakeProblem):
    account: str
    text = "account {account} takes no messages: this oracle reads it by itself"


class NotLive(IntakeProblem):
    account: str
    why: str
    text = "message to account {account} is a test, which never counts: {why}"


class OriginMismatch(IntakeProblem):
    """Signed by the right key, which other tenants of the vendor's app share."""

    field: str
    given: Given
    wanted: str
    text = "message comes from {field} {given}, not from {wanted}"


class FutureEvent(IntakeProblem):
    source_event_id: str
    given: Timestamp
    limit: Timestamp
    text = "event {source_event_id} occurred at {given}, after the latest that this machine's clock allows, {limit}"


class LateWord(IntakeProblem):
    source_event_id: str
    given: Timestamp
    limit: Timestamp
    text = "what event {source_event_id} says of a unit is dated {given}, before the earliest that is taken now, {limit}"


class ReplayMismatch(IntakeProblem):
    message_id: str
    text = "message {message_id} came before with other bytes"


class Overloaded(IntakeProblem):
    action = RETRY
    given: int
    limit: int
    text = "messages that wait to be written are {given}, {bound}; send again later"


# One oracle


class OracleProblem(EscrowError):
    pass


class SourceMissing(OracleProblem):
    """Nothing can be signed on a source that this oracle does not hear."""

    action = SKIP
    account: str
    why: str
    text = "source {account} of the agreement {why}"


class StandingMissing(OracleProblem):
    action = SKIP
    deal_id: DealId
    as_of: Timestamp
    text = "this member has nothing on a report for {deal_id} as of {as_of}"


class JournalConflict(OracleProblem):
    """A second value for one report, which this key must never sign."""

    action = SKIP
    deal_id: DealId
    as_of: Timestamp
    given: str
    limit: str
    text = "report for {deal_id} as of {as_of} is locked as {limit}, and was to be signed as {given}"


class PeerProblem(OracleProblem):
    action = RETRY
    url: str
    why: str
    text = "peer {url} {why}"


class PullProblem(OracleProblem):
    action = RETRY
    account: str
    why: str
    text = "source {account} {why}"


class GasBalanceProblem(OracleProblem):
    action = SKIP
    account: Address
    given: Units
    limit: Units
    text = "gas account {account} has {given}, {bound}"


class FeeProblem(OracleProblem):
    action = SKIP
    given: Units
    limit: Units
    text = "fee of a unit of gas is {given}, {bound}"


class GasKeyProblem(OracleProblem):
    """Nothing is sent with such a key any more: who else has it can take its coins, and hinders each transaction."""

    action = SKIP
    account: Address
    nonce: int
    text = (
        "gas account {account} is used by somebody else, who took nonce {nonce}; "
        "make a new key (oracle keys new) and set ORACLE_GAS_KEYSTORE to it"
    )


class KeystoreProblem(OracleProblem):
    path: str
    why: str
    text = "secret file {path} {why}"


class DatabaseProblem(OracleProblem):
    database: str
    why: str
    text = "database {database} {why}"


class PortProblem(OracleProblem):
    port: int
    why: str
    text = "port {port} {why}"


class SettingsProblem(EscrowError):
    faults: tuple[str, ...]
    text = "settings can't be used: {faults}"

    def __str__(self) -> str:
        return self.text.format(faults="; ".join(self.faults))
