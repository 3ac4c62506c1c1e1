// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow as E} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Authorization, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {Scene} from "./Scene.sol";
import {IMintable} from "./Stage.sol";

interface ISigned {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function nonces(address owner) external view returns (uint256);
}

interface IMoody {
    function setTakingMood(uint8 mood) external;
    function setPayingMood(uint8 mood) external;
    function setBlocked(address account, bool on) external;
    function setMood(uint8 mood) external;
}

/// How money comes in and goes out: coins, allowances, permits and authorizations; tokens and receivers that misbehave.
contract MoneyTest is Scene {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );
    uint256 private constant KEY = 0xB0B;

    address private _payer;
    address private _moody;

    function setUp() public override {
        super.setUp();
        _payer = vm.addr(KEY);
        _moody = vm.deployCode("MoodyToken.sol:MoodyToken");
        _dollar.mint(_payer, BUDGET);
    }

    // Permits

    function test_openWithPermit__signed_in_65_bytes__takes_the_tokens() external {
        uint256[] memory terms = _inDollars();
        _do(_payer, abi.encodeCall(_escrow.openWithPermit, (terms, BUDGET, START, _permit(BUDGET))));
        vm.assertEq(_dollar.balanceOf(address(_escrow)), BUDGET, "in the contract");
        vm.assertEq(uint256(_escrow.dealOf(terms).funded), BUDGET, "funded");
    }

    /// A contract signs everything, in any number of bytes.
    function test_openWithPermit__signed_by_a_contract__takes_the_tokens() external {
        uint256[] memory terms = _inDollars();
        _dollar.mint(_agency, BUDGET);
        _do(_agency, abi.encodeCall(_escrow.openWithPermit, (terms, BUDGET, START, "anything")));
        vm.assertEq(_dollar.balanceOf(address(_escrow)), BUDGET, "in the contract");
        vm.assertEq(_dollar.balanceOf(_agency), 0, "from the caller");
    }

    function test_openWithPermit__permit_that_fails__leaves_it_to_the_allowance() external {
        uint256[] memory terms = _inDollars();
        bytes[2] memory bad = [_permit(BUDGET - 1), bytes("anything")];
        bytes memory error = abi.encodeWithSignature(
            "ERC20InsufficientAllowance(address,uint256,uint256)", address(_escrow), 0, BUDGET
        );
        for (uint256 i = 0; i < 2; ++i) {
            _refuse(_payer, abi.encodeCall(_escrow.openWithPermit, (terms, BUDGET, START, bad[i])), error);
        }
        vm.prank(_payer);
        _dollar.approve(address(_escrow), BUDGET);
        _do(_payer, abi.encodeCall(_escrow.openWithPermit, (terms, BUDGET, START, bad[0])));
        vm.assertEq(_dollar.balanceOf(address(_escrow)), BUDGET, "in the contract");
    }

    function test_openWithPermit__coins__are_refused_since_none_come_along() external {
        uint256[] memory terms = Packing.packed(_plain());
        bytes memory error = _problem(E.FundingProblem.selector, _escrow.dealIdOf(terms), 0, BUDGET);
        _refuse(_payer, abi.encodeCall(_escrow.openWithPermit, (terms, BUDGET, START, _permit(BUDGET))), error);
    }

    // Authorizations

    function test_openWithAuthorization__of_a_key_or_a_contract__takes_the_clients_tokens() external {
        uint256[] memory terms = _inDollars();
        _dollar.mint(_client, BUDGET);
        Authorization memory a = Authorization(0, END, "anything");
        _do(STRANGER, abi.encodeCall(_escrow.openWithAuthorization, (terms, BUDGET, a)));
        Terms memory plain = _plain();
        plain.token = address(_dollar);
        plain.client = _payer;
        terms = Packing.packed(plain);
        a.signature = _sign(
            keccak256(abi.encode(RECEIVE, _payer, _escrow, BUDGET, 0, END, _escrow.dealIdOf(terms)))
        );
        _do(STRANGER, abi.encodeCall(_escrow.openWithAuthorization, (terms, BUDGET, a)));
        vm.assertEq(_dollar.balanceOf(address(_escrow)), 2 * BUDGET, "in the contract");
        vm.assertEq(_dollar.balanceOf(_client) + _dollar.balanceOf(_payer), 0, "from the clients");
    }

    function test_topUpWithAuthorization__nonce_names_the_amount_before__takes_it_once() external {
        Terms memory plain = _plain();
        plain.token = address(_dollar);
        plain.client = _payer;
        uint256[] memory terms = Packing.packed(plain);
        bytes32 id = _escrow.dealIdOf(terms);
        Authorization memory a = Authorization(0, END, "");
        a.signature = _sign(keccak256(abi.encode(RECEIVE, _payer, _escrow, BUDGET, 0, END, id)));
        _do(STRANGER, abi.encodeCall(_escrow.openWithAuthorization, (terms, BUDGET, a)));
        _dollar.mint(_payer, 14);
        bytes32 nonce = keccak256(abi.encode(id, BUDGET));
        a.signature = _sign(keccak256(abi.encode(RECEIVE, _payer, _escrow, 7, 0, END, nonce)));
        bytes memory message = abi.encodeCall(_escrow.topUpWithAuthorization, (terms, 7, a));
        _do(STRANGER, message);
        vm.assertEq(uint256(_escrow.dealOf(terms).funded), BUDGET + 7, "funded");
        _refuse(STRANGER, message, abi.encodeWithSignature("Error(string)", "FiatTokenV2: invalid signature"));
    }

    function test_openWithAuthorization__coins__are_refused() external {
        uint256[] memory terms = Packing.packed(_plain());
        bytes memory error = _problem(E.TokenProblem.selector, _escrow.dealIdOf(terms), 0, 1);
        Authorization memory a = Authorization(0, END, "anything");
        _refuse(STRANGER, abi.encodeCall(_escrow.openWithAuthorization, (terms, BUDGET, a)), error);
    }

    // Tokens

    function test_open__coins_along_with_tokens__are_refused() external {
        uint256[] memory terms = _inDollars();
        vm.prank(_payer);
        _dollar.approve(address(_escrow), BUDGET);
        bytes memory message = abi.encodeCall(_escrow.open, (terms, BUDGET));
        _refuse(_payer, 1, message, _problem(E.FundingProblem.selector, _escrow.dealIdOf(terms), 1, 0));
        _do(_payer, message);
        vm.assertEq(_dollar.balanceOf(address(_escrow)), BUDGET, "in the contract");
    }

    function test_open__token_that_delivers_another_amount__is_refused() external {
        uint256[] memory terms = _inMoody();
        bytes memory message = abi.encodeCall(_escrow.open, (terms, BUDGET));
        bytes32 id = _escrow.dealIdOf(terms);
        IMoody(_moody).setTakingMood(1);
        _refuse(_payer, message, _problem(E.ReceivedProblem.selector, id, 990, BUDGET));
        IMoody(_moody).setTakingMood(2);
        _refuse(_payer, message, _problem(E.ReceivedProblem.selector, id, 1_001, BUDGET));
        IMoody(_moody).setTakingMood(0);
        _do(_payer, message);
        vm.assertEq(IMintable(_moody).balanceOf(address(_escrow)), BUDGET, "in the contract");
    }

    /// What a token says of a transfer: `true` or nothing is a payment, all else a credit.
    function test_decline__token_that_answers_oddly__pays_or_credits() external {
        bool[11] memory pays =
            [true, true, true, false, true, false, false, false, false, true, false];
        uint256[] memory terms = _inMoody();
        _do(_payer, abi.encodeCall(_escrow.open, (terms, BUDGET)));
        for (uint8 mood = 0; mood < 11; ++mood) {
            Terms memory plain = _plain();
            plain.token = _moody;
            plain.salt = 1 + mood;
            terms = Packing.packed(plain);
            IMoody(_moody).setPayingMood(0);
            IMintable(_moody).mint(_payer, BUDGET);
            _do(_payer, abi.encodeCall(_escrow.open, (terms, BUDGET)));
            IMoody(_moody).setPayingMood(mood);
            uint256 credit = _escrow.creditOf(_moody, _client);
            _do(_agency, abi.encodeCall(_escrow.decline, (terms)));
            vm.assertEq(_escrow.creditOf(_moody, _client) - credit, pays[mood] ? 0 : BUDGET, "the credit");
        }
    }

    // Credits

    function test_withdraw__nothing_or_to_nobody__is_refused() external {
        _refuse(STRANGER, _withdrawal(address(0), STRANGER), _credit(STRANGER, address(0), 0));
        _credited();
        vm.assertEq(_escrow.creditOf(address(0), _client), BUDGET, "the credit");
        _refuse(_client, _withdrawal(address(0), address(0)), _credit(_client, address(0), BUDGET));
        _refuse(_client, _withdrawal(address(0), address(_escrow)), _credit(_client, address(0), BUDGET));
        _do(_client, _withdrawal(address(0), STRANGER));
        vm.assertEq(STRANGER.balance, BUDGET, "paid");
        _refuse(_client, _withdrawal(address(0), STRANGER), _credit(_client, address(0), 0));
    }

    function test_withdraw__receiver_still_refuses__keeps_the_credit() external {
        _credited();
        _refuse(_client, _withdrawal(address(0), _client), _credit(_client, address(0), BUDGET));
        vm.assertEq(_escrow.creditOf(address(0), _client), BUDGET, "kept");
        IMoody(_client).setMood(0);
        _do(_client, _withdrawal(address(0), _client));
        _requireCoins(0, BUDGET);
    }

    /// Who calls with too little gas for the receiver gets a refusal, not a credit of somebody else.
    function test_decline__too_little_gas_for_a_payment__is_refused() external {
        (uint256[] memory terms, bytes32 id) = _open(_plain());
        vm.prank(_agency);
        (bool done, bytes memory answer) =
            address(_escrow).call{gas: 145_000}(abi.encodeCall(_escrow.decline, (terms)));
        vm.assertEq(done, false, "refused");
        vm.assertEq(answer.length, 100, "with three words");
        bytes memory expected = _problem(E.GasProblem.selector, id, 0, 145_000);
        uint256 given;
        assembly {
            given := mload(add(answer, 0x44))
            mstore(add(answer, 0x44), 0)
        }
        vm.assertEq(answer, expected, "the named error");
        vm.assertLe(given, 144_999, "what was there");
        _do(_agency, abi.encodeCall(_escrow.decline, (terms)));
        _requireCoins(0, BUDGET);
    }

    /// Leaves the client with a credit in coins, which it refuses.
    function _credited() private {
        (uint256[] memory terms,) = _open(_plain());
        IMoody(_client).setMood(1);
        _do(_agency, abi.encodeCall(_escrow.decline, (terms)));
        _requireCoins(0, 0);
    }

    function _withdrawal(address token, address to) private view returns (bytes memory) {
        return abi.encodeCall(_escrow.withdraw, (token, to));
    }

    function _credit(address account, address token, uint256 given) private pure returns (bytes memory) {
        return abi.encodeWithSelector(E.CreditProblem.selector, account, token, given);
    }

    function _inDollars() private view returns (uint256[] memory) {
        Terms memory plain = _plain();
        plain.token = address(_dollar);
        return Packing.packed(plain);
    }

    /// The payer has them, and lets the contract take them.
    function _inMoody() private returns (uint256[] memory) {
        Terms memory plain = _plain();
        plain.token = _moody;
        IMintable(_moody).mint(_payer, BUDGET);
        vm.prank(_payer);
        IMintable(_moody).approve(address(_escrow), type(uint256).max);
        return Packing.packed(plain);
    }

    function _permit(uint256 amount) private view returns (bytes memory) {
        uint256 nonce = ISigned(address(_dollar)).nonces(_payer);
        return _sign(keccak256(abi.encode(PERMIT, _payer, _escrow, amount, nonce, START)));
    }

    /// By the payer's key, under the token's domain: r, s, v.
    function _sign(bytes32 hash) private view returns (bytes memory) {
        bytes32 domain = ISigned(address(_dollar)).DOMAIN_SEPARATOR();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, keccak256(abi.encodePacked(hex"1901", domain, hash)));
        return abi.encodePacked(r, s, v);
    }
}
