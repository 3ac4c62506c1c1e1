// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Challenges} from "./Challenges.sol";
import {CommitteeChanges} from "./CommitteeChanges.sol";
import {IPerformanceEscrow as E} from "./interfaces/IPerformanceEscrow.sol";
import {IRareCalls} from "./interfaces/IRareCalls.sol";
import {PayoutMath} from "./libraries/PayoutMath.sol";
import {TermsCodec} from "./libraries/TermsCodec.sol";
import {Basis, Claim, Closing, Deal, Outcome, Payout, Signature, Status} from "./types/EscrowTypes.sol";

/// The second half of the escrow's code, which would not fit into one contract (EIP-170): what is called rarely, and
/// all settlement of deals with an arbiter. The escrow creates it and runs it by delegatecall, on its own storage;
/// called by itself it knows no deal.
///
/// The order in every function is that of PerformanceEscrow.
contract RareCalls is IRareCalls, Challenges, CommitteeChanges {
    using TermsCodec for uint256[];
    using PayoutMath for uint256[];

    bytes32 private constant SPLIT_TYPEHASH =
        keccak256("Split(bytes32 dealId,address token,uint256 agencyTotal,uint256 deadline)");
    bytes32 private constant AMENDMENT_TYPEHASH =
        keccak256("Amendment(bytes32 dealId,bytes32 newDealId,address token,uint256 agencyTotal,uint256 deadline)");

    constructor() EIP712("PerformanceEscrow", "1") {}

    // Settlement, with an arbiter

    /// @inheritdoc IRareCalls
    function settle(
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        Signature[] calldata signatures
    ) external {
        bytes32 dealId = _dealId(terms);
        address[] memory signers = _recover(dealId, _digest(dealId, asOf, value, evidence), signatures);
        _settle(dealId, terms, asOf, value, evidence, signers);
    }

    /// @inheritdoc IRareCalls
    function settleItem(
        bytes32 dealId,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        address[] calldata signers,
        uint256[] calldata terms
    ) external {
        _requireCaller(dealId, address(this));
        _settle(dealId, terms, asOf, value, evidence, signers);
    }

    /// @inheritdoc IRareCalls
    function refund(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        Payout memory payout = _resolveOverdue(dealId, terms, deal);
        if (!deal.closed) {
            _requireSince(dealId, _graceStart(dealId, terms, deal) + terms.reportGrace());
            (uint256 base, uint256 performance, uint256 refunded) = _closeSilent(dealId, terms, deal);
            payout = Payout(payout.base + base, payout.performance + performance, refunded);
        }

        _payOut(dealId, terms, payout);
    }

    function _settle(
        bytes32 dealId,
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        address[] memory signers
    ) private {
        Deal memory deal = _openDeal(dealId, terms);
        Payout memory payout;
        if (!_replacesSelfReport(dealId, terms, deal, asOf)) {
            payout = _resolveOverdue(dealId, terms, deal);
            if (deal.closed) revert E.StatusProblem(dealId, Status.Closed);
            _requireAsOf(dealId, terms, deal, asOf, _graceStart(dealId, terms, deal));
        }
        _requireValue(dealId, value);
        uint256 bitmap = _requireMembers(dealId, terms.committee(), terms.quorum(), asOf, signers);

        _fileReport(dealId, terms, asOf, value, evidence, bitmap);

        _payOut(dealId, terms, payout);
    }

    // A report that waits

    /// @inheritdoc IRareCalls
    function dispute(uint256[] calldata terms, uint256 value, bytes32 reason) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        Claim memory claim = _requireWaiting(dealId, terms);
        _requireBefore(dealId, claim.windowEndsAt);
        uint256 base;
        uint256 performance;
        if (msg.sender == terms.client()) {
            if (claim.byClient) revert E.FiledProblem(dealId, msg.sender, claim.clientValue);
            if (value >= claim.value) revert E.ValueProblem(dealId, value, claim.value);
            claim.byClient = true;
            claim.clientValue = uint64(value);
            (base, performance) = _applyAgreed(dealId, terms, deal, claim, value);
        } else {
            _requireCaller(dealId, terms.agency());
            if (claim.byAgency || claim.isSelfReport) revert E.FiledProblem(dealId, msg.sender, claim.agencyValue);
            if (value <= claim.value) revert E.ValueProblem(dealId, value, claim.value);
            _requireValue(dealId, value);
            claim.byAgency = true;
            claim.agencyValue = uint64(value);
            _storeClaim(dealId, terms, claim);
        }

        emit E.ReportDisputed(dealId, msg.sender, value, reason, base, performance);

        _pay(dealId, terms.token(), terms.agency(), base + performance);
    }

    /// @inheritdoc IRareCalls
    function rule(uint256[] calldata terms, uint256 value) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        Claim memory claim = _requireWaiting(dealId, terms);
        _requireCaller(dealId, terms.arbiter());
        _requireSince(dealId, claim.windowEndsAt);
        _requireBefore(dealId, _resolvableAt(terms, claim));
        uint256 least = claim.byClient ? claim.clientValue : claim.value;
        uint256 most = claim.byAgency ? claim.agencyValue : claim.value;
        if (value < least) revert E.ValueProblem(dealId, value, least);
        if (value > most) revert E.ValueProblem(dealId, value, most);

        Payout memory payout = _resolve(dealId, terms, deal, claim, value, Outcome.Ruled);

        _payOut(dealId, terms, payout);
    }

    /// @inheritdoc IRareCalls
    function finalize(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        Claim memory claim = _requireWaiting(dealId, terms);
        Payout memory payout;
        if (block.timestamp >= _resolvableAt(terms, claim)) {
            payout = _resolveUnruled(dealId, terms, deal, claim);
        } else {
            // The agency alone disputes: the client was silent, so all of the quorum's number is agreed.
            _requireSince(dealId, claim.agreedPaid ? _resolvableAt(terms, claim) : claim.windowEndsAt);
            (payout.base, payout.performance) = _applyAgreed(dealId, terms, deal, claim, claim.value);
            emit E.AgreedPartPaid(dealId, claim.asOf, claim.value, payout.base, payout.performance);
        }

        _payOut(dealId, terms, payout);
    }

    /// @inheritdoc IRareCalls
    function selfReport(uint256[] calldata terms, uint256 value, bytes32 evidence) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        _requireCaller(dealId, terms.agency());
        if (terms.selfReport() == 0) revert E.SelfReportProblem(dealId, 0, 1);
        _requireNothingWaits(dealId, terms);
        uint256 graceStart = _graceStart(dealId, terms, deal);
        _requireSince(dealId, graceStart + terms.reportGrace() / 2);
        _requireBefore(dealId, graceStart + terms.reportGrace());
        _requireValue(dealId, value);

        uint256 windowEndsAt = block.timestamp + 2 * terms.challengeWindow();
        _wait(dealId, terms, deal.endsAt, value, windowEndsAt, true);

        emit E.ReportWaits(dealId, deal.endsAt, value, evidence, 0, 0, windowEndsAt);
    }

    // Leaving, and changing terms

    /// @inheritdoc IRareCalls
    function giveNotice(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        if (msg.sender != terms.client()) _requireCaller(dealId, terms.agency());
        uint256 start = terms.startsAt();
        uint256 endsAt = block.timestamp + terms.noticePeriod();
        if (endsAt > start && terms.basis() == uint256(Basis.PerPeriod)) {
            uint256 length = terms.periodLength();
            endsAt = start + ((endsAt - start + length - 1) / length) * length;
        }
        if (endsAt >= deal.endsAt) revert E.TimeProblem(dealId, endsAt, deal.endsAt);

        Payout memory payout;
        if (endsAt > start) {
            payout.performance = terms.applyNotice(deal, endsAt);
            _store(dealId, terms, deal);
            emit E.NoticeGiven(dealId, msg.sender, endsAt, payout.performance);
        } else {
            payout.refunded = deal.funded;
            emit E.NoticeGiven(dealId, msg.sender, endsAt, 0);
            _close(dealId, terms, deal, Closing.Notice, 0, 0, payout.refunded);
        }

        _payOut(dealId, terms, payout);
    }

    /// @inheritdoc IRareCalls
    function agree(
        uint256[] calldata terms,
        uint256 agencyTotal,
        uint256 deadline,
        bytes calldata clientSignature,
        bytes calldata agencySignature
    ) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        _requireBefore(dealId, deadline);
        bytes32 split = keccak256(abi.encode(SPLIT_TYPEHASH, dealId, terms.token(), agencyTotal, deadline));
        _requireParties(dealId, terms, _hashTypedDataV4(split), clientSignature, agencySignature);

        (uint256 due, uint256 refunded) = _closeAt(dealId, terms, deal, Closing.Agreed, agencyTotal);

        _payOut(dealId, terms, Payout(0, due, refunded));
    }

    /// @inheritdoc IRareCalls
    function amend(
        uint256[] calldata terms,
        uint256[] calldata newTerms,
        uint256 agencyTotal,
        uint256 deadline,
        bytes calldata clientSignature,
        bytes calldata agencySignature
    ) external {
        bytes32 dealId = _dealId(terms);
        bytes32 newDealId = _dealId(newTerms);
        Deal memory deal = _openDeal(dealId, terms);
        _requireBefore(dealId, deadline);
        _requireNothingWaits(dealId, terms);
        _requireSameParties(newDealId, terms, newTerms);
        if (newTerms.startsAt() < deal.lastAsOf) revert E.StartProblem(newDealId, newTerms.startsAt(), deal.lastAsOf);
        bytes32 amendment =
            keccak256(abi.encode(AMENDMENT_TYPEHASH, dealId, newDealId, terms.token(), agencyTotal, deadline));
        _requireParties(dealId, terms, _hashTypedDataV4(amendment), clientSignature, agencySignature);

        (uint256 due, uint256 rest) = _closeAt(dealId, terms, deal, Closing.Amended, agencyTotal);
        _open(newDealId, newTerms, address(this), rest);

        _pay(dealId, terms.token(), terms.agency(), due);
    }

    // Booking

    /// Books what both parties accept of a waiting report, which stays waiting.
    function _applyAgreed(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        Claim memory claim,
        uint256 value
    ) private returns (uint256 base, uint256 performance) {
        (base, performance) = terms.applyReport(deal, claim.asOf, value);
        claim.agreedPaid = true;
        _store(dealId, terms, deal);
        _storeClaim(dealId, terms, claim);
    }

    function _requireWaiting(bytes32 dealId, uint256[] calldata terms) private view returns (Claim memory claim) {
        claim = _claim(dealId, terms);
        if (claim.asOf == 0) revert E.WaitingProblem(dealId, 0, 1);
    }

    /// Books the end of a deal in which the agency gets this much over its whole life; gives what is due of that, and
    /// the rest, which goes back or, in an amendment, on.
    function _closeAt(
        bytes32 dealId,
        uint256[] calldata terms,
        Deal memory deal,
        Closing cause,
        uint256 agencyTotal
    ) private returns (uint256 due, uint256 rest) {
        uint256 paid = terms.paidSoFar(deal);
        _requireAmount(dealId, agencyTotal, paid, deal.funded);
        due = agencyTotal - paid;
        rest = deal.funded - agencyTotal;
        _dropClaim(dealId, terms);
        _close(dealId, terms, deal, cause, 0, due, cause == Closing.Amended ? 0 : rest);
    }

    // Checks

    function _requireSameParties(bytes32 dealId, uint256[] calldata terms, uint256[] calldata newTerms) private pure {
        if (newTerms.client() != terms.client()) revert E.ClientProblem(dealId, newTerms.client(), terms.client());
        if (newTerms.agency() != terms.agency()) revert E.AgencyProblem(dealId, newTerms.agency(), terms.agency());
        if (newTerms.token() != terms.token()) {
            revert E.TokenProblem(dealId, newTerms.token(), uint160(terms.token()));
        }
    }

    function _requireParties(
        bytes32 dealId,
        uint256[] calldata terms,
        bytes32 digest,
        bytes calldata clientSignature,
        bytes calldata agencySignature
    ) private view {
        _requireSigned(dealId, terms.client(), digest, clientSignature);
        _requireSigned(dealId, terms.agency(), digest, agencySignature);
    }

    /// By the party's key or, where it is a contract, as the contract accepts it (ERC-1271).
    function _requireSigned(bytes32 dealId, address party, bytes32 digest, bytes calldata signature) private view {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signature);
        if (problem == ECDSA.RecoverError.NoError && signer == party) return;
        (bool success, bytes memory answer) =
            party.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        if (!success || answer.length != 32 || bytes32(answer) != IERC1271.isValidSignature.selector) {
            revert E.PartySignatureProblem(dealId, party);
        }
    }
}
