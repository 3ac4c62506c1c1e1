"""Random faults for the committee: each spoils something for a while, and all are mended before a check."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx

from oracle.wordings import WORDINGS
from tests.factories import DAY
from tests.oracle.faults.committee import NAMES, Committee, Member
from tests.oracle.proxy import Answer, Corrupt, Delay, Drop, Fault, Refuse, Reorder, Rewrite, WrongId

METHODS = (
    "eth_chainId",
    "eth_blockNumber",
    "eth_getBlockByNumber",
    "eth_getLogs",
    "eth_call",
    "eth_estimateGas",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_sendRawTransaction",
    "*",
)
SEND = "eth_sendRawTransaction"
GWEI = 10**9
DEEPEST = 6


class Killed(BaseException):
    """Where the process dies. Nothing catches it, so nothing of its doing goes on."""


class Faults:
    """`earliest`: blocks from this one may be replaced."""

    def __init__(self, committee: Committee, random: Random) -> None:
        self.counts: Counter[str] = Counter()
        self.earliest = 0
        self._committee = committee
        self._random = random
        self._kinds: Sequence[tuple[int, str, Callable[[Member], None]]] = [
            (6, "answers lost or broken", self._break_answers),
            (4, "send lost, or refused in some wording", self._break_send),
            (3, "killed at a question or after it", self._kill),
            (3, "restarted, or down for a while", self._stop),
            (2, "blocks replaced", self._fork),
            (2, "mining stops, transactions dropped", self._hold),
            (2, "base fee jumps", self._raise_base_fee),
            (2, "gas account empty", self._empty),
            (2, "peers answer with garbage", self._spoil_peers),
            (1, "machine's clock jumps", self._jump),
            (1, "node says another chain", self._other_chain),
        ]

    def strike(self) -> None:
        """One fault, on one member or on all that they share."""
        weights = [weight for weight, _, _ in self._kinds]
        _, name, do = self._random.choices(self._kinds, weights)[0]
        self.counts[name] += 1
        do(self._committee[self._random.choice(NAMES)])

    def mend(self) -> None:
        committee = self._committee
        committee.spoilt = lambda name, answer: answer
        committee.chain.rpc.call("evm_setAutomine", [True])
        committee.chain.rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(GWEI)])
        committee.only_pays(*NAMES)
        for member in committee.members.values():
            member.proxy.mend()
            if member.is_down:
                committee.start(member.name)

    def _break_answers(self, member: Member) -> None:
        faults: list[Fault] = [
            Drop(),
            Drop(forwarded=True),
            Delay(0.02),
            Answer(self._random.choice([429, 500, 502, 503])),
            Corrupt(),
            Corrupt(lambda _: b"<html>"),
            WrongId(),
            Reorder(),
            Refuse("header not found"),
            Rewrite(lambda result, _: None),
            Rewrite(lambda result, _: "0x"),
        ]
        nth, times = self._random.randint(1, 6), self._random.randint(1, 12)
        member.proxy.spoil(self._random.choice(METHODS), self._random.choice(faults), nth=nth, times=times)

    def _break_send(self, member: Member) -> None:
        words, _ = self._random.choice([one for one in WORDINGS if "chain id" not in one[0] and "sender" not in one[0]])
        fault = self._random.choice([Drop(), Drop(forwarded=True), Refuse(words)])
        member.proxy.spoil(SEND, fault, times=self._random.randint(1, 3))

    def _kill(self, member: Member) -> None:
        if member.oracle is None:
            return
        nodes, left, is_after = member.oracle.rpc, [self._random.randint(1, 25)], self._random.random() < 0.5
        asked = nodes.call

        def call(method: str, params: Sequence[Any] = ()) -> Any:
            left[0] -= 1
            if left[0] < 0 or (left[0] == 0 and not is_after):
                raise Killed
            answer = asked(method, params)
            if left[0] == 0:
                raise Killed
            return answer

        nodes.call = call  # type: ignore[method-assign]

    def _stop(self, member: Member) -> None:
        member.stop()
        if self._random.random() < 0.5:
            self._committee.start(member.name)

    def _fork(self, _: Member) -> None:
        deepest = min(DEEPEST, self._committee.chain.rpc.block_number() - self.earliest)
        if deepest >= 1:
            self._committee.fork(self._random.randint(1, deepest))

    def _hold(self, member: Member) -> None:
        rpc = self._committee.chain.rpc
        rpc.call("evm_setAutomine", [False])
        for row in [] if member.is_down else member.attempts()[-2:]:
            rpc.call("anvil_dropTransaction", [row.hash])

    def _raise_base_fee(self, _: Member) -> None:
        fee = self._random.choice([1, 20, 45, 60, 150]) * GWEI
        self._committee.chain.rpc.call("anvil_setNextBlockBaseFeePerGas", [hex(fee)])

    def _empty(self, member: Member) -> None:
        self._committee.only_pays(*[name for name in NAMES if name != member.name])

    def _spoil_peers(self, member: Member) -> None:
        garbage = self._random.choice([b"", b"{}", b"null", b"[" * 3_000, b"\xff", b"x" * 20_000])

        def spoil(name: str, answer: httpx.Response) -> httpx.Response:
            return httpx.Response(200, content=garbage, request=answer.request) if name == member.name else answer

        self._committee.spoilt = spoil

    def _jump(self, _: Member) -> None:
        self._committee.clock.now += self._random.choice([-DAY, -600, 600, DAY])

    def _other_chain(self, member: Member) -> None:
        member.proxy.spoil("eth_chainId", Rewrite(lambda result, _: "0x1"), nth=self._random.randint(1, 3), times=2)
