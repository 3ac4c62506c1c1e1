"""Seasons of deals whose reports are settled under random faults, and held to the common checks after each season."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

from escrow.clock import format_time
from escrow.errors import EscrowError
from escrow.ids import Timestamp
from escrow.terms import Terms
from scripts.soak.faults import Faults, Killed
from tests.factories import DAY
from tests.oracle import made
from tests.oracle.faults.committee import Committee, Member

DEALS, REPORTS = 5, 20
"""In a season, and each deal's."""
LENGTH = 92 * DAY
PERIODS = 1
MOST_ROUNDS = 80
"""Of which the first are under faults; a report that is not settled after the others is a failure."""
FAULTY_ROUNDS = 8


@dataclass
class Score:
    settlements: int = 0
    seasons: int = 0
    rounds: int = 0
    deaths: int = 0
    """Ends of a process: it was killed, or an error told it to stop; it was started again."""
    faults: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)  # not money

    def per_minute(self) -> int:
        return round(60 * self.settlements / max(monotonic() - self.began, 1))


class Failure(Exception):
    """Something that must always be true is not; words say what."""


class Soak:
    def __init__(self, committee: Committee, random: Random, wanted: int, say: Callable[[str], None]) -> None:
        self.score = Score()
        self._committee = committee
        self._random = random
        self._wanted = wanted
        self._say = say
        self._faults = Faults(committee, random)
        self._events = 0

    def run(self) -> None:
        """Until so many reports are settled; Failure where a check does not hold."""
        while self.score.settlements < self._wanted:
            self._season()
            self.score.seasons += 1
            score = self.score
            self._say(
                f"{score.settlements:,} settlements, {score.per_minute():,} a minute, "
                f"{sum(score.faults.values()):,} faults, {score.deaths:,} ends of processes"
            )

    def _season(self) -> None:
        """Five deals, whose last report closes them."""
        chain = self._committee.chain
        starts_at = Timestamp(chain.rpc.block("latest").timestamp + DAY)
        times = [Timestamp(starts_at + LENGTH * number // REPORTS) for number in range(1, REPORTS + 1)]
        count = min(DEALS, -(-(self._wanted - self.score.settlements) // REPORTS))
        deals = [self._open(starts_at, times, number) for number in range(count)]
        self._faults.earliest = chain.rpc.block_number() + 1
        chain.move_clock(starts_at)
        last = starts_at
        for at in times:
            self._hear(last, at)
            chain.move_clock(at)
            self._settle(deals, at)
            last = at
        self.check()
        if not all(chain.escrow.deal(terms).closed for terms in deals):
            raise Failure("a deal is not closed after its last report")
        self._committee.forget()

    def _open(self, starts_at: Timestamp, times: list[Timestamp], number: int) -> Terms:
        document = made.agreement_document(
            title=f"Season {self.score.seasons}, deal {number}",
            flight={"from": format_time(starts_at), "to": format_time(times[-1])},
            reports={"at": [format_time(at) for at in times]},
        )
        _, terms = self._committee.open(
            document, starts_at=starts_at, open_before=starts_at, period_length=LENGTH, periods=PERIODS
        )
        return terms

    def _hear(self, start: int, end: int) -> None:
        """New events, some twice, some for one member late."""
        events = []
        for _ in range(self._random.randint(0, 3)):
            self._events += 1
            at = Timestamp(self._random.randint(start, end - 1))
            events.append(made.wire(self._events, at=format_time(at), won=self._random.random() < 0.7))
        if not events:
            return
        self._mended()
        for copy in range(self._random.randint(1, 2)):
            self._committee.feed(events, f"events-{self._events}-{copy}")

    def _settle(self, deals: list[Terms], at: Timestamp) -> None:
        for number in range(MOST_ROUNDS):
            if number >= FAULTY_ROUNDS:
                self._mended()
            elif self._random.random() < 0.6:
                self._faults.strike()
            if self._are_settled(deals, at):
                break
            self._round(at)
        self._mended()
        if not self._are_settled(deals, at):
            raise Failure(f"not settled after {MOST_ROUNDS} rounds, as of {format_time(at)}:\n{self._said()}")
        self.score.settlements += len(deals)

    def _said(self) -> str:
        """The last words of each member on each deal."""
        lines = []
        for member in self._committee.up:
            lines += [f"  {member.name} {one.deal_id[:10]}… {one.sentence}" for one in member.cycle()]
            lines += [f"  {member.name} {member.error}"] if member.error else []
        return "\n".join(lines)

    def _are_settled(self, deals: list[Terms], at: Timestamp) -> bool:
        return all(self._committee.is_settled(terms, at) for terms in deals)

    def _round(self, at: Timestamp) -> None:
        """A fork does not turn the chain's clock back for long."""
        chain = self._committee.chain
        self.score.rounds += 1
        self._committee.clock.now += self._random.randint(1, 20)
        chain.rpc.call("evm_mine")
        if chain.rpc.block("latest").timestamp < at:
            chain.move_clock(at)
        for member in self._committee.up:
            self._cycle(member)

    def _cycle(self, member: Member) -> None:
        """A process that ends is started again, as its supervisor does; if it can't, it is tried again later."""
        try:
            member.cycle()
        except (Killed, EscrowError):
            self.score.deaths += 1
            member.stop()
            self._start(member)

    def _start(self, member: Member) -> None:
        try:
            self._committee.start(member.name)
        except EscrowError:
            member.stop()

    def _mended(self) -> None:
        self.score.faults = self._faults.counts
        for member in self._committee.up:
            # What was to kill it and did not is gone with it.
            if "call" in vars(member.oracle.rpc if member.oracle else object):
                del member.oracle.rpc.call  # type: ignore[union-attr]
        self._faults.mend()

    def check(self) -> None:
        """Failure where a common check does not hold, once all is mended."""
        self._mended()
        try:
            self._committee.finish()
            self._committee.check()
        except AssertionError as error:
            raise Failure(f"a common check does not hold: {error}") from error


def summary(score: Score) -> list[tuple[str, Any]]:
    return [
        ("settlements", f"{score.settlements:,}"),
        ("a minute", f"{score.per_minute():,}"),
        ("seasons, each with all common checks", f"{score.seasons:,}"),
        ("rounds of the committee", f"{score.rounds:,}"),
        ("ends of processes", f"{score.deaths:,}"),
        ("faults", f"{sum(score.faults.values()):,}"),
        *[(f"  {name}", f"{count:,}") for name, count in score.faults.most_common()],
    ]
