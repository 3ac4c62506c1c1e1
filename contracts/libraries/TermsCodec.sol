// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Scratch} from "./Scratch.sol";
import {Basis, Step, Terms} from "../types/EscrowTypes.sol";

/// The packed form of Terms, and the EIP-712 hash of the plain form computed from it.
///
/// word 0   committee (96)      client (160)
/// word 1   budget (96)         agency (160)
/// word 2   cap (96)            token (160)
/// word 3   basePerPeriod (96)  arbiter (160)
/// word 4   agreement (256)
/// word 5   openBefore (40) startsAt (40) periodLength (32) periods (16)
///          reportGrace (32) challengeWindow (32) rulingWindow (32) noticePeriod (32)
/// word 6   quorum (8) retentionBps (16) basis (8) selfReport (8) salt (216)
/// word 7…  one step each: from (64) flat (96) rate (96)
///
/// Fields stand from the highest bit down and fill every word, so each packed form has exactly one plain form.
library TermsCodec {
    uint256 internal constant FIXED_WORDS = 7;

    bytes32 internal constant STEP_TYPEHASH = keccak256("Step(uint64 from,uint96 flat,uint96 rate)");
    bytes32 internal constant TERMS_TYPEHASH = keccak256(
        "Terms(address client,address agency,address token,uint96 budget,uint40 openBefore,bytes12 committee,"
        "uint8 quorum,address arbiter,bytes32 agreement,uint8 basis,uint40 startsAt,uint32 periodLength,"
        "uint16 periods,uint32 reportGrace,uint32 challengeWindow,uint32 rulingWindow,bool selfReport,"
        "uint32 noticePeriod,uint16 retentionBps,uint96 basePerPeriod,uint96 cap,Step[] steps,uint216 salt)"
        "Step(uint64 from,uint96 flat,uint96 rate)"
    );

    function client(uint256[] calldata terms) internal pure returns (address) {
        return address(uint160(_word(terms, 0)));
    }

    function committee(uint256[] calldata terms) internal pure returns (bytes12) {
        return bytes12(bytes32(_word(terms, 0)));
    }

    function agency(uint256[] calldata terms) internal pure returns (address) {
        return address(uint160(_word(terms, 1)));
    }

    function budget(uint256[] calldata terms) internal pure returns (uint256) {
        return _word(terms, 1) >> 160;
    }

    function token(uint256[] calldata terms) internal pure returns (address) {
        return address(uint160(_word(terms, 2)));
    }

    function cap(uint256[] calldata terms) internal pure returns (uint256) {
        return _word(terms, 2) >> 160;
    }

    function arbiter(uint256[] calldata terms) internal pure returns (address) {
        return address(uint160(_word(terms, 3)));
    }

    function basePerPeriod(uint256[] calldata terms) internal pure returns (uint256) {
        return _word(terms, 3) >> 160;
    }

    function agreement(uint256[] calldata terms) internal pure returns (bytes32) {
        return bytes32(_word(terms, 4));
    }

    function openBefore(uint256[] calldata terms) internal pure returns (uint256) {
        return _word(terms, 5) >> 216;
    }

    function startsAt(uint256[] calldata terms) internal pure returns (uint256) {
        return uint40(_word(terms, 5) >> 176);
    }

    function periodLength(uint256[] calldata terms) internal pure returns (uint256) {
        return uint32(_word(terms, 5) >> 144);
    }

    function periods(uint256[] calldata terms) internal pure returns (uint256) {
        return uint16(_word(terms, 5) >> 128);
    }

    function reportGrace(uint256[] calldata terms) internal pure returns (uint256) {
        return uint32(_word(terms, 5) >> 96);
    }

    function challengeWindow(uint256[] calldata terms) internal pure returns (uint256) {
        return uint32(_word(terms, 5) >> 64);
    }

    function rulingWindow(uint256[] calldata terms) internal pure returns (uint256) {
        return uint32(_word(terms, 5) >> 32);
    }

    function noticePeriod(uint256[] calldata terms) internal pure returns (uint256) {
        return uint32(_word(terms, 5));
    }

    function quorum(uint256[] calldata terms) internal pure returns (uint256) {
        return _word(terms, 6) >> 248;
    }

    function retentionBps(uint256[] calldata terms) internal pure returns (uint256) {
        return uint16(_word(terms, 6) >> 232);
    }

    /// The number of the basis, whether it names one or not.
    function basis(uint256[] calldata terms) internal pure returns (uint256) {
        return uint8(_word(terms, 6) >> 224);
    }

    /// The number of the flag, whether it is 0 or 1 or not.
    function selfReport(uint256[] calldata terms) internal pure returns (uint256) {
        return uint8(_word(terms, 6) >> 216);
    }

    function salt(uint256[] calldata terms) internal pure returns (uint216) {
        return uint216(_word(terms, 6));
    }

    function stepCount(uint256[] calldata terms) internal pure returns (uint256) {
        return terms.length - FIXED_WORDS;
    }

    function step(uint256[] calldata terms, uint256 index)
        internal
        pure
        returns (uint256 from, uint256 flat, uint256 rate)
    {
        uint256 word = _word(terms, FIXED_WORDS + index);
        return (word >> 192, uint96(word >> 96), uint96(word));
    }

    /// EIP-712 struct hash of the plain form. `terms` must hold at least FIXED_WORDS words.
    function hash(uint256[] calldata terms) internal pure returns (bytes32 structHash) {
        uint256 stepsHash = uint256(_hashSteps(terms));
        uint256 fields = Scratch.mark();
        Scratch.put(fields, 0, uint256(TERMS_TYPEHASH));
        Scratch.put(fields, 1, uint160(client(terms)));
        Scratch.put(fields, 2, uint160(agency(terms)));
        Scratch.put(fields, 3, uint160(token(terms)));
        Scratch.put(fields, 4, budget(terms));
        Scratch.put(fields, 5, openBefore(terms));
        Scratch.put(fields, 6, uint256(bytes32(committee(terms))));
        Scratch.put(fields, 7, quorum(terms));
        Scratch.put(fields, 8, uint160(arbiter(terms)));
        Scratch.put(fields, 9, uint256(agreement(terms)));
        Scratch.put(fields, 10, basis(terms));
        Scratch.put(fields, 11, startsAt(terms));
        Scratch.put(fields, 12, periodLength(terms));
        Scratch.put(fields, 13, periods(terms));
        Scratch.put(fields, 14, reportGrace(terms));
        Scratch.put(fields, 15, challengeWindow(terms));
        Scratch.put(fields, 16, rulingWindow(terms));
        Scratch.put(fields, 17, selfReport(terms));
        Scratch.put(fields, 18, noticePeriod(terms));
        Scratch.put(fields, 19, retentionBps(terms));
        Scratch.put(fields, 20, basePerPeriod(terms));
        Scratch.put(fields, 21, cap(terms));
        Scratch.put(fields, 22, stepsHash);
        Scratch.put(fields, 23, salt(terms));
        structHash = Scratch.hash(fields, 24);
    }

    /// A word of the terms without a check of the index: callers know that FIXED_WORDS and each counted step are there.
    function _word(uint256[] calldata terms, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(terms.offset, shl(5, index)))
        }
    }

    function _hashSteps(uint256[] calldata terms) private pure returns (bytes32) {
        uint256 fields = Scratch.mark();
        uint256 hashes = fields + 4 * 32;
        uint256 count = stepCount(terms);
        Scratch.put(fields, 0, uint256(STEP_TYPEHASH));
        for (uint256 i = 0; i < count; ++i) {
            (uint256 from, uint256 flat, uint256 rate) = step(terms, i);
            Scratch.put(fields, 1, from);
            Scratch.put(fields, 2, flat);
            Scratch.put(fields, 3, rate);
            Scratch.put(hashes, i, uint256(Scratch.hash(fields, 4)));
        }
        return Scratch.hash(hashes, count);
    }

    /// The plain form. Reverts with a panic where basis or selfReport name nothing.
    function unpack(uint256[] calldata terms) internal pure returns (Terms memory plain) {
        plain.client = client(terms);
        plain.agency = agency(terms);
        plain.token = token(terms);
        plain.budget = uint96(budget(terms));
        plain.openBefore = uint40(openBefore(terms));
        plain.committee = committee(terms);
        plain.quorum = uint8(quorum(terms));
        plain.arbiter = arbiter(terms);
        plain.agreement = agreement(terms);
        plain.basis = Basis(basis(terms));
        plain.startsAt = uint40(startsAt(terms));
        plain.periodLength = uint32(periodLength(terms));
        plain.periods = uint16(periods(terms));
        plain.reportGrace = uint32(reportGrace(terms));
        plain.challengeWindow = uint32(challengeWindow(terms));
        plain.rulingWindow = uint32(rulingWindow(terms));
        assert(selfReport(terms) < 2);
        plain.selfReport = selfReport(terms) == 1;
        plain.noticePeriod = uint32(noticePeriod(terms));
        plain.retentionBps = uint16(retentionBps(terms));
        plain.basePerPeriod = uint96(basePerPeriod(terms));
        plain.cap = uint96(cap(terms));
        plain.steps = new Step[](stepCount(terms));
        for (uint256 i = 0; i < plain.steps.length; ++i) {
            (uint256 from, uint256 flat, uint256 rate) = step(terms, i);
            plain.steps[i] = Step(uint64(from), uint96(flat), uint96(rate));
        }
        plain.salt = salt(terms);
    }

    function pack(Terms calldata plain) internal pure returns (uint256[] memory terms) {
        terms = new uint256[](FIXED_WORDS + plain.steps.length);
        terms[0] = uint256(bytes32(plain.committee)) | uint160(plain.client);
        terms[1] = (uint256(plain.budget) << 160) | uint160(plain.agency);
        terms[2] = (uint256(plain.cap) << 160) | uint160(plain.token);
        terms[3] = (uint256(plain.basePerPeriod) << 160) | uint160(plain.arbiter);
        terms[4] = uint256(plain.agreement);
        terms[5] = (uint256(plain.openBefore) << 216) | (uint256(plain.startsAt) << 176)
            | (uint256(plain.periodLength) << 144) | (uint256(plain.periods) << 128)
            | (uint256(plain.reportGrace) << 96) | (uint256(plain.challengeWindow) << 64)
            | (uint256(plain.rulingWindow) << 32) | plain.noticePeriod;
        terms[6] = (uint256(plain.quorum) << 248) | (uint256(plain.retentionBps) << 232)
            | (uint256(plain.basis) << 224) | (uint256(plain.selfReport ? 1 : 0) << 216) | plain.salt;
        for (uint256 i = 0; i < plain.steps.length; ++i) {
            Step calldata s = plain.steps[i];
            terms[FIXED_WORDS + i] = (uint256(s.from) << 192) | (uint256(s.flat) << 96) | s.rate;
        }
    }
}
