"""Calls to contracts: asked of a node, or signed, sent and waited for. Knows no contract in particular.

For scripts and tests. The oracle has a sender of its own, which survives a crash between signing and sending.
"""

from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from eth_abi.exceptions import DecodingError

from escrow import reverts
from escrow.abi import artifact
from escrow.accounts import Account
from escrow.errors import ContractMissing, RpcRefused, TransactionProblem
from escrow.ids import Address, address
from escrow.interface import Interface
from escrow.rpc import Rpc, Tag, tag
from escrow.signing import address_of

POLL_SECONDS = 0.05  # not money
WAIT_SECONDS = 60

Receipt = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """An unsigned call: data is 0x and hex, value in the chain's base units."""

    to: Address
    data: str
    value: int


def ask(rpc: Rpc, to: Address, interface: Interface, name: str, *values: Any, at: Tag = "latest") -> Any:
    """A view's answer at a block, bare if it is one value, else a tuple; the named error if it reverts, RpcUnreachable where
    the node gives no bytes."""
    request = {"to": to, "data": interface.call_data(name, *values)}
    try:
        answer = interface.answer(name, rpc.bytes_of("eth_call", [request, tag(at)]))
    except RpcRefused as refused:
        raise _reason(refused) from refused
    except DecodingError as error:
        raise ContractMissing(to, f"does not answer {name} as such a contract does") from error
    return answer[0] if len(answer) == 1 else answer


def transact(rpc: Rpc, key: bytes, call: Call, *, nonce: int | None = None, gas: int | None = None) -> Receipt:
    """The receipt of the mined call; the named error where it reverts, unsent if the node foresees it."""
    return _transact(rpc, key, {"to": call.to, "data": call.data, "value": call.value}, nonce, gas)


def deploy(rpc: Rpc, key: bytes, name: str) -> Address:
    """Creates the contract from `escrow/abi`; its constructor takes nothing."""
    return create(rpc, key, artifact(name).bytecode)


def create(rpc: Rpc, key: bytes, bytecode: str) -> Address:
    """Where the contract with this creation code, 0x and hex, now is."""
    receipt = _transact(rpc, key, {"data": bytecode, "value": 0}, None, None)
    return address(receipt["contractAddress"])


def _transact(rpc: Rpc, key: bytes, fields: dict[str, Any], nonce: int | None, gas: int | None) -> Receipt:
    request = {"from": address_of(key), **fields, "value": hex(fields["value"])}
    try:
        chain, next_nonce, block, tip = rpc.batch(
            [
                ("eth_chainId", []),
                ("eth_getTransactionCount", [request["from"], "pending"]),
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_maxPriorityFeePerGas", []),
            ]
        )
        transaction = {
            **fields,
            "type": 2,
            "chainId": int(chain, 16),
            "nonce": int(next_nonce, 16) if nonce is None else nonce,
            "maxPriorityFeePerGas": int(tip, 16),
            "maxFeePerGas": 2 * int(block["baseFeePerGas"], 16) + int(tip, 16),
            "gas": _gas(rpc, request) if gas is None else gas,
        }
        signed = Account.sign_transaction(transaction, key)
        sent: str = rpc.call("eth_sendRawTransaction", ["0x" + signed.raw_transaction.hex()])
    except RpcRefused as refused:
        raise _reason(refused) from refused
    receipt = _wait(rpc, sent)
    if int(receipt["status"], 16) == 0:
        _raise_reason(rpc, request, receipt)
    return receipt


def _gas(rpc: Rpc, request: dict[str, Any]) -> int:
    """A fifth more than the node says, since the state may change until the call is mined."""
    return int(rpc.call("eth_estimateGas", [request]), 16) * 6 // 5


def _wait(rpc: Rpc, transaction_hash: str) -> Receipt:
    give_up_at = monotonic() + WAIT_SECONDS
    while monotonic() < give_up_at:
        receipt: Receipt | None = rpc.call("eth_getTransactionReceipt", [transaction_hash])
        if receipt is not None:
            return receipt
        sleep(POLL_SECONDS)
    raise TransactionProblem(transaction_hash, f"was not mined within {WAIT_SECONDS} s")


def _raise_reason(rpc: Rpc, request: dict[str, Any], receipt: Receipt) -> None:
    """Asks the same again at the block that mined it, since a receipt holds no reason."""
    try:
        rpc.call("eth_call", [request, receipt["blockNumber"]])
    except RpcRefused as refused:
        raise _reason(refused) from refused
    raise TransactionProblem(receipt["transactionHash"], "reverted")


def _reason(refused: RpcRefused) -> Exception:
    return refused if refused.revert is None else reverts.explain(refused.revert)
