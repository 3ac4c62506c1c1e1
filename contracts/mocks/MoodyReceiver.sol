// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// For tests: a party of a deal that is a contract, and does what its mood says when money reaches it.
contract MoodyReceiver {
    enum Mood {
        Accepts,
        Reverts,
        BurnsGas,
        /// Reverts with as much data as its gas can buy.
        RevertsWithBomb,
        /// Works for about 90,000 gas, then accepts.
        Works,
        /// Calls `target` with `message`, once, and accepts whatever came of it.
        CallsBack
    }

    Mood public mood;
    address private _target;
    bytes private _message;

    /// What came of the call back, in one slot, since a push leaves little gas to write it down.
    bool public calledBack;
    bool public succeeded;
    /// The name of the error that the call back ended with.
    bytes4 public problem;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function callBack(address target, bytes calldata message) external {
        mood = Mood.CallsBack;
        _target = target;
        _message = message;
        calledBack = false;
    }

    /// Does what a party does by its own transaction.
    function act(address target, uint256 value, bytes calldata message) external payable {
        (bool success, bytes memory answer) = target.call{value: value}(message);
        if (!success) {
            assembly {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    receive() external payable {
        _react();
    }

    function tokensToSend() external {
        _react();
    }

    function tokensReceived() external {
        _react();
    }

    function _react() private {
        if (mood == Mood.Reverts) revert("not today");
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.RevertsWithBomb) {
            uint256 size = gasleft() > 4_000_000 ? 1_000_000 : 20_000;
            assembly {
                revert(0, size)
            }
        }
        if (mood == Mood.Works) {
            uint256 until = gasleft() - 90_000;
            while (gasleft() > until) {}
        }
        if (mood == Mood.CallsBack && !calledBack) _callBack();
    }

    function _callBack() private {
        bytes memory message = _message;
        // Enough is kept to write down what came of it.
        uint256 gasToGive = gasleft() - 30_000;
        (bool success, bytes memory answer) = _target.call{gas: gasToGive}(message);
        calledBack = true;
        succeeded = success;
        problem = success ? bytes4(0) : bytes4(answer);
    }
}
