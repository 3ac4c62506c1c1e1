// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {vm} from "./Cheats.sol";
import {Handler} from "./world/Handlers.sol";
import {WorldOfPromises} from "./world/Promises.sol";
import {Book} from "./world/World.sol";

/// Random lives of several deals at once, after each call of which every promise is kept, and after the last of which
/// everybody leaves and the contract is empty. PROMISE=name checks one promise alone.
///
/// One campaign checks all promises, since forge plays each `invariant_` function a campaign of its own.
abstract contract InvariantTest {
    WorldOfPromises internal _world;
    Handler[] private _handlers;
    string private _asked;

    /// By name, as Stage does: so each is compiled once, not once a test contract.
    function setUp() external {
        _world = WorldOfPromises(vm.deployCode("Promises.sol:WorldOfPromises"));
        string[8] memory handlers =
            ["Client", "Agency", "Parties", "Arbiter", "Oracles", "Council", "Stranger", "Clock"];
        for (uint256 i = 0; i < handlers.length; ++i) {
            string memory artifact = string.concat("Handlers.sol:", handlers[i], "Handler");
            _handlers.push(Handler(vm.deployCode(artifact, abi.encode(_world))));
        }
        _asked = vm.envOr("PROMISE", string(""));
        _begin();
    }

    function targetContracts() external view returns (Handler[] memory) {
        return _handlers;
    }

    function invariant_every_promise_is_kept() external view {
        _world.check(_asked);
    }

    /// Silent deals are refunded by a stranger to them, credits are withdrawn, and no oracle acts.
    function afterInvariant() external {
        _world.pass(200 days);
        IPerformanceEscrow escrow = _world.escrow();
        address stranger = _world.people(4);
        for (uint256 i = 0; i < _world.count(); ++i) {
            Book memory book = _world.bookOf(i);
            if (book.funded == 0 || book.closings > 0) continue;
            _world.act(stranger, 0, abi.encodeCall(escrow.refund, (book.terms)), true, "the last refund");
        }
        for (uint256 i = 0; i < 4; ++i) {
            address account = _world.people(i);
            for (uint256 j = 0; j < 3; ++j) {
                address coin = _world.coins(j);
                if (_world.credits(account, coin) == 0) continue;
                bytes memory message = abi.encodeCall(escrow.withdraw, (coin, stranger));
                _world.act(account, 0, message, true, "the last withdrawal");
            }
        }
        _world.checkAll(_asked);
        if (bytes(_asked).length > 0 && keccak256(bytes(_asked)) != keccak256("everybody_can_leave")) return;
        for (uint256 j = 0; j < 3; ++j) {
            address coin = _world.coins(j);
            vm.assertEq(_world.balanceOf(address(escrow), coin), _world.donated(coin), "everybody_can_leave");
        }
    }

    function _begin() internal virtual {}
}

/// Everybody takes what comes, at first.
contract CalmInvariantTest is InvariantTest {}

/// Contracts refuse coins and everybody is blocked in the token that can, at first.
contract RoughInvariantTest is InvariantTest {
    function _begin() internal override {
        _world.setRefusing(_world.people(1), _world.coins(0), true);
        _world.setRefusing(_world.people(3), _world.coins(0), true);
        for (uint256 i = 0; i < 4; ++i) {
            _world.setRefusing(_world.people(i), _world.coins(2), true);
        }
    }
}
