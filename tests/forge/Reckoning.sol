// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Basis, Step, Terms} from "../../contracts/types/EscrowTypes.sol";

/// One value that counts, and what the deal had for performance then. A report whose agreed part was paid before the rest
/// stands there twice.
struct Settled {
    uint256 asOf;
    uint256 value;
    uint256 funds;
}

/// How a deal stands: still open, or why it closed.
enum Ending {
    None,
    FinalReport,
    Silence,
    Declined
}

/// What a deal owes its agency in all, from its whole history; written from docs/protocol.md, apart from PayoutMath
/// and in another form: nothing is forgotten, every check of Solidity is on, and a schedule is a sum of ramps.
library Reckoning {
    uint256 internal constant UNBOUND = type(uint96).max;

    /// Each step changes the rate for all units above it: the sum of (rate - rate before) · (value - from).
    function earned(Terms memory terms, uint256 value) internal pure returns (uint256) {
        int256 scaled;
        uint256 flats;
        int256 rateBefore;
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            Step memory step = terms.steps[i];
            int256 rate = int256(uint256(step.rate));
            if (value >= step.from) {
                flats += step.flat;
                scaled += (rate - rateBefore) * int256(value - step.from);
            }
            rateBefore = rate;
        }
        return least(flats + uint256(scaled) / 1e6, most(terms));
    }

    function most(Terms memory terms) internal pure returns (uint256) {
        return terms.cap == 0 ? UNBOUND : terms.cap;
    }

    function plannedEnd(Terms memory terms) internal pure returns (uint256) {
        return terms.startsAt + uint256(terms.periodLength) * terms.periods;
    }

    /// Whole periods; at the end what is left of a broken one, too.
    function base(Terms memory terms, uint256 at, uint256 endsAt) internal pure returns (uint256) {
        uint256 whole = (at - terms.startsAt) / terms.periodLength;
        uint256 rest = at == endsAt ? (at - terms.startsAt) % terms.periodLength : 0;
        return whole * terms.basePerPeriod + rest * terms.basePerPeriod / terms.periodLength;
    }

    /// Base fee owed in all.
    function baseOwed(Terms memory terms, uint256 endsAt, Settled[] memory reports, Ending ending)
        internal
        pure
        returns (uint256)
    {
        if (ending == Ending.Declined) return 0;
        if (ending == Ending.Silence) return base(terms, endsAt, endsAt);
        return reports.length == 0 ? 0 : base(terms, reports[reports.length - 1].asOf, endsAt);
    }

    /// Performance pay owed in all, where the deal holds `funded` by now.
    function performanceOwed(
        Terms memory terms,
        uint256 endsAt,
        uint256 funded,
        Settled[] memory reports,
        Ending ending
    ) internal pure returns (uint256 owed) {
        if (terms.basis == Basis.PerPeriod) {
            for (uint256 i = 0; i < reports.length; ++i) {
                uint256 more = earned(terms, reports[i].value);
                if (i > 0 && reports[i].asOf == reports[i - 1].asOf) more -= earned(terms, reports[i - 1].value);
                owed += least(more, reports[i].funds - owed);
            }
            return owed;
        }
        uint256 funds = funded - base(terms, endsAt, endsAt);
        uint256 best;
        uint256 last;
        for (uint256 i = 0; i < reports.length; ++i) {
            uint256 worth = earned(terms, reports[i].value);
            if (reports[i].asOf == endsAt) last = greatest(last, worth);
            else best = greatest(best, worth);
        }
        owed = least(best, funds);
        if (ending != Ending.Silence) owed = owed * (10_000 - terms.retentionBps) / 10_000;
        owed = greatest(owed, least(last, funds));
    }

    function least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function greatest(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }
}
