// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../contracts/interfaces/ICommittees.sol";
import {IPerformanceEscrow as E} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {IRareCalls} from "../../contracts/interfaces/IRareCalls.sol";
import {Basis, Deal, Leaf, Report, Signature, Status, Terms} from "../../contracts/types/EscrowTypes.sol";
import {Log, vm} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {Scene} from "./Scene.sol";
import {Stage} from "./Stage.sol";

/// Each refusal of a call on a deal without an arbiter, and what such calls pay where they are done a moment before or
/// after.
contract RefusalsTest is Scene {
    uint256[] private _terms;
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        (_terms, _id) = _open(_plain());
    }

    // Opening and adding

    function test_open__once_more__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.open, (_terms, BUDGET));
        _refuse(STRANGER, BUDGET, message, _status(Status.Scheduled));
        vm.warp(START);
        _refuse(STRANGER, BUDGET, message, _status(Status.Running));
        vm.warp(END);
        _refuse(STRANGER, BUDGET, message, _status(Status.Ended));
        vm.warp(END + 7 days);
        _refuse(STRANGER, BUDGET, message, _status(Status.Silent));
        _do(STRANGER, abi.encodeCall(_escrow.refund, (_terms)));
        _refuse(STRANGER, BUDGET, message, _status(Status.Closed));
    }

    function test_open__too_late__is_refused() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        uint256[] memory terms = Packing.packed(plain);
        vm.assertEq(uint256(_escrow.statusOf(terms)), uint256(Status.Unknown), "never opened");
        bytes memory message = abi.encodeCall(_escrow.open, (terms, BUDGET));
        vm.warp(START);
        _refuse(STRANGER, BUDGET, message, _problem(E.TimeProblem.selector, _escrow.dealIdOf(terms), START, START));
        vm.warp(START - 1);
        _do(STRANGER, BUDGET, message);
    }

    function test_open__amount__is_from_the_budget_to_96_bits() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        uint256[] memory terms = Packing.packed(plain);
        bytes32 id = _escrow.dealIdOf(terms);
        bytes memory error = _problem(E.FundingProblem.selector, id, 999, 1_000);
        _refuse(STRANGER, 999, abi.encodeCall(_escrow.open, (terms, 999)), error);
        uint256 most = type(uint96).max;
        error = _problem(E.FundingProblem.selector, id, most + 1, most);
        _refuse(STRANGER, most + 1, abi.encodeCall(_escrow.open, (terms, most + 1)), error);
        _do(STRANGER, most, abi.encodeCall(_escrow.open, (terms, most)));
        vm.assertEq(uint256(_escrow.dealOf(terms).funded), most, "funded");
    }

    function test_open__other_coins_than_said__is_refused() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        uint256[] memory terms = Packing.packed(plain);
        bytes memory error = _problem(E.FundingProblem.selector, _escrow.dealIdOf(terms), 999, BUDGET);
        _refuse(STRANGER, 999, abi.encodeCall(_escrow.open, (terms, BUDGET)), error);
    }

    function test_topUp__amount__is_from_1_to_96_bits_in_all() external {
        _refuse(STRANGER, abi.encodeCall(_escrow.topUp, (_terms, 0)), _problem(E.FundingProblem.selector, _id, 0, 1));
        uint256 most = type(uint96).max - BUDGET;
        bytes memory error = _problem(E.FundingProblem.selector, _id, most + 1, most);
        _refuse(STRANGER, most + 1, abi.encodeCall(_escrow.topUp, (_terms, most + 1)), error);
        _do(STRANGER, most, abi.encodeCall(_escrow.topUp, (_terms, most)));
        vm.assertEq(uint256(_escrow.dealOf(_terms).funded), type(uint96).max, "funded");
    }

    function test_topUp__from_the_end_on__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.topUp, (_terms, 1));
        vm.warp(END);
        _refuse(STRANGER, 1, message, _problem(E.TimeProblem.selector, _id, END, END));
        vm.warp(END - 1);
        _do(STRANGER, 1, message);
    }

    function test_topUp__after_a_value_beyond_the_funds__pays_what_it_had_earned() external {
        vm.warp(START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 2_000));
        _requireCoins(10 + 900, 0);
        _do(STRANGER, 300, abi.encodeCall(_escrow.topUp, (_terms, 300)));
        _requireCoins(10 + 1_200, 0);
    }

    // Settling

    function test_settle__as_of__is_after_the_last_and_not_of_the_future() external {
        vm.warp(START + 2 days);
        _reportRefused(START, START);
        _reportRefused(START + 2 days + 1, START + 2 days);
        _do(STRANGER, _report(_terms, START + 2 days, 7));
        _reportRefused(START + 2 days, START + 2 days);
        _requireCoins(20 + 7, 0);
        vm.assertEq(uint256(_escrow.dealOf(_terms).lastAsOf), START + 2 days, "the last");
    }

    function test_settle__after_the_end__is_as_of_the_end() external {
        vm.warp(END);
        _reportRefused(END - 1, END);
        vm.warp(END + 1);
        _reportRefused(END + 1, END);
        _do(STRANGER, _report(_terms, END, 7));
        _requireCoins(100 + 7, 1_000 - 107);
        bytes memory message = _report(_terms, END, 7);
        _refuse(STRANGER, message, _status(Status.Closed));
    }

    function test_settle__when_the_grace_is_over__is_refused() external {
        bytes memory message = _report(_terms, END, 7);
        vm.warp(END + 7 days);
        _refuse(STRANGER, message, _problem(E.TimeProblem.selector, _id, END + 7 days, END + 7 days));
        vm.warp(END + 7 days - 1);
        _do(STRANGER, message);
        _requireCoins(107, 893);
    }

    function test_settle__per_period__is_as_of_the_next_border() external {
        Terms memory plain = _plain();
        plain.basis = Basis.PerPeriod;
        (_terms, _id) = _open(plain);
        vm.warp(END + 1 days);
        _reportRefused(START + 1 days - 1, START + 1 days);
        _reportRefused(START + 2 days, START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 7));
        _reportRefused(END, START + 2 days);
        _requireCoins(17, 0);
    }

    function test_settle__value__has_64_bits() external {
        vm.warp(START + 1);
        bytes memory error = _problem(E.ValueProblem.selector, _id, MOST_VALUE + 1, MOST_VALUE);
        _refuse(STRANGER, _report(_terms, START + 1, MOST_VALUE + 1), error);
        _do(STRANGER, _report(_terms, START + 1, MOST_VALUE));
        _requireCoins(900, 0);
    }

    function test_settle__signers__are_a_quorum_in_order() external {
        uint256 asOf = START + 1;
        vm.warp(asOf);
        bytes memory error = _problem(E.QuorumProblem.selector, _id, 1, 2);
        _refuse(STRANGER, abi.encodeCall(_escrow.settle, (_terms, asOf, 7, 0, _signed(_terms, asOf, 7, 4))), error);
        Signature[] memory signatures = _signed(_terms, asOf, 7, 3);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        (address low, address high) = (vm.addr(_keys[0]), vm.addr(_keys[1]));
        bytes memory message = abi.encodeCall(_escrow.settle, (_terms, asOf, 7, 0, signatures));
        _refuse(STRANGER, message, _problem(E.SignerOrderProblem.selector, _id, low, high));
        signatures[0] = signatures[1];
        message = abi.encodeCall(_escrow.settle, (_terms, asOf, 7, 0, signatures));
        _refuse(STRANGER, message, _problem(E.SignerOrderProblem.selector, _id, low, low));
    }

    function test_settle__signature_of_a_stranger_or_of_nobody__is_refused() external {
        uint256 asOf = START + 1;
        vm.warp(asOf);
        uint256[] memory keys = Stage.keys(1, "a stranger");
        Signature[] memory signatures = _signed(_terms, asOf, 7, 3);
        bytes32 digest = _escrow.reportDigestOf(Report(_id, asOf, 7, 0));
        uint256 at = vm.addr(keys[0]) < vm.addr(_keys[1]) ? 0 : 1;
        signatures[at] = Stage.signature(keys[0], digest);
        bytes memory message = abi.encodeCall(_escrow.settle, (_terms, asOf, 7, 0, signatures));
        bytes memory error = abi.encodeWithSelector(E.SignerProblem.selector, _id, vm.addr(keys[0]), _committee);
        _refuse(STRANGER, message, error);
        signatures = _signed(_terms, asOf, 7, 3);
        signatures[1].r = 0;
        message = abi.encodeCall(_escrow.settle, (_terms, asOf, 7, 0, signatures));
        _refuse(STRANGER, message, abi.encodeWithSelector(E.SignatureProblem.selector, _id, 1));
    }

    /// A member counts for reports as of later than its first moment, and until its last.
    function test_settle__members__count_from_after_their_first_moment_to_before_their_last() external {
        Terms memory plain = _plain();
        plain.committee = Stage.committee(_escrow, _keys, 2, "new");
        plain.startsAt = uint40(START - 2);
        (_terms, _id) = _open(plain);
        vm.warp(START);
        bytes memory error =
            abi.encodeWithSelector(E.SignerProblem.selector, _id, vm.addr(_keys[0]), plain.committee);
        _refuse(STRANGER, _report(_terms, START - 1, 7), error);
        _do(STRANGER, _report(_terms, START, 7));
        _requireCoins(7, 0);
        _do(vm.addr(_keys[0]), abi.encodeCall(ICommittees.leaveCommittee, (plain.committee)));
        vm.warp(START + 1);
        _refuse(STRANGER, _report(_terms, START + 1, 8), error);
    }

    function test_settle__terms_never_opened__is_refused() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        uint256[] memory terms = Packing.packed(plain);
        bytes memory error = abi.encodeWithSelector(E.StatusProblem.selector, _escrow.dealIdOf(terms), Status.Unknown);
        vm.warp(START + 1);
        _refuse(STRANGER, _report(terms, START + 1, 7), error);
        _refuse(STRANGER, abi.encodeCall(_escrow.refund, (terms)), error);
        _refuse(STRANGER, 1, abi.encodeCall(_escrow.topUp, (terms, 1)), error);
        _refuse(_agency, abi.encodeCall(_escrow.decline, (terms)), error);
    }

    // Batches

    function test_settleBatch__other_calls__are_skipped() external {
        vm.warp(START + 1);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(_escrow.decline, (_terms));
        calls[1] = _report(_terms, START + 1, 7);
        calls[2] = calls[1];
        vm.recordLogs();
        _do(STRANGER, abi.encodeCall(_escrow.settleBatch, (400_000, calls)));
        Log[] memory logs = vm.getRecordedLogs();
        _requireSkipped(logs[0], 0, 0);
        _requireSkipped(logs[logs.length - 1], 2, E.AsOfProblem.selector);
        _requireCoins(7, 0);
    }

    function test_settleBatch__less_gas_than_said__is_refused() external {
        bytes[] memory calls = new bytes[](1);
        calls[0] = _report(_terms, START + 1, 7);
        (bool done, bytes memory answer) = _send(STRANGER, 0, abi.encodeCall(_escrow.settleBatch, (1e18, calls)));
        vm.assertEq(done, false, "refused");
        vm.assertEq(bytes32(answer), bytes32(E.GasProblem.selector), "the named error");
        (bytes32 id, uint256 given, uint256 limit) = _words(answer);
        vm.assertEq(id, 0, "of no deal");
        vm.assertEq(limit, 1e18, "what was asked for");
        vm.assertLe(given, limit - 1, "what was there");
    }

    function test_settleRooted__leaf_of_another_tree__is_refused() external {
        vm.warp(START + 1);
        Leaf[] memory leaves = new Leaf[](1);
        leaves[0] = Leaf(_terms, START + 1, 7, 0);
        bytes32 digest = _escrow.reportDigestOf(Report(_id, START + 1, 7, 0));
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(digest))));
        Signature[] memory signatures = Stage.signaturesOf(_escrow.rootDigestOf(root), _keys, 3);
        bytes32[] memory none;
        bool[] memory flags;
        bytes memory message =
            abi.encodeCall(_escrow.settleRooted, (400_000, "root", signatures, leaves, none, flags));
        _refuse(STRANGER, message, abi.encodeWithSelector(E.ProofProblem.selector, root, bytes32("root")));
        _do(STRANGER, abi.encodeCall(_escrow.settleRooted, (400_000, root, signatures, leaves, none, flags)));
        _requireCoins(7, 0);
    }

    /// Whatever its arguments are: every one but the id may be read as an offset of something empty.
    function test_settleItem__by_anybody_else__is_refused() external {
        bytes memory rest = abi.encode(uint256(320), 320, 320, 320, 320, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes memory message = abi.encodePacked(IRareCalls.settleItem.selector, _id, rest);
        _refuse(STRANGER, message, _problem(E.CallerProblem.selector, _id, STRANGER, address(_escrow)));
        address rare = _rareCalls();
        vm.prank(STRANGER);
        (bool done, bytes memory answer) = rare.call(message);
        vm.assertEq(done, false, "refused");
        vm.assertEq(answer, _problem(E.CallerProblem.selector, _id, STRANGER, rare), "the named error");
    }

    // Leaving

    function test_decline__anybody_else_or_after_a_report__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.decline, (_terms));
        _refuse(_client, message, _problem(E.CallerProblem.selector, _id, _client, _agency));
        vm.warp(START + 1);
        _do(STRANGER, _report(_terms, START + 1, 7));
        _refuse(_agency, message, _problem(E.AsOfProblem.selector, _id, START + 1, START));
    }

    function test_refund__before_the_grace_is_over__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.refund, (_terms));
        uint256 silentAt = END + 7 days;
        vm.warp(silentAt - 1);
        _refuse(STRANGER, message, _problem(E.TimeProblem.selector, _id, silentAt - 1, silentAt));
        vm.warp(silentAt);
        _do(STRANGER, message);
        _requireCoins(100, 900);
        _refuse(STRANGER, message, _status(Status.Closed));
    }

    function test_giveNotice__by_a_stranger_or_near_the_end__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.giveNotice, (_terms));
        _refuse(STRANGER, message, _problem(E.CallerProblem.selector, _id, STRANGER, _agency));
        vm.warp(END - 1 days);
        _refuse(_client, message, _problem(E.TimeProblem.selector, _id, END, END));
        vm.warp(END - 1 days - 1);
        _do(_client, message);
        vm.assertEq(uint256(_escrow.dealOf(_terms).endsAt), END - 1, "the new end");
        _requireCoins(0, 0);
    }

    function test_giveNotice__that_ends_by_the_start__closes_the_deal() external {
        bytes memory message = abi.encodeCall(_escrow.giveNotice, (_terms));
        vm.warp(START - 1 days + 1);
        _do(_agency, message);
        vm.assertEq(uint256(_escrow.dealOf(_terms).endsAt), START + 1, "a second is left");
        vm.warp(START - 1 days);
        _do(_client, message);
        vm.assertEq(uint256(_escrow.statusOf(_terms)), uint256(Status.Closed), "closed");
        _requireCoins(0, 1_000);
    }

    function test_giveNotice__per_period__ends_at_a_border() external {
        Terms memory plain = _plain();
        plain.basis = Basis.PerPeriod;
        (_terms, _id) = _open(plain);
        bytes memory message = abi.encodeCall(_escrow.giveNotice, (_terms));
        vm.warp(START + 1 days + 1);
        _do(_agency, message);
        vm.assertEq(uint256(_escrow.dealOf(_terms).endsAt), START + 3 days, "the border after it");
        vm.warp(START + 1 days);
        _do(_client, message);
        vm.assertEq(uint256(_escrow.dealOf(_terms).endsAt), START + 2 days, "the border itself");
    }

    function test_giveNotice__performance_beyond_the_funds__is_paid_from_the_base_of_the_days_that_are_gone() external {
        vm.warp(START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 2_000));
        _requireCoins(910, 0);
        _do(_client, abi.encodeCall(_escrow.giveNotice, (_terms)));
        _requireCoins(910 + 80, 0);
    }

    function test_agree__too_late_or_an_amount_out_of_range__is_refused() external {
        vm.warp(START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 90));
        bytes memory late = _problem(E.TimeProblem.selector, _id, START + 1 days, START + 1 days);
        _refuse(STRANGER, _split(100, START + 1 days), late);
        _refuse(STRANGER, _split(99, START + 2 days), _problem(E.FundingProblem.selector, _id, 99, 100));
        _refuse(STRANGER, _split(1_001, START + 2 days), _problem(E.FundingProblem.selector, _id, 1_001, 1_000));
        _do(STRANGER, _split(100, START + 2 days));
        _requireCoins(100, 900);
        _refuse(STRANGER, _split(100, START + 2 days), _status(Status.Closed));
    }

    function test_agree__everything_to_the_agency__is_paid() external {
        _do(STRANGER, _split(1_000, START));
        _requireCoins(1_000, 0);
    }

    /// A key that signed something else, one that can't sign, and contracts that answer wrongly.
    function test_agree__without_one_signature__is_refused() external {
        Terms memory plain = _plain();
        plain.client = vm.addr(_keys[0]);
        (_terms, _id) = _open(plain);
        bytes memory error = abi.encodeWithSelector(E.PartySignatureProblem.selector, _id, plain.client);
        _refuse(STRANGER, _split(50, START), error);
        Signature memory other = Stage.signature(_keys[0], "something else");
        bytes memory bytes65 =
            abi.encodePacked(other.r, other.vs & bytes32(type(uint256).max >> 1), 27 + uint8(uint256(other.vs) >> 255));
        _refuse(STRANGER, abi.encodeCall(_escrow.agree, (_terms, 50, START, bytes65, "")), error);

        plain.client = _client;
        plain.agency = vm.deployCode("SigningParty.sol:SigningParty");
        (_terms, _id) = _open(plain);
        error = abi.encodeWithSelector(E.PartySignatureProblem.selector, _id, plain.agency);
        for (uint8 answer = 0; answer < 5; ++answer) {
            (bool done,) = plain.agency.call(abi.encodeWithSignature("setAnswer(uint8)", answer));
            vm.assertTrue(done, "set");
            _refuse(STRANGER, _split(50, START), error);
        }
    }

    function test_amend__other_parties_or_token__is_refused() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        plain.budget = 1;
        plain.basePerPeriod = 0;
        plain.client = STRANGER;
        _amendRefused(plain, E.ClientProblem.selector, uint160(STRANGER), uint160(_client));
        plain.client = _client;
        plain.agency = STRANGER;
        _amendRefused(plain, E.AgencyProblem.selector, uint160(STRANGER), uint160(_agency));
        plain.agency = _agency;
        plain.token = address(_dollar);
        _amendRefused(plain, E.TokenProblem.selector, uint160(address(_dollar)), 0);
    }

    function test_amend__new_deal_before_the_last_report__is_refused() external {
        vm.warp(START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 90));
        Terms memory plain = _plain();
        plain.openBefore = uint40(START + 2 days);
        plain.budget = 500;
        plain.startsAt = uint40(START + 1 days - 1);
        _amendRefused(plain, E.StartProblem.selector, START + 1 days - 1, START + 1 days);
        plain.startsAt = uint40(START + 1 days);
        uint256[] memory terms = Packing.packed(plain);
        _do(STRANGER, _amendment(terms, 300, START + 2 days));
        _requireCoins(300, 0);
        Deal memory deal = _escrow.dealOf(terms);
        vm.assertEq(uint256(deal.funded), 700, "the rest is in the new deal");
        vm.assertEq(uint256(_escrow.statusOf(_terms)), uint256(Status.Closed), "the old one is closed");
    }

    function test_amend__too_late_or_an_amount_out_of_range__is_refused() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        uint256[] memory terms = Packing.packed(plain);
        _refuse(STRANGER, _amendment(terms, 0, START - 1), _problem(E.TimeProblem.selector, _id, START - 1, START - 1));
        bytes32 id = _escrow.dealIdOf(terms);
        _refuse(STRANGER, _amendment(terms, 1, START), _problem(E.FundingProblem.selector, id, 999, 1_000));
        _refuse(STRANGER, _amendment(terms, 1_001, START), _problem(E.FundingProblem.selector, _id, 1_001, 1_000));
        _do(STRANGER, _amendment(terms, 0, START));
        _requireCoins(0, 0);
    }

    // Views

    function test_dueFor__closed_or_never_opened__is_nothing() external {
        Terms memory plain = _plain();
        plain.salt = 1;
        _requireDue(Packing.packed(plain), 7, START, [uint256(0), 0, 0]);
        _requireDue(_terms, 7, START + 1 days, [uint256(10), 7, 0]);
        _requireDue(_terms, 7, END, [uint256(100), 7, 893]);
        _do(_agency, abi.encodeCall(_escrow.decline, (_terms)));
        _requireDue(_terms, 7, START + 1 days, [uint256(0), 0, 0]);
    }

    function test_dueFor__value_or_time_out_of_range__is_refused() external {
        vm.warp(START + 1 days);
        _do(STRANGER, _report(_terms, START + 1 days, 5));
        _requireDue(_terms, 7, START + 1 days, [uint256(0), 2, 0]);
        _dueRefused(7, START + 1 days - 1, _problem(E.AsOfProblem.selector, _id, START + 1 days - 1, START + 1 days));
        _dueRefused(7, END + 1, _problem(E.AsOfProblem.selector, _id, END + 1, END));
        uint256 value = MOST_VALUE + 1;
        _dueRefused(value, END, _problem(E.ValueProblem.selector, _id, value, MOST_VALUE));
        _requireDue(_terms, MOST_VALUE, END, [uint256(90), 895, 0]);
    }

    function test_rootDigestOf__any_root__is_the_plain_typed_hash() external view {
        bytes32 hash = keccak256(abi.encode(keccak256("ReportRoot(bytes32 root)"), bytes32("root")));
        vm.assertEq(_escrow.rootDigestOf("root"), Packing.typed(address(_escrow), hash), "digest");
    }

    function test_supportsInterface__its_own__and_no_other() external view {
        (bool done, bytes memory answer) = address(_escrow).staticcall(_supports(type(E).interfaceId));
        vm.assertTrue(done && abi.decode(answer, (bool)), "IPerformanceEscrow");
        bytes4[3] memory ids = [type(ICommittees).interfaceId, bytes4(0x84b0196e), bytes4(0x01ffc9a7)];
        for (uint256 i = 0; i < 3; ++i) {
            (done, answer) = address(_escrow).staticcall(_supports(ids[i]));
            vm.assertTrue(done && abi.decode(answer, (bool)), "ICommittees, IERC5267, IERC165");
        }
        (done, answer) = address(_escrow).staticcall(_supports(0xffffffff));
        vm.assertTrue(done && !abi.decode(answer, (bool)), "never this one");
    }

    /// Called by itself it has no deals and no money.
    function test_rareCalls__by_itself__knows_no_deal() external {
        bytes4 selector = E.StatusProblem.selector;
        address rare = _rareCalls();
        vm.warp(START + 1);
        (bool done, bytes memory answer) = rare.call(abi.encodeCall(IRareCalls.refund, (_terms)));
        vm.assertEq(done, false, "refused");
        bytes32 id = Packing.typed(rare, Packing.structHash(_plain()));
        vm.assertEq(answer, abi.encodeWithSelector(selector, id, Status.Unknown), "the named error");
    }

    function _supports(bytes4 id) private pure returns (bytes memory) {
        return abi.encodeWithSignature("supportsInterface(bytes4)", id);
    }

    function _reportRefused(uint256 asOf, uint256 limit) private {
        _refuse(STRANGER, _report(_terms, asOf, 7), _problem(E.AsOfProblem.selector, _id, asOf, limit));
    }

    function _status(Status status) private view returns (bytes memory) {
        return abi.encodeWithSelector(E.StatusProblem.selector, _id, status);
    }

    function _split(uint256 total, uint256 deadline) private view returns (bytes memory) {
        return abi.encodeCall(_escrow.agree, (_terms, total, deadline, "anything", "anything"));
    }

    function _amendment(uint256[] memory terms, uint256 total, uint256 deadline) private view returns (bytes memory) {
        return abi.encodeCall(_escrow.amend, (_terms, terms, total, deadline, "anything", "anything"));
    }

    function _amendRefused(Terms memory plain, bytes4 selector, uint256 given, uint256 limit) private {
        uint256[] memory terms = Packing.packed(plain);
        bytes memory error = _problem(selector, _escrow.dealIdOf(terms), given, limit);
        _refuse(STRANGER, _amendment(terms, 300, START + 2 days), error);
    }

    function _requireDue(uint256[] memory terms, uint256 value, uint256 asOf, uint256[3] memory expected) private view {
        (uint256 base, uint256 performance, uint256 refunded) = _escrow.dueFor(terms, value, asOf);
        vm.assertEq(abi.encode(base, performance, refunded), abi.encode(expected), "base, performance, refunded");
    }

    function _dueRefused(uint256 value, uint256 asOf, bytes memory error) private {
        _refuse(STRANGER, abi.encodeCall(_escrow.dueFor, (_terms, value, asOf)), error);
    }

    function _requireSkipped(Log memory log, uint256 item, bytes4 reason) private pure {
        vm.assertEq(log.topics[0], E.ItemSkipped.selector, "ItemSkipped");
        vm.assertEq(uint256(log.topics[1]), item, "the item");
        vm.assertEq(bytes32(log.data), bytes32(reason), "the reason");
    }

    function _words(bytes memory answer) private pure returns (bytes32 id, uint256 given, uint256 limit) {
        assembly {
            id := mload(add(answer, 0x24))
            given := mload(add(answer, 0x44))
            limit := mload(add(answer, 0x64))
        }
    }

    /// What the escrow created first.
    function _rareCalls() private view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", _escrow, hex"01")))));
    }
}
