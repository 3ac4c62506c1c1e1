// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRareCalls} from "../../contracts/interfaces/IRareCalls.sol";
import {ItemCall} from "../../contracts/libraries/ItemCall.sol";
import {Leaf} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";

/// Takes leaves as `settleRooted` does, one after the other in the same memory.
contract ItemCallHarness {
    using ItemCall for bytes;

    function encoded(address[] calldata signers, bytes32[] calldata dealIds, Leaf[] calldata leaves)
        external
        pure
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[](leaves.length);
        bytes memory call = ItemCall.make(signers);
        for (uint256 i = 0; i < leaves.length; ++i) {
            call.fill(dealIds[i], leaves[i].asOf, leaves[i].value, leaves[i].evidence, leaves[i].terms);
            hashes[i] = keccak256(call);
        }
    }
}

/// The calldata that is made by hand is what the compiler encodes, whatever the leaf before it was.
contract ItemCallTest {
    ItemCallHarness private _harness = new ItemCallHarness();

    function testFuzz_fill__leaves_of_any_length__is_what_the_compiler_encodes(
        address[] calldata signers,
        bytes32 firstId,
        Leaf calldata first,
        bytes32 secondId,
        Leaf calldata second
    ) external view {
        bytes32[] memory dealIds = new bytes32[](3);
        Leaf[] memory leaves = new Leaf[](3);
        (dealIds[0], leaves[0]) = (firstId, first);
        (dealIds[1], leaves[1]) = (secondId, second);
        (dealIds[2], leaves[2]) = (firstId, first);
        bytes32[] memory hashes = _harness.encoded(signers, dealIds, leaves);
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory plain = abi.encodeCall(
                IRareCalls.settleItem,
                (dealIds[i], leaves[i].asOf, leaves[i].value, leaves[i].evidence, signers, leaves[i].terms)
            );
            vm.assertEq(hashes[i], keccak256(plain), "calldata");
        }
    }
}
