"""A deal as a test handles it: its terms, its committee's keys, its money, and each call with good defaults.

Times are given as `at`, the time of the block; money that moved is stated by `with deal.moves(agency=100):`.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import batch
import clock
import pytest
from brownie import ZERO_ADDRESS, web3
from signing import Member, ascending, key_of, sign, sign_plainly
from terms import Domain, Report, Terms, amendment_digest_of, deal_id_of, report_digest_of, split_digest_of

EVIDENCE = bytes.fromhex("e1" * 32)
PUSH_GAS_FLOOR = 145_000
UNKNOWN, SCHEDULED, RUNNING, ENDED, SILENT, CLOSED = range(6)
BY_FINAL_REPORT, BY_SILENCE, BY_DECLINE, BY_NOTICE, BY_AGREEMENT, BY_AMENDMENT = range(6)
ACCEPTED, RULED, UNRULED = range(3)
REASON = bytes.fromhex("4e" * 32)

both_coins = pytest.mark.parametrize("coin", ["eth", "dollar"], indirect=True)


@dataclass(frozen=True)
class Coin:
    """The chain's coin where there is no token."""

    token: object | None

    @property
    def address(self) -> str:
        return self.token.address if self.token else ZERO_ADDRESS

    def balance_read(self, account: str) -> batch.Read:
        return batch.call(self.token.balanceOf, account) if self.token else batch.coins(account)

    def balance(self, account) -> int:
        return self.token.balanceOf(account) if self.token else web3.eth.get_balance(str(account))

    def paid(self, amount: int) -> dict:
        """What a transaction carries to pay this."""
        return {} if self.token else {"value": amount}

    def approve(self, owner, spender, amount: int) -> None:
        if self.token:
            self.token.approve(spender, amount, {"from": owner})


@dataclass(frozen=True)
class People:
    client: object
    agency: object
    keeper: object
    stranger: object
    patron: object
    arbiter: object


@dataclass
class Deal:
    escrow: object
    terms: Terms
    coin: Coin
    people: People
    committee: list[Member]

    @property
    def domain(self) -> Domain:
        return Domain(web3.eth.chain_id, self.escrow.address)

    @property
    def words(self) -> list[int]:
        return self.terms.pack()

    @property
    def id(self) -> bytes:
        return deal_id_of(self.terms, self.domain)

    def open(self, amount: int | None = None, *, by=None, at: int | None = None, **tx):
        amount = self.terms.budget if amount is None else amount
        by = by or self.people.client
        self.coin.approve(by, self.escrow, amount)
        clock.next_transaction_at(at)
        return self.escrow.open(self.words, amount, {"from": by, **self.coin.paid(amount), **tx})

    def top_up(self, amount: int, *, by=None, at: int | None = None, **tx):
        by = by or self.people.client
        self.coin.approve(by, self.escrow, amount)
        clock.next_transaction_at(at)
        return self.escrow.topUp(self.words, amount, {"from": by, **self.coin.paid(amount), **tx})

    def report(self, value: int, as_of: int | None = None, evidence: bytes = EVIDENCE) -> Report:
        return Report(self.id, self.terms.ends_at if as_of is None else as_of, value, evidence)

    def signatures(self, report: Report, signers=None) -> list[tuple[bytes, bytes]]:
        """Of as many members as the quorum needs, in order, where nobody is named."""
        if signers is None:
            signers = ascending(self.committee)[: self.terms.quorum]
        digest = report_digest_of(report, self.domain)
        return [sign(digest, each) for each in signers]

    def settle(self, value: int, as_of: int | None = None, *, signers=None, signatures=None, at=None, by=None, **tx):
        """The final report where no as-of time is given; submitted as early as it may be, by the keeper."""
        report = self.report(value, as_of)
        if signatures is None:
            signatures = self.signatures(report, signers)
        earliest = max(report.as_of, clock.now() + 1)
        clock.next_transaction_at(earliest if at is None else at)
        return self.escrow.settle(
            self.words,
            report.as_of,
            value,
            report.evidence,
            signatures,
            {"from": by or self.people.keeper, **tx},
        )

    def refund(self, *, at: int | None = None, by=None, **tx):
        """As early as it may be, by the keeper."""
        clock.next_transaction_at(self.terms.silent_at if at is None else at)
        return self.escrow.refund(self.words, {"from": by or self.people.keeper, **tx})

    def decline(self, *, at: int | None = None, by=None, **tx):
        clock.next_transaction_at(at)
        return self.escrow.decline(self.words, {"from": by or self.people.agency, **tx})

    def dispute(self, value: int, *, by, at: int | None = None, **tx):
        clock.next_transaction_at(at)
        return self.escrow.dispute(self.words, value, REASON, {"from": by, **tx})

    def rule(self, value: int, *, by=None, at: int | None = None, **tx):
        """As early as it may be."""
        clock.next_transaction_at(self.window_ends_at if at is None else at)
        return self.escrow.rule(self.words, value, {"from": by or self.people.arbiter, **tx})

    def finalize(self, *, at: int | None = None, by=None, **tx):
        """At the end of the window where no time is given, by the keeper."""
        clock.next_transaction_at(self.window_ends_at if at is None else at)
        return self.escrow.finalize(self.words, {"from": by or self.people.keeper, **tx})

    def self_report(self, value: int, *, at: int | None = None, by=None, **tx):
        """As early as it may be."""
        clock.next_transaction_at(self.terms.silent_at - self.terms.report_grace // 2 if at is None else at)
        return self.escrow.selfReport(self.words, value, EVIDENCE, {"from": by or self.people.agency, **tx})

    def give_notice(self, *, at: int | None = None, by=None, **tx):
        clock.next_transaction_at(at)
        return self.escrow.giveNotice(self.words, {"from": by or self.people.client, **tx})

    def agree(self, total: int, deadline: int, *, signers=None, at: int | None = None, by=None, **tx):
        digest = split_digest_of(self.id, self.terms.token, total, deadline, self.domain)
        signatures = [sign_plainly(digest, key_of(each)) for each in signers or self.parties]
        clock.next_transaction_at(at)
        return self.escrow.agree(self.words, total, deadline, *signatures, {"from": by or self.people.keeper, **tx})

    def amend(self, new: "Deal", total: int, deadline: int, *, signers=None, at: int | None = None, by=None, **tx):
        digest = amendment_digest_of(self.id, new.id, self.terms.token, total, deadline, self.domain)
        signatures = [sign_plainly(digest, key_of(each)) for each in signers or self.parties]
        clock.next_transaction_at(at)
        caller = {"from": by or self.people.keeper, **tx}
        return self.escrow.amend(self.words, new.words, total, deadline, *signatures, caller)

    @property
    def parties(self) -> tuple:
        return self.people.client, self.people.agency

    @property
    def window_ends_at(self) -> int:
        """Of the report that waits; 0 where none does."""
        return self.claim()["window_ends_at"]

    def claim(self) -> dict:
        return named_claim(self.escrow.claimOf(self.words)[0])

    @property
    def adjust(self) -> int:
        """What rulings add to later values."""
        return self.escrow.claimOf(self.words)[1]

    def status(self, at: int | None = None) -> int:
        if at is not None:
            clock.pass_to(at)
        return self.escrow.statusOf(self.words)

    def state(self) -> dict:
        return named_state(self.escrow.dealOf(self.words))

    def credit(self, account) -> int:
        return self.escrow.creditOf(self.coin.address, account)

    @contextmanager
    def moves(self, *, agency: int = 0, client: int = 0, escrow: int | None = None):
        """What the two parties and the contract have more, or less, after what is done inside.

        Fees of transactions are left out. Money is only moved between the three, unless `escrow` says otherwise.
        """
        expected = {
            self.terms.agency: agency,
            self.terms.client: client,
            self.escrow.address: -(agency + client) if escrow is None else escrow,
        }
        before = {account: self.coin.balance(account) for account in expected}
        height = web3.eth.block_number
        yield
        fees = fees_since(height) if self.coin.token is None else {}
        moved = {each: self.coin.balance(each) - before[each] + fees.get(each, 0) for each in expected}
        assert moved == expected, f"{moved} and not {expected}"

    @contextmanager
    def moves_nothing(self):
        state = self.state()
        with self.moves():
            yield
        assert self.state() == state


def named_state(deal: tuple) -> dict:
    """What dealOf answers, by name."""
    return dict(zip(("funded", "performance", "last_as_of", "ends_at", "closed"), deal, strict=True))


def named_claim(claim: tuple) -> dict:
    """What claimOf answers of the report that waits, by name."""
    names = ("as_of", "window_ends_at", "reported", "value", "client_value", "agency_value")
    flags = ("by_client", "by_agency", "is_self_report", "agreed_paid")
    return dict(zip(names + flags, claim, strict=True))


def fees_since(height: int) -> dict[str, int]:
    """What each sender paid for its transactions after this block."""
    fees: dict[str, int] = {}
    for number in range(height + 1, web3.eth.block_number + 1):
        for tx in web3.eth.get_block(number, True)["transactions"]:
            receipt = web3.eth.get_transaction_receipt(tx["hash"])
            fee = receipt["gasUsed"] * receipt["effectiveGasPrice"]
            fees[tx["from"]] = fees.get(tx["from"], 0) + fee
    return fees
