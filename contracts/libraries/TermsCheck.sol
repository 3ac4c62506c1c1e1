// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow as E} from "../interfaces/IPerformanceEscrow.sol";
import {Basis, Committee} from "../types/EscrowTypes.sol";
import {PayoutMath} from "./PayoutMath.sol";
import {TermsCodec} from "./TermsCodec.sol";

/// The ranges that terms must keep to be opened. Every length is bounded, so that all money of every deal is out in
/// bounded time.
library TermsCheck {
    using TermsCodec for uint256[];

    uint256 internal constant MAX_STEPS = 16;
    uint256 internal constant MAX_LATE_OPENING = 7 days;
    uint256 internal constant MAX_START_AHEAD = 2 * 365 days;
    uint256 internal constant MIN_PERIOD = 1 hours;
    uint256 internal constant MAX_LIFE = 5 * 366 days;
    uint256 internal constant MIN_GRACE = 1 days;
    uint256 internal constant MAX_GRACE = 90 days;
    uint256 internal constant MIN_NOTICE = 1 hours;
    uint256 internal constant MAX_NOTICE = 90 days;
    /// A party that gives notice is out at least this long before a member that was added meanwhile can sign.
    uint256 internal constant NOTICE_MARGIN = 7 days;
    uint256 internal constant MIN_WINDOW = 1 days;
    uint256 internal constant MAX_WINDOW = 30 days;
    uint256 internal constant MAX_RETENTION = 5_000;

    function requireInRange(bytes32 dealId, uint256[] calldata terms, Committee storage committee)
        internal
        view
    {
        _requireParties(dealId, terms);
        _requireMoney(dealId, terms);
        _requireDisputes(dealId, terms);
        _requireClock(dealId, terms);
        _requireSteps(dealId, terms);

        uint256 quorum = terms.quorum();
        if (committee.size == 0) revert E.CommitteeUnknownProblem(dealId, terms.committee(), 1);
        if (quorum < committee.minQuorum) revert E.QuorumProblem(dealId, quorum, committee.minQuorum);
        if (quorum > committee.maxQuorum) revert E.QuorumProblem(dealId, quorum, committee.maxQuorum);
        if (committee.admin != address(0) && terms.noticePeriod() + NOTICE_MARGIN > committee.delay) {
            revert E.NoticeProblem(dealId, terms.noticePeriod(), committee.delay - NOTICE_MARGIN);
        }
    }

    function _requireParties(bytes32 dealId, uint256[] calldata terms) private view {
        address client = terms.client();
        address agency = terms.agency();
        address token = terms.token();
        if (client == address(0) || client == address(this) || client == token) {
            revert E.ClientProblem(dealId, client, client);
        }
        if (agency == address(0) || agency == address(this) || agency == token || agency == client) {
            revert E.AgencyProblem(dealId, agency, agency);
        }
        if (token == address(this) || (token != address(0) && token.code.length == 0)) {
            revert E.TokenProblem(dealId, token, 0);
        }
        if (terms.agreement() == 0) revert E.AgreementProblem(dealId, 0, 1);
    }

    /// An arbiter comes with both windows, and without one there is neither.
    function _requireDisputes(bytes32 dealId, uint256[] calldata terms) private view {
        address arbiter = terms.arbiter();
        uint256 challengeWindow = terms.challengeWindow();
        uint256 rulingWindow = terms.rulingWindow();
        uint256 selfReport = terms.selfReport();
        (uint256 least, uint256 most) = arbiter == address(0) ? (0, 0) : (MIN_WINDOW, MAX_WINDOW);
        if (arbiter != address(0)) {
            if (arbiter == terms.client() || arbiter == terms.agency() || arbiter == address(this)) {
                revert E.ArbiterProblem(dealId, arbiter, arbiter);
            }
        }
        if (challengeWindow < least) revert E.ChallengeWindowProblem(dealId, challengeWindow, least);
        if (challengeWindow > most) revert E.ChallengeWindowProblem(dealId, challengeWindow, most);
        if (rulingWindow < least) revert E.RulingWindowProblem(dealId, rulingWindow, least);
        if (rulingWindow > most) revert E.RulingWindowProblem(dealId, rulingWindow, most);
        uint256 mostSelfReport = arbiter != address(0) && terms.basis() == uint256(Basis.Cumulative) ? 1 : 0;
        if (selfReport > mostSelfReport) revert E.SelfReportProblem(dealId, selfReport, mostSelfReport);
    }

    function _requireMoney(bytes32 dealId, uint256[] calldata terms) private pure {
        uint256 base = terms.basePerPeriod() * terms.periods();
        if (terms.budget() == 0) revert E.BudgetProblem(dealId, 0, 1);
        if (terms.budget() < base) revert E.BudgetProblem(dealId, terms.budget(), base);
        if (terms.basis() > uint256(type(Basis).max)) {
            revert E.BasisProblem(dealId, terms.basis(), uint256(type(Basis).max));
        }
        uint256 mostRetention = terms.basis() == uint256(Basis.Cumulative) ? MAX_RETENTION : 0;
        if (terms.retentionBps() > mostRetention) {
            revert E.RetentionProblem(dealId, terms.retentionBps(), mostRetention);
        }
    }

    function _requireClock(bytes32 dealId, uint256[] calldata terms) private view {
        uint256 start = terms.startsAt();
        uint256 length = terms.periodLength();
        uint256 life = length * terms.periods();
        if (start == 0) revert E.StartProblem(dealId, start, 1);
        if (start > block.timestamp + MAX_START_AHEAD) {
            revert E.StartProblem(dealId, start, block.timestamp + MAX_START_AHEAD);
        }
        if (terms.openBefore() > start + MAX_LATE_OPENING) {
            revert E.OpenBeforeProblem(dealId, terms.openBefore(), start + MAX_LATE_OPENING);
        }
        if (length < MIN_PERIOD) revert E.PeriodLengthProblem(dealId, length, MIN_PERIOD);
        if (terms.periods() == 0) revert E.PeriodsProblem(dealId, 0, 1);
        if (life > MAX_LIFE) revert E.PeriodsProblem(dealId, terms.periods(), MAX_LIFE / length);
        if (terms.openBefore() > start + life) {
            revert E.OpenBeforeProblem(dealId, terms.openBefore(), start + life);
        }
        if (terms.reportGrace() < MIN_GRACE) revert E.GraceProblem(dealId, terms.reportGrace(), MIN_GRACE);
        if (terms.reportGrace() > MAX_GRACE) revert E.GraceProblem(dealId, terms.reportGrace(), MAX_GRACE);
        if (terms.noticePeriod() < MIN_NOTICE) revert E.NoticeProblem(dealId, terms.noticePeriod(), MIN_NOTICE);
        if (terms.noticePeriod() > MAX_NOTICE) revert E.NoticeProblem(dealId, terms.noticePeriod(), MAX_NOTICE);
    }

    function _requireSteps(bytes32 dealId, uint256[] calldata terms) private pure {
        uint256 count = terms.stepCount();
        if (count == 0) revert E.StepCountProblem(dealId, 0, 1);
        if (count > MAX_STEPS) revert E.StepCountProblem(dealId, count, MAX_STEPS);
        uint256 previous;
        for (uint256 i = 0; i < count; ++i) {
            (uint256 from, uint256 flat,) = terms.step(i);
            if (i > 0 && from <= previous) revert E.StepOrderProblem(dealId, from, previous);
            if (from == 0 && flat != 0) revert E.StepFlatProblem(dealId, flat, 0);
            previous = from;
        }
    }
}
