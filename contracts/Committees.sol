// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "./interfaces/ICommittees.sol";
import {Committee, Member} from "./types/EscrowTypes.sol";

/// Registry of committees. Knows members and quorum bounds; knows nothing of deals, reports or money.
abstract contract Committees is ICommittees {
    uint256 internal constant MAX_MEMBERS = 256;
    uint256 internal constant MIN_DELAY = 8 days;
    uint256 internal constant MAX_DELAY = 180 days;

    mapping(bytes12 committee => Committee) internal _committees;
    mapping(bytes12 committee => mapping(address member => Member)) internal _members;

    /// @inheritdoc ICommittees
    function createCommittee(
        address admin,
        uint32 delay,
        uint8 minQuorum,
        uint8 maxQuorum,
        address[] calldata members,
        bytes32 salt
    ) external returns (bytes12 committee) {
        committee = bytes12(keccak256(abi.encode(msg.sender, admin, delay, minQuorum, maxQuorum, members, salt)));
        uint256 size = members.length;
        if (_committees[committee].size != 0) revert CommitteeProblem(committee, 1, 0);
        if (size == 0 || size > MAX_MEMBERS) revert SizeProblem(committee, size, size == 0 ? 1 : MAX_MEMBERS);
        if (uint256(minQuorum) * 2 <= size) revert QuorumBoundProblem(committee, minQuorum, size / 2 + 1);
        if (maxQuorum < minQuorum) revert QuorumBoundProblem(committee, maxQuorum, minQuorum);
        if (maxQuorum > size) revert QuorumBoundProblem(committee, maxQuorum, size);
        if (admin == address(0)) {
            if (delay != 0) revert DelayProblem(committee, delay, 0);
        } else {
            if (delay < MIN_DELAY) revert DelayProblem(committee, delay, MIN_DELAY);
            if (delay > MAX_DELAY) revert DelayProblem(committee, delay, MAX_DELAY);
        }

        _committees[committee] = Committee(admin, delay, minQuorum, maxQuorum, uint16(size));
        emit CommitteeCreated(committee, admin, msg.sender, delay, minQuorum, maxQuorum, size);
        address previous;
        for (uint256 i = 0; i < size; ++i) {
            address member = members[i];
            if (member <= previous) revert MemberOrderProblem(committee, member, previous);
            _members[committee][member] = Member(true, uint8(i), uint40(block.timestamp));
            emit MemberAdded(committee, member, uint8(i), uint40(block.timestamp));
            previous = member;
        }
    }

    /// @inheritdoc ICommittees
    function committeeOf(bytes12 committee)
        external
        view
        returns (address admin, uint32 delay, uint8 minQuorum, uint8 maxQuorum, uint16 size)
    {
        Committee storage c = _committees[committee];
        return (c.admin, c.delay, c.minQuorum, c.maxQuorum, c.size);
    }

    /// @inheritdoc ICommittees
    function memberOf(bytes12 committee, address member)
        external
        view
        returns (bool isMember, uint8 index, uint40 activeAt)
    {
        Member storage m = _members[committee][member];
        return (m.isMember, m.index, m.activeAt);
    }
}
