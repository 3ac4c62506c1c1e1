// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {RareCalls} from "../../contracts/RareCalls.sol";
import {Committee} from "../../contracts/types/EscrowTypes.sol";
import {svm, vm} from "./Symbols.sol";

/// For any caller, any terms in coins and any state of the contract: a call that is a party's alone is done for nobody
/// else. The state is any storage; the terms have one step.
contract AccessProofs {
    RareCalls private _calls;

    function setUp() external {
        _calls = new RareCalls();
        svm.enableSymbolicStorage(address(_calls));
    }

    function check_rule__done__was_the_arbiters(address caller, uint256[8] memory words, uint256 value) external {
        vm.assume(caller != address(uint160(words[3])));
        assert(!_does(caller, abi.encodeCall(_calls.rule, (_terms(words), value))));
    }

    function check_dispute__done__was_a_partys(address caller, uint256[8] memory words, uint256 value) external {
        vm.assume(caller != address(uint160(words[0])) && caller != address(uint160(words[1])));
        assert(!_does(caller, abi.encodeCall(_calls.dispute, (_terms(words), value, bytes32(0)))));
    }

    function check_selfReport__done__was_the_agencys(address caller, uint256[8] memory words, uint256 value) external {
        vm.assume(caller != address(uint160(words[1])));
        assert(!_does(caller, abi.encodeCall(_calls.selfReport, (_terms(words), value, bytes32(0)))));
    }

    function check_giveNotice__done__was_a_partys(address caller, uint256[8] memory words) external {
        vm.assume(caller != address(uint160(words[0])) && caller != address(uint160(words[1])));
        assert(!_does(caller, abi.encodeCall(_calls.giveNotice, (_terms(words)))));
    }

    function check_settleItem__done__was_the_contracts(address caller, bytes32 dealId, uint256[8] memory words)
        external
    {
        vm.assume(caller != address(_calls));
        bytes memory data =
            abi.encodeCall(_calls.settleItem, (dealId, 0, 0, bytes32(0), new address[](0), _terms(words)));
        assert(!_does(caller, data));
    }

    function check_addMember__done__was_the_admins(address caller, bytes12 committee, address member) external {
        vm.assume(caller != _adminOf(committee));
        assert(!_does(caller, abi.encodeCall(_calls.addMember, (committee, member))));
    }

    function check_removeMember__done__was_the_admins(address caller, bytes12 committee, address member) external {
        vm.assume(caller != _adminOf(committee));
        assert(!_does(caller, abi.encodeCall(_calls.removeMember, (committee, member))));
    }

    function check_offerAdmin__done__was_the_admins(address caller, bytes12 committee, address next) external {
        vm.assume(caller != _adminOf(committee));
        assert(!_does(caller, abi.encodeCall(_calls.offerAdmin, (committee, next))));
    }

    function check_acceptAdmin__done__makes_the_caller_admin(address caller, bytes12 committee) external {
        address before = _adminOf(committee);
        bool done = _does(caller, abi.encodeCall(_calls.acceptAdmin, (committee)));
        assert(_adminOf(committee) == (done ? caller : before));
    }

    function check_leaveCommittee__done__touches_no_other_member(address caller, bytes12 committee, address other)
        external
    {
        vm.assume(caller != other);
        uint256 before = _calls.memberOf(committee, other).leavesAt;
        _does(caller, abi.encodeCall(_calls.leaveCommittee, (committee)));
        assert(_calls.memberOf(committee, other).leavesAt == before);
    }

    function check_addMember__done__keeps_the_least_quorum_above_half(address caller, bytes12 committee, address member)
        external
    {
        Committee memory before = _calls.committeeOf(committee);
        vm.assume(2 * uint256(before.minQuorum) > before.size);
        _does(caller, abi.encodeCall(_calls.addMember, (committee, member)));
        Committee memory afterwards = _calls.committeeOf(committee);
        assert(2 * uint256(afterwards.minQuorum) > afterwards.size);
        assert(afterwards.minQuorum == before.minQuorum);
    }

    function check_removeMember__done__leaves_the_most_quorum(address caller, bytes12 committee, address member)
        external
    {
        Committee memory before = _calls.committeeOf(committee);
        vm.assume(before.size >= before.maxQuorum);
        _does(caller, abi.encodeCall(_calls.removeMember, (committee, member)));
        assert(_calls.committeeOf(committee).size >= before.maxQuorum);
    }

    function _adminOf(bytes12 committee) private view returns (address) {
        return _calls.committeeOf(committee).admin;
    }

    function _does(address caller, bytes memory message) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(_calls).call(message);
    }

    /// In coins: whatever a token's code does, it comes after the checks.
    function _terms(uint256[8] memory words) private pure returns (uint256[] memory terms) {
        terms = new uint256[](8);
        for (uint256 i = 0; i < 8; ++i) {
            terms[i] = words[i];
        }
        terms[2] = (terms[2] >> 160) << 160;
    }
}
