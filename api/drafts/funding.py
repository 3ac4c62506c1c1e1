"""How one payer can lock the money of a draft: the ways that token and account allow, each as unsigned transactions
with a plain sentence. Asks the chain, holds no key, sends nothing.
"""

from dataclasses import dataclass
from typing import Any, Literal

from api.drafts.draft import Draft, opening_problem
from api.site import Site
from api.wording import moment, money, short
from escrow import reverts
from escrow.contract import Call, TokenContract
from escrow.errors import (
    BalanceProblem,
    ContractMissing,
    EscrowError,
    PermitProblem,
    RevertProblem,
    RpcRefused,
)
from escrow.ids import ZERO_ADDRESS, Address, Timestamp, Units
from escrow.money import Token

WayName = Literal["coin", "permit", "approve", "allowance"]


@dataclass(frozen=True)
class Transaction:
    """To be signed by the payer's wallet, after the ones before it are in a block."""

    call: Call
    sentence: str


@dataclass(frozen=True)
class Way:
    """With `typed_data` the first prompt is a signature, and the transaction is made from it."""

    name: WayName
    label: str
    transactions: tuple[Transaction, ...]
    typed_data: dict[str, Any] | None = None
    signature_sentence: str = ""
    then_sentence: str = ""

    @property
    def prompts(self) -> int:
        return len(self.transactions) + (2 if self.typed_data else 0)


@dataclass(frozen=True)
class Funding:
    """`ways`: the best first, empty where `problem` says why the payer can't pay now."""

    payer: Address
    balance: Units
    ways: tuple[Way, ...]
    problem: EscrowError | None
    warnings: tuple[str, ...]


def funding_of(site: Site, draft: Draft, token: Token, payer: Address) -> Funding:
    """What the chain says now, simulated where that costs nothing."""
    balance = _balance(site, token, payer)
    warnings = tuple(_warnings(site, draft, payer))
    problem = opening_problem(site, draft)
    if problem is None and balance < draft.amount:
        problem = BalanceProblem(payer, balance, draft.amount)
    ways = () if problem else _ways(site, draft, token, payer)
    if ways and len(ways[0].transactions) == 1:
        problem = simulate(site, payer, ways[0].transactions[0].call)
    return Funding(payer, balance, () if problem else ways, problem, warnings)


def open_transaction(site: Site, draft: Draft, token: Token) -> Transaction:
    return Transaction(site.contract.open_call(draft.terms, draft.amount), _lock_sentence(draft, token))


def approve_transaction(site: Site, draft: Draft, token: Token) -> Transaction:
    call = TokenContract(site.rpc, token.address).approve_call(draft.domain.contract, draft.amount)
    return Transaction(
        call,
        f"Allow the escrow contract {short(draft.domain.contract)} to take {money(draft.amount, token)} "
        "from your account, exactly this amount. Nothing moves yet.",
    )


def permit_of(site: Site, draft: Draft, token: Token, payer: Address) -> dict[str, Any] | None:
    """What the payer would sign for ERC-2612; None where the token has no permit or the account is a contract.

    Contract accounts, upgraded ones too, are left out: tokens then ask the account, and many refuse silently.
    """
    if token.address == ZERO_ADDRESS or site.rpc.call("eth_getCode", [payer, "latest"]) not in ("0x", None):
        return None
    contract = TokenContract(site.rpc, token.address)
    try:
        return contract.permit_typed_data(payer, draft.domain.contract, draft.amount, draft.terms.open_before)
    except (RevertProblem, ContractMissing):
        return None


def permit_transaction(
    site: Site, draft: Draft, token: Token, payer: Address, deadline: Timestamp, signature: str
) -> Transaction:
    """The opening call with the payer's permit, simulated; PermitProblem where the signature is not one of the payer
    over exactly this amount, and the contract's named error for everything else."""
    call = site.contract.open_with_permit_call(draft.terms, draft.amount, deadline, _signature_bytes(signature, payer))
    problem = simulate(site, payer, call)
    if isinstance(problem, RevertProblem):
        # The contract goes on without a permit that fails, so what shows is the missing allowance.
        raise PermitProblem(payer, "is not the payer’s over this amount, token and chain")
    if problem is not None:
        raise problem
    return Transaction(call, _lock_sentence(draft, token))


def simulate(site: Site, payer: Address, call: Call) -> EscrowError | None:
    """The named error that the call would end with if it were in the next block; None where it would go through."""
    request = {"from": payer, "to": call.to, "data": call.data, "value": hex(call.value)}
    try:
        site.rpc.call("eth_call", [request, "latest"])
    except RpcRefused as refused:
        return refused if refused.revert is None else reverts.explain(refused.revert)
    return None


def _ways(site: Site, draft: Draft, token: Token, payer: Address) -> tuple[Way, ...]:
    opening = open_transaction(site, draft, token)
    if token.address == ZERO_ADDRESS:
        return (Way("coin", "One transaction", (opening,)),)
    contract = TokenContract(site.rpc, token.address)
    if contract.allowance(payer, draft.domain.contract) >= draft.amount:
        return (
            Way(
                "allowance",
                "One transaction, since the contract is allowed to take the amount already",
                (opening,),
            ),
        )
    approving = Way("approve", "Two transactions: allow, then lock", (approve_transaction(site, draft, token), opening))
    permit = permit_of(site, draft, token, payer)
    if permit is None:
        return (approving,)
    sentence = (
        f"Sign that the escrow contract {short(draft.domain.contract)} may take {money(draft.amount, token)} "
        f"from your account until {moment(draft.terms.open_before)}. A signature moves nothing and costs nothing."
    )
    first = "One signature, then one transaction"
    return Way("permit", first, (), permit, sentence, opening.sentence), approving


def _balance(site: Site, token: Token, payer: Address) -> Units:
    if token.address == ZERO_ADDRESS:
        return Units(int(site.rpc.call("eth_getBalance", [payer, "latest"]), 16))
    return TokenContract(site.rpc, token.address).balance_of(payer)


def _warnings(site: Site, draft: Draft, payer: Address) -> list[str]:
    found = []
    if payer != draft.terms.client:
        found.append(
            "This account is not the client. It can pay, but what is not earned goes back to the client "
            f"{short(draft.terms.client)}."
        )
    if payer == draft.terms.agency:
        found.append("This account is the agency: it would lock its own money for itself.")
    if site.now() > draft.terms.starts_at:
        found.append(f"Counting began on {moment(draft.terms.starts_at)}: what happened since then counts.")
    return found


def _lock_sentence(draft: Draft, token: Token) -> str:
    return f"Lock {money(draft.amount, token)} in the escrow contract {short(draft.domain.contract)} for this deal."


def _signature_bytes(signature: str, payer: Address) -> bytes:
    """r, s and v, in this order, with v as tokens take it: 27 or 28."""
    try:
        data = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError as error:
        raise PermitProblem(payer, "is no hex") from error
    if len(data) != 65:
        raise PermitProblem(payer, f"has {len(data)} bytes, not 65")
    return data if data[64] > 1 else data[:64] + bytes([data[64] + 27])
