// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPerformanceEscrow} from "../../contracts/interfaces/IPerformanceEscrow.sol";
import {Report, Signature, Terms} from "../../contracts/types/EscrowTypes.sol";
import {Log, vm, within} from "./Cheats.sol";
import {Packing} from "./Packing.sol";
import {Stage} from "./Stage.sol";

/// Whose signatures count: any list of signatures settles a report exactly when it is in strict order of signers, each
/// a member, and long enough. Members and strangers have keys of one sorted list; which are members is drawn.
contract QuorumTest {
    uint256 private constant PEOPLE = 8;
    uint256 private constant AS_OF = Stage.START + 1 days;

    IPerformanceEscrow private _escrow;
    uint256[] private _keys;

    /// A committee and its open deal.
    struct Case {
        uint256[] terms;
        uint256 members;
        uint256 size;
        uint8 quorum;
        Report report;
    }

    function setUp() external {
        vm.warp(Stage.START - 1);
        _escrow = Stage.escrow();
        _keys = Stage.keys(PEOPLE, "people");
    }

    function testFuzz_settle__any_signers_in_any_order__pays_when_they_are_a_quorum(
        uint256 dice,
        uint8[6] calldata picked,
        uint8 count
    ) external {
        Case memory c = _open(dice);
        uint256[] memory who = new uint256[](count % 7);
        for (uint256 i = 0; i < who.length; ++i) {
            who[i] = picked[i] % PEOPLE;
        }
        _settleAndCompare(c, who);
    }

    /// The one above seldom draws a quorum; this one always starts with one and does one thing to it.
    function testFuzz_settle__quorum_with_one_change__pays_when_it_is_still_one(uint256 dice, uint8 at, uint8 other)
        external
    {
        Case memory c = _open(dice);
        uint256[] memory who = _some(c, dice >> 100);
        uint256 change = dice % 5;
        if (change == 1) who[at % who.length] = other % PEOPLE;
        if (change == 2) (who[0], who[at % who.length]) = (who[at % who.length], who[0]);
        if (change == 3 && who.length > 1) who[who.length - 1] = who[who.length - 2];
        if (change == 4) who = _shorter(who);
        _settleAndCompare(c, who);
    }

    function testFuzz_settle__one_signature_broken__moves_nothing(uint256 dice, uint8 at, uint256 noise) external {
        Case memory c = _open(dice);
        Signature[] memory signatures = _signed(c.report, _some(c, dice >> 100));
        Signature memory broken = signatures[at % signatures.length];
        if (dice % 3 == 0) broken.r ^= bytes32(noise == 0 ? 1 : noise);
        if (dice % 3 == 1) broken.vs ^= bytes32(noise == 0 ? 1 : noise);
        if (dice % 3 == 2) (broken.r, broken.vs) = (0, 0);
        _requireRefused(c, c.report, signatures);
    }

    function testFuzz_settle__signed_for_another_report__moves_nothing(uint256 dice, uint256 noise) external {
        Case memory c = _open(dice);
        Report memory other = Report(c.report.dealId, c.report.asOf, c.report.value, c.report.evidence);
        uint256 change = noise == 0 ? 1 : noise;
        if (dice % 4 == 0) other.dealId ^= bytes32(change);
        if (dice % 4 == 1) other.asOf ^= change;
        if (dice % 4 == 2) other.value ^= change;
        if (dice % 4 == 3) other.evidence ^= bytes32(change);
        _requireRefused(c, c.report, _signed(other, _some(c, dice >> 100)));
    }

    function testFuzz_settle__signed_for_another_contract__moves_nothing(uint256 dice) external {
        Case memory c = _open(dice);
        IPerformanceEscrow first = _escrow;
        _escrow = Stage.escrow();
        Signature[] memory signatures = _signed(c.report, _some(c, dice >> 100));
        _escrow = first;
        _requireRefused(c, c.report, signatures);
    }

    function testFuzz_settle__member_not_yet_active__moves_nothing(uint256 dice, uint256 asOf) external {
        Case memory c = _open(dice);
        vm.warp(AS_OF);
        // Created after the report's time, all else being equal.
        Case memory late = _open(dice ^ (1 << 255));
        asOf = within(asOf, AS_OF - 2, AS_OF);
        late.report.asOf = asOf;
        _requireRefused(late, late.report, _signed(late.report, _some(late, dice >> 100)));
        c.report.asOf = asOf;
        vm.assertTrue(_settle(c, _signed(c.report, _some(c, dice >> 100))), "the older committee's report settles");
    }

    function _settleAndCompare(Case memory c, uint256[] memory who) private {
        bool expected = who.length >= c.quorum;
        for (uint256 i = 0; i < who.length; ++i) {
            if (c.members >> who[i] & 1 == 0) expected = false;
            for (uint256 j = 0; j < i; ++j) {
                if (vm.addr(_keys[who[j]]) >= vm.addr(_keys[who[i]])) expected = false;
            }
        }
        vm.recordLogs();
        vm.assertEq(_settle(c, _signed(c.report, who)), expected, "settled");
        Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(address(0xA6E7).balance, expected ? c.report.value : 0, "paid");
        if (!expected) {
            vm.assertEq(logs.length, 0, "a refused report says nothing");
            return;
        }
        (,,, uint256 signers,,) = abi.decode(logs[0].data, (uint256, uint256, bytes32, uint256, uint256, uint256));
        vm.assertEq(_ones(signers), who.length, "a bit for each signer");
        vm.assertLe(c.quorum, _ones(signers), "at least the quorum");
    }

    function _requireRefused(Case memory c, Report memory report, Signature[] memory signatures) private {
        c.report = report;
        vm.assertEq(_settle(c, signatures), false, "refused");
        vm.assertEq(address(0xA6E7).balance, 0, "moves nothing");
    }

    function _settle(Case memory c, Signature[] memory signatures) private returns (bool) {
        vm.warp(AS_OF);
        try _escrow.settle(c.terms, c.report.asOf, c.report.value, c.report.evidence, signatures) {
            return true;
        } catch {
            return false;
        }
    }

    /// Three to five of the people are members, and the quorum is more than half of them.
    function _open(uint256 dice) private returns (Case memory c) {
        uint256[] memory members = new uint256[](3 + (dice >> 8) % 3);
        for (uint256 i = 0; i < PEOPLE && c.size < members.length; ++i) {
            bool needed = PEOPLE - i <= members.length - c.size;
            if (needed || (dice >> (16 + i)) & 1 == 1) {
                c.members |= 1 << i;
                members[c.size++] = _keys[i];
            }
        }
        c.quorum = uint8(within(dice >> 24, c.size / 2 + 1, c.size));
        bytes12 committee = Stage.committee(_escrow, members, uint8(c.size / 2 + 1), bytes32(dice));
        Terms memory plain = Stage.terms(committee, c.quorum);
        plain.openBefore = uint40(AS_OF + 1);
        c.terms = Packing.packed(plain);
        vm.deal(address(this), 1_000);
        _escrow.open{value: 1_000}(c.terms, 1_000);
        c.report = Report(_escrow.dealIdOf(c.terms), AS_OF, 1 + (dice >> 32) % 1_000, keccak256("evidence"));
    }

    /// Enough members in their order.
    function _some(Case memory c, uint256 dice) private pure returns (uint256[] memory who) {
        who = new uint256[](within(dice, c.quorum, c.size));
        uint256 left = c.size;
        uint256 count;
        for (uint256 i = 0; i < PEOPLE && count < who.length; ++i) {
            if (c.members >> i & 1 == 0) continue;
            if (left == who.length - count || (dice >> (8 + i)) & 1 == 1) who[count++] = i;
            --left;
        }
    }

    function _shorter(uint256[] memory who) private pure returns (uint256[] memory shorter) {
        shorter = new uint256[](who.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = who[i];
        }
    }

    function _signed(Report memory report, uint256[] memory who) private view returns (Signature[] memory signatures) {
        bytes32 digest = _escrow.reportDigestOf(report);
        signatures = new Signature[](who.length);
        for (uint256 i = 0; i < who.length; ++i) {
            signatures[i] = Stage.signature(_keys[who[i]], digest);
        }
    }

    function _ones(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) {
            ++count;
        }
    }
}
