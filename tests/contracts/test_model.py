"""Random lives of deals, and what holds after every step of them. Promises: INVARIANTS.md.

The lives are the same in each run; MODEL_LIVES=500 plays that many others, and shortens one that fails.
"""

import os
from collections import Counter

import clock
import pytest
from brownie import ZERO_ADDRESS
from deals import CLOSED, UNKNOWN, Coin
from hypothesis import Phase
from lives import Lives
from model import base, earned, kept
from said import BY_ARBITER, BY_ARBITERS_SILENCE, BY_CLIENT, BY_QUORUM, BY_SILENCE
from stage import Stage
from terms import CUMULATIVE, PER_PERIOD

STEPS = 25
OTHER_LIVES = int(os.environ.get("MODEL_LIVES", 0))
SETTINGS = {"stateful_step_count": STEPS, "max_examples": OTHER_LIVES or 30, "derandomize": not OTHER_LIVES}
ONLY_PLAY = {"phases": (Phase.explicit, Phase.generate)}

# What the lives must meet to be worth playing.
MEETS = {
    "a report": ("after a ruling",),
    "agree": ("accepted", "TimeProblem"),
    "amend": ("accepted", "WaitingProblem"),
    "decline": ("accepted", "CallerProblem"),
    "dispute": ("accepted", "CallerProblem", "FiledProblem", "TimeProblem", "ValueProblem"),
    "finalize": ("accepted", "TimeProblem"),
    "give_notice": ("accepted", "CallerProblem", "TimeProblem"),
    "refund": ("accepted", "TimeProblem"),
    "report_both": ("accepted", "WaitingProblem"),
    "rule": ("accepted", "CallerProblem", "TimeProblem", "ValueProblem"),
    "self_report": ("accepted", "CallerProblem", "SelfReportProblem"),
    "settle": ("accepted", "AsOfProblem", "QuorumProblem", "SignerProblem", "TimeProblem", "WaitingProblem"),
    "top_up": ("accepted", "TimeProblem", "WaitingProblem"),
}


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
    done: Counter = Counter()
    state_machine(CheckedLives, stage, done, settings=SETTINGS | ({} if OTHER_LIVES else ONLY_PLAY))
    missing = [(call, outcome) for call, outcomes in MEETS.items() for outcome in outcomes if not done[call, outcome]]
    assert OTHER_LIVES or not missing, f"no life met {missing}"


class CheckedLives(Lives):
    # Money

    def invariant_contract_holds_what_it_owes(self):
        for coin in self.stage.coins.values():
            owed = sum(credit for (_, token), credit in self.seen.credits.items() if token == coin.address)
            for deal, state, said in self.each():
                owed += state["funded"] - said.paid.total if deal.coin == coin else 0
            assert self.seen.balances[self.stage.escrow.address, coin.address] == owed

    def invariant_agency_gets_at_most_what_was_funded(self):
        for _, state, said in self.each():
            assert said.paid.to_agency <= state["funded"]

    def invariant_agency_gets_at_most_what_was_earned(self):
        for deal, state, said in self.each():
            highest: dict[int, int] = {}
            for each in said.counted:
                highest[each.report.as_of] = max(each.value, highest.get(each.report.as_of, 0))
            amounts = [earned(deal.terms, value) for value in highest.values()]
            most = max(amounts, default=0) if deal.terms.basis == CUMULATIVE else sum(amounts)
            assert said.paid.performance <= most
            passed = max(deal.terms.starts_at, min(self.seen.at, state["ends_at"]))
            assert said.paid.base <= base(deal.terms, passed, state["ends_at"])

    def invariant_a_value_pays_once(self):
        for deal, state, said in self.each():
            terms = deal.terms
            if terms.basis == CUMULATIVE and state["last_as_of"] < state["ends_at"] and not state["closed"]:
                best = max((earned(terms, each.value) for each in said.counted), default=0)
                funds = state["funded"] - base(terms, state["ends_at"], state["ends_at"])
                assert said.paid.performance == kept(terms, min(best, funds))
            if terms.basis == PER_PERIOD:
                times = list(dict.fromkeys(each.report.as_of for each in said.counted))
                assert times == [terms.boundary(period) for period in range(1, len(times) + 1)]
                for time in times:
                    words = [each for each in said.counted if each.report.as_of == time]
                    assert sum(each.performance for each in words) <= earned(terms, words[-1].value)

    def invariant_a_closed_deal_holds_nothing(self):
        for place, (_, state, said) in enumerate(self.each()):
            assert said.closings == state["closed"]
            assert not state["closed"] or said.paid.total == state["funded"]
            assert not state["closed"] or not any(self.seen.claims[place].values())

    def invariant_money_goes_to_nobody_else(self):
        for account, coin in self.seen.credits:
            fees = self.fees[account] if coin == ZERO_ADDRESS else 0
            expected = self.first.balances[account, coin] + self.purses.gained[account, coin] - fees
            assert self.seen.balances[account, coin] == expected
            assert self.seen.credits[account, coin] == self.purses.credits[account, coin]

    # Reports

    def invariant_performance_needs_a_quorum(self):
        for deal, _, said in self.each():
            for report in said.filed:
                assert report.is_self_report or report.signers.bit_count() >= deal.terms.quorum
                assert not report.is_self_report or deal.terms.self_report
            for each in said.counted:
                if each.report.is_self_report:
                    accepted = each.report.value if each.report.client is None else each.report.client
                    assert each.value == accepted or each.whose == BY_ARBITER
            assert said.counted or said.paid.performance == 0

    def invariant_a_waiting_report_blocks_another(self):
        for place, before, after in self.changes("claims"):
            if not before["as_of"]:
                continue
            waits_on = before["reported"] == after["reported"] and before["window_ends_at"] == after["window_ends_at"]
            in_place = before["is_self_report"] and not after["is_self_report"] and before["as_of"] == after["as_of"]
            assert not after["as_of"] or waits_on or in_place or self.seen.at >= self.awaited_until(place, before)
            if after["as_of"] and waits_on:
                assert self.before.states[place]["funded"] == self.seen.states[place]["funded"]
                assert not self.seen.states[place]["closed"]

    def invariant_nothing_counts_but_between_the_numbers_filed(self):
        for deal, _, said in self.each():
            for each in said.counted:
                assert each.report.numbers[0] <= each.value <= each.report.numbers[-1]
            if deal.terms.basis == CUMULATIVE:
                highest = max((earned(deal.terms, report.numbers[-1]) for report in said.filed), default=0)
                assert said.paid.performance <= highest

    def invariant_what_both_accept_is_paid_at_once(self):
        for place, _, claim in self.changes("claims"):
            state, said, terms = self.seen.states[place], self.said[place], self.deals[place].terms
            assert not claim["by_client"] or claim["agreed_paid"]
            if claim["agreed_paid"]:
                agreed = earned(terms, claim["client_value"] if claim["by_client"] else claim["value"])
                funds = state["funded"] - base(terms, state["ends_at"], state["ends_at"])
                is_final = claim["as_of"] == state["ends_at"]
                owed = min(agreed, funds) if is_final else kept(terms, min(agreed, funds))
                assert state["last_as_of"] == claim["as_of"]
                assert said.paid.base == base(terms, claim["as_of"], state["ends_at"])
                assert said.paid.performance >= owed or terms.basis == PER_PERIOD
                assert said.counted[-1].performance == agreed or terms.basis == CUMULATIVE or said.paid.performance == funds

    def invariant_nobody_is_passed_over(self):
        for deal, _, said in self.each():
            for each in said.counted:
                report, arbiter_until = each.report, each.report.window_ends_at + deal.terms.ruling_window
                if each.whose == BY_CLIENT:
                    assert each.at < report.window_ends_at
                elif each.whose == BY_ARBITER:
                    assert report.is_disputed and report.window_ends_at <= each.at < arbiter_until
                elif each.whose == BY_ARBITERS_SILENCE:
                    assert report.is_disputed and each.at >= arbiter_until
                elif each.whose == BY_SILENCE:
                    assert each.at >= report.window_ends_at and report.client is None
                else:
                    assert each.whose == BY_QUORUM and deal.terms.arbiter == ZERO_ADDRESS
            for report in said.filed:
                windows = 2 if report.is_self_report else 1
                assert report.window_ends_at in (0, report.at + windows * deal.terms.challenge_window)

    def invariant_silence_gains_nothing(self):
        for _, _, said in self.each():
            for each in said.counted:
                stands = each.report.client if each.report.is_self_report and each.report.is_disputed else each.report.value
                assert each.whose not in (BY_SILENCE, BY_ARBITERS_SILENCE) or each.value == stands

    def invariant_a_ruling_binds_later_values(self):
        for place, (deal, _, said) in enumerate(self.each()):
            rulings = [each for each in said.counted if each.whose == BY_ARBITER and deal.terms.basis == CUMULATIVE]
            added = [(each.at, each.value - each.report.reported) for each in rulings]
            assert self.seen.adjusts[place] == (added[-1][1] if added else 0)
            for report in said.filed:
                before = [amount for at, amount in added if at < report.at and not report.is_self_report]
                assert report.adjust == (before[-1] if before else 0)

    # Time

    def invariant_no_status_goes_backwards(self):
        for _, before, after in self.changes("statuses"):
            assert UNKNOWN < before <= after

    def invariant_no_end_comes_sooner_than_its_notice(self):
        for place, before, after in self.changes("states"):
            moved = before["ends_at"] != after["ends_at"]
            assert after["ends_at"] <= before["ends_at"]
            assert not moved or after["ends_at"] >= self.before.at + self.deals[place].terms.notice_period

    def invariant_every_deal_can_be_left(self):
        for place, claim in enumerate(self.seen.claims):
            silent_at = self.awaited_until(place, claim) + self.deals[place].terms.report_grace
            assert not claim["as_of"] or silent_at <= self.left_by(place)

    def invariant_one_deal_is_not_touched_by_another(self):
        for place, book in enumerate(self.books):
            seen = self.seen
            assert seen.states[place] == book.state()
            assert seen.claims[place] == (book.waiting.state() if book.waiting else dict.fromkeys(seen.claims[place], 0))
            assert seen.adjusts[place] == book.adjust
            assert seen.statuses[place] == book.status(seen.at)

    # What they ask

    def each(self):
        """Each deal, the contract's state of it, and what events said of it."""
        return zip(self.deals, self.seen.states, self.said, strict=True)

    def changes(self, what: str):
        """Of each deal that was there before the step: its place, and what was seen of it before and after."""
        before, after = getattr(self.before, what), getattr(self.seen, what)
        return [(place, *pair) for place, pair in enumerate(zip(before, after, strict=False))]

    def awaited_until(self, place: int, claim: dict) -> int:
        disputed = claim["by_client"] or claim["by_agency"]
        return claim["window_ends_at"] + (self.deals[place].terms.ruling_window if disputed else 0)

    def left_by(self, place: int) -> int:
        """When the last of a deal's money can be out, if nobody does anything any more."""
        terms, seen = self.deals[place].terms, self.seen
        longest = 2 * terms.challenge_window + terms.ruling_window
        return max(seen.states[place]["ends_at"], seen.at + longest) + terms.report_grace

    def teardown(self):
        """Everybody leaves, and the contract is empty."""
        for report in [report for said in self.said for report in said.filed]:
            self.done["a report", "after a ruling"] += report.adjust != 0
        last = max((self.left_by(place) for place in range(len(self.deals))), default=0)
        if clock.now() < last:
            clock.pass_to(last)
        for place in range(len(self.deals)):
            assert self.books[place].closed or self._refund(place, clock.now() + 1)
        for name, party in self.stage.parties.items():
            if party.address in {address for address, _ in self.purses.refusing}:
                self.refuse(name, False)
        for owner, coin in list(self.purses.credits):
            self._withdraw(owner, coin, self.stage.people["client"])
        self.look()
        assert all(status == CLOSED for status in self.seen.statuses)
        for coin in self.stage.coins.values():
            assert self.seen.balances[self.stage.escrow.address, coin.address] == 0
        self.invariant_money_goes_to_nobody_else()
