// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {vm} from "./Cheats.sol";

/// Must fail, each of the three. `python -m scripts.prove canary` runs it before anything else: where a failing test
/// passes for good, no green of the others means anything. It runs only in a profile of its own, see foundry.toml.
contract Canary {
    uint256 private _calls;

    function call() external {
        ++_calls;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(this);
    }

    function test_canary() external pure {
        vm.assertEq(uint256(1), uint256(2), "the canary");
    }

    /// Fails on one input in two.
    function testFuzz_canary(uint256 number) external pure {
        vm.assertEq(number % 2, 0, "the fuzzed canary");
    }

    /// Fails after one call.
    function invariant_canary() external view {
        vm.assertEq(_calls, 0, "the invariant canary");
    }
}
