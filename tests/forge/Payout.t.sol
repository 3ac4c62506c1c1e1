// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {PayoutHarness} from "../../contracts/mocks/PayoutHarness.sol";
import {Basis, Deal, Step, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm, within} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {Ending, Reckoning, Settled} from "./Reckoning.sol";

/// What values earn and what lives of deals pay, over all that terms allow, beside a reckoning of its own.
contract PayoutTest {
    using Reckoning for Terms;

    /// What a life paid, and what the contract's arithmetic remembers of it.
    struct Life {
        Terms terms;
        Deal deal;
        Settled[] reports;
        uint256 base;
        uint256 performance;
        uint256 refunded;
    }

    PayoutHarness private _harness = PayoutHarness(vm.deployCode("PayoutHarness.sol:PayoutHarness"));

    function testFuzz_earned__any_terms_and_value__is_as_reckoned(uint256 seed, uint64 value) external view {
        Terms memory terms = _terms(seed);
        value = _value(terms, uint256(keccak256(abi.encode(seed, value))));
        vm.assertEq(_earned(terms, value), terms.earned(value), "earned");
    }

    function testFuzz_earned__small_value__is_as_counted_unit_by_unit(uint256 seed, uint256 value) external view {
        Terms memory terms = _terms(seed);
        value = within(value, 0, 100);
        uint256 flats;
        uint256 scaled;
        uint256 step;
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            terms.steps[i].from = uint64(i == 0 ? terms.steps[0].from % 20 : terms.steps[i - 1].from + i);
            if (terms.steps[i].from == 0) terms.steps[i].flat = 0;
            if (terms.steps[i].from <= value) flats += terms.steps[i].flat;
        }
        for (uint256 unit = 0; unit < value; ++unit) {
            while (step + 1 < terms.steps.length && terms.steps[step + 1].from <= unit) ++step;
            if (terms.steps[step].from <= unit) scaled += terms.steps[step].rate;
        }
        vm.assertEq(_earned(terms, value), Reckoning.least(flats + scaled / 1e6, terms.most()), "earned");
    }

    function testFuzz_earned__higher_value__earns_no_less(uint256 seed, uint64 low, uint64 high) external view {
        Terms memory terms = _terms(seed);
        if (low > high) (low, high) = (high, low);
        vm.assertLe(_earned(terms, low), _earned(terms, high), "monotone");
    }

    function testFuzz_earned__any_value__is_never_above_the_cap(uint256 seed, uint64 value) external view {
        Terms memory terms = _terms(seed);
        vm.assertLe(_earned(terms, value), terms.most(), "cap");
    }

    function testFuzz_earned__below_first_step__is_nothing(uint256 seed, uint64 value) external view {
        Terms memory terms = _terms(seed);
        if (terms.steps[0].from == 0) value = 0;
        else value = uint64(within(value, 0, terms.steps[0].from - 1));
        vm.assertEq(_earned(terms, value), 0, "below the first step");
    }

    function testFuzz_life__final_report__pays_and_refunds_the_deposit(uint256 seed, uint96 more) external view {
        Life memory life = _life(seed, more, Ending.FinalReport);
        _requireAsReckoned(life, Ending.FinalReport);
        vm.assertEq(life.base + life.performance + life.refunded, life.deal.funded, "sum");
    }

    function testFuzz_life__silence__pays_and_refunds_the_deposit(uint256 seed, uint96 more) external view {
        Life memory life = _life(seed, more, Ending.Silence);
        _requireAsReckoned(life, Ending.Silence);
        vm.assertEq(life.base + life.performance + life.refunded, life.deal.funded, "sum");
    }

    function testFuzz_life__still_open__has_paid_no_more_than_earned(uint256 seed, uint96 more) external view {
        Life memory life = _life(seed, more, Ending.None);
        _requireAsReckoned(life, Ending.None);
        vm.assertLe(life.base + life.performance, life.deal.funded, "paid is funded");
        uint256 sum;
        uint256 best;
        for (uint256 i = 0; i < life.reports.length; ++i) {
            uint256 earned = life.terms.earned(life.reports[i].value);
            best = Reckoning.greatest(best, earned);
            sum += earned;
        }
        vm.assertLe(life.performance, life.terms.basis == Basis.Cumulative ? best : sum, "paid is earned");
    }

    function testFuzz_report__same_or_lower_value_again__pays_nothing(uint256 seed, uint64 value, uint64 lower)
        external
        view
    {
        Terms memory terms = _cumulative(seed);
        Life memory life = _opened(terms, 0);
        _report(life, terms.startsAt + 1, value);
        uint256 paid = life.performance;
        _report(life, terms.startsAt + 2, within(lower, 0, value));
        vm.assertEq(life.performance, paid, "a value pays once");
    }

    function testFuzz_report__steps_skipped__pays_the_same_in_the_end(uint256 seed, uint64 first, uint64 second)
        external
        view
    {
        Terms memory terms = _cumulative(seed);
        Life memory both = _opened(terms, 0);
        _report(both, terms.startsAt + 1, first);
        _report(both, terms.startsAt + 2, second);
        Life memory one = _opened(terms, 0);
        _report(one, terms.startsAt + 2, Reckoning.greatest(first, second));
        vm.assertEq(both.performance, one.performance, "only the highest value counts");
        vm.assertEq(both.deal.performance, one.deal.performance, "and is remembered");
    }

    function testFuzz_topUp__before_or_after_a_report__pays_the_same(uint256 seed, uint96 more, uint64 value)
        external
        view
    {
        Terms memory terms = _cumulative(seed);
        more = uint96(within(more, 1, type(uint96).max - terms.budget));
        Life memory late = _opened(terms, 0);
        _report(late, terms.startsAt + 1, value);
        _topUp(late, more);
        Life memory early = _opened(terms, more);
        _report(early, terms.startsAt + 1, value);
        vm.assertEq(late.performance, early.performance, "money that comes late pays the same");
    }

    function testFuzz_base__reports_in_between__adds_up_to_the_whole(uint256 seed, uint40 at) external view {
        Terms memory terms = _cumulative(seed);
        uint256 end = terms.plannedEnd();
        Life memory life = _opened(terms, 0);
        _report(life, within(at, terms.startsAt + 1, end - 1), 0);
        _report(life, end, 0);
        vm.assertEq(life.base, uint256(terms.basePerPeriod) * terms.periods, "base");
    }

    // Lives

    /// Opens with up to `more` above the budget, plays up to five reports and some top-ups by `seed`, and ends.
    function _life(uint256 seed, uint256 more, Ending ending) private view returns (Life memory life) {
        Terms memory terms = _terms(seed);
        if (ending == Ending.FinalReport) terms.periods = uint16(Reckoning.least(terms.periods, 5));
        life = _opened(terms, within(more, 0, type(uint96).max - terms.budget));
        for (uint256 i = 0; i < 4; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            if (dice % 4 == 0) _topUp(life, within(dice >> 8, 0, type(uint96).max - life.deal.funded));
            uint256 asOf = _nextAsOf(life, dice >> 16);
            if (asOf == life.deal.lastAsOf || asOf == life.deal.endsAt) break;
            _report(life, asOf, _value(terms, dice >> 64));
        }
        if (ending == Ending.FinalReport) _report(life, life.deal.endsAt, _value(terms, seed >> 192));
        if (ending == Ending.Silence) _add(life, _outcome(life, PayoutHarness.Kind.Silence, 0, 0));
    }

    function _nextAsOf(Life memory life, uint256 dice) private pure returns (uint256) {
        if (life.terms.basis == Basis.PerPeriod) return life.deal.lastAsOf + life.terms.periodLength;
        return within(dice, life.deal.lastAsOf, life.deal.endsAt);
    }

    function _requireAsReckoned(Life memory life, Ending ending) private pure {
        uint256 end = life.deal.endsAt;
        vm.assertEq(life.base, life.terms.baseOwed(end, life.reports, ending), "base");
        vm.assertEq(
            life.performance,
            life.terms.performanceOwed(end, life.deal.funded, life.reports, ending),
            "performance"
        );
        vm.assertEq(life.deal.closed, ending != Ending.None, "closed");
    }

    function _opened(Terms memory terms, uint256 more) private pure returns (Life memory life) {
        life.terms = terms;
        life.deal.funded = uint96(terms.budget + more);
        life.deal.lastAsOf = terms.startsAt;
        life.deal.endsAt = uint40(terms.plannedEnd());
    }

    function _report(Life memory life, uint256 asOf, uint256 value) private view {
        Settled[] memory reports = new Settled[](life.reports.length + 1);
        for (uint256 i = 0; i < life.reports.length; ++i) {
            reports[i] = life.reports[i];
        }
        uint256 end = life.deal.endsAt;
        reports[life.reports.length] = Settled(asOf, value, life.deal.funded - life.terms.base(end, end));
        life.reports = reports;
        _add(life, _outcome(life, PayoutHarness.Kind.Report, asOf, value));
    }

    function _topUp(Life memory life, uint256 amount) private view {
        _add(life, _outcome(life, PayoutHarness.Kind.TopUp, 0, amount));
    }

    function _add(Life memory life, PayoutHarness.Outcome memory outcome) private pure {
        life.deal = outcome.deal;
        life.base += outcome.base;
        life.performance += outcome.performance;
        life.refunded += outcome.refunded;
    }

    function _earned(Terms memory terms, uint256 value) private view returns (uint256) {
        return _outcome(_opened(terms, 0), PayoutHarness.Kind.Report, terms.startsAt, value).earned;
    }

    function _outcome(Life memory life, PayoutHarness.Kind kind, uint256 asOf, uint256 value)
        private
        view
        returns (PayoutHarness.Outcome memory)
    {
        PayoutHarness.Case[] memory cases = new PayoutHarness.Case[](1);
        cases[0] = PayoutHarness.Case(kind, Packing.packed(life.terms), life.deal, asOf, value);
        return _harness.outcomesOf(cases)[0];
    }

    // Terms

    /// Terms in range, of every size: small ones where steps, cap and funds are near each other, and vast ones.
    function _terms(uint256 seed) private pure returns (Terms memory terms) {
        uint256 dice = uint256(keccak256(abi.encode("terms", seed)));
        uint256 size = seed % 4 == 0 ? 96 : 8 + seed % 32;
        terms.startsAt = 1_800_000_000;
        terms.periodLength = uint32(within(dice >> 8, 1 hours, 30 days));
        terms.periods = uint16(within(dice >> 40, 1, 60));
        terms.basis = Basis(dice & 1);
        if (terms.basis == Basis.Cumulative) terms.retentionBps = uint16(within(dice >> 56, 0, 5_000));
        if (dice & 2 == 0) terms.basePerPeriod = uint96((dice >> 72) % (1 << size) / terms.periods);
        if (dice & 4 == 0) terms.cap = uint96(within(dice >> 90, 0, (1 << size) - 1));
        uint256 base = uint256(terms.basePerPeriod) * terms.periods;
        terms.budget = uint96(within(dice >> 100, base == 0 ? 1 : base, type(uint96).max >> (96 - size)));
        terms.steps = new Step[](1 + (dice >> 4) % 16);
        uint256 from = (dice >> 120) & 8 == 0 ? 0 : (dice >> 128) % (1 << size) % type(uint32).max;
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            uint256 more = uint256(keccak256(abi.encode(dice, i)));
            terms.steps[i] = Step(uint64(from), uint96(more % (1 << size)), uint96((more >> 96) % (1 << size) * 1e3));
            if (from == 0) terms.steps[i].flat = 0;
            from += 1 + (more >> 192) % (1 << (size / 2));
        }
    }

    function _cumulative(uint256 seed) private pure returns (Terms memory terms) {
        terms = _terms(seed);
        terms.basis = Basis.Cumulative;
    }

    /// Near a step three times of four.
    function _value(Terms memory terms, uint256 dice) private pure returns (uint64) {
        if (dice % 4 == 0) return uint64(dice >> 8);
        Step memory step = terms.steps[(dice >> 8) % terms.steps.length];
        return uint64(within((dice >> 16) % 3 + step.from, 1, type(uint64).max) - 1);
    }
}
