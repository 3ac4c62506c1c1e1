"""Sends transactions from the gas account and stays with each until it is deep in the chain, across crashes.

What a node says about a transaction is never believed to be the end of it: it is looked up by its hash. So "already
known" and "nonce too low" are no errors, and no second transaction is built while the first may still be mined.
Knows accounts, nonces and fees; what a call does is nothing to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from escrow import reverts
from escrow.accounts import Account
from escrow.contract import Call
from escrow.errors import GasBalanceProblem, RpcRefused, TransactionProblem
from escrow.ids import DealId, Timestamp, Units
from escrow.rpc import Rpc
from escrow.signing import address_of
from oracle.fees import Fees, first_fees, raised
from oracle.outbox import Attempt, Outbox, Purpose, Signed, State, Submission

MOST_REVERTS = 3
"""After these the report is left alone: something is wrong that more gas will not mend."""

log = structlog.get_logger()


@dataclass(frozen=True)
class SendingRules:
    """In seconds of the machine's clock, and in base units a unit of gas."""

    resend_seconds: int
    bump_seconds: int
    fee_ceiling: int


@dataclass(frozen=True)
class _Market:
    """What the account and the fees are like now. `nonce` is the next one that the chain takes."""

    nonce: int
    balance: int
    base_fee: int
    tip: int


class Sender:
    """`clock` is the machine's: it spaces attempts and decides nothing else."""

    def __init__(
        self, rpc: Rpc, chain_id: int, key: bytes, outbox: Outbox, rules: SendingRules, clock: Callable[[], int]
    ) -> None:
        self.account = address_of(key)
        self._rpc = rpc
        self._chain_id = chain_id
        self._key = key
        self._outbox = outbox
        self._rules = rules
        self._clock = clock

    def in_flight(self, deal_id: DealId, as_of: int, purpose: Purpose = Purpose.REPORT) -> Submission | None:
        """What was sent for this report and is not decided yet."""
        wanted, live = (deal_id, as_of, purpose), self._outbox.live()
        return next((one for one in live if (one.deal_id, one.as_of, one.purpose) == wanted), None)

    def submit(self, deal_id: DealId, as_of: Timestamp, call: Call, purpose: Purpose = Purpose.REPORT) -> Submission:
        """The transaction is on the disk and then sent; or nothing is, and the named error says why it would revert."""
        if self._outbox.reverts(deal_id, as_of, purpose) >= MOST_REVERTS:
            raise TransactionProblem(f"for {deal_id[:10]}… as of {as_of}", f"reverted {MOST_REVERTS} times")
        self._rpc.require_chain(self._chain_id)
        gas = self._gas(call)
        market = self._market()
        fees = first_fees(market.base_fee, market.tip, self._rules.fee_ceiling)
        if market.balance < gas * fees.cap:
            raise GasBalanceProblem(self.account, Units(market.balance), Units(gas * fees.cap))
        nonce = max([market.nonce, *(one.nonce + 1 for one in self._outbox.live())])
        signed = self._sign(call, nonce, gas, fees)
        submission = self._outbox.add(
            deal_id, as_of, purpose, nonce=nonce, call=call, gas=gas, signed=signed, now=self._clock()
        )
        self._send(submission.last)
        return submission

    def tend(self, confirmed: int, is_needless: Callable[[Submission], bool]) -> None:
        """Looks after everything that is under way. Blocks up to `confirmed` will not be replaced.

        What never left and is not needed any more is dropped; the rest is sent again, and after a while for more.
        """
        live = self._outbox.live()
        if not live:
            return
        self._rpc.require_chain(self._chain_id)
        # The nonce is asked for first: a receipt that is missing later than a used nonce is really missing.
        market = self._market()
        for submission in live:
            receipt = self._receipt(submission)
            if receipt is not None:
                self._note_mined(submission, receipt, confirmed)
            elif market.nonce > submission.nonce:
                log.warning("nonce was used by another transaction", **_words(submission))
                self._outbox.mark(submission, State.LOST)
            elif not submission.was_sent and is_needless(submission):
                log.info("transaction is not needed any more", **_words(submission))
                self._outbox.mark(submission, State.UNSENT)
            else:
                self._keep_going(submission, market)

    def _note_mined(self, submission: Submission, receipt: dict[str, Any], confirmed: int) -> None:
        """Also that it reverted is known only when its block is deep: in another one it may succeed."""
        block, has_reverted = int(receipt["blockNumber"], 16), int(receipt["status"], 16) == 0
        state = State.MINED if block > confirmed else State.REVERTED if has_reverted else State.DONE
        if (state, block) == (submission.state, submission.mined_block):
            return
        self._outbox.mark(submission, state, hash=receipt["transactionHash"], block=block)
        if has_reverted:
            log.warning("transaction reverted", block=block, state=str(state), **_words(submission))
        else:
            log.info(f"transaction is {state}", block=block, **_words(submission))

    def _keep_going(self, submission: Submission, market: _Market) -> None:
        if submission.state is State.MINED:
            log.warning("transaction fell out of the chain", **_words(submission))
            self._outbox.mark(submission, State.PENDING)
        now, last = self._clock(), submission.last
        if now - last.created_at >= self._rules.bump_seconds:
            fees = raised(last.fees, market.base_fee, market.tip, self._rules.fee_ceiling)
            if fees is not None and market.balance >= submission.gas * fees.cap:
                signed = self._sign(submission.call, submission.nonce, submission.gas, fees)
                last = self._outbox.add_attempt(submission, signed, now).last
                log.info("fee raised", cap=fees.cap, tip=fees.tip, **_words(submission))
        if last.sent_at is None or now - last.sent_at >= self._rules.resend_seconds:
            self._send(last)

    def _send(self, attempt: Attempt) -> None:
        """RpcUnreachable leaves it as it is, to be sent again."""
        try:
            self._rpc.call("eth_sendRawTransaction", [attempt.raw])
        except RpcRefused as refused:
            # Known already, used nonce, too little for a replacement: nodes word it in their own ways, and what counts
            # is what the chain shows in the next cycle.
            log.info("node did not take the transaction, looking", hash=attempt.hash, answer=str(refused))
        self._outbox.mark_sent(attempt, self._clock())

    def _sign(self, call: Call, nonce: int, gas: int, fees: Fees) -> Signed:
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

    def _gas(self, call: Call) -> int:
        """A fifth more than the node says, since the state may change until the call is mined."""
        request = {"from": self.account, "to": call.to, "data": call.data, "value": hex(call.value)}
        try:
            return int(self._rpc.call("eth_estimateGas", [request]), 16) * 6 // 5
        except RpcRefused as refused:
            if refused.revert is None:
                raise
            raise reverts.explain(refused.revert) from refused

    def _market(self) -> _Market:
        nonce, balance, block, tip = self._rpc.batch(
            [
                ("eth_getTransactionCount", [self.account, "latest"]),
                ("eth_getBalance", [self.account, "latest"]),
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_maxPriorityFeePerGas", []),
            ]
        )
        try:
            return _Market(int(nonce, 16), int(balance, 16), int(block["baseFeePerGas"], 16), int(tip, 16))
        except (TypeError, KeyError, ValueError) as error:
            raise RpcRefused("fees", 0, "it gives no base fee (EIP-1559), or no numbers", None) from error

    def _receipt(self, submission: Submission) -> dict[str, Any] | None:
        """Of the attempt that was mined."""
        calls = [("eth_getTransactionReceipt", [attempt.hash]) for attempt in submission.attempts]
        return next((receipt for receipt in self._rpc.batch(calls) if receipt and receipt.get("blockNumber")), None)


def _words(submission: Submission) -> dict[str, object]:
    return {"deal": submission.deal_id, "as_of": submission.as_of, "nonce": submission.nonce}
