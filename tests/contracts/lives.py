"""Random lives of several deals: each rule does one thing to the chain and to the model, which must answer the same.

Knows what the contract's events said; what must hold after each step is written in test_model.py.
"""

from collections import Counter
from copy import deepcopy
from functools import partial

import clock
import moods
from brownie import ZERO_ADDRESS, history, web3
from deals import EVIDENCE, REASON, Deal, People, fees_since
from model import LARGEST, Book, Due, Purses, Refusal
from permits import permit
from plans import BUDGET, MOST_DEALS, plans, steps
from refusals import name_of, refusal_of
from said import Said
from signing import key_of, member, sign_plainly
from stage import Stage
from terms import CUMULATIVE, DAY, PER_PERIOD, Report, amendment_digest_of, split_digest_of

DEADLINE = 2**40
GAS_PER_ITEM = 300_000
NOBODY = member("nobody")
"""Of no committee."""


class Lives:
    st_plans = plans
    st_step = steps

    def __init__(cls, stage: Stage, done: Counter):
        """`done` counts over all lives: steps, and how often each call was accepted or refused with which error."""
        cls.stage, cls.done = stage, done

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
        self.done["steps"] += 1
        getattr(self, name)(**arguments)
        self.look()

    def look(self):
        self.before, self.seen = self.seen, self.stage.look(self.deals)
        self.fees.update(fees_since(self.height))
        self.height = web3.eth.block_number

    # Money in

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
        self._keep(deal, amount)
        self.purses.gained[patron.address, deal.coin.address] -= amount

    def open_again(self, index):
        deal = self.deals[self._any(index)]
        assert refusal_of(lambda: deal.open(BUDGET, by=deal.people.patron)) == "StatusProblem"

    def top_up(self, index, amount):
        at = clock.now() + 2
        index = self._one(index, lambda book: book.waits_for_funds and at < book.ends_at)
        deal, patron = self.deals[index], self.stage.people["patron"]
        if self._do("top_up", index, lambda book: book.top_up(at, amount), lambda: deal.top_up(amount, by=patron, at=at)):
            self.purses.gained[patron.address, deal.coin.address] -= amount

    # Performance

    def report(self, index, kind, value, ranks=None, contested=False):
        """Of a right time, as soon as it has come and nobody is awaited; signed by as many as must or, by rank, by whomever."""
        index = self._one(
            index,
            lambda book: kind == "end" and book.waiting and book.waiting.is_self_report,
            lambda book: book.adjust and self._takes_reports(book),
            lambda book: contested and book.terms.challenge_window and self._takes_reports(book),
            self._takes_reports,
            lambda book: not book.closed,
        )
        book = self.books[index]
        if book.terms.basis == PER_PERIOD or (kind == "end" and not self._ends_soon(book)):
            kind = "boundary"
        if book.terms.basis != PER_PERIOD and clock.now() + 1 >= book.ends_at:
            kind = "end"
        as_of = self._as_of(book, kind)
        free_at = book.resolvable_at if book.waiting and not book.waiting.is_self_report else 0
        self._settle(index, as_of, value, ranks, at=0 if book.closed else max(as_of, free_at))

    def report_at_once(self, index, kind, value):
        """Of any time, signed by as many as must."""
        index = self._any(index)
        self._settle(index, self._as_of(self.books[index], kind), value, None, at=0)

    def report_both(self, indexes, kinds, value):
        """Two reports, also of one deal, in one transaction; each by itself."""
        indexes = [self._one(index, lambda book: not book.closed) for index in indexes]
        reports = [
            self.deals[index].report(value, self._as_of(self.books[index], kind))
            for index, kind in zip(indexes, kinds, strict=True)
        ]
        at = max(clock.now() + 1, reports[0].as_of)
        skipped, owed = [], {index: Due() for index in indexes}
        for item, (index, report) in enumerate(zip(indexes, reports, strict=True)):
            try:
                owed[index] += self._expect("report_both", index, partial(self._settled, index, report, None, at))
            except Refusal as refusal:
                skipped.append((item, str(refusal)))
        calls = [self._call_of(index, report) for index, report in zip(indexes, reports, strict=True)]
        clock.next_transaction_at(at)
        events = self.stage.escrow.settleBatch(GAS_PER_ITEM, calls, {"from": self.stage.people["keeper"]}).events
        found = events["ItemSkipped"] if "ItemSkipped" in events else []
        assert [(each["item"], name_of(each["reason"], self.stage.escrow)) for each in found] == skipped
        for index, due in owed.items():
            assert self.said[index].take(events) == due

    # A report that waits

    def dispute(self, index, by, number, value, when, blunt):
        """Where no window is open, a report opens one instead, unless the step is blunt."""
        now = clock.now() + 1
        if not (blunt or any(book.window_ends_at > now for book in self.books)):
            return self.report(index, "second", value, contested=True)
        index = self._one(
            index,
            lambda book: book.window_ends_at > now and self._would_bind(book),
            lambda book: book.window_ends_at > now,
        )
        book, caller = self.books[index], self._caller(index, by)
        at = self._when(book, when)
        reported, way = book.waiting.value if book.waiting else value, -1 if by == "client" else 1
        filed = {
            "near": reported + way,
            "far": reported // 2 if way < 0 else 2 * reported,
            "furthest": 0 if way < 0 else LARGEST,
            "no": reported,
            "wrong": reported - way,
            "beyond": LARGEST + 1,
        }[number]
        filed = max(0, filed)
        self._do(
            "dispute",
            index,
            lambda book: book.dispute(at, caller.address, filed),
            lambda: self._by(caller, at, "dispute", book.terms.pack(), filed, REASON),
        )

    def arbitrate(self, index, by, number, when, blunt):
        """Where nothing is disputed, somebody disputes instead, unless the step is blunt."""
        now = clock.now() + 1
        if not (blunt or any(book.resolvable_at > now and book.waiting.is_disputed for book in self.books)):
            return self.dispute(index, "agency" if index % 3 == 0 else "client", "far", 60, "now", False)
        index = self._one(
            index,
            lambda book: book.resolvable_at > now and book.waiting.is_disputed and self._would_bind(book),
            lambda book: book.resolvable_at > now and book.waiting.is_disputed,
        )
        book, caller = self.books[index], self._caller(index, by)
        numbers = book.waiting.numbers if book.waiting else [100]
        value = {
            "one below": max(0, numbers[0] - 1),
            "least": numbers[0],
            "between": (numbers[0] + numbers[-1]) // 2,
            "reported": book.waiting.value if book.waiting else 100,
            "most": numbers[-1],
            "one above": numbers[-1] + 1,
        }[number]
        at = self._when(book, when)
        self._do(
            "rule",
            index,
            lambda book: book.rule(at, caller.address, value),
            lambda: self._by(caller, at, "rule", book.terms.pack(), value),
        )

    def finalize(self, index, when, value, blunt):
        """Where nothing waits, something is reported instead, unless the step is blunt."""
        if not (blunt or any(book.waiting for book in self.books)):
            return self.report(index, "second", value, contested=True)
        index = self._one(index, lambda book: book.waiting)
        deal, at = self.deals[index], self._when(self.books[index], when)
        self._do("finalize", index, lambda book: book.finalize(at), lambda: deal.finalize(at=at, by=deal.people.stranger))

    def self_report(self, index, by, value, when, blunt):
        """Where no deal allows it, something else is reported, unless the step is blunt."""
        allowed = [book.terms.self_report and self._takes_reports(book) for book in self.books]
        if not (blunt or any(allowed)):
            return self.report(index, "second", value, contested=True)
        index = self._one(
            index,
            lambda book: book.terms.self_report and self._takes_reports(book) and self._ends_soon(book),
            lambda book: book.terms.self_report and self._takes_reports(book),
        )
        book, caller = self.books[index], self._caller(index, by)
        at = self._when(book, when)
        self._do(
            "self_report",
            index,
            lambda book: book.self_report(at, caller.address, value),
            lambda: self._by(caller, at, "selfReport", book.terms.pack(), value, EVIDENCE),
        )

    # Leaving, and changing terms

    def give_notice(self, index, by):
        at = clock.now() + 1
        index = self._one(index, lambda book: not book.closed and at < book.ends_at)
        caller = self._caller(index, by)
        self._do(
            "give_notice",
            index,
            lambda book: book.give_notice(at, caller.address),
            lambda: self._by(caller, at, "giveNotice", self.deals[index].words),
        )

    def agree(self, index, total, late, forged):
        at = clock.now() + 1
        index = self._any(index)
        deal, deadline = self.deals[index], at if late else at + 1
        amount = self._total(self.books[index], total)
        digest = split_digest_of(deal.id, deal.terms.token, amount, deadline, deal.domain)
        signatures = self._signatures(deal, digest, forged)
        signed = self._signed(deal, forged)
        self._do(
            "agree",
            index,
            lambda book: book.agree(at, amount, deadline, signed),
            lambda: self._by(deal.people.stranger, at, "agree", deal.words, amount, deadline, *signatures),
        )

    def amend(self, index, plan, total, too_soon, late, forged):
        """To terms of the plan, but for parties and coin, with whatever budget the rest suffices for."""
        if len(self.deals) == MOST_DEALS:
            return
        at = clock.now() + 1
        index = self._any(index)
        deal, book, deadline = self.deals[index], self.books[index], at if late else at + 1
        amount = self._total(book, total)
        new = self._planned(plan, like=deal)
        least = max(1, new.terms.base_per_period * new.terms.periods)
        new.terms = new.terms.but(budget=max(least, book.funded - amount))
        if too_soon:
            new.terms = new.terms.but(starts_at=book.last_as_of - 1, open_before=book.last_as_of - 1)
        digest = amendment_digest_of(deal.id, new.id, deal.terms.token, amount, deadline, deal.domain)
        signatures, signed = self._signatures(deal, digest, forged), self._signed(deal, forged)
        if self._do(
            "amend",
            index,
            lambda book: book.amend(at, new.terms, amount, deadline, signed),
            lambda: self._by(deal.people.stranger, at, "amend", deal.words, new.words, amount, deadline, *signatures),
        ):
            self._keep(new, self.books[index].paid.moved)

    def decline(self, index, by):
        index = self._any(index)
        caller, at = self._caller(index, by), clock.now() + 1
        self._do(
            "decline",
            index,
            lambda book: book.decline(caller.address),
            lambda: self._by(caller, at, "decline", self.deals[index].words),
        )

    def refund(self, index, when):
        index = self._any(index)
        self._refund(index, self._when(self.books[index], when))

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
        at = self._when(self.books[self._any(index)], moment) - less
        if at > clock.now():
            clock.pass_to(at)

    # How they are done

    def _any(self, index: int) -> int:
        """One that is open, but for the last of all indexes."""
        choice = [number for number, book in enumerate(self.books) if not book.closed or index == MOST_DEALS - 1]
        return choice[index % len(choice)] if choice else index % len(self.books)

    def _one(self, index: int, *wishes) -> int:
        """One of those that are wanted, where there are any: a step that does something is worth more."""
        for wanted in wishes:
            if choice := [number for number, book in enumerate(self.books) if wanted(book)]:
                return choice[index % len(choice)]
        return self._any(index)

    def _party(self, address: str):
        return next(each for each in self.stage.parties.values() if each.address == address)

    def _would_bind(self, book: Book) -> bool:
        """Whether later values would inherit a ruling."""
        return book.terms.basis == CUMULATIVE and book.waiting.as_of < book.ends_at

    def _ends_soon(self, book: Book) -> bool:
        """Time passes for all deals, and a leap to a far end leaves the others silent."""
        return book.ends_at < clock.now() + 3 * DAY

    def _takes_reports(self, book: Book) -> bool:
        return not book.waiting and not book.closed and clock.now() + 1 < book.silent_at

    def _caller(self, index: int, role: str):
        if role in ("client", "agency"):
            return self._party(getattr(self.books[index].terms, role))
        return self.stage.people[role]

    def _planned(self, plan, like: Deal | None = None) -> Deal:
        """Between the parties and in the coin of another deal, where there is one."""
        stage = self.stage
        coin = like.coin if like else stage.coins[plan.coin]
        parties = like.terms if like else None
        terms = plan.terms(
            stage.terms,
            clock.now(),
            stage.people["arbiter"].address,
            client=parties.client if parties else stage.parties[plan.client].address,
            agency=parties.agency if parties else stage.parties[plan.agency].address,
            token=coin.address,
            salt=len(self.deals),
        )
        return Deal(stage.escrow, terms, coin, People(**stage.people), stage.oracles)

    def _keep(self, deal: Deal, funded: int) -> None:
        self.deals.append(deal)
        self.books.append(Book(deal.terms, funded, deal.terms.ends_at))
        self.said.append(Said("0x" + deal.id.hex(), deal.terms.client))

    def _as_of(self, book: Book, kind: str) -> int:
        terms, last = book.terms, book.waiting.as_of if book.waiting else book.last_as_of
        passed = (last - terms.starts_at) // terms.period_length
        return {
            "last": last,
            "second": last + 1,
            "boundary": terms.boundary(passed + 1),
            "now": clock.now() + 1,
            "end": book.ends_at,
            "after the end": book.ends_at + 1,
        }[kind]

    def _when(self, book: Book, when: str) -> int:
        """The next second, or later where that moment of the deal is later."""
        moment = {
            "now": 0,
            "start": book.terms.starts_at,
            "end": book.ends_at,
            "half_grace": book.grace_at + book.terms.report_grace // 2,
            "silent": max(book.grace_at, book.resolvable_at) + book.terms.report_grace,
            "window": book.window_ends_at,
            "resolvable": book.resolvable_at,
        }[when.removeprefix("before_")]
        return max(clock.now() + 1, moment - when.startswith("before_"))

    def _total(self, book: Book, kind: str) -> int:
        paid = book.paid.to_agency
        return {
            "one below": max(0, paid - 1),
            "paid": paid,
            "between": (paid + book.funded) // 2,
            "funded": book.funded,
            "one above": book.funded + 1,
        }[kind]

    def _signatures(self, deal: Deal, digest: bytes, forged: bool) -> list[bytes]:
        """Of both parties, or forged by the stranger; a party that is a contract takes any for its own."""
        parties = [self._party(address) for address in (deal.terms.client, deal.terms.agency)]
        signers = [party if _has_key(party) and not forged else self.stage.people["stranger"] for party in parties]
        return [sign_plainly(digest, key_of(signer)) for signer in signers]

    def _signed(self, deal: Deal, forged: bool) -> bool:
        return not forged or not any(_has_key(self._party(address)) for address in (deal.terms.client, deal.terms.agency))

    def _settle(self, index: int, as_of: int, value: int, ranks, at: int) -> None:
        """At once, or later where that is said."""
        deal, at = self.deals[index], max(clock.now() + 1, at)
        report = deal.report(value, as_of)
        signatures = deal.signatures(report, self._signers(index, ranks))
        self._do(
            "settle",
            index,
            partial(self._settled, index, report, ranks, at),
            lambda: deal.settle(value, as_of, signatures=signatures, at=at),
        )

    def _settled(self, index: int, report: Report, ranks, at: int, book: Book) -> Due:
        signers, members = self._signers(index, ranks), self.deals[index].committee
        names = [[each.address for each in group] for group in (signers, members)]
        return book.settle(at, report.as_of, report.value, *names)

    def _signers(self, index: int, ranks) -> list:
        """By rank in the committee, or as many as must."""
        deal = self.deals[index]
        return [(*deal.committee, NOBODY)[rank] for rank in (range(deal.terms.quorum) if ranks is None else ranks)]

    def _call_of(self, index: int, report: Report) -> str:
        deal = self.deals[index]
        signatures = deal.signatures(report, self._signers(index, None))
        return deal.escrow.settle.encode_input(deal.words, report.as_of, report.value, report.evidence, signatures)

    def _refund(self, index: int, at: int) -> bool:
        deal = self.deals[index]
        return self._do("refund", index, lambda book: book.refund(at), lambda: deal.refund(at=at, by=deal.people.stranger))

    def _expect(self, call: str, index: int, expect) -> Due:
        """What the model pays, and to whom; a refusal leaves it as it was."""
        trial, terms = deepcopy(self.books[index]), self.deals[index].terms
        try:
            due = expect(trial)
        except Refusal as refusal:
            self.done[call, str(refusal)] += 1
            raise
        self.books[index] = trial
        self.purses.pay(terms.agency, terms.token, due.to_agency)
        self.purses.pay(terms.client, terms.token, due.refunded)
        self.done[call, "accepted"] += 1
        return due

    def _do(self, call: str, index: int, expect, act) -> bool:
        """The chain pays what the model expects, or refuses with the same error and False comes back."""
        try:
            due = self._expect(call, index, expect)
        except Refusal as refusal:
            assert refusal_of(act) == str(refusal)
            return False
        assert self.said[index].take(act().events) == due
        return True

    def _withdraw(self, owner: str, coin: str, to) -> None:
        party, at = self._party(owner), clock.now() + 1
        try:
            amount = self.purses.withdraw(owner, coin, to.address)
        except Refusal as refusal:
            assert refusal_of(lambda: self._by(party, at, "withdraw", coin, to)) == str(refusal)
        else:
            assert self._by(party, at, "withdraw", coin, to).events["Withdrawn"]["amount"] == amount

    def _by(self, party, at: int, function: str, *arguments):
        """The party calls the escrow, by its own transaction or, where it is a contract, by the keeper's."""
        method = getattr(self.stage.escrow, function)
        clock.next_transaction_at(at)
        if hasattr(party, "act"):
            message = method.encode_input(*arguments)
            return party.act(self.stage.escrow, 0, message, {"from": self.stage.people["keeper"]})
        return method(*arguments, {"from": party})


def _has_key(party) -> bool:
    return hasattr(party, "private_key")
