"""The sender against a node that forks, forgets, loses answers and uses strange words: one settlement, never two."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select

from escrow.contract import Call
from escrow.errors import (
    Action,
    ChainProblem,
    FeeProblem,
    GasBalanceProblem,
    GasKeyProblem,
    RpcRefused,
    RpcUnreachable,
    TransactionProblem,
)
from escrow.ids import Timestamp
from escrow.rpc import Rpc
from oracle.db.connection import Database
from oracle.db.tables import attempt, submission
from oracle.fees import Window, ceiling_at
from oracle.outbox import Outbox, Purpose, State
from oracle.sender import Sender, SendingRules
from tests import factories
from tests.chain import LocalChain, anvil
from tests.oracle.node import GWEI, KNOWN, LOW, REPLACEMENT, Node, Refused

KEY, ACCOUNT = factories.key("gas-a"), factories.person("gas-a")
REPORT = factories.report()
DEAL, AS_OF = REPORT.deal_id, REPORT.as_of
CALL = Call(factories.domain().contract, "0x12345678", 0)
CEILING = 100 * GWEI
RESEND, BUMP = 10, 30


class Play:
    """A sender, its node and its clock. `confirmations` blocks lie on top of one that stays."""

    confirmations = 3

    def __init__(self, database: Database) -> None:
        self.database = database
        self.node = Node()
        self.node.mine(5)
        self.now = 1_000
        self.settled = False
        self.rpc: Rpc = self.node.rpc()
        self.sender = self.restarted()

    def close(self) -> None:
        self.rpc.close()

    def restarted(self) -> Sender:
        """With nothing but what is on the disk."""
        self.outbox = Outbox(self.database, ACCOUNT)
        rules = SendingRules(RESEND, BUMP, CEILING)
        self.sender = Sender(self.rpc, self.node.chain_id, KEY, self.outbox, rules, lambda: self.now)
        return self.sender

    def submit(self, as_of: int = AS_OF, call: Call = CALL) -> Any:
        return self.sender.submit(DEAL, as_of, call)  # type: ignore[arg-type]

    def tend(self, seconds: int = 0) -> None:
        self.now += seconds
        self.sender.tend(self.node.head.number - self.confirmations, lambda _: self.settled)

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(submission.c.state).order_by(submission.c.id)).scalars())

    def raws(self) -> list[str]:
        """Signed bytes on the disk, in the order of their making."""
        with self.database.read() as connection:
            return list(connection.execute(select(attempt.c.raw).order_by(attempt.c.id)).scalars())

    def finish(self) -> None:
        """Blocks come until the chain can't change any more."""
        for _ in range(self.confirmations + 2):
            self.node.mine()
            self.tend(12)


@pytest.fixture
def play(database: Database) -> Iterator[Play]:
    with closing(Play(database)) as played:
        yield played


@pytest.fixture
def sent(play: Play) -> Play:
    play.submit()
    return play


# The way it goes nearly always


def test_submit__transaction__is_what_was_asked_at_todays_fees(play: Play) -> None:
    made = play.submit()
    (one,) = play.node.pool.values()
    assert (one.hash, one.sender, one.nonce, one.data) == (made.last.hash, ACCOUNT, 0, CALL.data)
    assert (one.cap, one.tip) == (2 * play.node.base_fee + play.node.tip, play.node.tip)
    assert made.gas == play.node.gas * 6 // 5


def test_submit__signed_bytes__are_on_the_disk_before_the_first_send(play: Play) -> None:
    found = []
    play.node.before = lambda method, params: found.append(play.raws()) if method == "eth_sendRawTransaction" else None
    play.submit()
    assert found == [play.node.received] and len(play.node.received) == 1


def test_tend__mined_and_deep__is_done_and_asked_about_no_more(sent: Play) -> None:
    sent.node.mine()
    sent.tend()
    assert sent.states() == [State.MINED] and sent.sender.in_flight(DEAL, AS_OF) is not None
    sent.finish()
    assert sent.states() == [State.DONE] and sent.sender.in_flight(DEAL, AS_OF) is None
    before = len(sent.node.asked)
    sent.tend(100)
    assert len(sent.node.asked) == before and len(sent.node.received) == 1


def test_submit__two_reports__take_nonces_in_order(sent: Play) -> None:
    sent.submit(AS_OF + 1, Call(CALL.to, "0x87654321", 0))
    sent.finish()
    assert [one.data for one in sent.node.mined] == ["0x12345678", "0x87654321"]
    assert sent.states() == [State.DONE, State.DONE]


def test_submit__what_pays_the_report__is_another_submission_than_the_report(sent: Play) -> None:
    call = Call(CALL.to, "0x87654321", 0)
    sent.node.reverts = True
    sent.finish()
    sent.node.reverts = False
    sent.sender.submit(DEAL, AS_OF, call, Purpose.FINALIZE)
    assert sent.sender.in_flight(DEAL, AS_OF) is None
    assert sent.sender.in_flight(DEAL, AS_OF, Purpose.FINALIZE) is not None
    reverts = [sent.outbox.failures(DEAL, AS_OF, purpose) for purpose in (Purpose.REPORT, Purpose.FINALIZE)]
    assert reverts == [1, 0]
    sent.finish()
    assert sent.states() == [State.REVERTED, State.DONE]


# Fees


def test_tend__stuck__is_replaced_by_a_tenth_more_on_both_caps_at_the_same_nonce_until_the_ceiling(sent: Play) -> None:
    for _ in range(20):
        sent.tend(BUMP)
    caps = [(one.fees.cap, one.fees.tip) for one in sent.outbox.live()[0].attempts]
    assert len(caps) > 10
    for (cap, tip), (next_cap, next_tip) in pairwise(caps):
        assert 10 * next_cap >= 11 * cap and 10 * next_tip >= 11 * tip and next_cap <= CEILING
    assert sent.raws() == list(dict.fromkeys(sent.node.received)), "each was kept before it was sent, and sent"
    assert len(sent.node.pool) == 1
    sent.finish()
    assert (len(sent.node.mined), sent.states()) == (1, [State.DONE])


def test_tend__not_stuck_long_enough__is_not_replaced(sent: Play) -> None:
    sent.tend(BUMP - 1)
    assert len(sent.raws()) == 1


def test_tend__base_fee_goes_far_up__follows_it_to_the_ceiling_and_no_further(sent: Play) -> None:
    sent.node.base_fee = 10**15
    for _ in range(5):
        sent.tend(BUMP)
    assert [one.fees.cap for one in sent.outbox.live()[0].attempts] == [21 * GWEI, CEILING]


def test_tend__ceiling_leaves_no_room__is_sent_again_as_it_is(sent: Play) -> None:
    sent.node.base_fee = 10**15
    for _ in range(30):
        sent.tend(BUMP)
    kept, received = len(sent.raws()), len(sent.node.received)
    sent.node.forget()
    sent.tend(RESEND)
    assert len(sent.raws()) == kept and len(sent.node.received) == received + 1 and len(sent.node.pool) == 1


def test_tend__an_earlier_attempt_is_mined__is_done_all_the_same(sent: Play) -> None:
    (first,) = sent.node.pool.values()
    sent.node.base_fee = 10**15
    sent.tend(BUMP)
    sent.node.pool = {(ACCOUNT, 0): first}
    sent.node.base_fee = GWEI
    sent.finish()
    assert (sent.node.mined, sent.states()) == ([first], [State.DONE])


def test_submit__base_fee_above_the_ceiling__is_a_named_error_and_nothing_is_kept(play: Play) -> None:
    play.node.base_fee = CEILING + 1
    with pytest.raises(FeeProblem):
        play.submit()
    assert play.states() == [] and play.node.received == []


def test_submit__too_few_coins__is_a_named_error_and_nothing_is_kept(play: Play) -> None:
    play.node.balance = 5
    with pytest.raises(GasBalanceProblem) as refused:
        play.submit()
    assert refused.value.account == ACCOUNT and play.states() == []


def test_tend__too_few_coins_for_more__stays_at_the_old_fee(sent: Play) -> None:
    sent.node.base_fee, sent.node.balance = 10**15, 5
    sent.tend(BUMP)
    assert len(sent.raws()) == 1 and len(sent.node.received) == 2


@pytest.mark.parametrize("lacking", ["baseFeePerGas", None])
def test_submit__node_tells_no_fees__is_a_named_error(
    play: Play, lacking: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = play.node._shown
    monkeypatch.setattr(
        play.node, "_shown", lambda block, whole: None if lacking is None else {**shown(block), lacking: None}
    )
    with pytest.raises(RpcRefused, match="no base fee"):
        play.submit()


def test_submit__time_is_left__waits_for_lower_fees_and_pays_more_as_it_runs_out(play: Play) -> None:
    play.node.base_fee = 40 * GWEI
    opens_at = play.node.head.timestamp
    window = Window(Timestamp(opens_at), Timestamp(opens_at + 800))
    with pytest.raises(FeeProblem) as refused:
        play.sender.submit(DEAL, AS_OF, CALL, window=window)
    assert refused.value.limit == CEILING // 4 and play.states() == []
    play.node.mine(30)
    play.sender.submit(DEAL, AS_OF, CALL, window=window)
    caps = []
    for _ in range(60):
        play.node.base_fee = 10**15
        play.node.mine()
        play.tend(BUMP)
        caps.append(play.outbox.live()[0].last.fees.cap)
        assert caps[-1] <= ceiling_at(play.node.head.timestamp, window, CEILING)
    assert caps[0] < caps[-1] and 9 * caps[-1] // 8 > CEILING * 9 // 10


def test_restart__time_of_a_submission__is_on_the_disk(play: Play) -> None:
    window = Window(Timestamp(1_000), Timestamp(2_000))
    play.sender.submit(DEAL, AS_OF, CALL, window=window)
    play.restarted()
    assert play.outbox.live()[0].window == window


# What nodes say


@pytest.mark.parametrize(
    "words",
    [
        {KNOWN: "transaction already imported", LOW: "nonce too low", REPLACEMENT: "replacement transaction underpriced"},
        {
            KNOWN: "transaction underpriced",
            LOW: "the tx doesn't have the correct nonce. account has nonce of: 1 tx has nonce of: 0",
            REPLACEMENT: "transaction underpriced",
        },
        {KNOWN: "??", LOW: "!!", REPLACEMENT: ".."},
    ],
    ids=["anvil", "ganache", "unheard of"],
)
def test_tend__however_the_node_words_it__looks_and_sends_nothing_else(sent: Play, words: dict[str, str]) -> None:
    sent.node.words = words
    sent.tend(RESEND)
    assert sent.node.received == sent.raws() * 2, "known already"

    def mine_meanwhile(method: str, params: list[Any]) -> None:
        if method == "eth_sendRawTransaction" and not sent.node.mined:
            sent.node.mine()

    sent.node.before = mine_meanwhile
    sent.tend(RESEND)
    assert sent.node.received == sent.raws() * 3, "used nonce"
    sent.finish()
    assert (len(sent.node.mined), sent.states(), len(sent.raws())) == (1, [State.DONE], 1)


def test_tend__mined_while_it_is_replaced__is_done_by_the_one_that_was_mined(sent: Play) -> None:
    def mine_meanwhile(method: str, params: list[Any]) -> None:
        if method == "eth_sendRawTransaction" and not sent.node.mined:
            sent.node.mine()

    sent.node.before = mine_meanwhile
    sent.tend(BUMP)
    assert len(sent.raws()) == 2
    sent.finish()
    assert ([one.raw for one in sent.node.mined], sent.states()) == (sent.raws()[:1], [State.DONE])


def test_tend__too_cheap_when_first_seen__is_raised_at_once(play: Play) -> None:
    play.node.refuses = "max fee per gas less than block base fee: address 0x71…, maxFeePerGas: 1, baseFee: 875000000"
    play.submit()
    play.node.refuses = None
    play.tend(1)
    assert len(play.raws()) == 2 and len(play.node.pool) == 1
    play.tend(1)
    assert len(play.raws()) == 2
    play.finish()
    assert play.states() == [State.DONE]


@pytest.mark.parametrize("words", ["intrinsic gas too low", "exceeds block gas limit"])
def test_submit__gas_that_no_node_takes__is_made_anew_and_left_alone_after_three(play: Play, words: str) -> None:
    play.node.refuses = words
    for _ in range(3):
        play.submit()
        assert play.sender.in_flight(DEAL, AS_OF) is None
        received = len(play.node.received)
        with pytest.raises(TransactionProblem):
            play.submit()
        assert len(play.node.received) == received, "the same bytes would be refused again"
        play.node.base_fee += GWEI
    assert play.states() == [State.REFUSED] * 3
    with pytest.raises(TransactionProblem, match="failed 3 times"):
        play.submit()


def test_submit__refused_for_its_chain__is_an_error_that_stops(play: Play) -> None:
    play.node.refuses = "Invalid chain id (31337) for chain with id 1337."
    with pytest.raises(ChainProblem) as stopped:
        play.submit()
    assert stopped.value.action is Action.STOP and play.states() == [State.PENDING]


def test_tend__node_asks_for_more_than_a_tenth__goes_on_until_it_takes_one(
    sent: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.oracle.node.LEAST_MORE", 150)
    for _ in range(4):
        sent.tend(BUMP)
    sent.finish()
    assert (len(sent.node.mined), sent.states()) == (1, [State.DONE])
    assert sent.node.mined[0].raw in sent.raws()[1:]


def test_submit__node_refuses_it_at_first__is_sent_again_until_it_is_in(play: Play) -> None:
    def refuse(raw: str) -> str:
        play.node.received.append(raw)
        raise Refused("txpool is full")

    taken, play.node._send = play.node._send, refuse
    play.submit()
    play.tend(RESEND)
    assert play.states() == [State.PENDING] and play.node.pool == {}
    play.node._send = taken
    play.finish()
    assert (len(play.node.mined), play.states()) == (1, [State.DONE])
    assert len(set(play.node.received)) == 1


def test_tend__node_forgot_everything__gets_the_same_bytes_again(sent: Play) -> None:
    sent.node.forget()
    sent.tend(RESEND)
    assert sent.node.received == [sent.raws()[0]] * 2
    sent.finish()
    assert (len(sent.node.mined), sent.states()) == (1, [State.DONE])


def lose_answer(play: Play, *, was_heard: bool) -> None:
    """Once, to what is sent."""

    def drop(method: str, params: list[Any]) -> None:
        if method == "eth_sendRawTransaction":
            play.node.before = play.node.after = lambda method, params: None
            raise httpx.ReadTimeout("no answer")

    if was_heard:
        play.node.after = drop
    else:
        play.node.before = drop


@pytest.mark.parametrize("was_heard", [True, False])
def test_submit__answer_is_lost__is_looked_up_and_sent_once(play: Play, was_heard: bool) -> None:
    lose_answer(play, was_heard=was_heard)
    with pytest.raises(RpcUnreachable):
        play.submit()
    assert play.sender.in_flight(DEAL, AS_OF) is not None, "nobody builds a second one"
    play.finish()
    assert (len(play.node.mined), play.states(), len(set(play.node.received))) == (1, [State.DONE], 1)


# Crashes


@pytest.mark.parametrize("was_heard", [True, False])
def test_restart__killed_at_the_send__goes_on_with_the_same_bytes(play: Play, was_heard: bool) -> None:
    lose_answer(play, was_heard=was_heard)
    with pytest.raises(RpcUnreachable):
        play.submit()
    kept = play.raws()
    play.restarted()
    assert play.sender.in_flight(DEAL, AS_OF) is not None
    play.tend()
    play.finish()
    assert play.raws() == kept and set(play.node.received) == set(kept)
    assert (len(play.node.mined), play.states()) == (1, [State.DONE])


def test_restart__killed_before_it_was_sent_and_settled_meanwhile__is_never_sent(play: Play) -> None:
    lose_answer(play, was_heard=False)
    with pytest.raises(RpcUnreachable):
        play.submit()
    play.restarted()
    play.settled = True
    play.tend(100)
    assert (play.states(), play.node.received) == ([State.UNSENT], [])


def test_tend__sent_and_settled_by_another__goes_on_so_that_its_nonce_is_used_up(sent: Play) -> None:
    sent.settled = sent.node.reverts = True
    sent.finish()
    assert sent.states() == [State.REVERTED]


# Forks


def test_tend__fork_takes_the_block_away__is_pending_again_and_mined_again(sent: Play) -> None:
    sent.node.mine()
    sent.tend()
    sent.node.fork(1, keep_transactions=False)
    sent.tend(RESEND)
    assert sent.states() == [State.PENDING] and len(sent.node.pool) == 1
    sent.finish()
    assert (len(sent.node.mined), sent.states(), len(set(sent.node.received))) == (1, [State.DONE], 1)


def test_tend__reverted_in_a_block_that_a_fork_takes_away__may_succeed_in_another(sent: Play) -> None:
    sent.node.reverts = True
    sent.node.mine()
    sent.tend()
    assert sent.sender.in_flight(DEAL, AS_OF) is not None
    sent.node.fork(1)
    sent.node.reverts = False
    sent.finish()
    assert sent.states() == [State.DONE]


def test_submit__needless_by_a_block_that_a_fork_takes_away__is_the_same_submission_again(play: Play) -> None:
    lose_answer(play, was_heard=False)
    with pytest.raises(RpcUnreachable):
        play.submit()
    play.settled = True
    play.tend()
    assert play.states() == [State.UNSENT]
    play.settled = False
    play.submit()
    play.finish()
    assert (play.states(), len(play.node.mined), len(play.raws())) == ([State.DONE], 1, 1)


def test_submit__while_another_ones_block_is_taken_away__does_not_take_its_nonce(sent: Play) -> None:
    sent.node.mine()
    sent.tend()
    sent.node.fork(1)
    second = sent.submit(AS_OF + 1, Call(CALL.to, "0x87654321", 0))
    assert second.nonce == 1
    sent.finish()
    assert [one.data for one in sent.node.mined] == ["0x12345678", "0x87654321"]


# Gaps


def with_gap(play: Play) -> Play:
    """The first of two is done; a fork that is deeper than it should be takes both out of the chain."""
    play.submit()
    play.node.mine()
    play.submit(AS_OF + 1, Call(CALL.to, "0x87654321", 0))
    for _ in range(play.confirmations):
        play.node.mine()
        play.tend(1)
    assert play.states() == [State.DONE, State.MINED]
    play.node.fork(5, keep_transactions=False)
    return play


def test_tend__nonce_is_missing_before_another__its_own_bytes_are_sent_again(play: Play) -> None:
    with_gap(play)
    play.tend(RESEND)
    play.finish()
    assert play.states() == [State.DONE, State.DONE] and len(set(play.node.received)) == 2
    assert [one.nonce for one in play.node.mined] == [0, 1]


def test_tend__nonce_is_missing_that_nobody_knows__is_used_up_by_what_does_nothing(play: Play) -> None:
    with_gap(play)
    with play.database.write() as connection:
        connection.execute(delete(attempt).where(attempt.c.submission_id == 1))
        connection.execute(delete(submission).where(submission.c.id == 1))
    play.tend(RESEND)
    play.finish()
    assert [(one.nonce, one.data) for one in play.node.mined] == [(0, "0x"), (1, "0x87654321")]
    assert play.states() == [State.DONE, State.DONE]


def test_tend__not_needed_but_another_waits_behind_it__is_sent_all_the_same(play: Play) -> None:
    lose_answer(play, was_heard=False)
    with pytest.raises(RpcUnreachable):
        play.submit()
    play.submit(AS_OF + 1, Call(CALL.to, "0x87654321", 0))
    play.settled = True
    play.tend()
    play.finish()
    assert play.states() == [State.DONE, State.DONE]


# Nodes that lie


@pytest.mark.parametrize("claims", [{}, {"blockHash": "0x" + "ab" * 32}], ids=["real block", "made up block"])
def test_tend__receipt_that_the_chain_does_not_bear_out__counts_as_none(sent: Play, claims: dict[str, str]) -> None:
    block = sent.node.blocks[2]
    fake = {"blockNumber": "0x2", "blockHash": block.hash, "status": "0x1", "transactionHash": "0x"} | claims
    honest, sent.node._receipt = sent.node._receipt, lambda hash: fake  # type: ignore[method-assign]
    sent.tend(RESEND)
    assert sent.states() == [State.PENDING] and sent.sender.in_flight(DEAL, AS_OF) is not None
    sent.node._receipt = honest  # type: ignore[method-assign]
    sent.finish()
    assert sent.states() == [State.DONE]


# What must stop


def test_submit__node_is_on_another_chain__is_an_error_that_stops_and_nothing_is_sent(play: Play) -> None:
    play.node.chain_id = 1
    with pytest.raises(ChainProblem):
        play.submit()
    assert play.states() == [] and play.node.received == []


def test_tend__node_is_on_another_chain__is_an_error_that_stops_and_nothing_is_sent(sent: Play) -> None:
    sent.node.chain_id = 1
    with pytest.raises(ChainProblem):
        sent.tend(BUMP)
    assert len(sent.node.received) == 1 and sent.states() == [State.PENDING]


def test_tend__another_transaction_took_the_nonce__nothing_is_sent_with_the_key_once_that_is_deep(sent: Play) -> None:
    sent.node.take_nonce("gas-a")
    sent.tend()
    assert sent.states() == [State.TAKEN] and sent.sender.in_flight(DEAL, AS_OF) is not None
    sent.finish()
    assert sent.states() == [State.LOST] and sent.sender.in_flight(DEAL, AS_OF) is None
    received = len(sent.node.received)
    with pytest.raises(GasKeyProblem) as refused:
        sent.submit(AS_OF + 1)
    assert (refused.value.account, refused.value.nonce) == (ACCOUNT, 0)
    assert len(sent.node.received) == received


def test_tend__the_other_transaction_falls_out_of_the_chain__its_own_is_sent_again(sent: Play) -> None:
    sent.node.take_nonce("gas-a")
    sent.tend()
    sent.node.fork(1, keep_transactions=False)
    sent.tend(RESEND)
    sent.finish()
    assert sent.states() == [State.DONE]


@pytest.mark.parametrize("blocks", [1, 2, 3, 10, 40])
def test_tend__node_does_not_show_the_receipt__is_not_taken_for_foreign_use(sent: Play, blocks: int) -> None:
    """Its own transaction is found in the block that used the nonce."""
    honest, sent.node._receipt = sent.node._receipt, lambda hash: None  # type: ignore[method-assign]
    sent.node.mine(blocks)
    for _ in range(5):
        sent.tend(RESEND)
        sent.node.mine(sent.confirmations)
    assert sent.states() == [State.TAKEN] and len(sent.node.mined) == 1
    sent.node._receipt = honest  # type: ignore[method-assign]
    sent.tend()
    assert sent.states() == [State.DONE]


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 10, 40])
def test_tend__foreign_use_long_ago__is_found_in_its_block(sent: Play, blocks: int) -> None:
    sent.node.take_nonce("gas-a")
    sent.node.mine(sent.confirmations + blocks)
    sent.tend()
    assert sent.states() == [State.LOST]


def test_submit__key_is_used_by_somebody_else__a_new_key_goes_on(sent: Play) -> None:
    sent.node.take_nonce("gas-a")
    sent.finish()
    rules = SendingRules(RESEND, BUMP, CEILING)
    outbox = Outbox(sent.database, factories.person("gas-b"))
    other = Sender(sent.rpc, sent.node.chain_id, factories.key("gas-b"), outbox, rules, lambda: sent.now)
    assert other.submit(DEAL, AS_OF, CALL).nonce == 0


def test_submit__reverted_three_times__is_left_alone(play: Play) -> None:
    play.node.reverts = True
    for _ in range(3):
        play.submit()
        play.finish()
    with pytest.raises(TransactionProblem, match="failed 3 times"):
        play.submit()
    assert play.submit(AS_OF + 1).nonce == 3


# A real node


def test_tend__stuck_on_anvil__its_replacement_is_mined(database: Database) -> None:
    with anvil() as url, closing(LocalChain(url)) as chain:
        chain.enrich("gas-a")
        chain.rpc.call("evm_setAutomine", [False])
        now, outbox = 1_000, Outbox(database, ACCOUNT)
        rules = SendingRules(RESEND, BUMP, CEILING)
        sender = Sender(chain.rpc, chain.domain.chain_id, KEY, outbox, rules, lambda: now)
        sender.submit(DEAL, AS_OF, chain.dollar.mint_call(ACCOUNT, 5))
        now += BUMP
        sender.tend(0, lambda _: False)
        first, second = outbox.live()[0].attempts
        chain.rpc.call("anvil_mine", ["0x2"])
        sender.tend(chain.rpc.block_number(), lambda _: False)
        assert outbox.live() == []
        assert chain.rpc.call("eth_getTransactionReceipt", [second.hash])["status"] == "0x1"
        assert chain.rpc.call("eth_getTransactionReceipt", [first.hash]) is None
