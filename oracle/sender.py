"""Sends transactions from the gas account and stays with each until it is deep in the chain, across crashes.

What a node says about a transaction is never believed to be the end of it: it is looked up by its hash. So "already
known" and "nonce too low" are no errors, and no second transaction is built while the first may still be mined.
Knows accounts, nonces and fees; what a call does is nothing to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from escrow.contract import Call
from escrow.errors import ChainProblem, GasBalanceProblem, GasKeyProblem, RpcRefused, TransactionProblem
from escrow.ids import NO_DEAL, DealId, Timestamp, Units
from escrow.rpc import Rpc
from oracle.fees import Window, ceiling_at, first_fees, raised
from oracle.gas_account import GasAccount, Market
from oracle.outbox import Attempt, Outbox, Purpose, State, Submission
from oracle.wordings import Meaning, meaning_of

MOST_FAILURES = 3
"""After these the report is left alone: something is wrong that more gas will not mend."""
TRANSFER_GAS = 21_000

log = structlog.get_logger()


@dataclass(frozen=True)
class SendingRules:
    """In seconds of the machine's clock, and in base units a unit of gas. The ceiling is for a call whose time runs out;
    one that has time is to cost less: see `fees`."""

    resend_seconds: int
    bump_seconds: int
    fee_ceiling: int


class Sender:
    """`clock` is the machine's: it spaces attempts and decides nothing else."""

    def __init__(
        self, rpc: Rpc, chain_id: int, key: bytes, outbox: Outbox, rules: SendingRules, clock: Callable[[], int]
    ) -> None:
        self._gas_account = GasAccount(rpc, chain_id, key)
        self.account = self._gas_account.address
        self._rpc = rpc
        self._chain_id = chain_id
        self._outbox = outbox
        self._rules = rules
        self._clock = clock
        self._too_cheap: set[int] = set()
        """Attempts that the node found too cheap when it first saw them."""
        self._at_ceiling: set[int] = set()
        """Submissions of which it was said that they can't be paid more for."""

    def in_flight(self, deal_id: DealId, as_of: int, purpose: Purpose = Purpose.REPORT) -> Submission | None:
        """What was sent for this report and is not decided yet."""
        wanted, live = (deal_id, as_of, purpose), self._outbox.live()
        return next((one for one in live if (one.deal_id, one.as_of, one.purpose) == wanted), None)

    def submit(
        self,
        deal_id: DealId,
        as_of: Timestamp,
        call: Call,
        purpose: Purpose = Purpose.REPORT,
        window: Window | None = None,
    ) -> Submission:
        """The transaction is on the disk and then sent; or nothing is, and the named error says why: it would revert, the
        fees are above the ceiling for now, the coins are too few, or somebody else has the key."""
        if self._outbox.failures(deal_id, as_of, purpose) >= MOST_FAILURES:
            raise TransactionProblem(f"for {deal_id[:10]}… as of {as_of}", f"failed {MOST_FAILURES} times")
        foreign = self._outbox.foreign_nonce()
        if foreign is not None:
            raise GasKeyProblem(self.account, foreign)
        self._gas_account.require_chain()
        gas = self._gas_account.gas(call)
        market = self._gas_account.market()
        nonce = max([market.nonce, *(one.nonce + 1 for one in self._outbox.live())])
        return self._make(deal_id, as_of, purpose, call, gas, nonce, window, market)

    def tend(self, confirmed: int, is_needless: Callable[[Submission], bool]) -> None:
        """Looks after everything that is under way. Blocks up to `confirmed` will not be replaced.

        What never left and is not needed any more is dropped; the rest is sent again, and after a while for more.
        """
        live = self._outbox.live()
        if not live:
            return
        self._gas_account.require_chain()
        # The nonce is asked for first: a receipt that is missing later than a used nonce is really missing.
        market = self._gas_account.market()
        for submission in live:
            receipt = self._gas_account.receipt(submission)
            if receipt is not None:
                self._note_mined(submission, receipt, confirmed)
            elif market.nonce > submission.nonce:
                self._note_taken(submission, confirmed)
            elif self._can_be_dropped(submission, live) and is_needless(submission):
                log.info("transaction is not needed any more", **_words(submission))
                self._outbox.mark(submission, State.UNSENT)
            else:
                self._keep_going(submission, market)
        self._fill_gaps(market)

    def _can_be_dropped(self, submission: Submission, live: list[Submission]) -> bool:
        """Nobody ever had it, and no later nonce waits for its own."""
        is_last = all(other.nonce <= submission.nonce for other in live)
        return is_last and not submission.was_sent and submission.purpose is not Purpose.FILL

    def _note_mined(self, submission: Submission, receipt: dict[str, Any], confirmed: int) -> None:
        """Also that it reverted is known only when its block is deep: in another one it may succeed."""
        block, has_reverted = int(receipt["blockNumber"], 16), int(receipt["status"], 16) == 0
        state = State.MINED if block > confirmed else State.REVERTED if has_reverted else State.DONE
        if (state, block) == (submission.state, submission.mined_block):
            return
        self._outbox.mark(submission, state, hash=receipt["transactionHash"], block=block)
        if has_reverted:
            log.warning(
                "transaction reverted", why=self._gas_account.why(submission, block), state=str(state), **_words(submission)
            )
        else:
            log.info(f"transaction is {state}", block=block, **_words(submission))

    def _note_taken(self, submission: Submission, confirmed: int) -> None:
        """Somebody else has the key, once their transaction is found in a block that will not be replaced."""
        if submission.state is not State.TAKEN:
            log.warning("nonce is used, and by none that is known", **_words(submission))
            self._outbox.mark(submission, State.TAKEN)
        taker = self._gas_account.taker_of(submission.nonce, confirmed)
        if taker is not None and taker not in [attempt.hash for attempt in submission.attempts]:
            log.error("gas key is used by somebody else; nothing is sent with it any more", by=taker, **_words(submission))
            self._outbox.mark(submission, State.LOST)

    def _keep_going(self, submission: Submission, market: Market) -> None:
        if submission.state is not State.PENDING:
            log.warning("transaction fell out of the chain", **_words(submission))
            self._outbox.mark(submission, State.PENDING)
        now, last = self._clock(), submission.last
        if last.id in self._too_cheap or now - last.created_at >= self._rules.bump_seconds:
            last = self._raised(submission, market, now)
        if last.sent_at is None or now - last.sent_at >= self._rules.resend_seconds:
            self._send(submission, last)

    def _raised(self, submission: Submission, market: Market, now: int) -> Attempt:
        """A new attempt for more, or the last one where there is no room for it."""
        ceiling = ceiling_at(market.time, submission.window, self._rules.fee_ceiling)
        fees = raised(submission.last.fees, market.base_fee, market.tip, ceiling)
        if fees is None or market.balance < submission.gas * fees.cap:
            if submission.id not in self._at_ceiling:
                log.warning("not mined, and no more can be paid for it now", ceiling=ceiling, **_words(submission))
            self._at_ceiling.add(submission.id)
            return submission.last
        signed = self._gas_account.sign(submission.call, submission.nonce, submission.gas, fees)
        log.info("fee raised", cap=fees.cap, tip=fees.tip, **_words(submission))
        return self._outbox.add_attempt(submission, signed, now).last

    def _fill_gaps(self, market: Market) -> None:
        """A nonce that is missing below one that waits: what was made with it is sent again, or else what does nothing.

        Forks that are deeper than they should be leave such gaps, and databases that were restored."""
        nonces = {one.nonce for one in self._outbox.live()}
        for nonce in range(market.nonce, max(nonces, default=0)):
            if nonce in nonces:
                continue
            before = self._outbox.at_nonce(nonce)
            log.warning("nonce is missing before others", nonce=nonce, account=self.account)
            if before is None or before.state is State.REFUSED:
                idle = Call(self.account, "0x", 0)
                self._make(NO_DEAL, Timestamp(0), Purpose.FILL, idle, TRANSFER_GAS, nonce, None, market)
            else:
                self._outbox.mark(before, State.PENDING)
                self._send(before, before.last)

    def _make(
        self,
        deal_id: DealId,
        as_of: Timestamp,
        purpose: Purpose,
        call: Call,
        gas: int,
        nonce: int,
        window: Window | None,
        market: Market,
    ) -> Submission:
        fees = first_fees(market.base_fee, market.tip, ceiling_at(market.time, window, self._rules.fee_ceiling))
        if market.balance < gas * fees.cap:
            raise GasBalanceProblem(self.account, Units(market.balance), Units(gas * fees.cap))
        signed = self._gas_account.sign(call, nonce, gas, fees)
        if self._outbox.was_refused(signed):
            raise TransactionProblem(signed.hash, "was refused by the node for its gas, and would be again")
        submission = self._outbox.add(
            deal_id, as_of, purpose, nonce=nonce, call=call, gas=gas, signed=signed, window=window, now=self._clock()
        )
        self._send(submission, submission.last)
        return submission

    def _send(self, submission: Submission, attempt: Attempt) -> None:
        """RpcUnreachable leaves it as it is, to be sent again."""
        try:
            self._rpc.call("eth_sendRawTransaction", [attempt.raw])
            self._too_cheap.discard(attempt.id)
        except RpcRefused as refused:
            self._weigh(submission, attempt, refused)
        self._outbox.mark_sent(attempt, self._clock())

    def _weigh(self, submission: Submission, attempt: Attempt, refused: RpcRefused) -> None:
        """What counts is what the chain shows in the next cycle; the node's words only say what to try then."""
        meaning, is_new = meaning_of(refused.message), attempt.sent_at is None
        words = {"meaning": str(meaning), "answer": str(refused), "hash": attempt.hash, **_words(submission)}
        match meaning:
            case Meaning.OTHER_CHAIN:
                raise ChainProblem(self._rpc.chain_id(), self._chain_id) from refused
            case Meaning.TOO_CHEAP if is_new:
                self._too_cheap.add(attempt.id)
            case Meaning.GAS_LIMIT if is_new and len(submission.attempts) == 1:
                self._outbox.mark(submission, State.REFUSED)
        say = log.info if meaning in (Meaning.KNOWN, Meaning.NONCE_USED, Meaning.TOO_CHEAP) else log.warning
        say("node did not take the transaction, looking", **words)


def _words(submission: Submission) -> dict[str, object]:
    return {"deal": submission.deal_id, "as_of": submission.as_of, "nonce": submission.nonce}
