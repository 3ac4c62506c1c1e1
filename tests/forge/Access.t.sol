// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Report, Signature, Status, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm, within} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {IMintable, Stage} from "./Stage.sol";

/// Who may call what: of each call, by any caller, whether it is done and where the money went.
contract AccessTest {
    uint256 private constant MONEY = 1_000;

    IPerformanceEscrow private _escrow;
    IMintable private _dollar;
    uint256[] private _keys;
    Terms private _plain;
    uint256[] private _terms;
    /// Another deal of the same parties, which no call here may touch.
    uint256[] private _bystander;

    function setUp() external {
        vm.warp(Stage.START - 1);
        _escrow = Stage.escrow();
        _dollar = Stage.dollar();
        _keys = Stage.keys(3, "oracles");
        Terms memory plain = Stage.terms(Stage.committee(_escrow, _keys, 2, 0), 2);
        plain.basePerPeriod = 10;
        _plain = plain;
        _terms = Packing.packed(plain);
        plain.salt = 1;
        _bystander = Packing.packed(plain);
        _open(address(this), _terms);
        _open(address(this), _bystander);
    }

    function testFuzz_open__any_payer__only_the_parties_get_money(address payer, uint64 at) external {
        payer = _person(payer);
        Terms memory plain = _plain;
        plain.salt = 2;
        uint256[] memory terms = Packing.packed(plain);
        _open(payer, terms);
        vm.warp(Stage.START + 17 days + at);
        _escrow.refund(terms);
        vm.assertEq(payer.balance, 0, "the payer gets nothing back");
        _requireMoneyAt(100, 900);
    }

    function testFuzz_topUp__any_payer__belongs_to_the_deal(address payer, uint96 amount) external {
        payer = _person(payer);
        amount = uint96(within(amount, 1, type(uint96).max - MONEY));
        vm.deal(payer, amount);
        vm.prank(payer);
        _escrow.topUp{value: amount}(_terms, amount);
        vm.assertEq(uint256(_escrow.dealOf(_terms).funded), MONEY + amount, "funded");
        _requireMoneyAt(0, 0);
    }

    function testFuzz_decline__any_caller__is_the_agencys_alone(address caller) external {
        if (uint160(caller) % 4 == 0) caller = _plain.agency;
        if (uint160(caller) % 4 == 1) caller = _plain.client;
        vm.prank(caller);
        bool done = _does(abi.encodeCall(_escrow.decline, (_terms)));
        vm.assertEq(done, caller == _plain.agency, "the agency's alone");
        _requireMoneyAt(0, done ? MONEY : 0);
    }

    function testFuzz_settle__any_caller__pays_the_agency(address caller, uint256 value) external {
        caller = _person(caller);
        value = within(value, 0, 900);
        uint256 asOf = Stage.START + 2 days;
        Report memory report = Report(_escrow.dealIdOf(_terms), asOf, value, 0);
        Signature[] memory signatures = Stage.signatures(_escrow, report, _keys, 3);
        vm.warp(asOf);
        vm.prank(caller);
        _escrow.settle(_terms, asOf, value, 0, signatures);
        _requireMoneyAt(20 + value, 0);
    }

    function testFuzz_refund__any_caller_and_time__closes_when_the_grace_is_over(address caller, uint256 at) external {
        uint256 silentAt = Stage.START + 17 days;
        at = within(at, silentAt - 3, silentAt + 3);
        vm.warp(at);
        vm.prank(_person(caller));
        bool done = _does(abi.encodeCall(_escrow.refund, (_terms)));
        vm.assertEq(done, at >= silentAt, "not before");
        _requireMoneyAt(done ? 100 : 0, done ? 900 : 0);
    }

    function testFuzz_withdraw__without_credit__moves_nothing(address caller, address to, bool inDollars) external {
        vm.prank(_person(caller));
        bool done = _does(abi.encodeCall(_escrow.withdraw, (inDollars ? address(_dollar) : address(0), to)));
        vm.assertEq(done, false, "no credit");
        _requireMoneyAt(0, 0);
    }

    function testFuzz_closed__any_call__moves_nothing(address caller, uint8 which, uint64 later) external {
        vm.prank(_plain.agency);
        _escrow.decline(_terms);
        vm.warp(Stage.START + later);
        bytes[5] memory calls = [
            abi.encodeCall(_escrow.open, (_terms, MONEY)),
            abi.encodeCall(_escrow.topUp, (_terms, MONEY)),
            abi.encodeCall(_escrow.decline, (_terms)),
            abi.encodeCall(_escrow.refund, (_terms)),
            abi.encodeCall(_escrow.settle, (_terms, Stage.START + 1, 1, 0, new Signature[](2)))
        ];
        bytes memory message = calls[which % 5];
        uint256 value = which % 5 < 2 ? MONEY : 0;
        caller = which % 3 == 0 ? _plain.agency : _person(caller);
        vm.deal(caller, value);
        vm.prank(caller);
        (bool done,) = address(_escrow).call{value: value}(message);
        vm.assertEq(done, false, "closed for good");
        vm.assertEq(_plain.client.balance, MONEY, "the client has it once");
        vm.assertEq(uint256(_escrow.statusOf(_terms)), uint256(Status.Closed), "closed");
    }

    /// There is no other door: no owner, no fallback, no receive.
    function testFuzz_anything__unknown_call_or_coins__is_refused(address caller, bytes calldata message, uint96 value)
        external
    {
        vm.assume(!_isKnown(message));
        caller = _person(caller);
        vm.deal(caller, value);
        vm.prank(caller);
        (bool done,) = address(_escrow).call{value: value}(message);
        vm.assertEq(done, false, "no such call");
        _requireMoneyAt(0, 0);
    }

    /// The first step of each call is an id made of all its words: other words name no deal.
    function testFuzz_terms__one_bit_changed__name_no_deal(uint8 word, uint8 bit, uint8 which) external {
        vm.warp(Stage.START + 20 days);
        uint256[] memory terms = _terms;
        terms[word % terms.length] ^= 1 << bit;
        vm.assume(keccak256(abi.encode(terms)) != keccak256(abi.encode(_bystander)));
        bytes[3] memory calls = [
            abi.encodeCall(_escrow.decline, (terms)),
            abi.encodeCall(_escrow.refund, (terms)),
            abi.encodeCall(_escrow.topUp, (terms, 0))
        ];
        vm.prank(address(uint160(terms[1])));
        vm.assertEq(_does(calls[which % 3]), false, "no such deal");
        _requireMoneyAt(0, 0);
    }

    /// Where the money of both deals is: with the agency, with the client, and the rest in the contract.
    function _requireMoneyAt(uint256 agency, uint256 client) private view {
        vm.assertEq(_plain.agency.balance, agency, "agency");
        vm.assertEq(_plain.client.balance, client, "client");
        uint256 held = _escrow.dealOf(_terms).funded + MONEY;
        uint256 third = address(_escrow).balance + agency + client;
        vm.assertTrue(third == held || third == held + MONEY, "the rest is in the contract");
        vm.assertEq(uint256(_escrow.dealOf(_bystander).funded), MONEY, "the other deal");
        vm.assertEq(_escrow.dealOf(_bystander).closed, false, "the other deal is open");
    }

    function _does(bytes memory message) private returns (bool done) {
        (done,) = address(_escrow).call(message);
    }

    function _open(address payer, uint256[] memory terms) private {
        vm.deal(payer, MONEY);
        vm.prank(payer);
        _escrow.open{value: MONEY}(terms, MONEY);
    }

    /// A caller that has nothing and is no party, no contract and no precompile.
    function _person(address drawn) private view returns (address person) {
        person = address(uint160(uint256(keccak256(abi.encode(drawn)))));
        vm.assume(person.code.length == 0 && person.balance == 0);
    }

    /// Whether the message begins with a selector of the interface: those have tests of their own.
    function _isKnown(bytes calldata message) private view returns (bool) {
        if (message.length < 4) return false;
        (bool answers,) = address(_escrow).staticcall(message[:4]);
        return answers;
    }
}
