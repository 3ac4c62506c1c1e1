// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What a token may offer beside ERC-20: permits (ERC-2612, and ERC-7597 with a signature of any form) and transfers
/// that the owner signed and only the receiver can use (ERC-3009, and the same with a signature of any form).
interface IAuthorizableToken {
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature)
        external;

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;
}
