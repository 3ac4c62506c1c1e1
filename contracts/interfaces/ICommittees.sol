// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Committee, Member, SignedReport} from "../types/EscrowTypes.sol";

/// @title Committees of oracles
/// @notice Anyone creates a committee; deals name it by its id. An id names one committee and an index one member,
/// for ever.
///
/// What an admin can do is slow, and a party of a deal can give notice and be out before it counts: `addMember` and
/// `removeMember` take effect after the committee's delay, which is at least a week above the notice period of every
/// deal that names it. What a member does to itself, and what its own two signatures prove of it, counts at once.
///
/// Guarantees:
/// - K1 A member that was added signs nothing as of a time before its `activeAt`.
/// - K2 Once a member has left, no signature of it counts, whenever it was made.
/// - K3 The least quorum is more than half of the members at any time.
/// - K4 An admin can't bring a committee below its `maxQuorum` members.
///
/// Errors carry (id, given, limit): what was asked about, what came in, and the bound it broke.
interface ICommittees {
    /// @param admin Who may change the members later; 0 = nobody ever.
    event CommitteeCreated(
        bytes12 indexed committee,
        address indexed admin,
        address creator,
        uint32 delay,
        uint8 minQuorum,
        uint8 maxQuorum,
        uint256 size
    );

    /// @param index The member's bit in the `signers` of ReportSettled.
    /// @param activeAt Its signatures count for reports as of later than this.
    event MemberAdded(bytes12 indexed committee, address indexed member, uint8 index, uint40 activeAt);

    /// @param leavesAt Its signatures count until then, whatever they are as of.
    event MemberRemoved(bytes12 indexed committee, address indexed member, uint40 leavesAt);

    /// @notice A member signed two different reports of one deal and time. MemberRemoved follows.
    event EquivocationProved(bytes12 indexed committee, address indexed member, bytes32 dealId, uint256 asOf);

    event AdminOffered(bytes12 indexed committee, address indexed nextAdmin);
    event AdminChanged(bytes12 indexed committee, address indexed admin);

    /// @notice The committee exists already.
    error CommitteeProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice Too many or too few members for a committee.
    error SizeProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice A member is zero, repeated or out of ascending order (the limit is the one before it).
    error MemberOrderProblem(bytes12 committee, address given, address limit);
    /// @notice The least quorum is not more than half of the members, or the most is outside [least, members].
    error QuorumBoundProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice The delay is out of range: none without an admin, MIN_DELAY to MAX_DELAY with one.
    error DelayProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice Only the admin may do that or, for `acceptAdmin`, the one it was offered to: the limit.
    error AdminProblem(bytes12 committee, address given, address limit);
    /// @notice To be added: zero, or has been a member. To be removed: no member, or has left, or is leaving.
    error MemberProblem(bytes12 committee, address given);
    /// @notice The two reports are not of one deal and time, or are the same one.
    error EquivocationProblem(bytes12 committee, bytes32 first, bytes32 second);

    /// @notice Creates a committee whose id is the first 12 bytes of the hash of its creator and of all it was
    /// created with, so nobody can take an id before its creator does.
    /// @dev Emits CommitteeCreated, and MemberAdded for each member.
    ///
    /// Requirements:
    /// - `members` are 1 to 256 addresses in strictly ascending order, none zero.
    /// - `minQuorum` is more than half of the members, `maxQuorum` from `minQuorum` to their number.
    /// - `delay` is 0 without an admin, and MIN_DELAY to MAX_DELAY with one.
    function createCommittee(
        address admin,
        uint32 delay,
        uint8 minQuorum,
        uint8 maxQuorum,
        address[] calldata members,
        bytes32 salt
    ) external returns (bytes12 committee);

    /// @notice Queues a new member. Its signatures count for reports as of later than now + delay.
    /// @dev Emits MemberAdded.
    ///
    /// Requirements:
    /// - The caller is the admin; `member` is not zero and was never a member.
    /// - The members, with those that are queued, stay below twice the least quorum.
    /// - Fewer than 256 were members ever.
    function addMember(bytes12 committee, address member) external;

    /// @notice Queues the removal of a member, to be gone after the delay.
    /// @dev Emits MemberRemoved.
    ///
    /// Requirements:
    /// - The caller is the admin; `member` is one and is not leaving yet.
    /// - At least `maxQuorum` members stay.
    function removeMember(bytes12 committee, address member) external;

    /// @notice The caller, a member, is one no longer, at once.
    /// @dev Emits MemberRemoved.
    function leaveCommittee(bytes12 committee) external;

    /// @notice Removes at once a member that signed two different reports for one deal and as-of time, each by itself
    /// or under a root. Anyone may prove it. The same value with other evidence counts, too.
    /// @dev Emits EquivocationProved and MemberRemoved.
    ///
    /// Requirements:
    /// - Both reports name the same deal and time, and differ.
    /// - Both signatures are of the same member, who has not left.
    function proveEquivocation(bytes12 committee, SignedReport calldata first, SignedReport calldata second) external;

    /// @notice The admin offers its place; nothing changes before it is accepted. Zero takes an offer back.
    /// @dev Emits AdminOffered.
    function offerAdmin(bytes12 committee, address nextAdmin) external;

    /// @notice The caller, to whom it was offered, is the admin from now on.
    /// @dev Emits AdminChanged.
    function acceptAdmin(bytes12 committee) external;

    /// @notice The bounds of a committee; all zero for an unknown one.
    function committeeOf(bytes12 committee) external view returns (Committee memory);

    /// @notice A member's index, and from when to when its signatures count; all zero for somebody who never was one.
    function memberOf(bytes12 committee, address member) external view returns (Member memory);
}
