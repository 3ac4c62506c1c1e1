// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees as C} from "../../contracts/interfaces/ICommittees.sol";
import {Committee, Member, Report, Signature, SignedReport} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";
import {Scene} from "./Scene.sol";
import {Stage} from "./Stage.sol";

/// Which committees there can be, and each change that is refused.
contract CommitteesTest is Scene {
    uint40 private constant NEVER = type(uint40).max;
    address private constant ADMIN = address(0xAD417);
    uint32 private constant DELAY = 8 days;
    C private _oracles;
    bytes12 private _changing;

    /// Of the addresses 1 to 5, with an admin; a quorum of three or four.
    function setUp() public override {
        super.setUp();
        _oracles = C(address(_escrow));
        _changing = _oracles.createCommittee(ADMIN, DELAY, 3, 4, _people(5), 0);
    }

    function test_createCommittee__good_bounds__are_stored() external view {
        Committee memory committee = _oracles.committeeOf(_changing);
        Committee memory expected = Committee(ADMIN, DELAY, 3, 4, 5, 5);
        vm.assertEq(abi.encode(committee), abi.encode(expected), "the committee");
        for (uint160 i = 1; i <= 5; ++i) {
            Member memory member = _oracles.memberOf(_changing, address(i));
            vm.assertEq(abi.encode(member), abi.encode(Member(uint8(i - 1), uint40(START - 1), NEVER)), "a member");
        }
        vm.assertEq(abi.encode(_oracles.memberOf(_changing, address(6))), abi.encode(Member(0, 0, 0)), "nobody");
        vm.assertEq(abi.encode(_oracles.committeeOf(0)), abi.encode(Committee(address(0), 0, 0, 0, 0, 0)), "none");
    }

    function test_createCommittee__the_same_again__is_refused() external {
        bytes memory message = abi.encodeCall(C.createCommittee, (ADMIN, DELAY, 3, 4, _people(5), 0));
        _refuse(address(this), message, _problem(C.CommitteeProblem.selector, _changing, 1, 0));
        bytes12 other = abi.decode(_do(STRANGER, message), (bytes12));
        vm.assertNotEq(other, _changing, "the creator is part of the id");
    }

    function test_createCommittee__size__is_1_to_256() external {
        _createRefused(address(0), 0, 1, 1, 0, C.SizeProblem.selector, 0, 1);
        _create(address(0), 0, 1, 1, 1);
        _create(address(0), 0, 129, 129, 256);
        _createRefused(address(0), 0, 129, 129, 257, C.SizeProblem.selector, 257, 256);
    }

    function test_createCommittee__quorums__are_a_majority_and_in_order() external {
        _createRefused(address(0), 0, 2, 4, 4, C.QuorumBoundProblem.selector, 2, 3);
        _createRefused(address(0), 0, 2, 5, 5, C.QuorumBoundProblem.selector, 2, 3);
        _create(address(0), 0, 3, 3, 5);
        _create(address(0), 0, 3, 5, 5);
        _createRefused(address(0), 0, 3, 2, 5, C.QuorumBoundProblem.selector, 2, 3);
        _createRefused(address(0), 0, 3, 6, 5, C.QuorumBoundProblem.selector, 6, 5);
    }

    function test_createCommittee__delay__is_from_8_to_180_days_with_an_admin_and_none_without() external {
        _createRefused(address(0), 1, 2, 2, 3, C.DelayProblem.selector, 1, 0);
        _create(ADMIN, 8 days, 2, 2, 3);
        _create(ADMIN, 180 days, 2, 2, 3);
        _createRefused(ADMIN, 8 days - 1, 2, 2, 3, C.DelayProblem.selector, 8 days - 1, 8 days);
        _createRefused(ADMIN, 180 days + 1, 2, 2, 3, C.DelayProblem.selector, 180 days + 1, 180 days);
    }

    function test_createCommittee__members__ascend_from_above_zero() external {
        address[] memory members = _people(3);
        members[2] = members[1];
        _membersRefused(members, members[1], members[1]);
        members[2] = members[0];
        _membersRefused(members, members[0], members[1]);
        members[0] = address(0);
        _membersRefused(members, address(0), address(0));
    }

    function test_addMember__anybody_but_the_admin__is_refused() external {
        bytes memory message = abi.encodeCall(C.addMember, (_changing, STRANGER));
        _refuse(STRANGER, message, _problem(C.AdminProblem.selector, _changing, STRANGER, ADMIN));
        message = abi.encodeCall(C.addMember, (_committee, STRANGER));
        _refuse(STRANGER, message, _problem(C.AdminProblem.selector, _committee, STRANGER, address(0)));
        // Nobody is no admin either.
        _refuse(address(0), message, _problem(C.AdminProblem.selector, _committee, address(0), address(0)));
    }

    function test_addMember__nobody_or_who_was_one__is_refused() external {
        _do(address(1), abi.encodeCall(C.leaveCommittee, (_changing)));
        address[3] memory bad = [address(0), address(1), address(2)];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory error = abi.encodeWithSelector(C.MemberProblem.selector, _changing, bad[i]);
            _refuse(ADMIN, abi.encodeCall(C.addMember, (_changing, bad[i])), error);
        }
    }

    function test_addMember__as_many_as_the_quorum_allows__no_more() external {
        bytes memory message = abi.encodeCall(C.addMember, (_changing, STRANGER));
        _refuse(ADMIN, message, _problem(C.SizeProblem.selector, _changing, 6, 5));
        _do(address(1), abi.encodeCall(C.leaveCommittee, (_changing)));
        _do(ADMIN, message);
        Member memory member = _oracles.memberOf(_changing, STRANGER);
        vm.assertEq(abi.encode(member), abi.encode(Member(5, uint40(START - 1 + DELAY), NEVER)), "after the delay");
        Committee memory committee = _oracles.committeeOf(_changing);
        vm.assertEq(abi.encode(committee), abi.encode(Committee(ADMIN, DELAY, 3, 4, 5, 6)), "five of six");
    }

    function test_addMember__256_were_there__is_refused() external {
        bytes12 big = _create(ADMIN, DELAY, 129, 129, 255);
        _do(ADMIN, abi.encodeCall(C.addMember, (big, STRANGER)));
        vm.assertEq(uint256(_oracles.memberOf(big, STRANGER).index), 255, "the last index");
        _do(address(1), abi.encodeCall(C.leaveCommittee, (big)));
        bytes memory message = abi.encodeCall(C.addMember, (big, ARBITER));
        _refuse(ADMIN, message, _problem(C.SizeProblem.selector, big, 257, 256));
    }

    function test_removeMember__who_is_none_or_leaving__is_refused() external {
        bytes memory message = abi.encodeCall(C.removeMember, (_changing, address(1)));
        _refuse(STRANGER, message, _problem(C.AdminProblem.selector, _changing, STRANGER, ADMIN));
        _do(ADMIN, message);
        uint256 leavesAt = _oracles.memberOf(_changing, address(1)).leavesAt;
        vm.assertEq(leavesAt, START - 1 + DELAY, "after the delay");
        _refuse(ADMIN, message, abi.encodeWithSelector(C.MemberProblem.selector, _changing, address(1)));
        message = abi.encodeCall(C.removeMember, (_changing, STRANGER));
        _refuse(ADMIN, message, abi.encodeWithSelector(C.MemberProblem.selector, _changing, STRANGER));
    }

    function test_removeMember__too_few_would_stay__is_refused() external {
        _do(ADMIN, abi.encodeCall(C.removeMember, (_changing, address(1))));
        vm.assertEq(uint256(_oracles.committeeOf(_changing).size), 4, "four stay");
        bytes memory message = abi.encodeCall(C.removeMember, (_changing, address(2)));
        _refuse(ADMIN, message, _problem(C.SizeProblem.selector, _changing, 3, 4));
    }

    function test_leaveCommittee__who_is_leaving__is_counted_once() external {
        _do(ADMIN, abi.encodeCall(C.removeMember, (_changing, address(1))));
        _do(address(1), abi.encodeCall(C.leaveCommittee, (_changing)));
        vm.assertEq(uint256(_oracles.committeeOf(_changing).size), 4, "four stay");
        vm.assertEq(uint256(_oracles.memberOf(_changing, address(1)).leavesAt), START - 1, "at once");
        bytes memory error = abi.encodeWithSelector(C.MemberProblem.selector, _changing, address(1));
        _refuse(address(1), abi.encodeCall(C.leaveCommittee, (_changing)), error);
    }

    function test_leaveCommittee__who_never_was_one__is_refused() external {
        bytes memory error = abi.encodeWithSelector(C.MemberProblem.selector, _changing, STRANGER);
        _refuse(STRANGER, abi.encodeCall(C.leaveCommittee, (_changing)), error);
    }

    function test_acceptAdmin__whom_nobody_asked__is_refused() external {
        bytes memory offer = abi.encodeCall(C.offerAdmin, (_changing, ARBITER));
        bytes memory accept = abi.encodeCall(C.acceptAdmin, (_changing));
        _refuse(STRANGER, offer, _problem(C.AdminProblem.selector, _changing, STRANGER, ADMIN));
        _refuse(ARBITER, accept, _problem(C.AdminProblem.selector, _changing, ARBITER, address(0)));
        _do(ADMIN, offer);
        _refuse(STRANGER, accept, _problem(C.AdminProblem.selector, _changing, STRANGER, ARBITER));
        vm.assertEq(_oracles.committeeOf(_changing).admin, ADMIN, "nothing changed yet");
        _do(ARBITER, accept);
        vm.assertEq(_oracles.committeeOf(_changing).admin, ARBITER, "the next one");
        _refuse(ARBITER, accept, _problem(C.AdminProblem.selector, _changing, ARBITER, address(0)));
    }

    function test_proveEquivocation__reports_that_prove_nothing__are_refused() external {
        Report memory report = Report("deal", 7, 8, 0);
        Report[3] memory others = [report, Report("other", 7, 9, 0), Report("deal", 8, 9, 0)];
        for (uint256 i = 0; i < 3; ++i) {
            _proofRefused(_signedBy(0, report), _signedBy(0, others[i]));
        }
        _proofRefused(_signedBy(0, report), _signedBy(1, Report("deal", 7, 9, 0)));
    }

    function test_proveEquivocation__two_values_or_two_evidences__remove_the_member_at_once() external {
        Report memory report = Report("deal", 7, 8, 0);
        Report[2] memory others = [Report("deal", 7, 9, 0), Report("deal", 7, 8, "other evidence")];
        for (uint256 i = 0; i < 2; ++i) {
            _do(
                STRANGER,
                abi.encodeCall(
                    C.proveEquivocation, (_committee, _signedBy(i, report), _signedBy(i, others[i]))
                )
            );
            uint256 leavesAt = _oracles.memberOf(_committee, vm.addr(_keys[i])).leavesAt;
            vm.assertEq(leavesAt, START - 1, "gone");
            vm.assertEq(uint256(_oracles.committeeOf(_committee).size), 2 - i, "one less");
        }
    }

    /// Under a root of two leaves, the other of which is a report of another deal.
    function test_proveEquivocation__signed_under_a_root__removes_the_member() external {
        SignedReport memory second = _signedBy(0, Report("deal", 7, 9, 0));
        bytes32 leaf = _leafOf(second.report);
        bytes32 sibling = _leafOf(Report("other", 7, 9, 0));
        bytes32 root = leaf < sibling
            ? keccak256(abi.encode(leaf, sibling))
            : keccak256(abi.encode(sibling, leaf));
        second.isRooted = true;
        second.proof = new bytes32[](1);
        second.proof[0] = sibling;
        second.signature = Stage.signature(_keys[0], _escrow.rootDigestOf(root));
        bytes memory message =
            abi.encodeCall(C.proveEquivocation, (_committee, _signedBy(0, Report("deal", 7, 8, 0)), second));
        _do(STRANGER, message);
        vm.assertEq(uint256(_oracles.memberOf(_committee, vm.addr(_keys[0])).leavesAt), START - 1, "gone");
        bytes memory error = abi.encodeWithSelector(C.MemberProblem.selector, _committee, vm.addr(_keys[0]));
        _refuse(STRANGER, message, error);
    }

    function _proofRefused(SignedReport memory first, SignedReport memory second) private {
        bytes32 a = _escrow.reportDigestOf(first.report);
        bytes32 b = _escrow.reportDigestOf(second.report);
        bytes memory error = abi.encodeWithSelector(C.EquivocationProblem.selector, _committee, a, b);
        _refuse(STRANGER, abi.encodeCall(C.proveEquivocation, (_committee, first, second)), error);
    }

    function _signedBy(uint256 oracle, Report memory report) private view returns (SignedReport memory) {
        Signature memory signature = Stage.signature(_keys[oracle], _escrow.reportDigestOf(report));
        return SignedReport(report, false, new bytes32[](0), signature);
    }

    function _leafOf(Report memory report) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(_escrow.reportDigestOf(report)))));
    }

    function _create(address admin, uint32 delay, uint8 least, uint8 most, uint160 size) private returns (bytes12) {
        bytes memory message = abi.encodeCall(C.createCommittee, (admin, delay, least, most, _people(size), "new"));
        return abi.decode(_do(address(this), message), (bytes12));
    }

    function _createRefused(
        address admin,
        uint32 delay,
        uint8 least,
        uint8 most,
        uint160 size,
        bytes4 selector,
        uint256 given,
        uint256 limit
    ) private {
        address[] memory members = _people(size);
        bytes32 id = keccak256(abi.encode(address(this), admin, delay, least, most, members, bytes32("new")));
        bytes memory message = abi.encodeCall(C.createCommittee, (admin, delay, least, most, members, "new"));
        _refuse(address(this), message, _problem(selector, bytes12(id), given, limit));
    }

    function _membersRefused(address[] memory members, address given, address limit) private {
        bytes12 id = bytes12(keccak256(abi.encode(STRANGER, address(0), 0, 2, 2, members, bytes32(0))));
        bytes memory message = abi.encodeCall(C.createCommittee, (address(0), 0, 2, 2, members, 0));
        _refuse(STRANGER, message, _problem(C.MemberOrderProblem.selector, id, given, limit));
    }

    /// The addresses from 1 on.
    function _people(uint160 count) private pure returns (address[] memory people) {
        people = new address[](count);
        for (uint160 i = 0; i < count; ++i) {
            people[i] = address(i + 1);
        }
    }
}
