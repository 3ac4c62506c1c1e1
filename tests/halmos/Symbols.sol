// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The cheats that halmos knows and these proofs use.
interface Cheats {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
}

/// Halmos's own: symbols, and storage of which nothing is known.
interface Symbols {
    function createAddress(string calldata name) external pure returns (address);
    function createUint256(string calldata name) external pure returns (uint256);
    function enableSymbolicStorage(address account) external;
}

Cheats constant vm = Cheats(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
Symbols constant svm = Symbols(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
