"""Random lives of deals, and what holds after every step of them. Promises: INVARIANTS.md.

The lives are the same in each run; MODEL_LIVES=500 plays that many others, and shortens one that fails.
"""

import os

import clock
import pytest
from brownie import ZERO_ADDRESS
from deals import CLOSED, UNKNOWN, Coin
from hypothesis import Phase
from lives import Lives
from model import base, earned
from stage import Stage
from terms import CUMULATIVE, PER_PERIOD

STEPS = 15
OTHER_LIVES = int(os.environ.get("MODEL_LIVES", 0))
SETTINGS = {"stateful_step_count": STEPS, "max_examples": OTHER_LIVES or 14, "derandomize": not OTHER_LIVES}
ONLY_PLAY = {"phases": (Phase.explicit, Phase.generate)}


@pytest.fixture
def stage(escrow, terms, people, oracles, dollar, moody, moody_receiver):
    """The patron pays for all deals and has approved nothing yet."""
    parties = {
        "client": people["client"],
        "agency": people["agency"],
        "client contract": moody_receiver(),
        "agency contract": moody_receiver(),
    }
    return Stage(escrow, terms, people, oracles, {"eth": Coin(None), "dollar": Coin(dollar), "moody": Coin(moody)}, parties)


def test_model(state_machine, stage):
    state_machine(CheckedLives, stage, settings=SETTINGS | ({} if OTHER_LIVES else ONLY_PLAY))


class CheckedLives(Lives):
    def invariant_contract_holds_what_it_owes(self):
        for coin in self.stage.coins.values():
            owed = sum(credit for (_, token), credit in self.seen.credits.items() if token == coin.address)
            for deal, state, said in self.each():
                owed += state["funded"] - said.total if deal.coin == coin else 0
            assert self.seen.balances[self.stage.escrow.address, coin.address] == owed

    def invariant_agency_gets_at_most_what_was_funded(self):
        for _, state, said in self.each():
            assert said.base + said.performance <= state["funded"]

    def invariant_agency_gets_at_most_what_was_earned(self):
        for deal, _, said in self.each():
            amounts = [earned(deal.terms, report["value"]) for report in said.reports]
            most = max(amounts, default=0) if deal.terms.basis == CUMULATIVE else sum(amounts)
            assert said.performance <= most
            assert said.base <= max(0, base(deal.terms, min(clock.now(), deal.terms.ends_at)))

    def invariant_a_value_pays_once(self):
        for deal, state, said in self.each():
            terms = deal.terms
            if terms.basis == CUMULATIVE and not state["closed"]:
                best = max((earned(terms, report["value"]) for report in said.reports), default=0)
                funds = state["funded"] - base(terms, terms.ends_at)
                assert said.performance == min(best, funds) * (10_000 - terms.retention_bps) // 10_000
            if terms.basis == PER_PERIOD:
                times = [report["asOf"] for report in said.reports]
                assert times == [terms.boundary(period) for period in range(1, len(times) + 1)]

    def invariant_performance_needs_a_quorum(self):
        for deal, _, said in self.each():
            for report in said.reports:
                assert report["signers"].bit_count() >= deal.terms.quorum
            assert said.reports or said.performance == 0

    def invariant_no_status_goes_backwards(self):
        for before, after in zip(self.before.statuses, self.seen.statuses, strict=False):
            assert UNKNOWN < before <= after

    def invariant_a_closed_deal_holds_nothing(self):
        for _, state, said in self.each():
            assert said.closings == state["closed"]
            assert not state["closed"] or said.total == state["funded"]

    def invariant_one_deal_is_not_touched_by_another(self):
        for book, state, status in zip(self.books, self.seen.states, self.seen.statuses, strict=True):
            assert state == book.state()
            assert status == book.status(clock.now())

    def invariant_money_goes_to_nobody_else(self):
        for account, coin in self.seen.credits:
            fees = self.fees[account] if coin == ZERO_ADDRESS else 0
            expected = self.first.balances[account, coin] + self.purses.gained[account, coin] - fees
            assert self.seen.balances[account, coin] == expected
            assert self.seen.credits[account, coin] == self.purses.credits[account, coin]

    def each(self):
        """Each deal, the contract's state of it, and what events said of it."""
        return zip(self.deals, self.seen.states, self.said, strict=True)

    def teardown(self):
        """Everybody leaves, and the contract is empty."""
        last = max((deal.terms.silent_at for deal in self.deals), default=0)
        if clock.now() < last:
            clock.pass_to(last)
        for index, deal in enumerate(self.deals):
            if deal.status() != CLOSED:
                self.refund(index, patient=False, early=0)
        for name, party in self.stage.parties.items():
            if party.address in {address for address, _ in self.purses.refusing}:
                self.refuse(name, False)
        for owner, coin in list(self.purses.credits):
            self._withdraw(owner, coin, self.stage.people["client"])
        self.look()
        for coin in self.stage.coins.values():
            assert self.seen.balances[self.stage.escrow.address, coin.address] == 0
        self.invariant_money_goes_to_nobody_else()
