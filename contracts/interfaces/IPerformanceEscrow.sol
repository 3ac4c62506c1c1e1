// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRareCalls} from "./IRareCalls.sol";
import {
    Authorization,
    Claim,
    Closing,
    Deal,
    Leaf,
    Outcome,
    Report,
    Signature,
    Status,
    Terms
} from "../types/EscrowTypes.sol";

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
///   what settled reports earned and the base fee, the rest goes back to the client; where the terms have an arbiter
///   and allow it, the agency can report itself before that.
///
/// Assumptions on arbiters, in deals that name one:
/// - A1 (correctness) It rules what the agreement gives, between the numbers that the quorum and the parties filed.
/// - A2 (liveness) None: without a ruling the quorum's number stands, in a self-report the client's.
///
/// Guarantees:
/// - G1 Money of a deal goes to its agency, its client, or stays; to nobody else.
/// - G2 The agency's total is never above the funded amount, and never above what the terms give for the values that
///   a quorum signed plus the base fee of the time passed.
/// - G3 A value pays once: reporting it again, or a lower one, pays nothing.
/// - G4 Nothing is paid for performance without a quorum of different members over the same report.
/// - G5 From every state all money can be out in bounded time, by anyone's call, with no oracle, arbiter or server
///   acting: by end + grace or, while a report waits, when its windows are over.
/// - G6 No receiver and no token can stop a settlement, a refund or another deal.
/// - G7 Silence gains nothing: the client's accepts a report, the arbiter's leaves the quorum's number.
/// - G8 Terms change by the signatures of both parties alone.
///
/// Time is half-open: an action is allowed for `t < T`, the next one for `t >= T`. Errors carry (id, given, limit).
interface IPerformanceEscrow is IRareCalls {
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

    /// @notice A report waits for its challenge window to end, in place of a self-report if there was one.
    /// @param value As signed or, in a self-report, as the agency says; `adjust` is added to it.
    /// @param signers As in ReportSettled; 0 in a self-report.
    /// @param windowEndsAt The parties may file other numbers until then.
    event ReportWaits(
        bytes32 indexed dealId,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        uint256 signers,
        int256 adjust,
        uint256 windowEndsAt
    );

    /// @notice A party filed its own number for the report that waits.
    /// @param base Base fee paid to the agency at once, with
    /// @param performance the performance pay of what both parties accept; both 0 where the agency filed.
    event ReportDisputed(
        bytes32 indexed dealId, address indexed party, uint256 value, bytes32 reason, uint256 base, uint256 performance
    );

    /// @notice The window is over, and only the agency filed a number: what the quorum reported is paid.
    event AgreedPartPaid(bytes32 indexed dealId, uint256 asOf, uint256 value, uint256 base, uint256 performance);

    /// @notice The report that waited counts with this value.
    /// @param adjust Added to every later value of the deal.
    /// @param base Base fee paid to the agency, beyond what was agreed before.
    /// @param performance Performance pay, beyond what was agreed before.
    event ReportResolved(
        bytes32 indexed dealId,
        uint256 asOf,
        uint256 value,
        Outcome outcome,
        int256 adjust,
        uint256 base,
        uint256 performance
    );

    /// @notice The end was moved forward. DealClosed follows where it is before the start.
    /// @param performance Paid to the agency at once: earned beyond the funds that were left beside the base fee.
    event NoticeGiven(bytes32 indexed dealId, address indexed party, uint256 endsAt, uint256 performance);

    /// @notice An item of a batch changed nothing.
    /// @param reason Selector of the error; 0 where there was none, as when its gas did not suffice.
    event ItemSkipped(uint256 indexed item, bytes4 reason);

    /// @notice The deal is over. Emitted once per deal.
    /// @param base Base fee paid to the agency in closing, beyond the reports.
    /// @param performance Performance pay paid to the agency in closing, beyond the reports; in a split or an
    /// amendment all that was still due of the agreed total.
    /// @param refunded Sent back to the client; 0 in an amendment, whose rest opens the new deal.
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
    /// @notice With an arbiter a window is from one day to thirty, without one it is zero.
    error ChallengeWindowProblem(bytes32 dealId, uint256 given, uint256 limit);
    error RulingWindowProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice Self-reports are for cumulative deals with an arbiter, and for deals whose terms allow them.
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
    /// @notice A report waits (given: its as-of time; limit: when it can be resolved, 0 where only its resolution
    /// helps), or none does (given: 0).
    error WaitingProblem(bytes32 dealId, uint256 given, uint256 limit);
    /// @notice The party has filed its number, which is the limit, or reported itself.
    error FiledProblem(bytes32 dealId, address given, uint256 limit);
    /// @notice The signature is not the party's for this message.
    error PartySignatureProblem(bytes32 dealId, address party);
    /// @notice The leaves and the proof lead to another root (given) than the signed one (limit).
    error ProofProblem(bytes32 given, bytes32 limit);
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

    /// @notice Opens a deal with a permit of the caller: ERC-2612 where the signature has 65 bytes (r, s, v), ERC-7597
    /// otherwise.
    /// @dev Emits DealOpened. A permit that fails is ignored, since anyone may have used it already: the allowance
    /// decides.
    function openWithPermit(uint256[] calldata terms, uint256 amount, uint256 deadline, bytes calldata signature)
        external;

    /// @notice Opens a deal with an authorization of the terms' client (ERC-3009 `receiveWithAuthorization` to this
    /// contract, whose nonce is the deal's id). Anyone may submit it; with other terms, another amount, contract or
    /// chain it is good for nothing.
    /// @dev Emits DealOpened. Requirements as for `open`.
    function openWithAuthorization(uint256[] calldata terms, uint256 amount, Authorization calldata authorization)
        external;

    /// @notice Adds money to a deal. Where the deal is cumulative, pays the agency at once what earlier reports had
    /// earned beyond the old amount.
    /// @dev Emits DealToppedUp.
    ///
    /// Requirements:
    /// - The deal is open and its end has not come; no report waits.
    /// - The sum stays below 2^96.
    function topUp(uint256[] calldata terms, uint256 amount) external payable;

    /// @notice Adds money to a deal with an authorization of the terms' client, whose nonce is
    /// keccak256(abi.encode(dealId, funded)): good for one top-up of the deal as it is. Anyone may submit it.
    /// @dev Emits DealToppedUp. Requirements as for `topUp`.
    function topUpWithAuthorization(uint256[] calldata terms, uint256 amount, Authorization calldata authorization)
        external;

    /// @notice The agency turns the deal down: everything goes back to the client.
    /// @dev Emits DealClosed.
    ///
    /// Requirements:
    /// - The caller is the agency; the deal is open; no report was settled, and none waits.
    function decline(uint256[] calldata terms) external;

    /// @notice Settles many reports, each by itself: one that fails changes nothing and does not stop the others.
    /// @dev Emits ItemSkipped for each that failed.
    ///
    /// Requirements:
    /// - The caller brings `gasPerItem` for each item. It must suffice for the whole of `settle` with its payments;
    ///   300,000 do for committees of usual size.
    /// @param calls Calldata of `settle`, with its selector.
    function settleBatch(uint256 gasPerItem, bytes[] calldata calls) external;

    /// @notice Settles many reports, which one quorum signed together as ReportRoot(root). Each is isolated as in
    /// `settleBatch`, and each deal checks its own committee, quorum and times.
    /// @dev Emits ItemSkipped for each that failed.
    ///
    /// Notes:
    /// - A leaf is keccak256(bytes.concat(keccak256(abi.encode(digest)))) of the report's EIP-712 digest, in a tree of
    ///   sorted pairs: the form of OpenZeppelin's merkle-tree library, whose multiproof `proof` and `flags` are. With
    ///   all leaves of the tree, in its order, the proof is empty.
    ///
    /// Requirements:
    /// - The caller brings `gasPerItem` for each leaf.
    /// - The leaves and the proof lead to the root.
    /// - Each signature recovers to somebody.
    function settleRooted(
        uint256 gasPerItem,
        bytes32 root,
        Signature[] calldata signatures,
        Leaf[] calldata leaves,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external;

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

    /// @notice What members sign for all reports under this root.
    function rootDigestOf(bytes32 root) external view returns (bytes32);

    /// @notice The report that waits, all zero where none does, and what is added to later values.
    function claimOf(uint256[] calldata terms) external view returns (Claim memory claim, int256 adjust);

    /// @notice The deal's state as stored; `funded` is 0 for one that was never opened.
    function dealOf(uint256[] calldata terms) external view returns (Deal memory);

    function statusOf(uint256[] calldata terms) external view returns (Status);

    /// @notice What a report would pay if it were settled now, and what it would return to the client if it is final.
    /// Checks neither times nor signatures. All zero unless the deal is open. With an arbiter, what it would pay if it
    /// were resolved with this value, which is on the scale of `Claim.value`.
    function dueFor(uint256[] calldata terms, uint256 value, uint256 asOf)
        external
        view
        returns (uint256 base, uint256 performance, uint256 refunded);

    /// @notice What waits for `withdraw`.
    function creditOf(address token, address account) external view returns (uint256);
}
