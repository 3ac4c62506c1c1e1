"""The escrow as a page of Python: what each action pays, or the name of the error that refuses it.

Written from docs/protocol.md and the words of the interface, apart from escrow/ and unlike the contract: it forgets
nothing, and reckons a payment as what is owed in all less what was paid. Knows no chain; every time is an argument.
"""

from collections import Counter
from dataclasses import dataclass, field

from deals import CLOSED, ENDED, RUNNING, SCHEDULED, SILENT
from terms import CUMULATIVE, PER_PERIOD, RATE_SCALE, Terms

UNBOUND = 2**96 - 1


class Refusal(Exception):
    """The name of the error."""


@dataclass(frozen=True)
class Due:
    base: int = 0
    performance: int = 0
    refunded: int = 0


def earned(terms: Terms, value: int) -> int:
    reached = [step for step in terms.steps if value >= step.at]
    ends = [step.at for step in reached[1:]] + [value]
    by_rate = sum(step.rate * (end - step.at) for step, end in zip(reached, ends, strict=False))
    return min(sum(step.flat for step in reached) + by_rate // RATE_SCALE, terms.cap or UNBOUND)


def base(terms: Terms, at: int) -> int:
    """For whole periods; the end of a deal that nobody cut short is a whole one."""
    return terms.base_per_period * ((at - terms.starts_at) // terms.period_length)


@dataclass
class Book:
    """Of one open deal: everything that was paid in, reported and paid out."""

    terms: Terms
    funded: int
    reports: list[tuple[int, int]] = field(default_factory=list)
    paid: Due = Due()
    closed: bool = False

    @property
    def last_as_of(self) -> int:
        return self.reports[-1][0] if self.reports else self.terms.starts_at

    @property
    def best(self) -> int:
        return max((earned(self.terms, value) for _, value in self.reports), default=0)

    @property
    def funds(self) -> int:
        return self.funded - base(self.terms, self.terms.ends_at)

    @property
    def waits_for_funds(self) -> bool:
        """A top-up would pay at once."""
        return self.terms.basis == CUMULATIVE and not self.closed and self.best > self.funds

    @property
    def left(self) -> int:
        return self.funded - self.paid.base - self.paid.performance - self.paid.refunded

    def kept(self, amount: int) -> int:
        return amount * (10_000 - self.terms.retention_bps) // 10_000

    def status(self, now: int) -> int:
        if self.closed:
            return CLOSED
        borders = ((SCHEDULED, self.terms.starts_at), (RUNNING, self.terms.ends_at), (ENDED, self.terms.silent_at))
        return next((status for status, border in borders if now < border), SILENT)

    def state(self) -> dict:
        """As the contract's Deal."""
        cumulative = self.terms.basis == CUMULATIVE
        return {
            "funded": self.funded,
            "performance": self.best if cumulative else self.paid.performance,
            "last_as_of": self.last_as_of,
            "ends_at": self.terms.ends_at,
            "closed": self.closed,
        }

    def require(self, truth: bool, error: str) -> None:
        if not truth:
            raise Refusal(error)

    def require_open(self) -> None:
        self.require(not self.closed, "StatusProblem")

    def top_up(self, at: int, amount: int) -> Due:
        self.require_open()
        self.require(at < self.terms.ends_at, "TimeProblem")
        self.require(amount >= 1, "FundingProblem")
        self.funded += amount
        if self.terms.basis == PER_PERIOD:
            return Due()
        return self._pay(Due(performance=self.kept(min(self.best, self.funds)) - self.paid.performance))

    def settle(self, at: int, as_of: int, value: int, signers: list[str], members: list[str]) -> Due:
        self.require_open()
        self._require_as_of(at, as_of)
        self._require_quorum(signers, members)
        base_due = base(self.terms, as_of) - self.paid.base
        self.reports.append((as_of, value))
        if self.terms.basis == PER_PERIOD:
            performance = min(earned(self.terms, value), self.funds - self.paid.performance)
        else:
            owed = min(earned(self.terms, value), self.funds)
            owed = owed if as_of == self.terms.ends_at else self.kept(owed)
            performance = max(0, owed - self.paid.performance)
        if as_of == self.terms.ends_at:
            return self._close(base_due, performance)
        return self._pay(Due(base_due, performance))

    def decline(self, by_agency: bool) -> Due:
        self.require_open()
        self.require(by_agency, "CallerProblem")
        self.require(not self.reports, "AsOfProblem")
        return self._close(0, 0)

    def refund(self, at: int) -> Due:
        self.require_open()
        self.require(at >= self.terms.silent_at, "TimeProblem")
        held = min(self.best, self.funds) - self.paid.performance if self.terms.basis == CUMULATIVE else 0
        return self._close(base(self.terms, self.terms.ends_at) - self.paid.base, held)

    def _require_as_of(self, at: int, as_of: int) -> None:
        self.require(at < self.terms.silent_at, "TimeProblem")
        in_order = self.last_as_of < as_of <= min(at, self.terms.ends_at)
        self.require(in_order, "AsOfProblem")
        if self.terms.basis == PER_PERIOD:
            self.require(as_of == self.last_as_of + self.terms.period_length, "AsOfProblem")
        elif at >= self.terms.ends_at:
            self.require(as_of == self.terms.ends_at, "AsOfProblem")

    def _require_quorum(self, signers: list[str], members: list[str]) -> None:
        self.require(len(signers) >= self.terms.quorum, "QuorumProblem")
        before = 0
        for signer in signers:
            self.require(int(signer, 16) > before, "SignerOrderProblem")
            self.require(signer in members, "SignerProblem")
            before = int(signer, 16)

    def _close(self, base_due: int, performance: int) -> Due:
        self.closed = True
        return self._pay(Due(base_due, performance, self.left - base_due - performance))

    def _pay(self, due: Due) -> Due:
        self.paid = Due(*(sum(pair) for pair in zip(vars(self.paid).values(), vars(due).values(), strict=True)))
        return due


@dataclass
class Purses:
    """What each account has more than at first, and what waits for it; both by account and coin."""

    refusing: set[tuple[str, str]] = field(default_factory=set)
    gained: Counter = field(default_factory=Counter)
    credits: Counter = field(default_factory=Counter)

    def pay(self, account: str, coin: str, amount: int) -> None:
        (self.credits if (account, coin) in self.refusing else self.gained)[account, coin] += amount

    def withdraw(self, account: str, coin: str, to: str) -> int:
        if not self.credits[account, coin] or (to, coin) in self.refusing:
            raise Refusal("CreditProblem")
        amount = self.credits.pop((account, coin))
        self.gained[to, coin] += amount
        return amount
