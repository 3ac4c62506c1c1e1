"""The account that pays for gas, as the node shows it: its nonce and coins, the fees of the day, which of its
transactions are mined. Signs with its key, and sends nothing.
"""

from dataclasses import dataclass
from typing import Any

import structlog

from escrow import reverts
from escrow.accounts import Account
from escrow.contract import Call
from escrow.errors import RpcRefused
from escrow.rpc import Rpc
from escrow.signing import address_of
from oracle.fees import Fees
from oracle.outbox import Signed, Submission

log = structlog.get_logger()


@dataclass(frozen=True)
class Market:
    """What the account and the fees are like at `time`, the newest block's. `nonce` is the next one that the chain takes."""

    nonce: int
    balance: int
    base_fee: int
    tip: int
    time: int


class GasAccount:
    def __init__(self, rpc: Rpc, chain_id: int, key: bytes) -> None:
        self.address = address_of(key)
        self._rpc = rpc
        self._chain_id = chain_id
        self._key = key

    def require_chain(self) -> None:
        """ChainProblem where the node is on another chain."""
        self._rpc.require_chain(self._chain_id)

    def sign(self, call: Call, nonce: int, gas: int, fees: Fees) -> Signed:
        transaction = {
            "type": 2,
            "chainId": self._chain_id,
            "nonce": nonce,
            "to": call.to,
            "data": call.data,
            "value": call.value,
            "gas": gas,
            "maxFeePerGas": fees.cap,
            "maxPriorityFeePerGas": fees.tip,
        }
        signed = Account.sign_transaction(transaction, self._key)
        return Signed("0x" + signed.hash.hex(), "0x" + signed.raw_transaction.hex(), fees)

    def gas(self, call: Call) -> int:
        """A fifth more than the node says, since the state may change until the call is mined."""
        request = {"from": self.address, "to": call.to, "data": call.data, "value": hex(call.value)}
        try:
            return int(self._rpc.call("eth_estimateGas", [request]), 16) * 6 // 5
        except RpcRefused as refused:
            if refused.revert is None:
                raise
            raise reverts.explain(refused.revert) from refused

    def market(self) -> Market:
        nonce, balance, block, tip = self._rpc.batch(
            [
                ("eth_getTransactionCount", [self.address, "latest"]),
                ("eth_getBalance", [self.address, "latest"]),
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_maxPriorityFeePerGas", []),
            ]
        )
        try:
            return Market(
                nonce=int(nonce, 16),
                balance=int(balance, 16),
                base_fee=int(block["baseFeePerGas"], 16),
                tip=int(tip, 16),
                time=int(block["timestamp"], 16),
            )
        except (TypeError, KeyError, ValueError) as error:
            raise RpcRefused("fees", 0, "it gives no base fee (EIP-1559), or no numbers", None) from error

    def nonce_at(self, block: int) -> int | None:
        """The next one as of that block; None where the node does not keep what was then."""
        try:
            return int(self._rpc.call("eth_getTransactionCount", [self.address, hex(block)]), 16)
        except (RpcRefused, TypeError, ValueError):
            return None

    def taker_of(self, nonce: int, confirmed: int) -> str | None:
        """The hash of the transaction that used the nonce in a block up to `confirmed`; None where the node shows none.

        A receipt that is missing proves nothing: nodes are late with them, and some lie.
        """
        first, last = max(confirmed - 1, 0), confirmed
        while (count := self.nonce_at(first)) is not None and count > nonce and first > 0:
            first, last = max(first - 2 * (last - first), 0), first
        if count is None or (used := self.nonce_at(last)) is None or used <= nonce:
            return None
        while last - first > 1:
            middle = (first + last) // 2
            count = self.nonce_at(middle)
            if count is None:
                return None
            first, last = (first, middle) if count > nonce else (middle, last)
        block = self._rpc.call("eth_getBlockByNumber", [hex(last), True])
        found = block.get("transactions", ()) if isinstance(block, dict) else ()
        own = [one for one in found if isinstance(one, dict) and str(one.get("from")).lower() == self.address.lower()]
        return next((str(one.get("hash")) for one in own if one.get("nonce") == hex(nonce)), None)

    def receipt(self, submission: Submission) -> dict[str, Any] | None:
        """Of the attempt that was mined, where the chain itself has it too: a receipt alone is only said."""
        calls = [("eth_getTransactionReceipt", [attempt.hash]) for attempt in submission.attempts]
        found = zip(submission.attempts, self._rpc.batch(calls), strict=True)
        for attempt, receipt in found:
            if not isinstance(receipt, dict) or not receipt.get("blockNumber"):
                continue
            if self._rpc.has_mined(attempt.hash, int(receipt["blockNumber"], 16), receipt.get("blockHash", "")):
                return {**receipt, "transactionHash": attempt.hash}
            log.warning("node shows a receipt that the chain does not bear out", hash=attempt.hash)
        return None

    def why(self, submission: Submission, block: int) -> str:
        """The same call at the block that mined it, since a receipt holds no reason."""
        call = submission.call
        request = {"from": self.address, "to": call.to, "data": call.data, "value": hex(call.value)}
        try:
            self._rpc.call("eth_call", [request, hex(block)])
        except RpcRefused as refused:
            return str(refused) if refused.revert is None else str(reverts.explain(refused.revert))
        return "no reason is to be had"
