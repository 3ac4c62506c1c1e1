// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Committees of oracles
/// @notice Anyone creates a committee; deals name it by its id. An id names one committee and an index one member,
/// for ever.
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

    /// @notice The committee exists already (given 1) or does not exist (given 0).
    error CommitteeProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice Too many or too few members for a committee.
    error SizeProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice A member is zero, repeated or out of ascending order (the limit is the one before it).
    error MemberOrderProblem(bytes12 committee, address given, address limit);
    /// @notice The least quorum is not more than half of the members, or the most is outside [least, members].
    error QuorumBoundProblem(bytes12 committee, uint256 given, uint256 limit);
    /// @notice The delay is out of range: none without an admin, MIN_DELAY to MAX_DELAY with one.
    error DelayProblem(bytes12 committee, uint256 given, uint256 limit);

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

    /// @notice The bounds of a committee; all zero for an unknown one.
    function committeeOf(bytes12 committee)
        external
        view
        returns (address admin, uint32 delay, uint8 minQuorum, uint8 maxQuorum, uint16 size);

    /// @notice Whether `member` is in the committee, its index, and since when its signatures count.
    function memberOf(bytes12 committee, address member)
        external
        view
        returns (bool isMember, uint8 index, uint40 activeAt);
}
