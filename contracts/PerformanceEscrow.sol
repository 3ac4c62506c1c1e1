// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {DealBook} from "./DealBook.sol";
import {RareCalls} from "./RareCalls.sol";
import {ICommittees} from "./interfaces/ICommittees.sol";
import {IPerformanceEscrow} from "./interfaces/IPerformanceEscrow.sol";
import {IRareCalls} from "./interfaces/IRareCalls.sol";
import {ItemCall} from "./libraries/ItemCall.sol";
import {Payment} from "./libraries/Payment.sol";
import {PayoutMath} from "./libraries/PayoutMath.sol";
import {Scratch} from "./libraries/Scratch.sol";
import {TermsCheck} from "./libraries/TermsCheck.sol";
import {TermsCodec} from "./libraries/TermsCodec.sol";
import {
    Authorization,
    Claim,
    Closing,
    Deal,
    Leaf,
    Report,
    Signature,
    SignedReport,
    Status,
    Terms
} from "./types/EscrowTypes.sol";

/// Every entry function has the same order: id, checks, state, event, interaction. Money leaves last, so that a
/// receiver or a token that calls back finds the books already written.
contract PerformanceEscrow is IPerformanceEscrow, IERC165, DealBook {
    using ItemCall for bytes;
    using TermsCodec for uint256[];
    using PayoutMath for uint256[];

    /// The code of what is called rarely, see `_delegate`.
    address private immutable _rareCalls = address(new RareCalls());

    constructor() EIP712("PerformanceEscrow", "1") {}

    // Money in

    /// @inheritdoc IPerformanceEscrow
    function open(uint256[] calldata terms, uint256 amount) external payable {
        bytes32 dealId = _dealId(terms);
        _open(dealId, terms, msg.sender, amount);
        _take(dealId, terms.token(), amount);
    }

    /// @inheritdoc IPerformanceEscrow
    function openWithPermit(uint256[] calldata terms, uint256 amount, uint256 deadline, bytes calldata signature)
        external
    {
        bytes32 dealId = _dealId(terms);
        _tryPermit(terms.token(), amount, deadline, signature);
        _open(dealId, terms, msg.sender, amount);
        _take(dealId, terms.token(), amount);
    }

    /// @inheritdoc IPerformanceEscrow
    function openWithAuthorization(uint256[] calldata terms, uint256 amount, Authorization calldata authorization)
        external
    {
        bytes32 dealId = _dealId(terms);
        _open(dealId, terms, terms.client(), amount);
        _takeAuthorized(dealId, terms.token(), terms.client(), amount, dealId, authorization);
    }

    /// @inheritdoc IPerformanceEscrow
    function topUp(uint256[] calldata terms, uint256 amount) external payable {
        bytes32 dealId = _dealId(terms);
        (, uint256 performance) = _topUp(dealId, terms, msg.sender, amount);
        _take(dealId, terms.token(), amount);
        _pay(dealId, terms.token(), terms.agency(), performance);
    }

    /// @inheritdoc IPerformanceEscrow
    function topUpWithAuthorization(uint256[] calldata terms, uint256 amount, Authorization calldata authorization)
        external
    {
        bytes32 dealId = _dealId(terms);
        (uint256 fundedBefore, uint256 performance) = _topUp(dealId, terms, terms.client(), amount);
        bytes32 nonce = keccak256(abi.encode(dealId, fundedBefore));
        _takeAuthorized(dealId, terms.token(), terms.client(), amount, nonce, authorization);
        _pay(dealId, terms.token(), terms.agency(), performance);
    }

    function _topUp(bytes32 dealId, uint256[] calldata terms, address payer, uint256 amount)
        private
        returns (uint256 fundedBefore, uint256 performance)
    {
        Deal memory deal = _openDeal(dealId, terms);
        fundedBefore = deal.funded;
        _requireBefore(dealId, deal.endsAt);
        _requireNothingWaits(dealId, terms);
        _requireAmount(dealId, amount, 1, type(uint96).max - fundedBefore);

        performance = terms.applyTopUp(deal, amount);
        _store(dealId, terms, deal);

        emit DealToppedUp(dealId, payer, amount, performance);
    }

    // Performance

    /// @inheritdoc IRareCalls
    function settle(
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        Signature[] calldata signatures
    ) external {
        bytes32 dealId = _dealId(terms);
        if (terms.arbiter() != address(0)) _delegate();
        address[] memory signers = _recover(dealId, _digest(dealId, asOf, value, evidence), signatures);
        _settle(dealId, terms, asOf, value, evidence, signers);
    }

    /// @inheritdoc IPerformanceEscrow
    function settleBatch(uint256 gasPerItem, bytes[] calldata calls) external {
        uint256 free = Scratch.mark();
        for (uint256 i = 0; i < calls.length; ++i) {
            if (bytes4(calls[i]) == this.settle.selector) _isolate(i, gasPerItem, calls[i]);
            else emit ItemSkipped(i, 0);
            Scratch.release(free);
        }
    }

    /// @inheritdoc IPerformanceEscrow
    function settleRooted(
        uint256 gasPerItem,
        bytes32 root,
        Signature[] calldata signatures,
        Leaf[] calldata leaves,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external {
        address[] memory signers = _recover(0, _rootDigest(root), signatures);
        bytes32[] memory dealIds = new bytes32[](leaves.length);
        bytes32[] memory hashes = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            Leaf calldata leaf = leaves[i];
            dealIds[i] = _dealId(leaf.terms);
            hashes[i] = _leafOf(_digest(dealIds[i], leaf.asOf, leaf.value, leaf.evidence));
        }
        bytes32 found = MerkleProof.processMultiProofCalldata(proof, flags, hashes);
        if (found != root) revert ProofProblem(found, root);

        bytes memory call = ItemCall.make(signers);
        uint256 free = Scratch.mark();
        for (uint256 i = 0; i < leaves.length; ++i) {
            Leaf calldata leaf = leaves[i];
            call.fill(dealIds[i], leaf.asOf, leaf.value, leaf.evidence, leaf.terms);
            _isolate(i, gasPerItem, call);
            Scratch.release(free);
        }
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
        if (terms.arbiter() != address(0)) _delegate();
        _settle(dealId, terms, asOf, value, evidence, signers);
    }

    /// Of a deal without an arbiter.
    function _settle(
        bytes32 dealId,
        uint256[] calldata terms,
        uint256 asOf,
        uint256 value,
        bytes32 evidence,
        address[] memory signers
    ) private {
        Deal memory deal = _openDeal(dealId, terms);
        _requireAsOf(dealId, terms, deal, asOf, deal.endsAt);
        _requireValue(dealId, value);
        uint256 bitmap = _requireMembers(dealId, terms.committee(), terms.quorum(), asOf, signers);

        bool isFinal = asOf == deal.endsAt;
        uint256 refunded = isFinal ? deal.funded - terms.paidSoFar(deal) : 0;
        (uint256 base, uint256 performance) = terms.applyReport(deal, asOf, value);
        uint256 due = base + performance;
        if (isFinal) refunded -= due;
        deal.closed = isFinal;
        _store(dealId, terms, deal);

        emit ReportSettled(dealId, asOf, value, evidence, bitmap, base, performance);
        if (isFinal) emit DealClosed(dealId, Closing.FinalReport, 0, 0, refunded);

        _pay(dealId, terms.token(), terms.agency(), due);
        _pay(dealId, terms.token(), terms.client(), refunded);
    }

    /// Runs a call to this contract; what it reverts with is told by an event. Too little gas is the caller's fault,
    /// and refused.
    function _isolate(uint256 item, uint256 gasLimit, bytes memory data) private {
        uint256 available = gasleft() - gasleft() / 64;
        if (available < gasLimit) revert GasProblem(0, available, gasLimit);
        (bool success, bytes memory answer) = address(this).call{gas: gasLimit}(data);
        if (!success) emit ItemSkipped(item, bytes4(answer));
    }

    // Leaving

    /// @inheritdoc IPerformanceEscrow
    function decline(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        Deal memory deal = _openDeal(dealId, terms);
        _requireCaller(dealId, terms.agency());
        if (deal.lastAsOf != terms.startsAt()) revert AsOfProblem(dealId, deal.lastAsOf, terms.startsAt());
        _requireNothingWaits(dealId, terms);

        _close(dealId, terms, deal, Closing.Declined, 0, 0, deal.funded);

        _pay(dealId, terms.token(), terms.client(), deal.funded);
    }

    /// @inheritdoc IRareCalls
    function refund(uint256[] calldata terms) external {
        bytes32 dealId = _dealId(terms);
        if (terms.arbiter() != address(0)) _delegate();
        Deal memory deal = _openDeal(dealId, terms);
        _requireSince(dealId, deal.endsAt + terms.reportGrace());

        (uint256 base, uint256 performance, uint256 refunded) = _closeSilent(dealId, terms, deal);

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

    // Rare calls, by the code of RareCalls

    /// @inheritdoc IRareCalls
    function dispute(uint256[] calldata, uint256, bytes32) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function rule(uint256[] calldata, uint256) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function finalize(uint256[] calldata) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function selfReport(uint256[] calldata, uint256, bytes32) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function giveNotice(uint256[] calldata) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function agree(uint256[] calldata, uint256, uint256, bytes calldata, bytes calldata) external {
        _delegate();
    }

    /// @inheritdoc IRareCalls
    function amend(
        uint256[] calldata,
        uint256[] calldata,
        uint256,
        uint256,
        bytes calldata,
        bytes calldata
    ) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function createCommittee(address, uint32, uint8, uint8, address[] calldata, bytes32) external returns (bytes12) {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function addMember(bytes12, address) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function removeMember(bytes12, address) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function leaveCommittee(bytes12) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function proveEquivocation(bytes12, SignedReport calldata, SignedReport calldata) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function offerAdmin(bytes12, address) external {
        _delegate();
    }

    /// @inheritdoc ICommittees
    function acceptAdmin(bytes12) external {
        _delegate();
    }

    /// Runs the call that came in with the code of RareCalls on the storage of this contract, and ends it.
    function _delegate() private {
        address code = _rareCalls;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(success) { revert(data, returndatasize()) }
            return(data, returndatasize())
        }
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
        return _digest(report.dealId, report.asOf, report.value, report.evidence);
    }

    /// @inheritdoc IPerformanceEscrow
    function rootDigestOf(bytes32 root) external view returns (bytes32) {
        return _rootDigest(root);
    }

    /// @inheritdoc IPerformanceEscrow
    function claimOf(uint256[] calldata terms) external view returns (Claim memory claim, int256 adjust) {
        bytes32 dealId = _dealId(terms);
        return (_claim(dealId, terms), _resolutions[dealId].adjust);
    }

    /// @inheritdoc IPerformanceEscrow
    function creditOf(address token, address account) external view returns (uint256) {
        return _credits[token][account];
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
        _requireValue(dealId, value);
        if (asOf < deal.lastAsOf) revert AsOfProblem(dealId, asOf, deal.lastAsOf);
        if (asOf > deal.endsAt) revert AsOfProblem(dealId, asOf, deal.endsAt);
        uint256 left = deal.funded - terms.paidSoFar(deal);
        (base, performance) = terms.applyReport(deal, asOf, value);
        if (asOf == deal.endsAt) refunded = left - base - performance;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IPerformanceEscrow).interfaceId || id == type(ICommittees).interfaceId
            || id == type(IERC5267).interfaceId || id == type(IERC165).interfaceId;
    }

    // Checks
}
