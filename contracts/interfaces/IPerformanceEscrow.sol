// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Closing, Deal, Report, Signature, Status, Terms} from "../types/EscrowTypes.sol";

/// @title Pay-for-performance escrow
/// @notice A client locks a budget; a committee of oracles signs what was achieved; the contract pays the agency what
/// the terms say that this earns, and returns the rest to the client. One immutable contract holds all deals: it has
/// no owner, no proxy, no pause and no fee.
///
/// A deal is named by its id, the EIP-712 hash of its Terms under this contract's domain. Its terms come in calldata
/// with every call, in the packed form of TermsCodec, and are checked by that hash; storage keeps one word per deal.
///
/// Assumptions on tokens (a deal's own money depends on them, never another token's):
/// - T1 `transfer` and `transferFrom` move exactly the amount, or revert, or return false. A token that delivers
///   another amount is refused when it is paid in.
/// - T2 Balances change only by transfers. A rebasing token breaks its own deals.
/// - T3 A token may block, pause or call back: a payment that fails becomes a credit, and state is written before
///   money leaves.
///
/// Assumptions on oracles:
/// - O1 (correctness) Fewer than a quorum of the committee sign a value that the agreement does not give.
/// - O2 (liveness) A quorum signs the final report before end + grace. Otherwise the deal is silent: the agency keeps
///   what settled reports earned and the base fee, the rest goes back to the client.
///
/// Guarantees:
/// - G1 Money of a deal goes to its agency, its client, or stays; to nobody else.
/// - G2 The agency's total is never above the funded amount, and never above what the terms give for the values that
///   a quorum signed plus the base fee of the time passed.
/// - G3 A value pays once: reporting it again, or a lower one, pays nothing.
/// - G4 Nothing is paid for performance without a quorum of different members over the same report.
/// - G5 From every state all money can be out by end + grace, by anyone's call, with no oracle or server acting.
/// - G6 No receiver and no token can stop a settlement, a refund or another deal.
///
/// Time is half-open: an action is allowed for `t < T`, the next one for `t >= T`. Errors carry (id, given, limit).
interface IPerformanceEscrow {
    /// @param payer Who paid; refunds go to the terms' client all the same.
    /// @param terms The packed terms, whole: storage holds only their hash.
    event DealOpened(
        bytes32 indexed dealId,
        address indexed client,
        address indexed agency,
        address payer,
        uint256 amount,
        uint256[] terms
    );

    /// @param performance Paid to the agency at once: what earlier reports had earned beyond the old amount.
    event DealToppedUp(bytes32 indexed dealId, address indexed payer, uint256 amount, uint256 performance);

    /// @param signers Bit i is set when the member with index i signed.
    /// @param base Base fee paid to the agency by this report.
    /// @param performance Performance pay by this report.
    event ReportSettled(
        bytes32 indexed dealId,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        uint256 signers,
        uint256 base,
        uint256 performance
    );

    /// @notice The deal is over. Emitted once per deal.
    /// @param base Base fee paid to the agency in closing, beyond the reports.
    /// @param performance Retained performance pay paid to the agency in closing, beyond the reports.
    /// @param refunded Sent back to the client.
    event DealClosed(
        bytes32 indexed dealId, Closing cause, uint256 base, uint256 performance, uint256 refunded
    );

    /// @notice A payment could not be delivered and waits for `withdraw`.
    event Credited(bytes32 indexed dealId, address indexed account, address indexed token, uint256 amount);

    event Withdrawn(address indexed account, address indexed token, address to, uint256 amount);

    // Terms that can't be opened. The limit is the bound that was broken.
    error TermsLengthProblem(bytes32 dealId, uint256 given, uint256 limit);
    error ClientProblem(bytes32 dealId, address given, address limit);
    error AgencyProblem(bytes32 dealId, address given, address limit);
    error TokenProblem(bytes32 dealId, address given, uint256 limit);
    error BudgetProblem(bytes32 dealId, uint256 given, uint256 limit);
    error OpenBeforeProblem(bytes32 dealId, uint256 given, uint256 limit);
    error CommitteeUnknownProblem(bytes32 dealId, bytes12 given, uint256 limit);
    error QuorumProblem(bytes32 dealId, uint256 given, uint256 limit);
    error ArbiterProblem(bytes32 dealId, address given, address limit);
    error AgreementProblem(bytes32 dealId, bytes32 given, uint256 limit);
    error BasisProblem(bytes32 dealId, uint256 given, uint256 limit);
    error StartProblem(bytes32 dealId, uint256 given, uint256 limit);
    error PeriodLengthProblem(bytes32 dealId, uint256 given, uint256 limit);
    error PeriodsProblem(bytes32 dealId, uint256 given, uint256 limit);
    error GraceProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice Challenge windows are not offered by this version.
    error ChallengeWindowProblem(bytes32 dealId, uint256 given, uint256 limit);
    error RulingWindowProblem(bytes32 dealId, uint256 given, uint256 limit);
    error SelfReportProblem(bytes32 dealId, uint256 given, uint256 limit);
    error NoticeProblem(bytes32 dealId, uint256 given, uint256 limit);
    error RetentionProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice The number of steps is out of range.
    error StepCountProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice A step does not begin after the one before it.
    error StepOrderProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice A flat amount is earned at zero, for nothing.
    error StepFlatProblem(bytes32 dealId, uint256 given, uint256 limit);

    // Calls that can't be done now.
    /// @notice The deal is not in a state that allows the call.
    error StatusProblem(bytes32 dealId, Status given);
    /// @notice The amount is below or above what is allowed, or differs from the coins sent along.
    error FundingProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice The token delivered another amount than was asked for.
    error ReceivedProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice It is too early or too late: given is now.
    error TimeProblem(bytes32 dealId, uint256 given, uint256 limit);
    error CallerProblem(bytes32 dealId, address given, address limit);
    /// @notice The report's as-of time is not after the last one, in the future, or not one that the basis allows.
    error AsOfProblem(bytes32 dealId, uint256 given, uint256 limit);
    error ValueProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice Signers are not in strictly ascending order; given is the one that is not above the limit before it.
    error SignerOrderProblem(bytes32 dealId, address given, address limit);
    /// @notice The signature recovers to somebody who is no member, or not yet one as of the report. A signature over
    /// another report, another contract or another chain recovers to a stranger too.
    error SignerProblem(bytes32 dealId, address given, bytes12 limit);
    /// @notice The signature at this position recovers to nobody, or its s is in the upper half.
    error SignatureProblem(bytes32 dealId, uint256 given);
    /// @notice Not enough gas for a payment that nobody can starve.
    error GasProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice There is no credit to withdraw, it is sent to nobody or to this contract, or its token still refuses
    /// to move.
    error CreditProblem(address account, address token, uint256 given);

    /// @notice Opens a deal and takes its money from the caller. Anyone may pay; refunds go to the client, so opening
    /// proves no consent of the client.
    /// @dev Emits DealOpened.
    ///
    /// Requirements:
    /// - The terms are in range (see `checkTerms`) and were never opened.
    /// - `block.timestamp < openBefore`.
    /// - `budget <= amount < 2^96`; exactly `amount` arrives: as `msg.value` for the native coin, else by
    ///   `transferFrom` the caller.
    function open(uint256[] calldata terms, uint256 amount) external payable;

    /// @notice Opens a deal with an ERC-2612 permit of the caller.
    /// @dev Emits DealOpened. A permit that fails is ignored, since anyone may have used it already: the allowance
    /// decides.
    function openWithPermit(
        uint256[] calldata terms,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Adds money to a deal. Where the deal is cumulative, pays the agency at once what earlier reports had
    /// earned beyond the old amount.
    /// @dev Emits DealToppedUp.
    ///
    /// Requirements:
    /// - The deal is open and its end has not come.
    /// - The sum stays below 2^96.
    function topUp(uint256[] calldata terms, uint256 amount) external payable;

    /// @notice The agency turns the deal down: everything goes back to the client.
    /// @dev Emits DealClosed.
    ///
    /// Requirements:
    /// - The caller is the agency; the deal is open; no report was settled.
    function decline(uint256[] calldata terms) external;

    /// @notice Applies a report that a quorum signed, and pays what it makes due. The report as of the deal's end
    /// closes it and returns the rest. Anyone may submit.
    /// @dev Emits ReportSettled, and DealClosed for the final report.
    ///
    /// Notes:
    /// - Cumulative: reports may be skipped, late or merged; what is paid follows the highest value submitted.
    ///
    /// Requirements:
    /// - The deal is open and `block.timestamp < end + reportGrace`.
    /// - `asOf` is after the last one, not in the future, not after the end. After the end a cumulative deal takes
    ///   only the final report. Per period, `asOf` is the next period's boundary.
    /// - `value < 2^64`.
    /// - At least `quorum` signatures over Report(dealId, asOf, value, evidence) by members that were active before
    ///   `asOf`, in strictly ascending order of signer, low s.
    function settle(
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        Signature[] calldata signatures
    ) external;

    /// @notice Closes a deal whose final report never came: the agency gets the accrued base fee and what settled
    /// reports earned and was retained, the client gets the rest. Anyone may call.
    /// @dev Emits DealClosed.
    ///
    /// Requirements:
    /// - The deal is open and `block.timestamp >= end + reportGrace`.
    function refund(uint256[] calldata terms) external;

    /// @notice Sends the caller's whole credit in a token to any address.
    /// @dev Emits Withdrawn.
    function withdraw(address token, address to) external;

    /// @notice Reverts with the named error of the first field that is out of range; says nothing about time or money.
    function checkTerms(uint256[] calldata terms) external view;

    /// @notice The id of the deal with these terms.
    function dealIdOf(uint256[] calldata terms) external view returns (bytes32);

    /// @notice The plain form of packed terms.
    function termsOf(uint256[] calldata terms) external pure returns (Terms memory);

    /// @notice The packed form of plain terms.
    function packedOf(Terms calldata terms) external pure returns (uint256[] memory);

    /// @notice What members sign for this report.
    function reportDigestOf(Report calldata report) external view returns (bytes32);

    /// @notice The deal's state as stored; `funded` is 0 for one that was never opened.
    function dealOf(uint256[] calldata terms) external view returns (Deal memory);

    function statusOf(uint256[] calldata terms) external view returns (Status);

    /// @notice What a report would pay if it were settled now, and what it would return to the client if it is final.
    /// Checks neither times nor signatures. All zero unless the deal is open.
    function dueFor(uint256[] calldata terms, uint256 value, uint256 asOf)
        external
        view
        returns (uint256 base, uint256 performance, uint256 refunded);

    /// @notice What waits for `withdraw`.
    function creditOf(address token, address account) external view returns (uint256);
}
