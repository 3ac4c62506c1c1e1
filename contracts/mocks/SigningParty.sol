// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// For tests: a party that is a contract and signs by ERC-1271. A signature is "by its owner" and the owner's own.
contract SigningParty {
    enum Answer {
        Accepts,
        Refuses,
        Reverts,
        AnswersShort,
        AnswersLong
    }

    address private immutable _owner = msg.sender;
    Answer private _answer;

    function setAnswer(Answer answer) external {
        _answer = answer;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        bool isOwners = bytes12(signature) == "by its owner" && ECDSA.recover(digest, signature[12:]) == _owner;
        bytes32 word = isOwners && _answer != Answer.Refuses ? bytes32(this.isValidSignature.selector) : bytes32(0);
        if (_answer == Answer.Reverts) revert("not today");
        uint256 size = _answer == Answer.AnswersShort ? 4 : _answer == Answer.AnswersLong ? 64 : 32;
        assembly {
            mstore(0, word)
            return(0, size)
        }
    }

    receive() external payable {}
}
