// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Report, Signature, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {IMintable, Stage} from "./Stage.sol";

/// One deal at a time, and calls of which the test says how they end: done, or refused with these very bytes and no
/// money moved. Both parties are contracts that sign everything, so what they sign is no matter here.
abstract contract Scene {
    uint256 internal constant START = Stage.START;
    uint256 internal constant END = START + 10 days;
    uint256 internal constant BUDGET = 1_000;
    uint256 internal constant MOST_VALUE = type(uint64).max;
    address internal constant STRANGER = address(0x5747);
    address internal constant ARBITER = address(0xA4B17E4);

    IPerformanceEscrow internal _escrow;
    IMintable internal _dollar;
    uint256[] internal _keys;
    bytes12 internal _committee;
    address internal _client;
    address internal _agency;

    function setUp() public virtual {
        vm.warp(START - 1);
        _escrow = Stage.escrow();
        _dollar = IMintable(vm.deployCode("FiatDollar.sol:FiatDollar"));
        _keys = Stage.keys(3, "oracles");
        _committee = Stage.committee(_escrow, _keys, 2, 0);
        _client = vm.deployCode("MoodyReceiver.sol:MoodyReceiver");
        _agency = vm.deployCode("MoodyReceiver.sol:MoodyReceiver");
    }

    // Deals

    /// A unit a metric unit for ten days, and ten a day; no arbiter.
    function _plain() internal view returns (Terms memory plain) {
        plain = Stage.terms(_committee, 2);
        plain.client = _client;
        plain.agency = _agency;
        plain.basePerPeriod = 10;
    }

    /// The same with an arbiter: a day to dispute, two to rule, and the agency may report itself.
    function _arbitrated() internal view returns (Terms memory plain) {
        plain = _plain();
        plain.arbiter = ARBITER;
        plain.challengeWindow = 1 days;
        plain.rulingWindow = 2 days;
        plain.selfReport = true;
    }

    function _open(Terms memory plain) internal returns (uint256[] memory terms, bytes32 id) {
        terms = Packing.packed(plain);
        id = _escrow.dealIdOf(terms);
        _do(STRANGER, plain.budget, abi.encodeCall(_escrow.open, (terms, plain.budget)));
    }

    /// Of the first two oracles.
    function _report(uint256[] memory terms, uint256 asOf, uint256 value) internal view returns (bytes memory) {
        return abi.encodeCall(_escrow.settle, (terms, asOf, value, 0, _signed(terms, asOf, value, 3)));
    }

    function _signed(uint256[] memory terms, uint256 asOf, uint256 value, uint256 mask)
        internal
        view
        returns (Signature[] memory)
    {
        return Stage.signatures(_escrow, Report(_escrow.dealIdOf(terms), asOf, value, 0), _keys, mask);
    }

    // Calls

    function _do(address sender, bytes memory message) internal returns (bytes memory) {
        return _do(sender, 0, message);
    }

    function _do(address sender, uint256 value, bytes memory message) internal returns (bytes memory) {
        (bool done, bytes memory answer) = _send(sender, value, message);
        vm.assertEq(answer, done ? answer : bytes(""), "no error");
        vm.assertTrue(done, "done");
        return answer;
    }

    function _refuse(address sender, bytes memory message, bytes memory error) internal {
        _refuse(sender, 0, message, error);
    }

    function _refuse(address sender, uint256 value, bytes memory message, bytes memory error) internal {
        bytes32 before = _money();
        (bool done, bytes memory answer) = _send(sender, value, message);
        vm.assertEq(done, false, "refused");
        vm.assertEq(answer, error, "the named error");
        vm.assertEq(_money(), before, "no money moved");
    }

    function _send(address sender, uint256 value, bytes memory message) internal returns (bool, bytes memory) {
        if (value > 0) vm.deal(sender, value);
        vm.prank(sender);
        return address(_escrow).call{value: value}(message);
    }

    /// An error of three words: of what, what came, and the limit.
    function _problem(bytes4 selector, bytes32 id, uint256 given, uint256 limit) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, id, given, limit);
    }

    function _problem(bytes4 selector, bytes32 id, address given, address limit) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, id, given, limit);
    }

    // Money

    function _requireCoins(uint256 agency, uint256 client) internal view {
        vm.assertEq(_agency.balance, agency, "the agency's coins");
        vm.assertEq(_client.balance, client, "the client's coins");
    }

    function _money() private view returns (bytes32) {
        address[3] memory all = [address(_escrow), _client, _agency];
        bytes memory money;
        for (uint256 i = 0; i < 3; ++i) {
            money = abi.encode(money, all[i].balance, _dollar.balanceOf(all[i]));
        }
        return keccak256(money);
    }
}
