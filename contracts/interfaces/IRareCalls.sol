// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Signature} from "../types/EscrowTypes.sol";

/// @title The part of IPerformanceEscrow that RareCalls has code for
/// @notice Settlement and disputes of deals with an arbiter; notice, splits and amendments of any. Events and errors
/// are those of IPerformanceEscrow.
interface IRareCalls {
    /// @notice Takes a report that a quorum signed. Without an arbiter it is applied and paid at once; the report as of
    /// the deal's end closes the deal and returns the rest. With an arbiter it waits in the challenge window. Anyone
    /// may submit.
    /// @dev Emits ReportSettled, and DealClosed for the final report; or ReportWaits.
    ///
    /// Notes:
    /// - Cumulative: reports may be skipped, late or merged; what is paid follows the highest value submitted.
    /// - A report that waits and for which nobody is awaited any longer is resolved first. While one is awaited no
    ///   other comes in, but a quorum's final report takes the place of a self-report.
    ///
    /// Requirements:
    /// - The deal is open and `block.timestamp < end + reportGrace`; the grace runs anew from the moment at which a
    ///   report that waited could be resolved.
    /// - `asOf` is after the last one, not in the future, not after the end. After the end a cumulative deal takes
    ///   only the final report. Per period, `asOf` is the next period's boundary.
    /// - `value < 2^64`.
    /// - At least `quorum` signatures over Report(dealId, asOf, value, evidence) by members that were active before
    ///   `asOf` and have not left, in strictly ascending order of signer, low s.
    function settle(
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        Signature[] calldata signatures
    ) external;

    /// @notice One leaf of `settleRooted`, which has seen that the leaf is under the signed root, and that the terms have
    /// this id; only this contract may call it.
    function settleItem(
        bytes32 dealId,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        address[] calldata signers,
        uint256[] calldata terms
    ) external;

    /// @notice Closes a deal whose final report never came: the agency gets the accrued base fee and what settled
    /// reports earned and was retained, the client gets the rest. Anyone may call.
    /// @dev Emits DealClosed.
    ///
    /// Notes:
    /// - A report that waits and for which nobody is awaited any longer is resolved first.
    ///
    /// Requirements:
    /// - The deal is open and `block.timestamp >= end + reportGrace`, as in `settle`; nobody is awaited.
    function refund(uint256[] calldata terms) external;

    /// @notice A party files its own number for the report that waits, once: the client a lower one, the agency a
    /// higher one. What both accept is paid as soon as the client has spoken; only the difference waits for the
    /// arbiter.
    /// @dev Emits ReportDisputed.
    ///
    /// Notes:
    /// - Values are on the adjusted scale: the reported one with what earlier rulings added.
    ///
    /// Requirements:
    /// - A report waits and its window is not over.
    /// - The caller is the client or, but for a self-report, the agency, and has filed nothing.
    /// @param reason SHA-256 of a document, or 0.
    function dispute(uint256[] calldata terms, uint256 value, bytes32 reason) external;

    /// @notice The arbiter decides a disputed report. In a cumulative deal the difference to what was reported is added
    /// to every later value, until another ruling.
    /// @dev Emits ReportResolved, and DealClosed for the final report.
    ///
    /// Requirements:
    /// - The caller is the arbiter; the report is disputed; the window is over and the ruling window is not.
    /// - The value is one of the numbers of the quorum and the parties, or between them.
    function rule(uint256[] calldata terms, uint256 value) external;

    /// @notice Applies a report whose windows are over, or pays what is agreed of one that the agency alone disputes.
    /// Anyone may call.
    /// @dev Emits ReportResolved, and DealClosed for the final report; or AgreedPartPaid.
    ///
    /// Requirements:
    /// - A report waits; its window is over and, where it is disputed and its agreed part is paid, the ruling window.
    function finalize(uint256[] calldata terms) external;

    /// @notice The agency reports its own final value when the quorum is silent. It waits for twice the challenge
    /// window; the client's silence accepts it, the arbiter's leaves the client's number, and a quorum's final report
    /// takes its place.
    /// @dev Emits ReportWaits.
    ///
    /// Requirements:
    /// - The caller is the agency; the terms allow it; no report waits.
    /// - It is the second half of the grace.
    function selfReport(uint256[] calldata terms, uint256 value, bytes32 evidence) external;

    /// @notice Client or agency moves the end of the deal to now + notice, per period rounded up to a period's end.
    /// What is done until then still counts. An end that is not after the start refunds everything.
    /// @dev Emits NoticeGiven, and DealClosed for such an end.
    ///
    /// Requirements:
    /// - The caller is a party; the new end is before the old one.
    function giveNotice(uint256[] calldata terms) external;

    /// @notice Both parties close the deal, at any time: the agency gets this total over the deal's whole life, paid
    /// before or now, the client the rest. What waits is dropped. Anyone may submit.
    /// @dev Emits DealClosed.
    ///
    /// Requirements:
    /// - `block.timestamp < deadline`.
    /// - Both signed Split(dealId, token, agencyTotal, deadline), by a key or as an ERC-1271 contract.
    /// - The total is at least what was paid and at most what was funded.
    function agree(
        uint256[] calldata terms,
        uint256 agencyTotal,
        uint256 deadline,
        bytes calldata clientSignature,
        bytes calldata agencySignature
    ) external;

    /// @notice Both parties close the deal at an agreed total for the agency and open another one with the rest. The
    /// new deal counts from zero. Anyone may submit.
    /// @dev Emits DealClosed and DealOpened, whose payer is this contract.
    ///
    /// Requirements:
    /// - `block.timestamp < deadline`; no report waits.
    /// - Both signed Amendment(dealId, newDealId, token, agencyTotal, deadline).
    /// - The new terms name the same client, agency and token, start at the last report or later, and can be opened
    ///   with the rest.
    function amend(
        uint256[] calldata terms,
        uint256[] calldata newTerms,
        uint256 agencyTotal,
        uint256 deadline,
        bytes calldata clientSignature,
        bytes calldata agencySignature
    ) external;
}
