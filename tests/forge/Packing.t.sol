// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {DealSlot} from "../../contracts/libraries/DealSlot.sol";
import {Deal, Report, Step, Terms} from "../../contracts/types/EscrowTypes.sol";
import {vm, within} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {Stage} from "./Stage.sol";

/// Terms with a number for the basis, since a fuzzer draws numbers that name none.
struct Drawn {
    address client;
    address agency;
    address token;
    uint96 budget;
    uint40 openBefore;
    bytes12 committee;
    uint8 quorum;
    address arbiter;
    bytes32 agreement;
    uint8 basis;
    uint40 startsAt;
    uint32 periodLength;
    uint16 periods;
    uint32 reportGrace;
    uint32 challengeWindow;
    uint32 rulingWindow;
    bool selfReport;
    uint32 noticePeriod;
    uint16 retentionBps;
    uint96 basePerPeriod;
    uint96 cap;
    Step[] steps;
    uint216 salt;
}

/// The packed form of terms, the id, the report's digest and the deal's slot: nothing is lost, nothing means two things.
contract PackingTest {
    IPerformanceEscrow private _escrow = Stage.escrow();

    function testFuzz_packedOf__any_terms__is_as_written_plainly(Drawn memory drawn) external view {
        Terms memory terms = _terms(drawn);
        vm.assertEq(_escrow.packedOf(terms), Packing.packed(terms), "packed");
    }

    function testFuzz_termsOf__any_terms__are_the_terms_that_were_packed(Drawn memory drawn) external view {
        Terms memory terms = _terms(drawn);
        Terms memory back = _escrow.termsOf(Packing.packed(terms));
        vm.assertEq(keccak256(abi.encode(back)), keccak256(abi.encode(terms)), "unpacked");
    }

    function testFuzz_packedOf__any_words__are_the_words_that_were_unpacked(uint256[7] memory fixed_, uint256[] memory steps)
        external
        view
    {
        uint256[] memory words = _words(fixed_, steps);
        // basis and selfReport are 0 or 1
        words[6] &= ~(uint256(0xfefe) << 216);
        vm.assertEq(_escrow.packedOf(_escrow.termsOf(words)), words, "packed again");
    }

    function testFuzz_dealIdOf__any_terms__is_the_plain_typed_hash(Drawn memory drawn) external view {
        Terms memory terms = _terms(drawn);
        bytes32 plain = Packing.typed(address(_escrow), Packing.structHash(terms));
        vm.assertEq(_escrow.dealIdOf(Packing.packed(terms)), plain, "id");
    }

    function testFuzz_dealIdOf__one_bit_changed__is_another(
        uint256[7] memory fixed_,
        uint256[] memory steps,
        uint256 word,
        uint8 bit
    ) external view {
        uint256[] memory words = _words(fixed_, steps);
        bytes32 id = _escrow.dealIdOf(words);
        words[word % words.length] ^= 1 << bit;
        vm.assertNotEq(_escrow.dealIdOf(words), id, "every bit counts");
    }

    function testFuzz_dealIdOf__one_step_less__is_another(uint256[7] memory fixed_, uint256[] memory steps)
        external
        view
    {
        uint256[] memory words = _words(fixed_, steps);
        bytes32 id = _escrow.dealIdOf(words);
        vm.assertNotEq(_escrow.dealIdOf(_words(fixed_, new uint256[](steps.length + 1))), id, "every step counts");
    }

    function testFuzz_dealIdOf__other_contract__is_another(Drawn memory drawn) external {
        Terms memory terms = _terms(drawn);
        uint256[] memory words = Packing.packed(terms);
        vm.assertNotEq(Stage.escrow().dealIdOf(words), _escrow.dealIdOf(words), "the contract counts");
    }

    function testFuzz_reportDigestOf__any_report__is_the_plain_typed_hash(Report memory report) external view {
        bytes32 typeHash = keccak256("Report(bytes32 dealId,uint256 asOf,uint256 value,bytes32 evidence)");
        bytes32 plain = keccak256(abi.encode(typeHash, report.dealId, report.asOf, report.value, report.evidence));
        vm.assertEq(_escrow.reportDigestOf(report), Packing.typed(address(_escrow), plain), "digest");
    }

    function testFuzz_slot__any_deal__is_as_packed(Deal memory deal, uint40 startsAt, uint256 life) external pure {
        startsAt = uint40(within(startsAt, 1, type(uint40).max - 2 * (1 << 30)));
        life = within(life, 1, (1 << 30) - 1);
        deal.lastAsOf = uint40(startsAt + within(deal.lastAsOf, 0, life));
        deal.endsAt = uint40(startsAt + within(deal.endsAt, 1, life));
        Deal memory back = DealSlot.unpack(DealSlot.pack(deal, startsAt, startsAt + life), startsAt, startsAt + life);
        vm.assertEq(keccak256(abi.encode(back)), keccak256(abi.encode(deal)), "slot");
    }

    function _terms(Drawn memory drawn) private pure returns (Terms memory) {
        drawn.basis %= 2;
        return abi.decode(abi.encode(drawn), (Terms));
    }

    function _words(uint256[7] memory fixed_, uint256[] memory steps) private pure returns (uint256[] memory words) {
        words = new uint256[](7 + steps.length);
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = i < 7 ? fixed_[i] : steps[i - 7];
        }
    }
}
