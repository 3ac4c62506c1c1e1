// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Text as code, which is cheap to read.
contract Note {
    constructor(bytes memory text) {
        assembly {
            return(add(text, 0x20), mload(text))
        }
    }
}

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

    // All in one slot, since a push leaves little gas to read and write more.
    Mood public mood;
    address private _target;
    bool public calledBack;
    bool public succeeded;
    /// The error that the call back ended with.
    bytes4 public problem;
    /// The hash of what it answered, of a call that looks at something.
    bytes32 public answer;

    Note private _message;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function callBack(address target, bytes calldata message) external {
        mood = Mood.CallsBack;
        _target = target;
        // Code can't begin with every byte, but with a zero.
        _message = new Note(bytes.concat(hex"00", message));
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

    /// Signs everything (ERC-1271).
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
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
        address note = address(_message);
        uint256 size = note.code.length - 1;
        bytes memory message = new bytes(size);
        assembly {
            extcodecopy(note, add(message, 0x20), 1, size)
        }
        // Enough is kept to write down what came of it.
        uint256 gasToGive = gasleft() - 32_000;
        (bool success, bytes memory given) = _target.call{gas: gasToGive}(message);
        calledBack = true;
        succeeded = success;
        problem = success ? bytes4(0) : bytes4(given);
        if (success && given.length != 0) answer = keccak256(given);
    }
}
