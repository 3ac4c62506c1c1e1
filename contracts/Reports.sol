// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Committees} from "./Committees.sol";
import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {Scratch} from "./libraries/Scratch.sol";
import {Member, Signature} from "./types/EscrowTypes.sol";

/// What oracles sign, and whose signatures count. Knows committees and reports; knows nothing of terms or money.
abstract contract Reports is Committees, EIP712 {
    bytes32 private constant REPORT_TYPEHASH =
        keccak256("Report(bytes32 dealId,uint256 asOf,uint256 value,bytes32 evidence)");
    bytes32 private constant ROOT_TYPEHASH = keccak256("ReportRoot(bytes32 root)");

    function _digest(bytes32 dealId, uint256 asOf, uint256 value, bytes32 evidence) internal view returns (bytes32) {
        uint256 fields = Scratch.mark();
        Scratch.put(fields, 0, uint256(REPORT_TYPEHASH));
        Scratch.put(fields, 1, uint256(dealId));
        Scratch.put(fields, 2, asOf);
        Scratch.put(fields, 3, value);
        Scratch.put(fields, 4, uint256(evidence));
        return _hashTypedDataV4(Scratch.hash(fields, 5));
    }

    function _rootDigest(bytes32 root) internal view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ROOT_TYPEHASH, root)));
    }

    /// A report in the Merkle tree, hashed twice as OpenZeppelin's merkle-tree library does.
    function _leafOf(bytes32 digest) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(0x00, digest)
            mstore(0x00, keccak256(0x00, 0x20))
            leaf := keccak256(0x00, 0x20)
        }
    }

    function _recover(bytes32 dealId, bytes32 digest, Signature[] calldata signatures)
        internal
        pure
        returns (address[] memory signers)
    {
        signers = new address[](signatures.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            Signature calldata signature = signatures[i];
            (address signer,,) = ECDSA.tryRecover(digest, signature.r, signature.vs);
            if (signer == address(0)) revert E.SignatureProblem(dealId, i);
            signers[i] = signer;
        }
    }

    /// Checks that these are enough different members of the committee, as of the report's time and now; gives their
    /// bitmap.
    function _requireMembers(
        bytes32 dealId,
        bytes12 committee,
        uint256 quorum,
        uint256 asOf,
        address[] memory signers
    ) internal view returns (uint256 bitmap) {
        if (signers.length < quorum) revert E.QuorumProblem(dealId, signers.length, quorum);
        mapping(address member => Member) storage members = _members[committee];
        address previous;
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            if (signer <= previous) revert E.SignerOrderProblem(dealId, signer, previous);
            (uint256 index, uint256 activeAt, uint256 leavesAt) = _read(members[signer]);
            if (activeAt >= asOf || block.timestamp >= leavesAt) revert E.SignerProblem(dealId, signer, committee);
            bitmap |= 1 << index;
            previous = signer;
        }
    }
}
