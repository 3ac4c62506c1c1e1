// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {PayoutMath} from "../libraries/PayoutMath.sol";
import {TermsCodec} from "../libraries/TermsCodec.sol";
import {Deal} from "../types/EscrowTypes.sol";

/// PayoutMath from outside, many cases a call, so that a test compares thousands of them with the Python twin.
contract PayoutHarness {
    using PayoutMath for uint256[];
    using TermsCodec for uint256[];

    enum Kind {
        Report,
        TopUp,
        Silence
    }

    /// `value` is the report's, or the amount of a top-up.
    struct Case {
        Kind kind;
        uint256[] terms;
        Deal deal;
        uint256 asOf;
        uint256 value;
    }

    struct Outcome {
        Deal deal;
        uint256 base;
        uint256 performance;
        uint256 refunded;
        uint256 paidBefore;
        uint256 earned;
    }

    function outcomesOf(Case[] calldata cases) external pure returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            outcomes[i] = _outcome(cases[i]);
        }
    }

    /// What remains for the client is reckoned as `settle` and `refund` of the contract do.
    function _outcome(Case calldata c) private pure returns (Outcome memory o) {
        Deal memory deal = c.deal;
        o.paidBefore = c.terms.paidSoFar(deal);
        o.earned = c.terms.earnedFloor(c.value);
        uint256 left = deal.funded - o.paidBefore;
        if (c.kind == Kind.TopUp) {
            o.performance = c.terms.applyTopUp(deal, c.value);
        } else if (c.kind == Kind.Silence) {
            (o.base, o.performance) = c.terms.silenceDue(deal);
            deal.closed = true;
        } else {
            (o.base, o.performance) = c.terms.applyReport(deal, c.asOf, c.value);
            deal.closed = c.asOf == deal.endsAt;
        }
        if (deal.closed) o.refunded = left - o.base - o.performance;
        o.deal = deal;
    }
}
