// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../contracts/interfaces/ICommittees.sol";
import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Basis, Report, Signature, Step, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";

interface IMintable {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// The contract with a token and two committees, and what tests need to speak to it. Contracts are deployed by the
/// name of their artifact, so that a change of theirs compiles no test anew.
library Stage {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant MEMBERS = 5;

    function escrow() internal returns (IPerformanceEscrow) {
        return IPerformanceEscrow(vm.deployCode("PerformanceEscrow.sol:PerformanceEscrow"));
    }

    function dollar() internal returns (IMintable) {
        return IMintable(vm.deployCode("TestDollar.sol:TestDollar"));
    }

    /// Keys of `count` people, in the order of their addresses.
    function keys(uint256 count, string memory salt) internal pure returns (uint256[] memory sorted) {
        sorted = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode(salt, i))) >> 1;
            uint256 at = i;
            for (; at > 0 && vm.addr(sorted[at - 1]) > vm.addr(key); --at) {
                sorted[at] = sorted[at - 1];
            }
            sorted[at] = key;
        }
    }

    function committee(IPerformanceEscrow escrow_, uint256[] memory keys_, uint8 quorum, bytes32 salt)
        internal
        returns (bytes12)
    {
        address[] memory members = new address[](keys_.length);
        for (uint256 i = 0; i < keys_.length; ++i) {
            members[i] = vm.addr(keys_[i]);
        }
        return ICommittees(address(escrow_))
            .createCommittee(address(0), 0, quorum, uint8(keys_.length), members, salt);
    }

    /// In range, in coins, cumulative: one unit a metric unit for ten days, seven to report the end.
    function terms(bytes12 committee_, uint8 quorum) internal pure returns (Terms memory t) {
        t.client = address(0xC11E);
        t.agency = address(0xA6E7);
        t.budget = 1_000;
        t.openBefore = uint40(START);
        t.committee = committee_;
        t.quorum = quorum;
        t.agreement = keccak256("agreement");
        t.basis = Basis.Cumulative;
        t.startsAt = uint40(START);
        t.periodLength = 1 days;
        t.periods = 10;
        t.reportGrace = 7 days;
        t.noticePeriod = 1 days;
        t.steps = new Step[](1);
        t.steps[0].rate = 1e6;
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (Signature memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return Signature(r, bytes32(uint256(v - 27) << 255 | uint256(s)));
    }

    /// Of the keys whose bit is set in `mask`, in their order.
    function signatures(IPerformanceEscrow escrow_, Report memory report, uint256[] memory keys_, uint256 mask)
        internal
        view
        returns (Signature[] memory)
    {
        return signaturesOf(escrow_.reportDigestOf(report), keys_, mask);
    }

    function signaturesOf(bytes32 digest, uint256[] memory keys_, uint256 mask)
        internal
        pure
        returns (Signature[] memory list)
    {
        uint256 count;
        for (uint256 i = 0; i < keys_.length; ++i) {
            if (mask >> i & 1 == 1) ++count;
        }
        list = new Signature[](count);
        for (uint256 i = keys_.length; i > 0; --i) {
            if (mask >> (i - 1) & 1 == 1) list[--count] = signature(keys_[i - 1], digest);
        }
    }
}
