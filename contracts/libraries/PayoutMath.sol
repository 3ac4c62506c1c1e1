// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Basis, Deal} from "../types/EscrowTypes.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// What is due, from the terms, the state of the deal and a report; no storage, no clock. `escrow/schedule.py` is
/// its twin. Every division rounds down, in the client's favour.
///
/// No sum here overflows: an earned amount is below 2^160 + 16 · 2^96, all else is below 2^96 · 2^32.
library PayoutMath {
    using TermsCodec for uint256[];

    uint256 internal constant RATE_SCALE = 1e6;
    uint256 internal constant BPS = 10_000;

    /// Planned end of the deal.
    function plannedEnd(uint256[] calldata terms) internal pure returns (uint256) {
        unchecked {
            return terms.startsAt() + terms.periodLength() * terms.periods();
        }
    }

    /// What `value` earns by the schedule, up to the cap: flats of the steps reached, plus rates, floored once.
    function earnedFloor(uint256[] calldata terms, uint256 value) internal pure returns (uint256 earned) {
        unchecked {
            uint256 count = terms.stepCount();
            uint256 scaled;
            for (uint256 i = 0; i < count; ++i) {
                (uint256 from, uint256 flat, uint256 rate) = terms.step(i);
                if (value < from) break;
                uint256 upTo = value;
                if (i + 1 < count) {
                    (uint256 next,,) = terms.step(i + 1);
                    if (next < value) upTo = next;
                }
                earned += flat;
                scaled += rate * (upTo - from);
            }
            earned += scaled / RATE_SCALE;
            uint256 cap = terms.cap();
            if (cap == 0) cap = type(uint96).max;
            if (earned > cap) earned = cap;
        }
    }

    /// Base fee earned from the start up to `at`: whole periods, and pro rata at the deal's end.
    function baseFloor(uint256[] calldata terms, uint256 at, uint256 endsAt) internal pure returns (uint256) {
        unchecked {
            uint256 perPeriod = terms.basePerPeriod();
            if (perPeriod == 0) return 0;
            uint256 elapsed = at - terms.startsAt();
            uint256 length = terms.periodLength();
            if (at == endsAt) return perPeriod * elapsed / length;
            return perPeriod * (elapsed / length);
        }
    }

    /// What is left for performance when the base fee up to the end is set aside.
    function performanceFunds(uint256[] calldata terms, Deal memory deal) internal pure returns (uint256) {
        unchecked {
            return deal.funded - baseFloor(terms, deal.endsAt, deal.endsAt);
        }
    }

    /// What the agency has of an earned amount before the end.
    function afterRetentionFloor(uint256[] calldata terms, uint256 earned) internal pure returns (uint256) {
        unchecked {
            return earned * (BPS - terms.retentionBps()) / BPS;
        }
    }

    /// Applies a report to the deal in memory and returns what it makes due. The same as-of time again, with another
    /// value, is for cumulative deals; see `applyRuling`.
    function applyReport(uint256[] calldata terms, Deal memory deal, uint256 asOf, uint256 value)
        internal
        pure
        returns (uint256 base, uint256 performance)
    {
        unchecked {
            uint256 funds = performanceFunds(terms, deal);
            uint256 earned = earnedFloor(terms, value);
            base = _baseSince(terms, deal, asOf);
            if (terms.basis() == uint256(Basis.PerPeriod)) {
                performance = _min(earned, funds - deal.performance);
                deal.performance += uint96(performance);
            } else {
                uint256 paid = _paidPerformance(terms, deal, funds);
                uint256 owed = _min(earned, funds);
                bool isFinal = asOf == deal.endsAt;
                if (!isFinal) owed = afterRetentionFloor(terms, owed);
                if (owed > paid) performance = owed - paid;
                if (isFinal) deal.performance = uint96(paid + performance);
                else if (earned > deal.performance) deal.performance = uint96(earned);
            }
            deal.lastAsOf = uint40(asOf);
        }
    }

    /// Applies what a ruling, or the lack of one, gives beyond the agreed value, which was applied to the deal last.
    function applyRuling(uint256[] calldata terms, Deal memory deal, uint256 agreed, uint256 ruled)
        internal
        pure
        returns (uint256 performance)
    {
        unchecked {
            if (terms.basis() == uint256(Basis.PerPeriod)) {
                uint256 more = earnedFloor(terms, ruled) - earnedFloor(terms, agreed);
                performance = _min(more, performanceFunds(terms, deal) - deal.performance);
                deal.performance += uint96(performance);
            } else {
                (, performance) = applyReport(terms, deal, deal.lastAsOf, ruled);
            }
        }
    }

    /// Adds money to the deal in memory and returns what earlier reports had earned beyond the old amount.
    function applyTopUp(uint256[] calldata terms, Deal memory deal, uint256 amount)
        internal
        pure
        returns (uint256 performance)
    {
        unchecked {
            uint256 paid = _paidPerformance(terms, deal, performanceFunds(terms, deal));
            deal.funded += uint96(amount);
            performance = _paidPerformance(terms, deal, performanceFunds(terms, deal)) - paid;
        }
    }

    /// Moves the end of the deal in memory forward and returns what earlier reports had earned beyond the funds: the
    /// base fee of the time after it is no longer set aside.
    function applyNotice(uint256[] calldata terms, Deal memory deal, uint256 endsAt)
        internal
        pure
        returns (uint256 performance)
    {
        unchecked {
            uint256 paid = _paidPerformance(terms, deal, performanceFunds(terms, deal));
            deal.endsAt = uint40(endsAt);
            performance = _paidPerformance(terms, deal, performanceFunds(terms, deal)) - paid;
        }
    }

    /// What a deal whose final report never came still owes: the accrued base, and what settled reports earned and
    /// was retained.
    function silenceDue(uint256[] calldata terms, Deal memory deal)
        internal
        pure
        returns (uint256 base, uint256 performance)
    {
        unchecked {
            base = _baseSince(terms, deal, deal.endsAt);
            if (terms.basis() == uint256(Basis.Cumulative)) {
                uint256 funds = performanceFunds(terms, deal);
                performance = _min(deal.performance, funds) - _paidPerformance(terms, deal, funds);
            }
        }
    }

    /// What has left the deal for the agency so far, by the state in memory (before any closing payment).
    function paidSoFar(uint256[] calldata terms, Deal memory deal) internal pure returns (uint256) {
        unchecked {
            uint256 base = baseFloor(terms, deal.lastAsOf, deal.endsAt);
            return base + _paidPerformance(terms, deal, performanceFunds(terms, deal));
        }
    }

    /// Base fee of the time from the last report up to `at`.
    function _baseSince(uint256[] calldata terms, Deal memory deal, uint256 at) private pure returns (uint256) {
        unchecked {
            if (terms.basePerPeriod() == 0) return 0;
            return baseFloor(terms, at, deal.endsAt) - baseFloor(terms, deal.lastAsOf, deal.endsAt);
        }
    }

    /// What has been paid of the performance, of which no more than `funds` can be paid.
    function _paidPerformance(uint256[] calldata terms, Deal memory deal, uint256 funds)
        private
        pure
        returns (uint256)
    {
        if (terms.basis() == uint256(Basis.PerPeriod) || deal.lastAsOf == deal.endsAt) return deal.performance;
        return afterRetentionFloor(terms, _min(deal.performance, funds));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
