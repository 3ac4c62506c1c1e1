// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow as E} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Basis, Claim, Status, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Cheats.sol";
import {Scene} from "./Scene.sol";

/// A deal with an arbiter: each refusal of a call on a report that waits, and what is paid a moment before or after.
contract DisputesTest is Scene {
    uint256 private constant AS_OF = START + 2 days;
    uint256 private constant WINDOW_ENDS = AS_OF + 1 days;
    uint256 private constant RULING_ENDS = AS_OF + 3 days;
    uint256 private constant SELF_REPORTS = END + 7 days / 2;

    uint256[] private _terms;
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        (_terms, _id) = _open(_arbitrated());
    }

    // A report that waits

    function test_waiting_report__other_calls__are_refused() external {
        bytes memory decline = abi.encodeCall(_escrow.decline, (_terms));
        _wait(100);
        bytes memory waits = _problem(E.WaitingProblem.selector, _id, AS_OF, 0);
        _refuse(STRANGER, 1, abi.encodeCall(_escrow.topUp, (_terms, 1)), waits);
        _refuse(_agency, decline, waits);
        _refuse(_agency, abi.encodeCall(_escrow.selfReport, (_terms, 1, 0)), waits);
        _refuse(STRANGER, abi.encodeCall(_escrow.amend, (_terms, _terms, 0, END, "", "")), waits);
        bytes memory overdue = _problem(E.WaitingProblem.selector, _id, AS_OF, WINDOW_ENDS);
        vm.warp(WINDOW_ENDS - 1);
        _refuse(STRANGER, _report(_terms, WINDOW_ENDS - 1, 1), overdue);
        _refuse(STRANGER, abi.encodeCall(_escrow.refund, (_terms)), overdue);
        bytes memory status = abi.encodeWithSelector(E.StatusProblem.selector, _id, Status.Running);
        _refuse(STRANGER, BUDGET, abi.encodeCall(_escrow.open, (_terms, BUDGET)), status);
        _requireCoins(0, 0);
    }

    function test_settle__next_report__resolves_one_that_nobody_disputed() external {
        _wait(100);
        vm.warp(WINDOW_ENDS);
        _do(STRANGER, _report(_terms, WINDOW_ENDS, 150));
        _requireCoins(20 + 100, 0);
        (Claim memory claim,) = _escrow.claimOf(_terms);
        vm.assertEq(uint256(claim.asOf), WINDOW_ENDS, "the next one waits");
        vm.assertEq(uint256(claim.windowEndsAt), WINDOW_ENDS + 1 days, "for its own window");
    }

    function test_settle__after_a_final_report_nobody_disputed__is_refused() external {
        vm.warp(END);
        bytes memory report = _report(_terms, END, 100);
        _do(STRANGER, report);
        vm.warp(END + 1 days);
        _refuse(STRANGER, report, abi.encodeWithSelector(E.StatusProblem.selector, _id, Status.Closed));
        _do(STRANGER, abi.encodeCall(_escrow.refund, (_terms)));
        _requireCoins(200, 800);
    }

    function test_settle__value_or_time_out_of_range__is_refused() external {
        vm.warp(AS_OF);
        bytes memory error = _problem(E.ValueProblem.selector, _id, MOST_VALUE + 1, MOST_VALUE);
        _refuse(STRANGER, _report(_terms, AS_OF, MOST_VALUE + 1), error);
        _refuse(STRANGER, _report(_terms, AS_OF + 1, 1), _problem(E.AsOfProblem.selector, _id, AS_OF + 1, AS_OF));
    }

    // Disputes

    function test_dispute__nothing_waits__is_refused() external {
        bytes memory nothing = _problem(E.WaitingProblem.selector, _id, 0, 1);
        _refuse(_client, _dispute(1), nothing);
        _refuse(ARBITER, _ruling(1), nothing);
        _refuse(STRANGER, _finalizing(), nothing);
        (uint256[] memory terms, bytes32 id) = _open(_plain());
        nothing = _problem(E.WaitingProblem.selector, id, 0, 1);
        _refuse(STRANGER, abi.encodeCall(_escrow.finalize, (terms)), nothing);
    }

    function test_dispute__window_is_over__is_refused() external {
        _wait(100);
        vm.warp(WINDOW_ENDS);
        _refuse(_client, _dispute(1), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS, WINDOW_ENDS));
        vm.warp(WINDOW_ENDS - 1);
        _do(_client, _dispute(99));
        _requireCoins(20 + 99, 0);
    }

    function test_dispute__client__files_one_lower_number() external {
        _wait(100);
        _refuse(_client, _dispute(100), _problem(E.ValueProblem.selector, _id, 100, 100));
        _do(_client, _dispute(60));
        _requireCoins(80, 0);
        _refuse(_client, _dispute(50), abi.encodeWithSelector(E.FiledProblem.selector, _id, _client, 60));
    }

    function test_dispute__agency__files_one_higher_number() external {
        _wait(100);
        _refuse(_agency, _dispute(100), _problem(E.ValueProblem.selector, _id, 100, 100));
        bytes memory error = _problem(E.ValueProblem.selector, _id, MOST_VALUE + 1, MOST_VALUE);
        _refuse(_agency, _dispute(MOST_VALUE + 1), error);
        _do(_agency, _dispute(101));
        _refuse(_agency, _dispute(102), abi.encodeWithSelector(E.FiledProblem.selector, _id, _agency, 101));
        _requireCoins(0, 0);
    }

    function test_dispute__stranger__is_refused() external {
        _wait(100);
        _refuse(STRANGER, _dispute(1), _problem(E.CallerProblem.selector, _id, STRANGER, _agency));
        _refuse(ARBITER, _dispute(1), _problem(E.CallerProblem.selector, _id, ARBITER, _agency));
    }

    function test_dispute__agency_against_itself__is_refused() external {
        vm.warp(SELF_REPORTS);
        _do(_agency, abi.encodeCall(_escrow.selfReport, (_terms, 100, 0)));
        _refuse(_agency, _dispute(200), abi.encodeWithSelector(E.FiledProblem.selector, _id, _agency, 0));
        _do(_client, _dispute(40));
        _requireCoins(100 + 40, 0);
    }

    // Rulings

    function test_rule__anybody_but_the_arbiter__is_refused() external {
        _wait(100);
        _do(_client, _dispute(60));
        vm.warp(WINDOW_ENDS);
        _refuse(_agency, _ruling(100), _problem(E.CallerProblem.selector, _id, _agency, ARBITER));
    }

    function test_rule__outside_its_window__is_refused() external {
        _wait(100);
        _do(_client, _dispute(60));
        vm.warp(WINDOW_ENDS - 1);
        _refuse(ARBITER, _ruling(80), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS - 1, WINDOW_ENDS));
        vm.warp(RULING_ENDS);
        _refuse(ARBITER, _ruling(80), _problem(E.TimeProblem.selector, _id, RULING_ENDS, RULING_ENDS));
        vm.warp(RULING_ENDS - 1);
        _do(ARBITER, _ruling(80));
        _requireCoins(20 + 80, 0);
    }

    function test_rule__nobody_disputed__is_refused() external {
        _wait(100);
        vm.warp(WINDOW_ENDS);
        _refuse(ARBITER, _ruling(100), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS, WINDOW_ENDS));
    }

    function test_rule__numbers__are_from_the_clients_to_the_agencys() external {
        _wait(100);
        _do(_client, _dispute(60));
        vm.warp(WINDOW_ENDS);
        _refuse(ARBITER, _ruling(59), _problem(E.ValueProblem.selector, _id, 59, 60));
        _refuse(ARBITER, _ruling(101), _problem(E.ValueProblem.selector, _id, 101, 100));
        _do(ARBITER, _ruling(60));
        _requireCoins(80, 0);
    }

    function test_rule__agency_disputed__numbers_are_from_the_quorums_to_the_agencys() external {
        _wait(100);
        _do(_agency, _dispute(130));
        vm.warp(WINDOW_ENDS);
        _refuse(ARBITER, _ruling(99), _problem(E.ValueProblem.selector, _id, 99, 100));
        _refuse(ARBITER, _ruling(131), _problem(E.ValueProblem.selector, _id, 131, 130));
        _do(ARBITER, _ruling(130));
        _requireCoins(150, 0);
    }

    /// What a ruling took off a report is taken off the next, down to nothing; what it added is added, up to 64 bits.
    function test_rule__later_reports__are_adjusted_within_the_range_of_values() external {
        _wait(100);
        _do(_client, _dispute(0));
        vm.warp(WINDOW_ENDS);
        _do(ARBITER, _ruling(10));
        _requireCoins(30, 0);
        _requireAdjusted(WINDOW_ENDS, 89, 0, -90);
        vm.warp(WINDOW_ENDS + 1 days);
        _requireAdjusted(WINDOW_ENDS + 1 days, 95, 5, -90);
        _do(_agency, _dispute(MOST_VALUE));
        vm.warp(WINDOW_ENDS + 2 days);
        _do(ARBITER, _ruling(105));
        vm.assertEq(_agency.balance, 40 + 105, "the ruling");
        _requireAdjusted(WINDOW_ENDS + 2 days, MOST_VALUE - 10, MOST_VALUE, 10);
        vm.warp(WINDOW_ENDS + 3 days);
        _requireAdjusted(WINDOW_ENDS + 3 days, MOST_VALUE - 9, MOST_VALUE, 10);
    }

    // Silence

    function test_finalize__before_the_windows_are_over__is_refused() external {
        _wait(100);
        vm.warp(WINDOW_ENDS - 1);
        _refuse(STRANGER, _finalizing(), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS - 1, WINDOW_ENDS));
        vm.warp(WINDOW_ENDS);
        _do(STRANGER, _finalizing());
        _requireCoins(120, 0);
    }

    function test_finalize__client_disputed__waits_for_the_arbiter() external {
        _wait(100);
        _do(_client, _dispute(60));
        vm.warp(RULING_ENDS - 1);
        _refuse(STRANGER, _finalizing(), _problem(E.TimeProblem.selector, _id, RULING_ENDS - 1, RULING_ENDS));
        vm.warp(RULING_ENDS);
        _do(STRANGER, _finalizing());
        _requireCoins(120, 0);
    }

    function test_finalize__agency_alone_disputed__pays_the_quorums_number_once() external {
        _wait(100);
        _do(_agency, _dispute(130));
        vm.warp(WINDOW_ENDS - 1);
        _refuse(STRANGER, _finalizing(), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS - 1, WINDOW_ENDS));
        vm.warp(WINDOW_ENDS);
        _do(STRANGER, _finalizing());
        _requireCoins(120, 0);
        _refuse(STRANGER, _finalizing(), _problem(E.TimeProblem.selector, _id, WINDOW_ENDS, RULING_ENDS));
        vm.warp(RULING_ENDS);
        _do(STRANGER, _finalizing());
        _requireCoins(120, 0);
    }

    function test_refund__grace_runs_from_when_the_last_report_could_be_resolved() external {
        vm.warp(END - 1);
        _do(STRANGER, _report(_terms, END - 1, 100));
        _do(_client, _dispute(60));
        uint256 silentAt = END - 1 + 3 days + 7 days;
        bytes memory refund = abi.encodeCall(_escrow.refund, (_terms));
        vm.warp(silentAt - 1);
        _refuse(STRANGER, refund, _problem(E.TimeProblem.selector, _id, silentAt - 1, silentAt));
        vm.assertEq(uint256(_escrow.statusOf(_terms)), uint256(Status.Ended), "a report waits");
        vm.warp(silentAt);
        _do(STRANGER, refund);
        _requireCoins(200, 800);
    }

    // The agency's own report

    function test_selfReport__anybody_else_or_not_allowed__is_refused() external {
        vm.warp(SELF_REPORTS);
        bytes memory message = abi.encodeCall(_escrow.selfReport, (_terms, 7, 0));
        _refuse(_client, message, _problem(E.CallerProblem.selector, _id, _client, _agency));
        vm.warp(START - 1);
        Terms memory plain = _arbitrated();
        plain.selfReport = false;
        (uint256[] memory terms, bytes32 id) = _open(plain);
        vm.warp(SELF_REPORTS);
        message = abi.encodeCall(_escrow.selfReport, (terms, 7, 0));
        _refuse(_agency, message, _problem(E.SelfReportProblem.selector, id, 0, 1));
    }

    function test_selfReport__outside_the_second_half_of_the_grace__is_refused() external {
        bytes memory message = abi.encodeCall(_escrow.selfReport, (_terms, 7, 0));
        vm.warp(SELF_REPORTS - 1);
        _refuse(_agency, message, _problem(E.TimeProblem.selector, _id, SELF_REPORTS - 1, SELF_REPORTS));
        vm.warp(END + 7 days);
        _refuse(_agency, message, _problem(E.TimeProblem.selector, _id, END + 7 days, END + 7 days));
        vm.warp(END + 7 days - 1);
        _do(_agency, message);
        vm.warp(END + 9 days - 2);
        _refuse(STRANGER, _finalizing(), _problem(E.TimeProblem.selector, _id, END + 9 days - 2, END + 9 days - 1));
        vm.warp(END + 9 days - 1);
        _do(STRANGER, _finalizing());
        _requireCoins(107, 893);
    }

    function test_selfReport__value__has_64_bits() external {
        vm.warp(SELF_REPORTS);
        bytes memory message = abi.encodeCall(_escrow.selfReport, (_terms, MOST_VALUE + 1, 0));
        _refuse(_agency, message, _problem(E.ValueProblem.selector, _id, MOST_VALUE + 1, MOST_VALUE));
    }

    function test_selfReport__arbiter_silent_too__the_clients_number_counts() external {
        vm.warp(SELF_REPORTS);
        _do(_agency, abi.encodeCall(_escrow.selfReport, (_terms, 100, 0)));
        _do(_client, _dispute(40));
        vm.warp(SELF_REPORTS + 4 days);
        _do(STRANGER, _finalizing());
        _requireCoins(140, 860);
    }

    function test_selfReport__quorum_speaks_after_all__takes_its_place() external {
        vm.warp(SELF_REPORTS);
        _do(_agency, abi.encodeCall(_escrow.selfReport, (_terms, 100, 0)));
        vm.warp(SELF_REPORTS + 2 days - 1);
        _do(STRANGER, _report(_terms, END, 30));
        vm.warp(SELF_REPORTS + 3 days - 1);
        _do(STRANGER, _finalizing());
        _requireCoins(130, 870);
    }

    /// Each report that waits moves the grace on: a deal of a thousand hours lasts for a century where each is made
    /// at the last moment. A window is stored in 32 bits of seconds since the start.
    function test_settle__window_ends_beyond_136_years__is_refused() external {
        Terms memory plain = _arbitrated();
        plain.basis = Basis.PerPeriod;
        plain.selfReport = false;
        plain.basePerPeriod = 0;
        plain.periodLength = 1 hours;
        plain.periods = 1_000;
        plain.reportGrace = 90 days;
        plain.challengeWindow = 30 days;
        plain.rulingWindow = 1 days;
        plain.noticePeriod = 90 days;
        (_terms, _id) = _open(plain);
        uint256 most = START + type(uint32).max;
        uint256 time = START + 1_000 hours + 90 days - 1;
        uint256 asOf = START + 1 hours;
        for (; time + 30 days <= most; (time, asOf) = (time + 120 days - 1, asOf + 1 hours)) {
            vm.warp(time);
            _do(STRANGER, _report(_terms, asOf, 0));
        }
        vm.warp(time);
        _refuse(STRANGER, _report(_terms, asOf, 0), _problem(E.TimeProblem.selector, _id, time + 30 days, most));
        vm.warp(most - 30 days);
        _do(STRANGER, _report(_terms, asOf, 0));
        vm.warp(most);
        _do(STRANGER, _finalizing());
        vm.warp(most + 90 days);
        _do(STRANGER, abi.encodeCall(_escrow.refund, (_terms)));
        _requireCoins(0, 1_000);
    }

    /// A quorum's report as of two days, which waits.
    function _wait(uint256 value) private {
        vm.warp(AS_OF);
        _do(STRANGER, _report(_terms, AS_OF, value));
        _requireCoins(0, 0);
    }

    function _requireAdjusted(uint256 asOf, uint256 reported, uint256 value, int256 expected) private {
        _do(STRANGER, _report(_terms, asOf, reported));
        (Claim memory claim, int256 adjust) = _escrow.claimOf(_terms);
        vm.assertEq(uint256(claim.reported), reported, "reported");
        vm.assertEq(uint256(claim.value), value, "adjusted");
        vm.assertEq(bytes32(uint256(adjust)), bytes32(uint256(expected)), "by this");
    }

    function _dispute(uint256 value) private view returns (bytes memory) {
        return abi.encodeCall(_escrow.dispute, (_terms, value, 0));
    }

    function _ruling(uint256 value) private view returns (bytes memory) {
        return abi.encodeCall(_escrow.rule, (_terms, value));
    }

    function _finalizing() private view returns (bytes memory) {
        return abi.encodeCall(_escrow.finalize, (_terms));
    }
}
