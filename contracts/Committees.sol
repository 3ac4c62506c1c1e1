// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "./interfaces/ICommittees.sol";
import {Committee, Member} from "./types/EscrowTypes.sol";

/// The state of committees, and what can be read of it.
abstract contract Committees is ICommittees {
    mapping(bytes12 committee => Committee) internal _committees;
    mapping(bytes12 committee => mapping(address member => Member)) internal _members;
    mapping(bytes12 committee => address admin) internal _nextAdmins;

    /// @inheritdoc ICommittees
    function committeeOf(bytes12 committee) external view returns (Committee memory) {
        return _committees[committee];
    }

    /// The fields of a member by one read of its slot, as the compiler lays them out, without a copy in memory.
    function _read(Member storage member) internal view returns (uint256 index, uint256 activeAt, uint256 leavesAt) {
        uint256 slot;
        assembly ("memory-safe") {
            slot := sload(member.slot)
        }
        return (uint8(slot), uint40(slot >> 8), uint40(slot >> 48));
    }

    /// @inheritdoc ICommittees
    function memberOf(bytes12 committee, address member) external view returns (Member memory) {
        return _members[committee][member];
    }
}
