// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../contracts/interfaces/ICommittees.sol";
import {IPerformanceEscrow as E} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Basis, Step, Terms} from "../../contracts/types/EscrowTypes.sol";
import {Packing} from "./Packing.sol";
import {Scene} from "./Scene.sol";

/// Each range of terms, at its last good value and at the first bad one.
contract TermsCheckTest is Scene {
    uint256 private constant LIFE = 5 * 366 days;

    function test_checkTerms__client__is_somebody_else() external {
        Terms memory plain = _plain();
        address[3] memory bad = [address(0), address(_escrow), address(_dollar)];
        plain.token = address(_dollar);
        for (uint256 i = 0; i < 3; ++i) {
            plain.client = bad[i];
            _refused(plain, E.ClientProblem.selector, uint160(bad[i]), uint160(bad[i]));
        }
    }

    function test_checkTerms__agency__is_somebody_else() external {
        Terms memory plain = _plain();
        address[4] memory bad = [address(0), address(_escrow), address(_dollar), plain.client];
        plain.token = address(_dollar);
        for (uint256 i = 0; i < 4; ++i) {
            plain.agency = bad[i];
            _refused(plain, E.AgencyProblem.selector, uint160(bad[i]), uint160(bad[i]));
        }
    }

    function test_checkTerms__token__is_coins_or_a_contract() external {
        Terms memory plain = _plain();
        plain.token = address(_dollar);
        _accepted(plain);
        plain.token = STRANGER;
        _refused(plain, E.TokenProblem.selector, uint160(STRANGER), 0);
        plain.token = address(_escrow);
        _refused(plain, E.TokenProblem.selector, uint160(address(_escrow)), 0);
    }

    function test_checkTerms__agreement__is_there() external {
        Terms memory plain = _plain();
        plain.agreement = 0;
        _refused(plain, E.AgreementProblem.selector, 0, 1);
    }

    function test_checkTerms__budget__covers_the_base_fee() external {
        Terms memory plain = _plain();
        plain.budget = 100;
        _accepted(plain);
        plain.budget = 99;
        _refused(plain, E.BudgetProblem.selector, 99, 100);
        plain.basePerPeriod = 0;
        plain.budget = 1;
        _accepted(plain);
        plain.budget = 0;
        _refused(plain, E.BudgetProblem.selector, 0, 1);
    }

    function test_checkTerms__basis__is_one_of_two() external {
        uint256[] memory terms = Packing.packed(_plain());
        terms[6] |= 1 << 224;
        _escrow.checkTerms(terms);
        terms[6] ^= 3 << 224;
        _refusedWords(terms, E.BasisProblem.selector, 2, 1);
    }

    function test_checkTerms__retention__is_at_most_half_of_cumulative_pay() external {
        Terms memory plain = _plain();
        plain.retentionBps = 5_000;
        _accepted(plain);
        plain.retentionBps = 5_001;
        _refused(plain, E.RetentionProblem.selector, 5_001, 5_000);
        plain.basis = Basis.PerPeriod;
        plain.retentionBps = 1;
        _refused(plain, E.RetentionProblem.selector, 1, 0);
        plain.retentionBps = 0;
        _accepted(plain);
    }

    function test_checkTerms__arbiter__is_no_party() external {
        Terms memory plain = _arbitrated();
        address[3] memory bad = [plain.client, plain.agency, address(_escrow)];
        for (uint256 i = 0; i < 3; ++i) {
            plain.arbiter = bad[i];
            _refused(plain, E.ArbiterProblem.selector, uint160(bad[i]), uint160(bad[i]));
        }
    }

    function test_checkTerms__windows__are_from_1_to_30_days_with_an_arbiter() external {
        Terms memory plain = _arbitrated();
        (plain.challengeWindow, plain.rulingWindow) = (1 days, 1 days);
        _accepted(plain);
        (plain.challengeWindow, plain.rulingWindow) = (30 days, 30 days);
        _accepted(plain);
        plain.challengeWindow = 1 days - 1;
        _refused(plain, E.ChallengeWindowProblem.selector, 1 days - 1, 1 days);
        plain.challengeWindow = 30 days + 1;
        _refused(plain, E.ChallengeWindowProblem.selector, 30 days + 1, 30 days);
        (plain.challengeWindow, plain.rulingWindow) = (1 days, 1 days - 1);
        _refused(plain, E.RulingWindowProblem.selector, 1 days - 1, 1 days);
        plain.rulingWindow = 30 days + 1;
        _refused(plain, E.RulingWindowProblem.selector, 30 days + 1, 30 days);
    }

    function test_checkTerms__windows__are_none_without_an_arbiter() external {
        Terms memory plain = _plain();
        plain.challengeWindow = 1;
        _refused(plain, E.ChallengeWindowProblem.selector, 1, 0);
        (plain.challengeWindow, plain.rulingWindow) = (0, 1);
        _refused(plain, E.RulingWindowProblem.selector, 1, 0);
    }

    function test_checkTerms__self_report__is_for_cumulative_deals_with_an_arbiter() external {
        Terms memory plain = _arbitrated();
        _accepted(plain);
        plain.basis = Basis.PerPeriod;
        _refused(plain, E.SelfReportProblem.selector, 1, 0);
        plain = _plain();
        plain.selfReport = true;
        _refused(plain, E.SelfReportProblem.selector, 1, 0);
        uint256[] memory terms = Packing.packed(_arbitrated());
        terms[6] ^= 3 << 216;
        _refusedWords(terms, E.SelfReportProblem.selector, 2, 1);
    }

    function test_checkTerms__start__is_at_most_two_years_ahead() external {
        Terms memory plain = _plain();
        uint256 most = START - 1 + 2 * 365 days;
        plain.startsAt = uint40(most);
        _accepted(plain);
        plain.startsAt = uint40(most + 1);
        _refused(plain, E.StartProblem.selector, most + 1, most);
        plain.startsAt = 0;
        _refused(plain, E.StartProblem.selector, 0, 1);
    }

    function test_checkTerms__open_before__is_at_most_a_week_after_the_start_and_not_after_the_end() external {
        Terms memory plain = _plain();
        plain.openBefore = uint40(START + 7 days);
        _accepted(plain);
        plain.openBefore = uint40(START + 7 days + 1);
        _refused(plain, E.OpenBeforeProblem.selector, START + 7 days + 1, START + 7 days);
        plain.periods = 2;
        plain.openBefore = uint40(START + 2 days);
        _accepted(plain);
        plain.openBefore = uint40(START + 2 days + 1);
        _refused(plain, E.OpenBeforeProblem.selector, START + 2 days + 1, START + 2 days);
    }

    function test_checkTerms__period__is_at_least_an_hour() external {
        Terms memory plain = _plain();
        plain.periodLength = 1 hours;
        _accepted(plain);
        plain.periodLength = 1 hours - 1;
        _refused(plain, E.PeriodLengthProblem.selector, 1 hours - 1, 1 hours);
    }

    function test_checkTerms__life__is_one_period_to_five_years() external {
        Terms memory plain = _plain();
        plain.basePerPeriod = 0;
        plain.periods = uint16(LIFE / 1 days);
        _accepted(plain);
        plain.periods += 1;
        _refused(plain, E.PeriodsProblem.selector, LIFE / 1 days + 1, LIFE / 1 days);
        plain.periods = 0;
        _refused(plain, E.PeriodsProblem.selector, 0, 1);
    }

    function test_checkTerms__grace__is_from_1_to_90_days() external {
        Terms memory plain = _plain();
        plain.reportGrace = 1 days;
        _accepted(plain);
        plain.reportGrace = 90 days;
        _accepted(plain);
        plain.reportGrace = 1 days - 1;
        _refused(plain, E.GraceProblem.selector, 1 days - 1, 1 days);
        plain.reportGrace = 90 days + 1;
        _refused(plain, E.GraceProblem.selector, 90 days + 1, 90 days);
    }

    function test_checkTerms__notice__is_from_an_hour_to_90_days() external {
        Terms memory plain = _plain();
        plain.noticePeriod = 1 hours;
        _accepted(plain);
        plain.noticePeriod = 90 days;
        _accepted(plain);
        plain.noticePeriod = 1 hours - 1;
        _refused(plain, E.NoticeProblem.selector, 1 hours - 1, 1 hours);
        plain.noticePeriod = 90 days + 1;
        _refused(plain, E.NoticeProblem.selector, 90 days + 1, 90 days);
    }

    function test_checkTerms__notice__is_a_week_below_the_delay_of_a_committee_that_changes() external {
        Terms memory plain = _plain();
        address[] memory members = new address[](1);
        members[0] = STRANGER;
        plain.committee = ICommittees(address(_escrow)).createCommittee(STRANGER, 8 days, 1, 1, members, 0);
        plain.quorum = 1;
        plain.noticePeriod = 1 days;
        _accepted(plain);
        plain.noticePeriod = 1 days + 1;
        _refused(plain, E.NoticeProblem.selector, 1 days + 1, 1 days);
    }

    function test_checkTerms__steps__are_1_to_16() external {
        Terms memory plain = _plain();
        plain.steps = _steps(16);
        _accepted(plain);
        plain.steps = _steps(17);
        _refused(plain, E.StepCountProblem.selector, 17, 16);
        plain.steps = _steps(0);
        _refused(plain, E.StepCountProblem.selector, 0, 1);
    }

    function test_checkTerms__steps__ascend() external {
        Terms memory plain = _plain();
        plain.steps = _steps(3);
        plain.steps[2].from = 2;
        _refused(plain, E.StepOrderProblem.selector, 2, 2);
        plain.steps[1].from = 4;
        plain.steps[2].from = 3;
        _refused(plain, E.StepOrderProblem.selector, 3, 4);
    }

    function test_checkTerms__steps__give_no_flat_for_nothing() external {
        Terms memory plain = _plain();
        plain.steps[0].flat = 5;
        _refused(plain, E.StepFlatProblem.selector, 5, 0);
        plain.steps[0].from = 1;
        _accepted(plain);
    }

    function test_checkTerms__quorum__is_within_the_committees_bounds() external {
        Terms memory plain = _plain();
        plain.quorum = 3;
        _accepted(plain);
        plain.quorum = 4;
        _refused(plain, E.QuorumProblem.selector, 4, 3);
        plain.quorum = 1;
        _refused(plain, E.QuorumProblem.selector, 1, 2);
        plain.committee = "nobody";
        _refused(plain, E.CommitteeUnknownProblem.selector, uint256(bytes32("nobody")), 1);
    }

    function test_everything__too_few_words__is_refused() external {
        uint256[] memory words = new uint256[](6);
        bytes memory error = abi.encodeWithSelector(E.TermsLengthProblem.selector, bytes32(0), 6, 7);
        _refuse(STRANGER, abi.encodeCall(_escrow.checkTerms, (words)), error);
        _refuse(STRANGER, abi.encodeCall(_escrow.termsOf, (words)), error);
        _refuse(STRANGER, abi.encodeCall(_escrow.statusOf, (words)), error);
        _refuse(STRANGER, abi.encodeCall(_escrow.refund, (words)), error);
    }

    /// What names no basis, or is no flag, has no plain form.
    function test_termsOf__no_basis_or_no_flag__panics() external {
        uint256[] memory terms = Packing.packed(_plain());
        terms[6] |= 2 << 224;
        bytes memory message = abi.encodeCall(_escrow.termsOf, (terms));
        _refuse(STRANGER, message, abi.encodeWithSignature("Panic(uint256)", 0x21));
        terms[6] ^= (2 << 224) | (2 << 216);
        message = abi.encodeCall(_escrow.termsOf, (terms));
        _refuse(STRANGER, message, abi.encodeWithSignature("Panic(uint256)", 0x01));
    }

    function test_open__terms_out_of_range__is_refused() external {
        Terms memory plain = _plain();
        plain.reportGrace = 0;
        uint256[] memory terms = Packing.packed(plain);
        bytes memory error = _problem(E.GraceProblem.selector, _escrow.dealIdOf(terms), 0, 1 days);
        _refuse(STRANGER, BUDGET, abi.encodeCall(_escrow.open, (terms, BUDGET)), error);
    }

    function _accepted(Terms memory plain) private view {
        _escrow.checkTerms(Packing.packed(plain));
    }

    function _refused(Terms memory plain, bytes4 selector, uint256 given, uint256 limit) private {
        _refusedWords(Packing.packed(plain), selector, given, limit);
    }

    function _refusedWords(uint256[] memory terms, bytes4 selector, uint256 given, uint256 limit) private {
        bytes memory error = _problem(selector, _escrow.dealIdOf(terms), given, limit);
        _refuse(STRANGER, abi.encodeCall(_escrow.checkTerms, (terms)), error);
    }

    function _steps(uint256 count) private pure returns (Step[] memory steps) {
        steps = new Step[](count);
        for (uint64 i = 0; i < count; ++i) {
            steps[i] = Step(i + 1, 1, 1);
        }
    }
}
