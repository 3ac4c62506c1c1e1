// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRareCalls} from "../interfaces/IRareCalls.sol";

/// The calldata of `settleItem`, made once and filled anew for each item: what `abi.encodeCall` gives, without encoding
/// the signers a hundred times.
///
/// 4 bytes  selector
/// word 0   dealId
/// word 1   asOf
/// word 2   value
/// word 3   evidence
/// word 4   where the signers begin: after these six words
/// word 5   where the terms begin: after the signers
/// word 6…  number of signers, signers, number of words of the terms, terms
library ItemCall {
    /// With the signers, and without terms.
    function make(address[] memory signers) internal pure returns (bytes memory data) {
        return abi.encodeCall(IRareCalls.settleItem, (0, 0, 0, 0, signers, new uint256[](0)));
    }

    /// Makes `data` the call for this item. It must be the last thing in memory, for the terms grow behind it; nothing may
    /// be made in memory before the call is done.
    function fill(
        bytes memory data,
        bytes32 dealId,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        uint256[] calldata terms
    ) internal pure {
        assembly ("memory-safe") {
            let head := add(data, 0x24)
            mstore(head, dealId)
            mstore(add(head, 0x20), asOf)
            mstore(add(head, 0x40), value)
            mstore(add(head, 0x60), evidence)
            let list := add(head, mload(add(head, 0xa0)))
            let size := shl(5, terms.length)
            mstore(list, terms.length)
            calldatacopy(add(list, 0x20), terms.offset, size)
            mstore(data, add(sub(list, data), size))
        }
    }
}
