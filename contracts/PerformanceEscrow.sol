// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Committees} from "./Committees.sol";
import {IPerformanceEscrow} from "./interfaces/IPerformanceEscrow.sol";
import {DealSlot} from "./libraries/DealSlot.sol";
import {Payment} from "./libraries/Payment.sol";
import {PayoutMath} from "./libraries/PayoutMath.sol";
import {TermsCheck} from "./libraries/TermsCheck.sol";
import {TermsCodec} from "./libraries/TermsCodec.sol";
import {Basis, Closing, Deal, Member, Report, Signature, Status, Terms} from "./types/EscrowTypes.sol";

/// Every entry function has the same order: id, checks, state, event, interaction. Money leaves last, so that a
/// receiver or a token that calls back finds the books already written.
contract PerformanceEscrow is IPerformanceEscrow, Committees, EIP712 {
    using TermsCodec for uint256[];
    using PayoutMath for uint256[];

    bytes32 private constant REPORT_TYPEHASH =
        keccak256("Report(bytes32 dealId,uint256 asOf,uint256 value,bytes32 evidence)");

    mapping(bytes32 dealId => uint256 slot) private _deals;
    mapping(address token => mapping(address account => uint256 amount)) private _credits;

    constructor() EIP712("PerformanceEscrow", "1") {}

    // Money in

    /// @inheritdoc IPerformanceEscrow
    function open(uint256[] calldata terms, uint256 amount) external payable {
        _open(terms, amount);
    }

    /// @inheritdoc IPerformanceEscrow
    function openWithPermit(
        uint256[] calldata terms,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _requireLength(terms);
        address token = terms.token();
        if (token.code.length != 0) {
            try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        }
        _open(terms, amount);
    }

    /// @inheritdoc IPerformanceEscrow
    function topUp(uint256[] calldata terms, uint256 amount) external payable {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        if (block.timestamp >= deal.endsAt) revert TimeProblem(dealId, block.timestamp, deal.endsAt);
        _requireAmount(dealId, amount, 1, type(uint96).max - deal.funded);

        uint256 performance = terms.applyTopUp(deal, amount);
        _store(dealId, terms, deal);

        emit DealToppedUp(dealId, msg.sender, amount, performance);

        _take(dealId, terms.token(), amount);
        _pay(dealId, terms.token(), terms.agency(), performance);
    }

    function _open(uint256[] calldata terms, uint256 amount) private {
        bytes32 dealId = _dealId(terms);
        if (_deals[dealId] != 0) revert StatusProblem(dealId, _status(dealId, terms));
        if (block.timestamp >= terms.openBefore()) revert TimeProblem(dealId, block.timestamp, terms.openBefore());
        TermsCheck.requireInRange(dealId, terms, _committees[terms.committee()]);
        _requireAmount(dealId, amount, terms.budget(), type(uint96).max);

        uint256 start = terms.startsAt();
        uint256 end = terms.plannedEnd();
        _deals[dealId] = DealSlot.pack(Deal(uint96(amount), 0, uint40(start), uint40(end), false), start, end);

        emit DealOpened(dealId, terms.client(), terms.agency(), msg.sender, amount, terms);

        _take(dealId, terms.token(), amount);
    }

    // Performance

    /// @inheritdoc IPerformanceEscrow
    function settle(
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        Signature[] calldata signatures
    ) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        _requireAsOf(dealId, terms, deal, asOf);
        if (value > type(uint64).max) revert ValueProblem(dealId, value, type(uint64).max);
        uint256 signers = _requireQuorum(dealId, terms, Report(dealId, asOf, value, evidence), signatures);

        bool isFinal = asOf == deal.endsAt;
        uint256 left = deal.funded - terms.paidSoFar(deal);
        (uint256 base, uint256 performance) = terms.applyReport(deal, asOf, value);
        uint256 refunded = isFinal ? left - base - performance : 0;
        deal.closed = isFinal;
        _store(dealId, terms, deal);

        emit ReportSettled(dealId, asOf, value, evidence, signers, base, performance);
        if (isFinal) emit DealClosed(dealId, Closing.FinalReport, 0, 0, refunded);

        _pay(dealId, terms.token(), terms.agency(), base + performance);
        _pay(dealId, terms.token(), terms.client(), refunded);
    }

    // Money out without performance

    /// @inheritdoc IPerformanceEscrow
    function decline(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        if (msg.sender != terms.agency()) revert CallerProblem(dealId, msg.sender, terms.agency());
        if (deal.lastAsOf != terms.startsAt()) revert AsOfProblem(dealId, deal.lastAsOf, terms.startsAt());

        deal.closed = true;
        _store(dealId, terms, deal);

        emit DealClosed(dealId, Closing.Declined, 0, 0, deal.funded);

        _pay(dealId, terms.token(), terms.client(), deal.funded);
    }

    /// @inheritdoc IPerformanceEscrow
    function refund(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        uint256 silentAt = deal.endsAt + terms.reportGrace();
        if (block.timestamp < silentAt) revert TimeProblem(dealId, block.timestamp, silentAt);

        (uint256 base, uint256 performance) = terms.silenceDue(deal);
        uint256 refunded = deal.funded - terms.paidSoFar(deal) - base - performance;
        deal.closed = true;
        _store(dealId, terms, deal);

        emit DealClosed(dealId, Closing.Silence, base, performance, refunded);

        _pay(dealId, terms.token(), terms.agency(), base + performance);
        _pay(dealId, terms.token(), terms.client(), refunded);
    }

    /// @inheritdoc IPerformanceEscrow
    function withdraw(address token, address to) external {
        uint256 amount = _credits[token][msg.sender];
        if (amount == 0 || to == address(0) || to == address(this)) revert CreditProblem(msg.sender, token, amount);

        _credits[token][msg.sender] = 0;

        emit Withdrawn(msg.sender, token, to, amount);

        if (!Payment.trySend(token, to, amount, gasleft())) revert CreditProblem(msg.sender, token, amount);
    }

    // Views

    /// @inheritdoc IPerformanceEscrow
    function checkTerms(uint256[] calldata terms) external view {
        TermsCheck.requireInRange(_dealId(terms), terms, _committees[terms.committee()]);
    }

    /// @inheritdoc IPerformanceEscrow
    function dealIdOf(uint256[] calldata terms) external view returns (bytes32) {
        return _dealId(terms);
    }

    /// @inheritdoc IPerformanceEscrow
    function termsOf(uint256[] calldata terms) external pure returns (Terms memory) {
        _requireLength(terms);
        return terms.unpack();
    }

    /// @inheritdoc IPerformanceEscrow
    function packedOf(Terms calldata terms) external pure returns (uint256[] memory) {
        return TermsCodec.pack(terms);
    }

    /// @inheritdoc IPerformanceEscrow
    function reportDigestOf(Report calldata report) external view returns (bytes32) {
        return _digest(report);
    }

    /// @inheritdoc IPerformanceEscrow
    function dealOf(uint256[] calldata terms) external view returns (Deal memory) {
        return _load(_dealId(terms), terms);
    }

    /// @inheritdoc IPerformanceEscrow
    function statusOf(uint256[] calldata terms) external view returns (Status) {
        return _status(_dealId(terms), terms);
    }

    /// @inheritdoc IPerformanceEscrow
    function dueFor(uint256[] calldata terms, uint256 value, uint256 asOf)
        external
        view
        returns (uint256 base, uint256 performance, uint256 refunded)
    {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _load(dealId, terms);
        if (deal.funded == 0 || deal.closed) return (0, 0, 0);
        if (value > type(uint64).max) revert ValueProblem(dealId, value, type(uint64).max);
        if (asOf < deal.lastAsOf) revert AsOfProblem(dealId, asOf, deal.lastAsOf);
        if (asOf > deal.endsAt) revert AsOfProblem(dealId, asOf, deal.endsAt);
        uint256 left = deal.funded - terms.paidSoFar(deal);
        (base, performance) = terms.applyReport(deal, asOf, value);
        if (asOf == deal.endsAt) refunded = left - base - performance;
    }

    /// @inheritdoc IPerformanceEscrow
    function creditOf(address token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    // Checks

    function _requireLength(uint256[] calldata terms) private pure {
        if (terms.length < TermsCodec.FIXED_WORDS) {
            revert TermsLengthProblem(0, terms.length, TermsCodec.FIXED_WORDS);
        }
    }

    function _requireAmount(bytes32 dealId, uint256 amount, uint256 least, uint256 most) private pure {
        if (amount < least) revert FundingProblem(dealId, amount, least);
        if (amount > most) revert FundingProblem(dealId, amount, most);
    }

    function _requireAsOf(bytes32 dealId, uint256[] calldata terms, Deal memory deal, uint256 asOf) private view {
        uint256 silentAt = deal.endsAt + terms.reportGrace();
        if (block.timestamp >= silentAt) revert TimeProblem(dealId, block.timestamp, silentAt);
        if (asOf > block.timestamp) revert AsOfProblem(dealId, asOf, block.timestamp);
        if (asOf <= deal.lastAsOf) revert AsOfProblem(dealId, asOf, deal.lastAsOf);
        if (asOf > deal.endsAt) revert AsOfProblem(dealId, asOf, deal.endsAt);
        if (terms.basis() == uint256(Basis.PerPeriod)) {
            uint256 next = deal.lastAsOf + terms.periodLength();
            if (asOf != next) revert AsOfProblem(dealId, asOf, next);
        } else if (block.timestamp >= deal.endsAt && asOf != deal.endsAt) {
            revert AsOfProblem(dealId, asOf, deal.endsAt);
        }
    }

    /// Checks the signatures and returns the signers' bitmap.
    function _requireQuorum(
        bytes32 dealId,
        uint256[] calldata terms,
        Report memory report,
        Signature[] calldata signatures
    ) private view returns (uint256 signers) {
        if (signatures.length < terms.quorum()) revert QuorumProblem(dealId, signatures.length, terms.quorum());
        bytes12 committee = terms.committee();
        bytes32 digest = _digest(report);
        address previous;
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer,,) = ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            if (signer == address(0)) revert SignatureProblem(dealId, i);
            if (signer <= previous) revert SignerOrderProblem(dealId, signer, previous);
            Member memory member = _members[committee][signer];
            if (!member.isMember || member.activeAt >= report.asOf) revert SignerProblem(dealId, signer, committee);
            signers |= 1 << member.index;
            previous = signer;
        }
    }

    // State

    function _dealId(uint256[] calldata terms) private view returns (bytes32) {
        _requireLength(terms);
        return _hashTypedDataV4(terms.hash());
    }

    function _digest(Report memory report) private view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(REPORT_TYPEHASH, report.dealId, report.asOf, report.value, report.evidence))
        );
    }

    function _load(bytes32 dealId, uint256[] calldata terms) private view returns (Deal memory) {
        return DealSlot.unpack(_deals[dealId], terms.startsAt(), terms.plannedEnd());
    }

    function _openDeal(bytes32 dealId, uint256[] calldata terms) private view returns (Deal memory deal) {
        deal = _load(dealId, terms);
        if (deal.funded == 0) revert StatusProblem(dealId, Status.Unknown);
        if (deal.closed) revert StatusProblem(dealId, Status.Closed);
    }

    function _store(bytes32 dealId, uint256[] calldata terms, Deal memory deal) private {
        _deals[dealId] = DealSlot.pack(deal, terms.startsAt(), terms.plannedEnd());
    }

    function _status(bytes32 dealId, uint256[] calldata terms) private view returns (Status) {
        Deal memory deal = _load(dealId, terms);
        if (deal.funded == 0) return Status.Unknown;
        if (deal.closed) return Status.Closed;
        if (block.timestamp < terms.startsAt()) return Status.Scheduled;
        if (block.timestamp < deal.endsAt) return Status.Running;
        if (block.timestamp < deal.endsAt + terms.reportGrace()) return Status.Ended;
        return Status.Silent;
    }

    // Interactions

    function _take(bytes32 dealId, address token, uint256 amount) private {
        if (token == address(0)) {
            if (msg.value != amount) revert FundingProblem(dealId, msg.value, amount);
            return;
        }
        if (msg.value != 0) revert FundingProblem(dealId, msg.value, 0);
        uint256 before = IERC20(token).balanceOf(address(this));
        SafeERC20.safeTransferFrom(IERC20(token), msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert ReceivedProblem(dealId, received, amount);
    }

    /// Pushes a payment; one that can't be delivered becomes a credit. A caller who brings too little gas for a fair
    /// try gets a revert, not somebody else's credit.
    function _pay(bytes32 dealId, address token, address to, uint256 amount) private {
        if (amount == 0) return;
        if (gasleft() < Payment.PUSH_GAS_FLOOR) revert GasProblem(dealId, gasleft(), Payment.PUSH_GAS_FLOOR);
        if (Payment.trySend(token, to, amount, Payment.PUSH_GAS)) return;
        _credits[token][to] += amount;
        emit Credited(dealId, to, token, amount);
    }
}
