"""The escrow as a page of Python: what each action pays, or the name of the error that refuses it.

Written from docs/protocol.md and the words of the interface, apart from escrow/ and unlike the contract: it forgets
nothing, and reckons a payment as what is owed in all less what was paid. Knows no chain; every time is an argument.
A book that refused an action may be left half written: try actions on a copy.
"""

from collections import Counter
from dataclasses import astuple, dataclass, field

from deals import CLOSED, ENDED, RUNNING, SCHEDULED, SILENT
from terms import CUMULATIVE, PER_PERIOD, RATE_SCALE, Terms

UNBOUND = 2**96 - 1
LARGEST = 2**64 - 1


class Refusal(Exception):
    """The name of the error."""


@dataclass(frozen=True)
class Due:
    """What leaves a deal: for the agency by its terms and by both signatures, for the client, for other terms."""

    base: int = 0
    performance: int = 0
    split: int = 0
    refunded: int = 0
    moved: int = 0

    def __add__(self, other: "Due") -> "Due":
        return Due(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def to_agency(self) -> int:
        return self.base + self.performance + self.split

    @property
    def total(self) -> int:
        return self.to_agency + self.refunded + self.moved


def earned(terms: Terms, value: int) -> int:
    reached = [step for step in terms.steps if value >= step.at]
    ends = [step.at for step in reached[1:]] + [value]
    by_rate = sum(step.rate * (end - step.at) for step, end in zip(reached, ends, strict=False))
    return min(sum(step.flat for step in reached) + by_rate // RATE_SCALE, terms.cap or UNBOUND)


def base(terms: Terms, at: int, ends_at: int) -> int:
    """For whole periods, and pro rata at the end."""
    time = at - terms.starts_at
    return terms.base_per_period * (time if at == ends_at else time - time % terms.period_length) // terms.period_length


def kept(terms: Terms, amount: int) -> int:
    return amount * (10_000 - terms.retention_bps) // 10_000


def in_range(value: int) -> int:
    return min(max(value, 0), LARGEST)


@dataclass
class Claim:
    """A report that waits, and what the parties say instead."""

    as_of: int
    window_ends_at: int
    reported: int
    value: int
    is_self_report: bool
    client: int | None = None
    agency: int | None = None
    agreed_paid: bool = False

    @property
    def numbers(self) -> list[int]:
        """In ascending order."""
        return [number for number in (self.client, self.value, self.agency) if number is not None]

    @property
    def is_disputed(self) -> bool:
        return len(self.numbers) > 1

    def state(self) -> dict:
        """As the contract's Claim."""
        return {
            "as_of": self.as_of,
            "window_ends_at": self.window_ends_at,
            "reported": self.reported,
            "value": self.value,
            "client_value": self.client or 0,
            "agency_value": self.agency or 0,
            "by_client": self.client is not None,
            "by_agency": self.agency is not None,
            "is_self_report": self.is_self_report,
            "agreed_paid": self.agreed_paid,
        }


@dataclass
class Book:
    """Of one open deal: everything that was paid in, what counts of all that was reported, and what was paid out."""

    terms: Terms
    funded: int
    ends_at: int
    counted: list[tuple[int, int]] = field(default_factory=list)
    """As-of times and values; of one report also twice, as agreed and as resolved."""
    waiting: Claim | None = None
    resolved_at: int = 0
    adjust: int = 0
    paid: Due = field(default_factory=Due)
    closed: bool = False

    @property
    def last_as_of(self) -> int:
        return self.counted[-1][0] if self.counted else self.terms.starts_at

    @property
    def best(self) -> int:
        return max((earned(self.terms, value) for _, value in self.counted), default=0)

    @property
    def funds(self) -> int:
        return self.funded - base(self.terms, self.ends_at, self.ends_at)

    @property
    def waits_for_funds(self) -> bool:
        """A top-up would pay at once."""
        return self.terms.basis == CUMULATIVE and not self.closed and self.best > self.funds

    @property
    def left(self) -> int:
        return self.funded - self.paid.total

    @property
    def grace_at(self) -> int:
        return max(self.ends_at, self.resolved_at)

    @property
    def silent_at(self) -> int:
        return self.grace_at + self.terms.report_grace

    @property
    def window_ends_at(self) -> int:
        return self.waiting.window_ends_at if self.waiting else 0

    @property
    def resolvable_at(self) -> int:
        """When nobody is awaited any longer."""
        return self.window_ends_at + (self.terms.ruling_window if self.waiting and self.waiting.is_disputed else 0)

    def status(self, now: int) -> int:
        if self.closed:
            return CLOSED
        if now >= self.silent_at and not self.waiting:
            return SILENT
        borders = ((SCHEDULED, self.terms.starts_at), (RUNNING, self.ends_at))
        return next((status for status, border in borders if now < border), ENDED)

    def state(self) -> dict:
        """As the contract's Deal."""
        cumulative = self.terms.basis == CUMULATIVE
        return {
            "funded": self.funded,
            "performance": self.best if cumulative and self.last_as_of < self.ends_at else self.paid.performance,
            "last_as_of": self.last_as_of,
            "ends_at": self.ends_at,
            "closed": self.closed,
        }

    def top_up(self, at: int, amount: int) -> Due:
        self._require_open()
        _require(at < self.ends_at, "TimeProblem")
        _require(not self.waiting, "WaitingProblem")
        _require(amount >= 1, "FundingProblem")
        self.funded += amount
        return self._pay(Due(performance=self._released()))

    def settle(self, at: int, as_of: int, value: int, signers: list[str], members: list[str]) -> Due:
        self._require_open()
        due = Due()
        in_place = self.waiting and self.waiting.is_self_report and as_of == self.ends_at and at < self.resolvable_at
        if not in_place:
            due = self._resolve_overdue(at)
            self._require_open()
            self._require_as_of(at, as_of)
        self._require_quorum(signers, members)
        if int(self.terms.arbiter, 16) == 0:
            due += self._count(as_of, value)
            return due + self._close_at_end()
        self.waiting = Claim(as_of, at + self.terms.challenge_window, value, in_range(value + self.adjust), False)
        return due

    def self_report(self, at: int, by: str, value: int) -> Due:
        self._require_open()
        _require(by == self.terms.agency, "CallerProblem")
        _require(self.terms.self_report, "SelfReportProblem")
        _require(not self.waiting, "WaitingProblem")
        _require(self.grace_at + self.terms.report_grace // 2 <= at < self.silent_at, "TimeProblem")
        self.waiting = Claim(self.ends_at, at + 2 * self.terms.challenge_window, value, value, True)
        return Due()

    def dispute(self, at: int, by: str, value: int) -> Due:
        claim = self._require_waiting()
        _require(at < claim.window_ends_at, "TimeProblem")
        _require(by in (self.terms.client, self.terms.agency), "CallerProblem")
        if by == self.terms.client:
            _require(claim.client is None, "FiledProblem")
            _require(value < claim.value, "ValueProblem")
            claim.client = value
            return self._agree_on(value)
        _require(claim.agency is None and not claim.is_self_report, "FiledProblem")
        _require(claim.value < value <= LARGEST, "ValueProblem")
        claim.agency = value
        return Due()

    def rule(self, at: int, by: str, value: int) -> Due:
        claim = self._require_waiting()
        _require(by == self.terms.arbiter, "CallerProblem")
        _require(claim.window_ends_at <= at < self.resolvable_at, "TimeProblem")
        _require(claim.numbers[0] <= value <= claim.numbers[-1], "ValueProblem")
        if self.terms.basis == CUMULATIVE:
            self.adjust = value - claim.reported
        return self._resolve(at, value)

    def finalize(self, at: int) -> Due:
        claim = self._require_waiting()
        if at >= self.resolvable_at:
            return self._resolve_overdue(at)
        _require(at >= claim.window_ends_at and not claim.agreed_paid, "TimeProblem")
        return self._agree_on(claim.value)

    def decline(self, by: str) -> Due:
        self._require_open()
        _require(by == self.terms.agency, "CallerProblem")
        _require(not self.counted, "AsOfProblem")
        _require(not self.waiting, "WaitingProblem")
        return self._close(Due())

    def refund(self, at: int) -> Due:
        self._require_open()
        due = self._resolve_overdue(at)
        if self.closed:
            return due
        _require(at >= self.silent_at, "TimeProblem")
        held = min(self.best, self.funds) - self.paid.performance if self.terms.basis == CUMULATIVE else 0
        return due + self._close(Due(base(self.terms, self.ends_at, self.ends_at) - self.paid.base, held))

    def give_notice(self, at: int, by: str) -> Due:
        self._require_open()
        _require(by in (self.terms.client, self.terms.agency), "CallerProblem")
        ends_at = at + self.terms.notice_period
        if self.terms.basis == PER_PERIOD and ends_at > self.terms.starts_at:
            ends_at = self.terms.boundary(-((self.terms.starts_at - ends_at) // self.terms.period_length))
        _require(ends_at < self.ends_at, "TimeProblem")
        if ends_at <= self.terms.starts_at:
            return self._close(Due())
        self.ends_at = ends_at
        return self._pay(Due(performance=self._released()))

    def agree(self, at: int, total: int, deadline: int, signed: bool) -> Due:
        self._require_open()
        _require(at < deadline, "TimeProblem")
        _require(signed, "PartySignatureProblem")
        return self._split(total)

    def amend(self, at: int, terms: Terms, total: int, deadline: int, signed: bool) -> Due:
        self._require_open()
        _require(at < deadline, "TimeProblem")
        _require(not self.waiting, "WaitingProblem")
        _require(terms.starts_at >= self.last_as_of, "StartProblem")
        _require(signed, "PartySignatureProblem")
        due = self._split(total)
        _require(at < terms.open_before, "TimeProblem")
        _require(due.refunded >= terms.budget, "FundingProblem")
        self.paid = Due(self.paid.base, self.paid.performance, self.paid.split, moved=due.refunded)
        return Due(split=due.split, moved=due.refunded)

    def _split(self, total: int) -> Due:
        _require(self.paid.to_agency <= total <= self.funded, "FundingProblem")
        self.waiting = None
        return self._close(Due(split=total - self.paid.to_agency))

    def _count(self, as_of: int, value: int) -> Due:
        """What a value pays beyond what was paid; of a report that counted already, as agreed, beyond that."""
        again = self.counted[-1][1] if self.counted and as_of == self.last_as_of else None
        self.counted.append((as_of, value))
        if self.terms.basis == PER_PERIOD:
            more = earned(self.terms, value) - (0 if again is None else earned(self.terms, again))
            performance = min(more, self.funds - self.paid.performance)
        else:
            owed = min(earned(self.terms, value), self.funds)
            owed = owed if as_of == self.ends_at else kept(self.terms, owed)
            performance = max(0, owed - self.paid.performance)
        return self._pay(Due(base(self.terms, as_of, self.ends_at) - self.paid.base, performance))

    def _released(self) -> int:
        """What more funds for performance pay at once."""
        if self.terms.basis == PER_PERIOD:
            return 0
        return kept(self.terms, min(self.best, self.funds)) - self.paid.performance

    def _agree_on(self, value: int) -> Due:
        self.waiting.agreed_paid = True
        return self._count(self.waiting.as_of, value)

    def _resolve_overdue(self, at: int) -> Due:
        """By silence: the client's accepts, the arbiter's leaves the quorum's number or, without one, the client's."""
        claim = self.waiting
        if not claim:
            return Due()
        _require(at >= self.resolvable_at, "WaitingProblem")
        value = claim.client if claim.is_self_report and claim.is_disputed else claim.value
        return self._resolve(self.resolvable_at, value)

    def _resolve(self, resolved_at: int, value: int) -> Due:
        as_of, self.waiting, self.resolved_at = self.waiting.as_of, None, resolved_at
        return self._count(as_of, value) + self._close_at_end()

    def _close_at_end(self) -> Due:
        return self._close(Due()) if self.last_as_of == self.ends_at else Due()

    def _close(self, due: Due) -> Due:
        self.closed = True
        return self._pay(due + Due(refunded=self.left - due.total))

    def _pay(self, due: Due) -> Due:
        self.paid += due
        return due

    def _require_open(self) -> None:
        _require(not self.closed, "StatusProblem")

    def _require_waiting(self) -> Claim:
        self._require_open()
        _require(self.waiting, "WaitingProblem")
        return self.waiting

    def _require_as_of(self, at: int, as_of: int) -> None:
        _require(at < self.silent_at, "TimeProblem")
        _require(self.last_as_of < as_of <= min(at, self.ends_at), "AsOfProblem")
        if self.terms.basis == PER_PERIOD:
            _require(as_of == self.last_as_of + self.terms.period_length, "AsOfProblem")
        elif at >= self.ends_at:
            _require(as_of == self.ends_at, "AsOfProblem")

    def _require_quorum(self, signers: list[str], members: list[str]) -> None:
        _require(len(signers) >= self.terms.quorum, "QuorumProblem")
        before = 0
        for signer in signers:
            _require(int(signer, 16) > before, "SignerOrderProblem")
            _require(signer in members, "SignerProblem")
            before = int(signer, 16)


def _require(truth, error: str) -> None:
    if not truth:
        raise Refusal(error)


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
