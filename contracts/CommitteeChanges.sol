// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Reports} from "./Reports.sol";
import {ICommittees} from "./interfaces/ICommittees.sol";
import {Committee, Member, Report, SignedReport} from "./types/EscrowTypes.sol";

/// How committees come to be and change. Knows nothing of deals or money.
abstract contract CommitteeChanges is Reports {
    uint256 private constant MAX_MEMBERS = 256;
    uint256 private constant MIN_DELAY = 8 days;
    uint256 private constant MAX_DELAY = 180 days;
    uint40 private constant NEVER = type(uint40).max;

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
        if (_committees[committee].nextIndex != 0) revert CommitteeProblem(committee, 1, 0);
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

        _committees[committee] = Committee(admin, delay, minQuorum, maxQuorum, uint16(size), uint16(size));
        emit CommitteeCreated(committee, admin, msg.sender, delay, minQuorum, maxQuorum, size);
        address previous;
        for (uint256 i = 0; i < size; ++i) {
            address member = members[i];
            if (member <= previous) revert MemberOrderProblem(committee, member, previous);
            _enter(committee, member, i, block.timestamp);
            previous = member;
        }
    }

    /// @inheritdoc ICommittees
    function addMember(bytes12 committee, address member) external {
        Committee storage c = _requireAdmin(committee);
        uint256 size = uint256(c.size) + 1;
        uint256 index = c.nextIndex;
        uint256 mostSize = uint256(c.minQuorum) * 2 - 1;
        if (member == address(0) || _members[committee][member].leavesAt != 0) revert MemberProblem(committee, member);
        if (size > mostSize) revert SizeProblem(committee, size, mostSize);
        if (index >= MAX_MEMBERS) revert SizeProblem(committee, index + 1, MAX_MEMBERS);

        c.size = uint16(size);
        c.nextIndex = uint16(index + 1);
        _enter(committee, member, index, block.timestamp + c.delay);
    }

    /// @inheritdoc ICommittees
    function removeMember(bytes12 committee, address member) external {
        Committee storage c = _requireAdmin(committee);
        if (_members[committee][member].leavesAt != NEVER) revert MemberProblem(committee, member);
        if (c.size <= c.maxQuorum) revert SizeProblem(committee, uint256(c.size) - 1, c.maxQuorum);

        c.size -= 1;
        _leave(committee, member, block.timestamp + c.delay);
    }

    /// @inheritdoc ICommittees
    function leaveCommittee(bytes12 committee) external {
        _removeAtOnce(committee, msg.sender);
    }

    /// @inheritdoc ICommittees
    function offerAdmin(bytes12 committee, address nextAdmin) external {
        _requireAdmin(committee);

        _nextAdmins[committee] = nextAdmin;
        emit AdminOffered(committee, nextAdmin);
    }

    /// @inheritdoc ICommittees
    function acceptAdmin(bytes12 committee) external {
        if (msg.sender != _nextAdmins[committee]) {
            revert AdminProblem(committee, msg.sender, _nextAdmins[committee]);
        }

        delete _nextAdmins[committee];
        _committees[committee].admin = msg.sender;
        emit AdminChanged(committee, msg.sender);
    }

    /// @inheritdoc ICommittees
    function proveEquivocation(bytes12 committee, SignedReport calldata first, SignedReport calldata second)
        external
    {
        Report calldata a = first.report;
        Report calldata b = second.report;
        bytes32 digestOfA = _digest(a.dealId, a.asOf, a.value, a.evidence);
        bytes32 digestOfB = _digest(b.dealId, b.asOf, b.value, b.evidence);
        if (a.dealId != b.dealId || a.asOf != b.asOf || digestOfA == digestOfB) {
            revert EquivocationProblem(committee, digestOfA, digestOfB);
        }
        address member = _signerOf(first, digestOfA);
        if (member != _signerOf(second, digestOfB)) revert EquivocationProblem(committee, digestOfA, digestOfB);

        emit EquivocationProved(committee, member, a.dealId, a.asOf);
        _removeAtOnce(committee, member);
    }

    function _removeAtOnce(bytes12 committee, address member) private {
        uint256 leavesAt = _members[committee][member].leavesAt;
        if (leavesAt <= block.timestamp) revert MemberProblem(committee, member);

        if (leavesAt == NEVER) _committees[committee].size -= 1;
        _leave(committee, member, block.timestamp);
    }

    function _enter(bytes12 committee, address member, uint256 index, uint256 activeAt) private {
        _members[committee][member] = Member(uint8(index), uint40(activeAt), NEVER);
        emit MemberAdded(committee, member, uint8(index), uint40(activeAt));
    }

    function _leave(bytes12 committee, address member, uint256 leavesAt) private {
        _members[committee][member].leavesAt = uint40(leavesAt);
        emit MemberRemoved(committee, member, uint40(leavesAt));
    }

    function _requireAdmin(bytes12 committee) private view returns (Committee storage c) {
        c = _committees[committee];
        if (c.admin == address(0) || msg.sender != c.admin) revert AdminProblem(committee, msg.sender, c.admin);
    }

    function _signerOf(SignedReport calldata signed, bytes32 digest) private view returns (address signer) {
        if (signed.isRooted) digest = _rootDigest(MerkleProof.processProofCalldata(signed.proof, _leafOf(digest)));
        (signer,,) = ECDSA.tryRecover(digest, signed.signature.r, signed.signature.vs);
    }
}
