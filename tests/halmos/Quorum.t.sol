// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {CommitteeChanges} from "../../contracts/CommitteeChanges.sol";
import {Member, Signature} from "../../contracts/types/EscrowTypes.sol";
import {svm, vm} from "./Symbols.sol";

/// The contract's own counting of signatures, from outside.
contract QuorumHarness is CommitteeChanges {
    constructor() EIP712("PerformanceEscrow", "1") {}

    /// The signers of a report that would be settled.
    function quorumOf(bytes12 committee, uint256 asOf, bytes32 hash, Signature[] calldata signatures)
        external
        view
        returns (address[] memory signers)
    {
        signers = _recover(0, hash, signatures);
        _requireMembers(0, committee, 1, asOf, signers);
    }

    function requireMembers(bytes12 committee, uint256 quorum, uint256 asOf, address[] memory signers)
        external
        view
        returns (uint256)
    {
        return _requireMembers(0, committee, quorum, asOf, signers);
    }

    function digest(bytes32 dealId, uint256 asOf, uint256 value, bytes32 evidence) external view returns (bytes32) {
        return _digest(dealId, asOf, value, evidence);
    }

    function member(bytes12 committee, address account) external view returns (Member memory) {
        return _members[committee][account];
    }
}

/// For all signatures, all committees and all times, with lists of up to three: who is counted, and that nobody is
/// counted twice. Of the members nothing is known: the storage of the harness is any storage.
contract QuorumProofs {
    uint256 private constant UPPER_HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    QuorumHarness private _harness;

    function setUp() external {
        _harness = new QuorumHarness();
        svm.enableSymbolicStorage(address(_harness));
    }

    // Whose signatures they are

    function check_signatures__three_that_count__are_of_three_people(
        bytes12 committee,
        uint256 asOf,
        bytes32 digest,
        bytes32[6] memory parts
    ) external view {
        address[] memory signers = _harness.quorumOf(committee, asOf, digest, _some(parts, 3));
        assert(signers.length == 3);
        assert(signers[0] < signers[1] && signers[1] < signers[2]);
    }

    function check_signatures__three_that_count__are_of_nobody_at_zero(
        bytes12 committee,
        uint256 asOf,
        bytes32 digest,
        bytes32[6] memory parts
    ) external view {
        address[] memory signers = _harness.quorumOf(committee, asOf, digest, _some(parts, 3));
        assert(signers[0] != address(0) && signers[1] != address(0) && signers[2] != address(0));
    }

    function check_signatures__one_twice__is_refused(
        bytes12 committee,
        uint256 asOf,
        bytes32 digest,
        bytes32 r,
        bytes32 vs
    ) external view {
        assert(!_counts(committee, asOf, digest, _some([r, vs, r, vs, bytes32(0), bytes32(0)], 2)));
    }

    function check_signatures__first_again_as_the_third__is_refused(
        bytes12 committee,
        uint256 asOf,
        bytes32 digest,
        bytes32[4] memory p
    ) external view {
        assert(!_counts(committee, asOf, digest, _some([p[0], p[1], p[2], p[3], p[0], p[1]], 3)));
    }

    function check_signatures__s_in_the_upper_half__is_refused(
        bytes12 committee,
        uint256 asOf,
        bytes32 digest,
        bytes32 r,
        bytes32 vs
    ) external view {
        vm.assume((uint256(vs) << 1) >> 1 > UPPER_HALF);
        assert(!_counts(committee, asOf, digest, _some([r, vs, bytes32(0), bytes32(0), bytes32(0), bytes32(0)], 1)));
    }

    // Whether they are a quorum

    function check_members__fewer_than_the_quorum__are_refused(
        bytes12 committee,
        uint256 quorum,
        uint256 asOf,
        address[2] memory who
    ) external view {
        vm.assume(quorum > 2);
        assert(!_isQuorum(committee, quorum, asOf, _list(who)));
    }

    function check_members__a_stranger_among_them__is_refused(
        bytes12 committee,
        uint256 asOf,
        address[2] memory who,
        bool first
    ) external view {
        Member memory stranger = _harness.member(committee, who[first ? 0 : 1]);
        vm.assume(stranger.leavesAt == 0);
        assert(!_isQuorum(committee, 1, asOf, _list(who)));
    }

    function check_members__one_who_was_added_later__is_refused(
        bytes12 committee,
        uint256 asOf,
        address[2] memory who,
        bool first
    ) external view {
        Member memory late = _harness.member(committee, who[first ? 0 : 1]);
        vm.assume(late.activeAt >= asOf);
        assert(!_isQuorum(committee, 1, asOf, _list(who)));
    }

    function check_members__one_who_has_left__is_refused(
        bytes12 committee,
        uint256 asOf,
        uint64 time,
        address[2] memory who,
        bool first
    ) external {
        Member memory gone = _harness.member(committee, who[first ? 0 : 1]);
        vm.assume(gone.leavesAt <= time);
        vm.warp(time);
        assert(!_isQuorum(committee, 1, asOf, _list(who)));
    }

    function check_members__active_members__are_a_quorum_of_their_number(
        bytes12 committee,
        uint256 asOf,
        uint64 time,
        address[2] memory who
    ) external {
        vm.warp(time);
        vm.assume(address(0) < who[0] && who[0] < who[1]);
        for (uint256 i = 0; i < 2; ++i) {
            Member memory member = _harness.member(committee, who[i]);
            vm.assume(member.activeAt < asOf && time < member.leavesAt);
        }
        assert(_isQuorum(committee, 2, asOf, _list(who)));
    }

    function check_members__out_of_order_or_the_same__are_refused(
        bytes12 committee,
        uint256 asOf,
        address[2] memory who
    ) external view {
        vm.assume(who[0] >= who[1]);
        assert(!_isQuorum(committee, 1, asOf, _list(who)));
    }

    function check_members__two_with_two_indices__have_two_bits(
        bytes12 committee,
        uint256 asOf,
        address[2] memory who
    ) external view {
        uint8 one = _harness.member(committee, who[0]).index;
        uint8 two = _harness.member(committee, who[1]).index;
        vm.assume(one != two);
        uint256 bits = _harness.requireMembers(committee, 2, asOf, _list(who));
        assert(bits & (bits - 1) != 0);
        assert(bits >> one & 1 == 1 && bits >> two & 1 == 1);
    }

    // What they sign

    function check_digest__another_report__is_another(bytes32[2] memory one, uint256[2] memory more, bytes32[2] memory two, uint256[2] memory others)
        external
        view
    {
        vm.assume(one[0] != two[0] || one[1] != two[1] || more[0] != others[0] || more[1] != others[1]);
        bytes32 first = _harness.digest(one[0], more[0], more[1], one[1]);
        assert(first != _harness.digest(two[0], others[0], others[1], two[1]));
    }

    function check_digest__another_contract__is_another(bytes32 dealId, uint256 asOf, uint256 value, bytes32 evidence)
        external
    {
        QuorumHarness other = new QuorumHarness();
        bytes32 digest = _harness.digest(dealId, asOf, value, evidence);
        assert(digest != other.digest(dealId, asOf, value, evidence));
    }

    function _counts(bytes12 committee, uint256 asOf, bytes32 digest, Signature[] memory signatures)
        private
        view
        returns (bool done)
    {
        bytes memory message = abi.encodeCall(_harness.quorumOf, (committee, asOf, digest, signatures));
        (done,) = address(_harness).staticcall(message);
    }

    function _isQuorum(bytes12 committee, uint256 quorum, uint256 asOf, address[] memory who)
        private
        view
        returns (bool done)
    {
        bytes memory message = abi.encodeCall(_harness.requireMembers, (committee, quorum, asOf, who));
        (done,) = address(_harness).staticcall(message);
    }

    function _some(bytes32[6] memory parts, uint256 count) private pure returns (Signature[] memory signatures) {
        signatures = new Signature[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = Signature(parts[2 * i], parts[2 * i + 1]);
        }
    }

    function _list(address[2] memory who) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (who[0], who[1]);
    }
}
