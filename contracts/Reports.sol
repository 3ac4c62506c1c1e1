// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Committees} from "./Committees.sol";
import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {Member, Signature} from "./types/EscrowTypes.sol";

/// What oracles sign, and whose signatures count. Knows committees and reports; knows nothing of terms or money.
abstract contract Reports is Committees, EIP712 {
    bytes32 private constant REPORT_TYPEHASH =
        keccak256("Report(bytes32 dealId,uint256 asOf,uint256 value,bytes32 evidence)");
    bytes32 private constant ROOT_TYPEHASH = keccak256("ReportRoot(bytes32 root)");

    function _digest(bytes32 dealId, uint256 asOf, uint256 value, bytes32 evidence) internal view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, dealId, asOf, value, evidence)));
    }

    function _rootDigest(bytes32 root) internal view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ROOT_TYPEHASH, root)));
    }

    /// A report in the Merkle tree, hashed twice as OpenZeppelin's merkle-tree library does.
    function _leafOf(bytes32 digest) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(digest))));
    }

    function _recover(bytes32 dealId, bytes32 digest, Signature[] calldata signatures)
        internal
        pure
        returns (address[] memory signers)
    {
        signers = new address[](signatures.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (signers[i],,) = ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            if (signers[i] == address(0)) revert E.SignatureProblem(dealId, i);
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
        address previous;
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            if (signer <= previous) revert E.SignerOrderProblem(dealId, signer, previous);
            Member memory member = _members[committee][signer];
            if (member.activeAt >= asOf || block.timestamp >= member.leavesAt) {
                revert E.SignerProblem(dealId, signer, committee);
            }
            bitmap |= 1 << member.index;
            previous = signer;
        }
    }
}
