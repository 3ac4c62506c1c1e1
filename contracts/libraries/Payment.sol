// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Sends native coin or ERC-20 tokens without trusting the receiver or the token: says whether it worked, never
/// reverts, copies at most one word of what comes back.
library Payment {
    /// Gas that a push may use. The same for every transfer, so that a caller can't tune it.
    uint256 internal constant PUSH_GAS = 100_000;
    /// Gas that must be there before a push: PUSH_GAS is then within 63/64 of what is left after the call's own cost.
    uint256 internal constant PUSH_GAS_FLOOR = 145_000;

    bytes4 private constant TRANSFER = 0xa9059cbb;

    /// True when `amount` was sent within `gasLimit`. An ERC-20 transfer worked when the token did not revert and
    /// returned true, or nothing at all.
    function trySend(address token, address to, uint256 amount, uint256 gasLimit) internal returns (bool success) {
        if (token == address(0)) {
            assembly ("memory-safe") {
                success := call(gasLimit, to, amount, 0, 0, 0, 0)
            }
        } else {
            assembly ("memory-safe") {
                let free := mload(0x40)
                mstore(free, TRANSFER)
                mstore(add(free, 0x04), to)
                mstore(add(free, 0x24), amount)
                mstore(0x00, 0)
                success := call(gasLimit, token, 0, free, 0x44, 0x00, 0x20)
                switch returndatasize()
                case 0 { success := and(success, gt(extcodesize(token), 0)) }
                default { success := and(success, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
            }
        }
    }
}
