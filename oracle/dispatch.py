"""The transactions for reports: sent in turns with the other members, and only while the chain does not show them done.

Looks at the newest block for that, which may still be replaced: enough to hold back a transaction, and for nothing else.
Knows no measurement and no peer.
"""

from collections.abc import Callable, Collection

from escrow.claims import Claim
from escrow.contract import Call, EscrowContract
from escrow.errors import STOP, BlockMissing, EscrowError, RpcUnreachable
from escrow.ids import ZERO_ADDRESS, DealId, Timestamp
from escrow.rpc import Block
from escrow.schedule import Deal
from escrow.terms import Terms
from escrow.texts import short
from oracle.book import Book
from oracle.fees import Window
from oracle.outbox import Purpose
from oracle.outcome import Exit, Outcome
from oracle.schedule import finalizable_at
from oracle.sender import Sender

Key = tuple[DealId, Timestamp]

_READY = {Purpose.REPORT: "signed by a quorum", Purpose.FINALIZE: "nobody is awaited any longer"}
_DONE = {Purpose.REPORT: "settled", Purpose.FINALIZE: "paid"}


class Dispatch:
    """`timer` counts seconds for the turns, and never goes back."""

    def __init__(
        self,
        contract: EscrowContract,
        book: Book,
        sender: Sender,
        turn_seconds: float,  # not money
        timer: Callable[[], float],  # not money
    ) -> None:
        self._contract = contract
        self._book = book
        self._sender = sender
        self._turn_seconds = turn_seconds
        self._timer = timer
        self._ready_at: dict[Key, float] = {}  # not money
        """Since when it could be sent."""

    def tend(self, block: Block) -> None:
        """What is under way goes on."""
        self._sender.tend(block.number, lambda sent: self._is_done(sent.purpose, (sent.deal_id, sent.as_of), block))

    def keep_only(self, keys: Collection[Key]) -> None:
        """For other reports the turns begin anew."""
        self._ready_at = {key: at for key, at in self._ready_at.items() if key in keys}

    def send(self, purpose: Purpose, call: Call, turn: int, window: Window, sent: Outcome, block: Block) -> Outcome:
        """Up to the transaction, for which `sent` is the outcome. It is of use in the `window`."""
        assert sent.as_of is not None
        key = sent.deal_id, sent.as_of
        flying = self._sender.in_flight(*key, purpose)
        if flying is not None:
            return Outcome(*_named(key, Exit.IN_FLIGHT), {"transaction": short(flying.last.hash)})
        now = self._timer()
        if now < self._ready_at.setdefault(key, now) + turn * self._turn_seconds:
            return Outcome(*_named(key, Exit.NOT_MY_TURN), {"ready": _READY[purpose], "turn": turn})
        if self._is_done(purpose, key, block):
            return Outcome(*_named(key, Exit.SETTLED), {"done": _DONE[purpose]})
        try:
            self._sender.submit(*key, call, purpose, window)
        except EscrowError as problem:
            if ends_cycle(problem):
                raise
            return Outcome(*_named(key, Exit.NOT_SENT), {"ready": _READY[purpose], **words_of(problem)})
        return sent

    def is_settled(self, deal_id: DealId, as_of: int) -> bool:
        """Or waits, and no other one is taken."""
        terms = self._book.terms(deal_id)
        if terms is None:
            return False
        deal, claim = self._newest(terms)
        if claim is not None and not deal.closed:
            return claim.as_of >= as_of and not claim.is_self_report
        return deal.closed or deal.last_as_of >= as_of

    def _is_done(self, purpose: Purpose, key: Key, block: Block) -> bool:
        return self.is_settled(*key) if purpose is Purpose.REPORT else self._is_finalized(*key, block)

    def _is_finalized(self, deal_id: DealId, as_of: int, block: Block) -> bool:
        """What could be paid by the time of this block."""
        terms = self._book.terms(deal_id)
        if terms is None:
            return False
        _, claim = self._newest(terms)
        return claim is None or claim.as_of != as_of or finalizable_at(terms, claim) > block.timestamp

    def _newest(self, terms: Terms) -> tuple[Deal, Claim | None]:
        claim = None if terms.arbiter == ZERO_ADDRESS else self._contract.claim(terms, "latest")[0]
        return self._contract.deal(terms, "latest"), claim


def ends_cycle(problem: EscrowError) -> bool:
    """Whether it is nothing of the one deal that met it."""
    return problem.action is STOP or isinstance(problem, RpcUnreachable | BlockMissing)


def words_of(problem: EscrowError) -> dict[str, str]:
    return {"code": problem.code, "reason": str(problem)}


def _named(key: Key, exit: Exit) -> tuple[DealId, Exit, Timestamp]:
    return key[0], exit, key[1]
