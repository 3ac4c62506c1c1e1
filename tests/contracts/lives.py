"""Random lives of several deals: each rule does one thing to the chain and to the model, which must answer the same.

Knows what the contract's events said; what must hold after each step is written in test_model.py.
"""

from collections import Counter
from dataclasses import dataclass

import clock
import moods
from brownie import ZERO_ADDRESS, history, web3
from deals import Deal, People, fees_since
from model import Book, Due, Purses, Refusal
from permits import permit
from plans import BUDGET, MOST_DEALS, plans, steps
from refusals import refusal_of
from signing import member
from stage import Stage
from terms import PER_PERIOD

DEADLINE = 2**40
NOBODY = member("nobody")
"""Of no committee."""


@dataclass
class Said:
    """What the contract's events said of one deal."""

    base: int = 0
    performance: int = 0
    refunded: int = 0
    closings: int = 0

    def __post_init__(self):
        self.reports: list = []

    @property
    def total(self) -> int:
        return self.base + self.performance + self.refunded

    def take(self, events) -> Due:
        """Adds what one transaction said, and returns that."""
        found = [events[name] for name in ("DealToppedUp", "ReportSettled", "DealClosed") if name in events]
        parts = {part: sum(event[part] for event in found if part in event) for part in ("base", "performance", "refunded")}
        for part, amount in parts.items():
            setattr(self, part, getattr(self, part) + amount)
        self.closings += "DealClosed" in events
        self.reports += [events["ReportSettled"]] if "ReportSettled" in events else []
        return Due(**parts)


class Lives:
    st_plans = plans
    st_step = steps

    def __init__(cls, stage: Stage):
        cls.stage = stage

    def setup(self):
        history.clear()  # as the fixture `isolation` does, for the life before
        self.deals: list[Deal] = []
        self.books: list[Book] = []
        self.said: list[Said] = []
        self.purses = Purses()
        self.fees: Counter = Counter()
        self.height = web3.eth.block_number
        self.first = self.before = self.seen = self.stage.look([])

    def initialize_deals(self, st_plans):
        for plan in st_plans:
            self.open(plan, False)
        self.look()

    def rule_step(self, st_step):
        name, arguments = st_step
        getattr(self, name)(**arguments)
        self.look()

    def look(self):
        self.before, self.seen = self.seen, self.stage.look(self.deals)
        self.fees.update(fees_since(self.height))
        self.height = web3.eth.block_number

    # Steps

    def open(self, plan, with_permit):
        """With a permit only where the coin has permits."""
        if len(self.deals) == MOST_DEALS:
            return
        deal, amount, patron = self._planned(plan), BUDGET + plan.spare, self.stage.people["patron"]
        if with_permit and plan.coin == "dollar":
            signed = permit(deal.coin.token, deal.escrow, patron, amount, deadline=DEADLINE)
            deal.escrow.openWithPermit(deal.words, amount, *signed, {"from": patron})
        else:
            deal.open(amount, by=patron)
        self.deals.append(deal)
        self.books.append(Book(deal.terms, amount))
        self.said.append(Said())
        self.purses.gained[patron.address, deal.coin.address] -= amount

    def open_again(self, index):
        deal = self.deals[self._any(index)]
        assert refusal_of(lambda: deal.open(BUDGET, by=deal.people.patron)) == "StatusProblem"

    def top_up(self, index, amount):
        at = clock.now() + 2
        index = self._one(index, lambda book: book.waits_for_funds and at < book.terms.ends_at)
        deal, patron = self.deals[index], self.stage.people["patron"]
        if self._do(index, lambda book: book.top_up(at, amount), lambda: deal.top_up(amount, by=patron, at=at)):
            self.purses.gained[patron.address, deal.coin.address] -= amount

    def report(self, index, kind, value, ranks=None):
        """Of a right time, as soon as it has come; signed by as many as must or, by rank, by whomever."""
        index = self._one(index, lambda book: not book.closed)
        book = self.books[index]
        if book.terms.basis == PER_PERIOD:
            kind = "boundary"
        elif clock.now() + 1 >= book.terms.ends_at:
            kind = "end"
        self._settle(index, self._as_of(book, kind), value, ranks, patient=not book.closed)

    def report_at_once(self, index, kind, value):
        """Of any time, signed by as many as must."""
        index = self._any(index)
        self._settle(index, self._as_of(self.books[index], kind), value, None, patient=False)

    def decline(self, index, by_agency):
        index = self._any(index)
        deal = self.deals[index]
        caller = self._party(deal.terms.agency) if by_agency else deal.people.stranger
        self._do(index, lambda book: book.decline(by_agency), lambda: self._by(caller, "decline", deal.words))

    def refund(self, index, patient, early):
        """At once or, if patient, when the deal has fallen silent, or a second too early."""
        index = self._any(index)
        deal = self.deals[index]
        at = max(clock.now() + 1, deal.terms.silent_at - early if patient else 0)
        self._do(index, lambda book: book.refund(at), lambda: deal.refund(at=at, by=deal.people.stranger))

    def refuse(self, name, on):
        """A party takes no more coins, where it is a contract, and none of the token that blocks; or takes both again."""
        party, keeper = self.stage.parties[name], self.stage.people["keeper"]
        moody = self.stage.coins["moody"].token
        moody.setBlocked(party, on, {"from": keeper})
        touched = {(party.address, moody.address)}
        if hasattr(party, "setMood"):
            party.setMood(moods.RECEIVER.index("Reverts" if on else "Accepts"), {"from": keeper})
            touched.add((party.address, ZERO_ADDRESS))
        self.purses.refusing = self.purses.refusing | touched if on else self.purses.refusing - touched

    def withdraw(self, name, index, to):
        """A credit or, where there is none, one that is not there."""
        keys = sorted(self.purses.credits) or [(self.stage.parties[name].address, ZERO_ADDRESS)]
        self._withdraw(*keys[index % len(keys)], self.stage.accounts[to])

    def wait(self, index, moment, less):
        """Until so many seconds before a border of the deal; what is done next is done a second later."""
        at = getattr(self.deals[self._any(index)].terms, moment) - less
        if at > clock.now():
            clock.pass_to(at)

    # How they are done

    def _any(self, index: int) -> int:
        return index % len(self.deals)

    def _one(self, index: int, wanted) -> int:
        """One of those that are wanted, where there are any: a step that does something is worth more."""
        choice = [number for number, book in enumerate(self.books) if wanted(book)] or range(len(self.books))
        return choice[index % len(choice)]

    def _party(self, address: str):
        return next(each for each in self.stage.parties.values() if each.address == address)

    def _planned(self, plan) -> Deal:
        stage, coin = self.stage, self.stage.coins[plan.coin]
        terms = plan.terms(
            stage.terms,
            clock.now(),
            client=stage.parties[plan.client].address,
            agency=stage.parties[plan.agency].address,
            token=coin.address,
            salt=len(self.deals),
        )
        return Deal(stage.escrow, terms, coin, People(**stage.people), stage.oracles)

    def _as_of(self, book: Book, kind: str) -> int:
        terms = book.terms
        passed = (book.last_as_of - terms.starts_at) // terms.period_length
        return {
            "last": book.last_as_of,
            "second": book.last_as_of + 1,
            "boundary": terms.boundary(passed + 1),
            "now": clock.now() + 1,
            "end": terms.ends_at,
            "after the end": terms.ends_at + 1,
        }[kind]

    def _settle(self, index: int, as_of: int, value: int, ranks, patient: bool) -> None:
        """At once or, if patient, when the time of the report has come."""
        deal, at = self.deals[index], max(clock.now() + 1, as_of if patient else 0)
        ranks = range(deal.terms.quorum) if ranks is None else ranks
        signers = [(*deal.committee, NOBODY)[rank] for rank in ranks]
        names, members = [each.address for each in signers], [each.address for each in deal.committee]
        self._do(
            index,
            lambda book: book.settle(at, as_of, value, names, members),
            lambda: deal.settle(value, as_of, signatures=deal.signatures(deal.report(value, as_of), signers), at=at),
        )

    def _do(self, index: int, expect, act) -> bool:
        """The chain pays what the model expects, or refuses with the same error and False comes back."""
        terms = self.deals[index].terms
        try:
            due = expect(self.books[index])
        except Refusal as refusal:
            assert refusal_of(act) == str(refusal)
            return False
        assert self.said[index].take(act().events) == due
        self.purses.pay(terms.agency, terms.token, due.base + due.performance)
        self.purses.pay(terms.client, terms.token, due.refunded)
        return True

    def _withdraw(self, owner: str, coin: str, to) -> None:
        party = self._party(owner)
        try:
            amount = self.purses.withdraw(owner, coin, to.address)
        except Refusal as refusal:
            assert refusal_of(lambda: self._by(party, "withdraw", coin, to)) == str(refusal)
        else:
            assert self._by(party, "withdraw", coin, to).events["Withdrawn"]["amount"] == amount

    def _by(self, party, function: str, *arguments):
        """The party calls the escrow, by its own transaction or, where it is a contract, by the keeper's."""
        method = getattr(self.stage.escrow, function)
        if hasattr(party, "act"):
            message = method.encode_input(*arguments)
            return party.act(self.stage.escrow, 0, message, {"from": self.stage.people["keeper"]})
        return method(*arguments, {"from": party})
