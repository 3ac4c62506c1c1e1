// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Memory by hand, where the compiler wastes it.
///
/// `release` gives back the memory of a turn of a loop, which the compiler never does: a batch of a hundred would pay for
/// its growth with 1,400 gas an item. `put` and `hash` work on a list of words behind all memory that is in use, which
/// abi.encode would copy once more.
library Scratch {
    function mark() internal pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }

    /// Nothing that was made in memory since `mark` is used any more.
    function release(uint256 free) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    /// Writes a word of the list that begins at `list`.
    function put(uint256 list, uint256 index, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(list, shl(5, index)), word)
        }
    }

    /// Of the first `words` words of the list.
    function hash(uint256 list, uint256 words) internal pure returns (bytes32 listHash) {
        assembly ("memory-safe") {
            listHash := keccak256(list, shl(5, words))
        }
    }
}
