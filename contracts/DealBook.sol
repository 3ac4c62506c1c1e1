// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {DealSlot} from "./libraries/DealSlot.sol";
import {PayoutMath} from "./libraries/PayoutMath.sol";
import {TermsCheck} from "./libraries/TermsCheck.sol";
import {TermsCodec} from "./libraries/TermsCodec.sol";
import {ClaimSlot} from "./libraries/ClaimSlot.sol";
import {Reports} from "./Reports.sol";
import {Vault} from "./Vault.sol";
import {Basis, Claim, Closing, Deal, Payout, Resolution, Status} from "./types/EscrowTypes.sol";

/// The state of deals: how it is opened, read, written and closed. Knows no signature.
abstract contract DealBook is Vault, Reports {
    using TermsCodec for uint256[];
    using PayoutMath for uint256[];

    mapping(bytes32 dealId => uint256 slot) private _deals;
    /// A report that waits; only deals with an arbiter have one.
    mapping(bytes32 dealId => uint256 slot) private _claims;
    /// Written by the first resolution that leaves something behind.
    mapping(bytes32 dealId => Resolution) internal _resolutions;

    /// Books a new deal with everything checked but the arrival of the money.
    function _open(bytes32 dealId, uint256[] calldata terms, address payer, uint256 amount) internal {
        if (_deals[dealId] != 0) revert E.StatusProblem(dealId, _status(dealId, terms));
        _requireBefore(dealId, terms.openBefore());
        TermsCheck.requireInRange(dealId, terms, _committees[terms.committee()]);
        _requireAmount(dealId, amount, terms.budget(), type(uint96).max);

        uint256 start = terms.startsAt();
        uint256 end = terms.plannedEnd();
        _deals[dealId] = DealSlot.pack(Deal(uint96(amount), 0, uint40(start), uint40(end), false), start, end);

        emit E.DealOpened(dealId, terms.client(), terms.agency(), payer, amount, terms);
    }

    /// Books the end of a deal.
    function _close(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        Closing cause,
        uint256 base,
        uint256 performance,
        uint256 refunded
    ) internal {
        deal.closed = true;
        _store(dealId, terms, deal);
        emit E.DealClosed(dealId, cause, base, performance, refunded);
    }

    /// Books the end of a deal whose final report never came.
    function _closeSilent(bytes32 dealId, uint256[] calldata terms, Deal memory deal)
        internal
        returns (uint256 base, uint256 performance, uint256 refunded)
    {
        (base, performance) = terms.silenceDue(deal);
        refunded = deal.funded - terms.paidSoFar(deal) - base - performance;
        _close(dealId, terms, deal, Closing.Silence, base, performance, refunded);
    }

    function _payOut(bytes32 dealId, uint256[] calldata terms, Payout memory payout) internal {
        _pay(dealId, terms.token(), terms.agency(), payout.base + payout.performance);
        _pay(dealId, terms.token(), terms.client(), payout.refunded);
    }

    // State

    function _requireLength(uint256[] calldata terms) internal pure {
        if (terms.length < TermsCodec.FIXED_WORDS) {
            revert E.TermsLengthProblem(0, terms.length, TermsCodec.FIXED_WORDS);
        }
    }

    function _dealId(uint256[] calldata terms) internal view returns (bytes32) {
        _requireLength(terms);
        return _hashTypedDataV4(terms.hash());
    }

    function _load(bytes32 dealId, uint256[] calldata terms) internal view returns (Deal memory) {
        return DealSlot.unpack(_deals[dealId], terms.startsAt(), terms.plannedEnd());
    }

    function _openDeal(bytes32 dealId, uint256[] calldata terms) internal view returns (Deal memory) {
        Deal memory deal = _load(dealId, terms);
        if (deal.funded == 0) revert E.StatusProblem(dealId, Status.Unknown);
        if (deal.closed) revert E.StatusProblem(dealId, Status.Closed);
        return deal;
    }

    function _store(bytes32 dealId, uint256[] calldata terms, Deal memory deal) internal {
        _deals[dealId] = DealSlot.pack(deal, terms.startsAt(), terms.plannedEnd());
    }

    /// Empty where no report waits.
    function _claim(bytes32 dealId, uint256[] calldata terms) internal view returns (Claim memory claim) {
        if (terms.arbiter() == address(0)) return claim;
        return ClaimSlot.unpack(_claims[dealId], terms.startsAt(), _resolutions[dealId].adjust);
    }

    function _storeClaim(bytes32 dealId, uint256[] calldata terms, Claim memory claim) internal {
        uint256 start = terms.startsAt();
        if (!ClaimSlot.fits(claim, start)) revert E.TimeProblem(dealId, claim.windowEndsAt, start + type(uint32).max);
        _claims[dealId] = ClaimSlot.pack(claim, start);
    }

    /// Whatever waits, waits no longer.
    function _dropClaim(bytes32 dealId, uint256[] calldata terms) internal {
        if (terms.arbiter() != address(0)) delete _claims[dealId];
    }

    function _requireNothingWaits(bytes32 dealId, uint256[] calldata terms) internal view {
        Claim memory claim = _claim(dealId, terms);
        if (claim.asOf != 0) revert E.WaitingProblem(dealId, claim.asOf, 0);
    }

    /// From when on the grace runs: the end or, where that was later, when the last waiting report could be resolved.
    function _graceStart(bytes32 dealId, uint256[] calldata terms, Deal memory deal)
        internal
        view
        returns (uint256 start)
    {
        start = deal.endsAt;
        if (terms.arbiter() != address(0)) {
            uint256 resolvedAt = _resolutions[dealId].resolvedAt;
            if (resolvedAt > start) start = resolvedAt;
        }
    }

    function _status(bytes32 dealId, uint256[] calldata terms) internal view returns (Status) {
        Deal memory deal = _load(dealId, terms);
        if (deal.funded == 0) return Status.Unknown;
        if (deal.closed) return Status.Closed;
        if (block.timestamp < terms.startsAt()) return Status.Scheduled;
        if (block.timestamp < deal.endsAt) return Status.Running;
        bool isSilent = block.timestamp >= _graceStart(dealId, terms, deal) + terms.reportGrace();
        return isSilent && _claim(dealId, terms).asOf == 0 ? Status.Silent : Status.Ended;
    }

    // Checks

    function _requireBefore(bytes32 dealId, uint256 limit) internal view {
        if (block.timestamp >= limit) revert E.TimeProblem(dealId, block.timestamp, limit);
    }

    function _requireSince(bytes32 dealId, uint256 limit) internal view {
        if (block.timestamp < limit) revert E.TimeProblem(dealId, block.timestamp, limit);
    }

    function _requireAsOf(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        uint256 asOf,
        uint256 graceStart
    ) internal view {
        _requireBefore(dealId, graceStart + terms.reportGrace());
        if (asOf > block.timestamp) revert E.AsOfProblem(dealId, asOf, block.timestamp);
        if (asOf <= deal.lastAsOf) revert E.AsOfProblem(dealId, asOf, deal.lastAsOf);
        if (asOf > deal.endsAt) revert E.AsOfProblem(dealId, asOf, deal.endsAt);
        if (terms.basis() == uint256(Basis.PerPeriod)) {
            uint256 next = deal.lastAsOf + terms.periodLength();
            if (asOf != next) revert E.AsOfProblem(dealId, asOf, next);
        } else if (block.timestamp >= deal.endsAt && asOf != deal.endsAt) {
            revert E.AsOfProblem(dealId, asOf, deal.endsAt);
        }
    }

    function _requireValue(bytes32 dealId, uint256 value) internal pure {
        if (value > type(uint64).max) revert E.ValueProblem(dealId, value, type(uint64).max);
    }

    function _requireAmount(bytes32 dealId, uint256 amount, uint256 least, uint256 most) internal pure {
        if (amount < least) revert E.FundingProblem(dealId, amount, least);
        if (amount > most) revert E.FundingProblem(dealId, amount, most);
    }

    function _requireCaller(bytes32 dealId, address caller) internal view {
        if (msg.sender != caller) revert E.CallerProblem(dealId, msg.sender, caller);
    }
}
