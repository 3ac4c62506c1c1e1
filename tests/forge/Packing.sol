// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Step, Terms} from "../../contracts/types/EscrowTypes.sol";

/// Terms in their packed form and their EIP-712 hash, written from docs/protocol.md and apart from TermsCodec: bytes are
/// put one after another by abi.encodePacked, and the hash is that of a plain abi.encode.
library Packing {
    string internal constant STEP_TYPE = "Step(uint64 from,uint96 flat,uint96 rate)";
    string internal constant TERMS_TYPE = "Terms(address client,address agency,address token,uint96 budget,"
        "uint40 openBefore,bytes12 committee,uint8 quorum,address arbiter,bytes32 agreement,uint8 basis,"
        "uint40 startsAt,uint32 periodLength,uint16 periods,uint32 reportGrace,uint32 challengeWindow,"
        "uint32 rulingWindow,bool selfReport,uint32 noticePeriod,uint16 retentionBps,uint96 basePerPeriod,uint96 cap,"
        "Step[] steps,uint216 salt)";

    function packed(Terms memory t) internal pure returns (uint256[] memory words) {
        words = new uint256[](7 + t.steps.length);
        words[0] = uint256(bytes32(abi.encodePacked(t.committee, t.client)));
        words[1] = uint256(bytes32(abi.encodePacked(t.budget, t.agency)));
        words[2] = uint256(bytes32(abi.encodePacked(t.cap, t.token)));
        words[3] = uint256(bytes32(abi.encodePacked(t.basePerPeriod, t.arbiter)));
        words[4] = uint256(t.agreement);
        bytes memory times = abi.encodePacked(t.openBefore, t.startsAt, t.periodLength, t.periods);
        bytes memory lengths = abi.encodePacked(t.reportGrace, t.challengeWindow, t.rulingWindow, t.noticePeriod);
        words[5] = uint256(bytes32(bytes.concat(times, lengths)));
        words[6] = uint256(
            bytes32(abi.encodePacked(t.quorum, t.retentionBps, uint8(t.basis), t.selfReport, bytes27(t.salt)))
        );
        for (uint256 i = 0; i < t.steps.length; ++i) {
            words[7 + i] = uint256(bytes32(abi.encodePacked(t.steps[i].from, t.steps[i].flat, t.steps[i].rate)));
        }
    }

    function structHash(Terms memory t) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(abi.encodePacked(TERMS_TYPE, STEP_TYPE));
        bytes memory parties = abi.encode(typeHash, t.client, t.agency, t.token, t.budget, t.openBefore);
        bytes memory oracles = abi.encode(t.committee, t.quorum, t.arbiter, t.agreement, uint8(t.basis));
        bytes memory clock = abi.encode(t.startsAt, t.periodLength, t.periods, t.reportGrace, t.challengeWindow);
        bytes memory rest = abi.encode(t.rulingWindow, t.selfReport, t.noticePeriod, t.retentionBps);
        bytes memory money = abi.encode(t.basePerPeriod, t.cap, _hashOf(t.steps), t.salt);
        return keccak256(bytes.concat(parties, oracles, clock, rest, money));
    }

    function domain(address escrow) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("PerformanceEscrow"),
                keccak256("1"),
                block.chainid,
                escrow
            )
        );
    }

    function typed(address escrow, bytes32 hash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain(escrow), hash));
    }

    function _hashOf(Step[] memory steps) private pure returns (bytes32) {
        bytes memory all;
        for (uint256 i = 0; i < steps.length; ++i) {
            Step memory step = steps[i];
            all = bytes.concat(all, keccak256(abi.encode(keccak256(bytes(STEP_TYPE)), step.from, step.flat, step.rate)));
        }
        return keccak256(all);
    }
}
