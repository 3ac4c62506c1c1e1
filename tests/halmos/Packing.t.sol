// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ClaimSlot} from "../../contracts/libraries/ClaimSlot.sol";
import {DealSlot} from "../../contracts/libraries/DealSlot.sol";
import {TermsCodec} from "../../contracts/libraries/TermsCodec.sol";
import {Claim, Deal, Step, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm} from "./Symbols.sol";

/// For all terms, deals and claims: packing loses nothing, and no two things are packed alike.
contract PackingProofs {
    using TermsCodec for uint256[];

    // Terms

    function check_terms__words_unpacked_and_packed__are_the_same_words(uint256[7] memory fixed_, uint256 step)
        external
        view
    {
        uint256[] memory words = _words(fixed_, step);
        vm.assume(uint8(words[6] >> 224) < 2 && uint8(words[6] >> 216) < 2);
        uint256[] memory again = this.pack(this.unpack(words));
        assert(again.length == words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            assert(again[i] == words[i]);
        }
    }

    function check_terms__parties__are_the_words_bits(uint256[7] memory fixed_, uint256 step) external view {
        Terms memory plain = _plain(fixed_, step);
        assert(plain.client == address(uint160(fixed_[0])));
        assert(plain.agency == address(uint160(fixed_[1])));
        assert(plain.token == address(uint160(fixed_[2])));
        assert(plain.arbiter == address(uint160(fixed_[3])));
        assert(plain.committee == bytes12(bytes32(fixed_[0])));
        assert(plain.agreement == bytes32(fixed_[4]));
    }

    function check_terms__money__is_the_words_bits(uint256[7] memory fixed_, uint256 step) external view {
        Terms memory plain = _plain(fixed_, step);
        assert(plain.budget == fixed_[1] >> 160);
        assert(plain.cap == fixed_[2] >> 160);
        assert(plain.basePerPeriod == fixed_[3] >> 160);
        assert(plain.steps[0].from == step >> 192);
        assert(plain.steps[0].flat == (step << 64) >> 160);
        assert(plain.steps[0].rate == (step << 160) >> 160);
    }

    function check_terms__clock__is_the_words_bits(uint256[7] memory fixed_, uint256 step) external view {
        Terms memory plain = _plain(fixed_, step);
        uint256 clock = uint256(plain.openBefore) << 216 | uint256(plain.startsAt) << 176;
        clock |= uint256(plain.periodLength) << 144 | uint256(plain.periods) << 128;
        clock |= uint256(plain.reportGrace) << 96 | uint256(plain.challengeWindow) << 64;
        clock |= uint256(plain.rulingWindow) << 32 | plain.noticePeriod;
        assert(clock == fixed_[5]);
    }

    function check_terms__the_rest__is_the_words_bits(uint256[7] memory fixed_, uint256 step) external view {
        Terms memory plain = _plain(fixed_, step);
        uint256 rest = uint256(plain.quorum) << 248 | uint256(plain.retentionBps) << 232;
        rest |= uint256(plain.basis) << 224 | (plain.selfReport ? uint256(1) << 216 : 0) | plain.salt;
        assert(rest == fixed_[6]);
    }

    function check_terms__hash__is_the_plain_typed_hash(uint256[7] memory fixed_, uint256 step) external view {
        Terms memory plain = _plain(fixed_, step);
        bytes32 steps = keccak256(abi.encode(keccak256(_stepOf(plain.steps[0]))));
        bytes memory first = abi.encode(
            TermsCodec.TERMS_TYPEHASH, plain.client, plain.agency, plain.token, plain.budget, plain.openBefore
        );
        bytes memory second =
            abi.encode(plain.committee, plain.quorum, plain.arbiter, plain.agreement, uint256(plain.basis));
        bytes memory third = abi.encode(
            plain.startsAt, plain.periodLength, plain.periods, plain.reportGrace, plain.challengeWindow
        );
        bytes memory fourth = abi.encode(plain.rulingWindow, plain.selfReport, plain.noticePeriod, plain.retentionBps);
        bytes memory fifth = abi.encode(plain.basePerPeriod, plain.cap, steps, plain.salt);
        assert(this.hash(_words(fixed_, step)) == keccak256(bytes.concat(first, second, third, fourth, fifth)));
    }

    function check_terms__other_words__have_another_hash(
        uint256[7] memory fixed_,
        uint256 step,
        uint256 index,
        uint256 other
    ) external view {
        vm.assume(index < 8);
        uint256[] memory words = _words(fixed_, step);
        uint256[] memory changed = _words(fixed_, step);
        for (uint256 i = 0; i < 8; ++i) {
            if (i == index) changed[i] = other;
        }
        vm.assume(this.word(words, index) != other);
        assert(this.hash(words) != this.hash(changed));
    }

    function check_terms__one_step_more__has_another_hash(uint256[7] memory fixed_, uint256 step, uint256 more)
        external
        view
    {
        uint256[] memory longer = new uint256[](9);
        for (uint256 i = 0; i < 8; ++i) {
            longer[i] = i < 7 ? fixed_[i] : step;
        }
        longer[8] = more;
        assert(this.hash(_words(fixed_, step)) != this.hash(longer));
    }

    // Deals

    function check_slot__any_deal__comes_back(Deal memory deal, uint40 startsAt, uint40 plannedEnd) external pure {
        _requirePossible(deal, startsAt, plannedEnd);
        Deal memory back = DealSlot.unpack(DealSlot.pack(deal, startsAt, plannedEnd), startsAt, plannedEnd);
        assert(back.funded == deal.funded);
        assert(back.performance == deal.performance);
        assert(back.lastAsOf == deal.lastAsOf);
        assert(back.endsAt == deal.endsAt);
        assert(back.closed == deal.closed);
    }

    function check_slot__a_deal_with_money__is_never_empty(Deal memory deal, uint40 startsAt, uint40 plannedEnd)
        external
        pure
    {
        _requirePossible(deal, startsAt, plannedEnd);
        vm.assume(deal.funded > 0);
        assert(DealSlot.pack(deal, startsAt, plannedEnd) != 0);
    }

    function check_slot__empty__is_a_deal_without_money(uint40 startsAt, uint40 plannedEnd) external pure {
        Deal memory deal = DealSlot.unpack(0, startsAt, plannedEnd);
        assert(deal.funded == 0 && deal.performance == 0 && !deal.closed);
        assert(deal.lastAsOf == startsAt && deal.endsAt == plannedEnd);
    }

    function check_slot__two_deals__are_not_packed_alike(
        Deal memory one,
        Deal memory other,
        uint40 startsAt,
        uint40 plannedEnd
    ) external pure {
        _requirePossible(one, startsAt, plannedEnd);
        _requirePossible(other, startsAt, plannedEnd);
        bool isSame = one.funded == other.funded && one.performance == other.performance && one.closed == other.closed
            && one.lastAsOf == other.lastAsOf && one.endsAt == other.endsAt;
        vm.assume(!isSame);
        assert(DealSlot.pack(one, startsAt, plannedEnd) != DealSlot.pack(other, startsAt, plannedEnd));
    }

    // Claims

    function check_claim__any_that_fits__comes_back(Claim memory claim, uint40 startsAt, int128 adjust) external pure {
        _requirePossible(claim, startsAt);
        Claim memory back = ClaimSlot.unpack(ClaimSlot.pack(claim, startsAt), startsAt, adjust);
        assert(back.asOf == claim.asOf && back.windowEndsAt == claim.windowEndsAt);
        assert(back.reported == claim.reported);
        int256 sum = int256(uint256(claim.reported)) + (claim.isSelfReport ? int256(0) : adjust);
        int256 most = int256(uint256(type(uint64).max));
        assert(int256(uint256(back.value)) == (sum < 0 ? int256(0) : sum > most ? most : sum));
        assert(back.clientValue == claim.clientValue && back.agencyValue == claim.agencyValue);
        assert(back.byClient == claim.byClient && back.byAgency == claim.byAgency);
        assert(back.isSelfReport == claim.isSelfReport && back.agreedPaid == claim.agreedPaid);
    }

    function check_claim__one_that_waits__is_never_empty(Claim memory claim, uint40 startsAt) external pure {
        _requirePossible(claim, startsAt);
        assert(ClaimSlot.pack(claim, startsAt) != 0);
    }

    // The library from outside

    function pack(Terms calldata plain) external pure returns (uint256[] memory) {
        return TermsCodec.pack(plain);
    }

    function unpack(uint256[] calldata words) external pure returns (Terms memory) {
        return words.unpack();
    }

    function hash(uint256[] calldata words) external pure returns (bytes32) {
        return words.hash();
    }

    function word(uint256[] calldata words, uint256 index) external pure returns (uint256) {
        return words[index];
    }

    function _plain(uint256[7] memory fixed_, uint256 step) private view returns (Terms memory) {
        vm.assume(uint8(fixed_[6] >> 224) < 2 && uint8(fixed_[6] >> 216) < 2);
        return this.unpack(_words(fixed_, step));
    }

    function _stepOf(Step memory step) private pure returns (bytes memory) {
        return abi.encode(TermsCodec.STEP_TYPEHASH, step.from, step.flat, step.rate);
    }

    function _words(uint256[7] memory fixed_, uint256 step) private pure returns (uint256[] memory words) {
        words = new uint256[](8);
        for (uint256 i = 0; i < 7; ++i) {
            words[i] = fixed_[i];
        }
        words[7] = step;
    }

    /// What opening and the times of a deal make sure of.
    function _requirePossible(Deal memory deal, uint256 startsAt, uint256 plannedEnd) private pure {
        vm.assume(startsAt < plannedEnd && plannedEnd - startsAt < 1 << 30);
        vm.assume(startsAt < deal.endsAt && deal.endsAt <= plannedEnd);
        vm.assume(startsAt <= deal.lastAsOf && deal.lastAsOf <= deal.endsAt);
    }

    function _requirePossible(Claim memory claim, uint256 startsAt) private pure {
        vm.assume(startsAt < claim.asOf && claim.asOf - startsAt < 1 << 28);
        vm.assume(claim.asOf <= claim.windowEndsAt);
        vm.assume(ClaimSlot.fits(claim, startsAt));
    }
}
