// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAuthorizableToken} from "./interfaces/tokens/IAuthorizableToken.sol";
import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {Payment} from "./libraries/Payment.sol";
import {Authorization} from "./types/EscrowTypes.sol";

/// Money in and out of the contract, and the credits of those who could not be paid. Knows tokens; knows nothing of
/// terms, reports or whose money it is.
abstract contract Vault {
    mapping(address token => mapping(address account => uint256 amount)) internal _credits;

    /// Takes exactly `amount` from the caller.
    function _take(bytes32 dealId, address token, uint256 amount) internal {
        if (token == address(0)) {
            if (msg.value != amount) revert E.FundingProblem(dealId, msg.value, amount);
            return;
        }
        if (msg.value != 0) revert E.FundingProblem(dealId, msg.value, 0);
        uint256 before = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        _requireReceived(dealId, token, amount, before);
    }

    /// Takes exactly `amount` from `from` by an authorization that is good for this nonce alone.
    function _takeAuthorized(
        bytes32 dealId,
        address token,
        address from,
        uint256 amount,
        bytes32 nonce,
        Authorization calldata a
    ) internal {
        if (token == address(0)) revert E.TokenProblem(dealId, token, 1);
        uint256 before = IERC20(token).balanceOf(address(this));
        if (a.signature.length == 65) {
            (uint8 v, bytes32 r, bytes32 s) = _split(a.signature);
            IAuthorizableToken(token)
                .receiveWithAuthorization(from, address(this), amount, a.validAfter, a.validBefore, nonce, v, r, s);
        } else {
            IAuthorizableToken(token)
                .receiveWithAuthorization(from, address(this), amount, a.validAfter, a.validBefore, nonce, a.signature);
        }
        _requireReceived(dealId, token, amount, before);
    }

    /// Lets the token use the caller's permit. One that fails is ignored, since anyone may have used it already.
    function _tryPermit(address token, uint256 amount, uint256 deadline, bytes calldata signature) internal {
        if (token.code.length == 0) return;
        if (signature.length == 65) {
            (uint8 v, bytes32 r, bytes32 s) = _split(signature);
            try IAuthorizableToken(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        } else {
            try IAuthorizableToken(token).permit(msg.sender, address(this), amount, deadline, signature) {} catch {}
        }
    }

    /// Pushes a payment; one that can't be delivered becomes a credit. A caller who brings too little gas for a fair
    /// try gets a revert, not somebody else's credit.
    function _pay(bytes32 dealId, address token, address to, uint256 amount) internal {
        if (amount == 0) return;
        if (gasleft() < Payment.PUSH_GAS_FLOOR) revert E.GasProblem(dealId, gasleft(), Payment.PUSH_GAS_FLOOR);
        if (Payment.trySend(token, to, amount, Payment.PUSH_GAS)) return;
        _credits[token][to] += amount;
        emit E.Credited(dealId, to, token, amount);
    }

    function _requireReceived(bytes32 dealId, address token, uint256 amount, uint256 before) private view {
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert E.ReceivedProblem(dealId, received, amount);
    }

    /// Of r, s and v, in this order.
    function _split(bytes calldata signature) private pure returns (uint8 v, bytes32 r, bytes32 s) {
        return (uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
