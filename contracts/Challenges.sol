// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DealBook} from "./DealBook.sol";
import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {PayoutMath} from "./libraries/PayoutMath.sol";
import {TermsCodec} from "./libraries/TermsCodec.sol";
import {Basis, Claim, Closing, Deal, Outcome, Payout, Resolution} from "./types/EscrowTypes.sol";

/// How a report comes to wait and is resolved. Only deals with an arbiter have such reports.
///
/// What both parties accept is applied to the deal as soon as it is known; a ruling, or the lack of one, adds the rest.
abstract contract Challenges is DealBook {
    using TermsCodec for uint256[];
    using PayoutMath for uint256[];

    /// Books a quorum's report as waiting, in place of a self-report where there is one.
    function _fileReport(
        bytes32 dealId,
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        uint256 signers
    ) internal {
        int256 adjust = _resolutions[dealId].adjust;
        uint256 windowEndsAt = block.timestamp + terms.challengeWindow();
        _wait(dealId, terms, asOf, value, windowEndsAt, false);

        emit E.ReportWaits(dealId, asOf, value, evidence, signers, adjust, windowEndsAt);
    }

    /// Resolves a report that waits but for which nobody is awaited any longer; WaitingProblem where somebody is.
    function _resolveOverdue(bytes32 dealId, uint256[] calldata terms, Deal memory deal)
        internal
        returns (Payout memory payout)
    {
        Claim memory claim = _claim(dealId, terms);
        if (claim.asOf == 0) return payout;
        uint256 resolvableAt = _resolvableAt(terms, claim);
        if (block.timestamp < resolvableAt) revert E.WaitingProblem(dealId, claim.asOf, resolvableAt);
        return _resolveUnruled(dealId, terms, deal, claim);
    }

    /// Whether a quorum's report as of this time takes the place of a self-report.
    function _replacesSelfReport(bytes32 dealId, uint256[] calldata terms, Deal memory deal, uint256 asOf)
        internal
        view
        returns (bool)
    {
        Claim memory claim = _claim(dealId, terms);
        return claim.isSelfReport && asOf == deal.endsAt && block.timestamp < _resolvableAt(terms, claim);
    }

    function _wait(
        bytes32 dealId,
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        uint256 windowEndsAt,
        bool isSelfReport
    ) internal {
        Claim memory claim;
        claim.asOf = uint40(asOf);
        claim.reported = uint64(value);
        claim.windowEndsAt = uint40(windowEndsAt);
        claim.isSelfReport = isSelfReport;
        _storeClaim(dealId, terms, claim);
    }

    /// When nobody is awaited any longer.
    function _resolvableAt(uint256[] calldata terms, Claim memory claim) internal pure returns (uint256) {
        bool isDisputed = claim.byClient || claim.byAgency;
        return claim.windowEndsAt + (isDisputed ? terms.rulingWindow() : 0);
    }

    /// Books what silence makes of a report that nobody is awaited for.
    function _resolveUnruled(bytes32 dealId, uint256[] calldata terms, Deal memory deal, Claim memory claim)
        internal
        returns (Payout memory payout)
    {
        bool isDisputed = claim.byClient || claim.byAgency;
        uint256 value = isDisputed && claim.isSelfReport ? claim.clientValue : claim.value;
        Outcome outcome = isDisputed ? Outcome.Unruled : Outcome.Accepted;
        return _resolve(dealId, terms, deal, claim, value, outcome);
    }

    /// Books a waiting report at its last value; gives what is due to the agency and, where the report was final, to
    /// the client.
    function _resolve(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        Claim memory claim,
        uint256 value,
        Outcome outcome
    ) internal returns (Payout memory payout) {
        uint256 left = deal.funded - terms.paidSoFar(deal);
        (payout.base, payout.performance) = _applyLast(terms, deal, claim, value);
        int256 adjust = _leaveBehind(dealId, terms, deal, claim, value, outcome);
        _dropClaim(dealId, terms);

        emit E.ReportResolved(dealId, claim.asOf, value, outcome, adjust, payout.base, payout.performance);

        if (claim.asOf == deal.endsAt) {
            payout.refunded = left - payout.base - payout.performance;
            _close(dealId, terms, deal, Closing.FinalReport, 0, 0, payout.refunded);
        } else {
            _store(dealId, terms, deal);
        }
    }

    /// Applies the last value of a waiting report to the deal in memory, beyond what is agreed.
    function _applyLast(uint256[] calldata terms, Deal memory deal, Claim memory claim, uint256 value)
        private
        pure
        returns (uint256 base, uint256 performance)
    {
        if (!claim.agreedPaid) return terms.applyReport(deal, claim.asOf, value);
        performance = terms.applyRuling(deal, claim.byClient ? claim.clientValue : claim.value, value);
    }

    /// Keeps the difference between a ruling and the report for later values, which count from the start as well, and
    /// the time from which the grace runs.
    function _leaveBehind(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        Claim memory claim,
        uint256 value,
        Outcome outcome
    ) private returns (int256 adjust) {
        Resolution storage left = _resolutions[dealId];
        adjust = left.adjust;
        if (outcome == Outcome.Ruled && terms.basis() == uint256(Basis.Cumulative)) {
            adjust = int256(value) - int256(uint256(claim.reported));
            left.adjust = int128(adjust);
        }
        uint256 resolvedAt = outcome == Outcome.Ruled ? block.timestamp : _resolvableAt(terms, claim);
        if (resolvedAt > deal.endsAt) left.resolvedAt = uint40(resolvedAt);
    }
}
