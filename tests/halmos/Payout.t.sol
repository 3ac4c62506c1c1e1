// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";
import {TermsCodec} from "../../contracts/libraries/TermsCodec.sol";
import {Deal} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Symbols.sol";

/// For all terms with two steps, all values and all states of a deal: what is paid. Where a product of two unknowns
/// would be too hard for a solver, one of them is a number; the property says so in its name.
contract PayoutProofs {
    using PayoutMath for uint256[];
    using TermsCodec for uint256[];

    uint256 private constant CUMULATIVE = 0;
    uint256 private constant PER_PERIOD = 1;
    uint256 private constant START = 1_800_000_000;
    uint256 private constant DAY = 1 days;

    /// What the contract's arithmetic made of a state.
    struct After {
        Deal deal;
        uint256 base;
        uint256 performance;
    }

    // What a value earns

    function check_earned__any_terms__is_never_above_the_cap(
        uint96 cap,
        uint256 first,
        uint256 second,
        uint64 value
    ) external view {
        vm.assume(cap > 0);
        assert(this.earned(_terms(CUMULATIVE, 0, 0, cap, first, second), value) <= cap);
    }

    function check_earned__no_cap__fits_the_funds(uint256 first, uint256 second, uint64 value) external view {
        assert(this.earned(_terms(CUMULATIVE, 0, 0, 0, first, second), value) <= type(uint96).max);
    }

    function check_earned__below_the_first_step__is_nothing(uint96 cap, uint256 first, uint256 second, uint64 value)
        external
        view
    {
        vm.assume(value < first >> 192);
        assert(this.earned(_terms(CUMULATIVE, 0, 0, cap, first, second), value) == 0);
    }

    function check_earned__flats_alone__is_monotone(uint96 cap, uint64[2] memory from, uint96[2] memory flat, uint64 low, uint64 high)
        external
        view
    {
        vm.assume(from[0] < from[1] && low <= high);
        uint256[] memory terms =
            _terms(CUMULATIVE, 0, 0, cap, _step(from[0], flat[0], 0), _step(from[1], flat[1], 0));
        assert(this.earned(terms, low) <= this.earned(terms, high));
    }

    function check_earned__at_a_step__has_its_flat_and_not_its_rate(uint64 from, uint96 flat, uint96 rate)
        external
        view
    {
        vm.assume(from < type(uint64).max);
        uint256[] memory terms =
            _terms(CUMULATIVE, 0, 0, 0, _step(from, flat, rate), _step(from + 1, 0, rate));
        assert(this.earned(terms, from) == flat);
    }

    // What a report pays

    function check_report__cumulative__keeps_the_best_and_the_money(
        Deal memory deal,
        uint256 first,
        uint256 second,
        uint64 value
    ) external view {
        _requirePossible(deal);
        vm.assume(deal.lastAsOf < START + 3 * DAY);
        uint256[] memory terms = _terms(CUMULATIVE, 0, 0, 0, first, second);
        After memory a = this.report(terms, deal, START + 3 * DAY, value);
        assert(a.deal.funded == deal.funded && a.deal.endsAt == deal.endsAt && a.deal.closed == deal.closed);
        assert(a.deal.lastAsOf == START + 3 * DAY);
        assert(a.deal.performance >= deal.performance);
        assert(a.deal.performance >= this.earned(terms, value));
    }

    function check_report__per_period__pays_at_most_what_is_left(
        Deal memory deal,
        uint96 cap,
        uint256 first,
        uint256 second,
        uint64 value
    ) external view {
        _requirePossible(deal);
        vm.assume(deal.lastAsOf == START + 2 * DAY && deal.performance <= deal.funded);
        uint256[] memory terms = _terms(PER_PERIOD, 0, 0, cap, first, second);
        After memory a = this.report(terms, deal, START + 3 * DAY, value);
        assert(deal.performance + a.performance == a.deal.performance);
        assert(a.deal.performance <= deal.funded);
        assert(a.performance <= this.earned(terms, value));
    }

    function check_report__before_a_period_is_whole__pays_no_base(Deal memory deal, uint64 base, uint256 asOf) external view {
        _requirePossible(deal);
        vm.assume(deal.funded >= 10 * uint256(base));
        vm.assume(deal.lastAsOf == START && asOf > START && asOf < START + DAY);
        uint256[] memory terms = _terms(CUMULATIVE, base, 0, 0, 0, 1 << 192);
        assert(this.report(terms, deal, asOf, 0).base == 0);
    }

    // What ends pay

    function check_silence__per_period__pays_no_performance(Deal memory deal, uint96 cap, uint256 first, uint256 second)
        external
        view
    {
        _requirePossible(deal);
        vm.assume(deal.performance <= deal.funded);
        assert(this.silence(_terms(PER_PERIOD, 0, 0, cap, first, second), deal).performance == 0);
    }

    // What more money and an earlier end pay

    function check_topUp__per_period__pays_nothing(Deal memory deal, uint96 amount) external view {
        _requirePossible(deal);
        vm.assume(amount <= type(uint96).max - deal.funded);
        After memory a = this.topUp(_terms(PER_PERIOD, 0, 0, 0, 0, 1 << 192), deal, amount);
        assert(a.performance == 0 && a.deal.funded == uint256(deal.funded) + amount);
    }

    // The library from outside

    function earned(uint256[] calldata terms, uint256 value) external pure returns (uint256) {
        return terms.earnedFloor(value);
    }

    function report(uint256[] calldata terms, Deal memory deal, uint256 asOf, uint256 value)
        external
        pure
        returns (After memory a)
    {
        (a.base, a.performance) = terms.applyReport(deal, asOf, value);
        a.deal = deal;
    }

    function topUp(uint256[] calldata terms, Deal memory deal, uint256 amount) external pure returns (After memory a) {
        a.performance = terms.applyTopUp(deal, amount);
        a.deal = deal;
    }

    function silence(uint256[] calldata terms, Deal memory deal) external pure returns (After memory a) {
        (a.base, a.performance) = terms.silenceDue(deal);
        a.deal = deal;
    }

    // States

    /// Ten days from START, at a day each.
    function _terms(uint256 basis, uint256 base, uint256 retention, uint256 cap, uint256 first, uint256 second)
        private
        pure
        returns (uint256[] memory terms)
    {
        terms = new uint256[](9);
        terms[2] = cap << 160;
        terms[3] = base << 160;
        terms[5] = START << 176 | DAY << 144 | 10 << 128;
        terms[6] = retention << 232 | basis << 224;
        terms[7] = first;
        terms[8] = second;
    }

    function _step(uint256 from, uint256 flat, uint256 rate) private pure returns (uint256) {
        return from << 192 | flat << 96 | rate;
    }

    function _requirePossible(Deal memory deal) private pure {
        vm.assume(!deal.closed && deal.funded > 0);
        vm.assume(deal.endsAt == START + 10 * DAY);
        vm.assume(START <= deal.lastAsOf && deal.lastAsOf <= deal.endsAt);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
