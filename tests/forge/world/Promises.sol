// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../../contracts/interfaces/ICommittees.sol";
import {Basis, Claim, Closing, Committee, Deal, Member, Status} from "../../../contracts/types/EscrowTypes.sol";
import {vm} from "../Cheats.sol";
import {Ending, Reckoning} from "../Reckoning.sol";
import {Book, Glance, Seat, World} from "./World.sol";

/// What holds after every call: the sentences of ../PROMISES.md, each by its name. Each fails with its name.
///
/// Those that speak of one deal are checked of the deal of the last call, since what was heard of the others is as it
/// was; after the last call of a life, of all. The same with coins. That no other deal was touched is a promise of its
/// own. Many are seen broken where the world hears of it or where a handler compares, and are kept as faults.
contract WorldOfPromises is World {
    using Reckoning for *;

    /// Those of `asked`, or all where it is empty, of the last call.
    function check(string calldata asked) external view {
        _checkFaults(asked);
        _checkDeals(asked);
        _checkCoin(asked, _coin);
        if (_councilTouched) _checkCouncil(asked);
        if (_books.length > 0) _checkDeal(asked, _books[_touched]);
    }

    function checkAll(string calldata asked) external view {
        _checkFaults(asked);
        _checkDeals(asked);
        _checkCouncil(asked);
        for (uint256 i = 0; i < coins.length; ++i) {
            _checkCoin(asked, coins[i]);
        }
        for (uint256 i = 0; i < _books.length; ++i) {
            _checkDeal(asked, _books[i]);
        }
    }

    /// What a handler or the world saw and should not have seen.
    function _checkFaults(string calldata asked) private view {
        if (!_anyFault) return;
        if (_is(asked, "a_call_is_done_when_it_may_be")) _requireNoFault("a_call_is_done_when_it_may_be");
        if (_is(asked, "no_status_goes_backwards")) _requireNoFault("no_status_goes_backwards");
        if (_is(asked, "contract_holds_what_it_owes")) _requireNoFault("contract_holds_what_it_owes");
        if (_is(asked, "only_who_refuses_waits")) _requireNoFault("only_who_refuses_waits");
        if (_is(asked, "due_is_what_settling_pays")) _requireNoFault("due_is_what_settling_pays");
        if (_is(asked, "a_bad_item_stops_no_other")) _requireNoFault("a_bad_item_stops_no_other");
        if (_is(asked, "a_deal_opens_once")) _requireNoFault("a_deal_opens_once");
        if (_is(asked, "an_authorization_is_good_for_one_payment")) {
            _requireNoFault("an_authorization_is_good_for_one_payment");
        }
        if (_is(asked, "nothing_is_added_while_a_report_waits")) {
            _requireNoFault("nothing_is_added_while_a_report_waits");
        }
        if (_is(asked, "reports_go_forward_in_time")) _requireNoFault("reports_go_forward_in_time");
        if (_is(asked, "a_member_that_left_signs_nothing")) _requireNoFault("a_member_that_left_signs_nothing");
        if (_is(asked, "a_new_member_signs_nothing_older")) _requireNoFault("a_new_member_signs_nothing_older");
        _checkFaultsOfDisputes(asked);
        _checkFaultsOfChanges(asked);
    }

    function _checkFaultsOfDisputes(string calldata asked) private view {
        if (_is(asked, "with_an_arbiter_every_report_waits")) _requireNoFault("with_an_arbiter_every_report_waits");
        if (_is(asked, "a_waiting_report_blocks_others")) _requireNoFault("a_waiting_report_blocks_others");
        if (_is(asked, "parties_have_their_whole_window")) _requireNoFault("parties_have_their_whole_window");
        if (_is(asked, "a_party_files_one_number")) _requireNoFault("a_party_files_one_number");
        if (_is(asked, "a_ruling_stays_within_the_numbers_filed")) {
            _requireNoFault("a_ruling_stays_within_the_numbers_filed");
        }
        if (_is(asked, "an_arbiter_rules_in_its_window")) _requireNoFault("an_arbiter_rules_in_its_window");
        if (_is(asked, "silence_leaves_the_number_that_stands")) {
            _requireNoFault("silence_leaves_the_number_that_stands");
        }
        if (_is(asked, "nobody_is_silent_before_the_time_is_over")) {
            _requireNoFault("nobody_is_silent_before_the_time_is_over");
        }
        if (_is(asked, "only_rulings_adjust_values")) _requireNoFault("only_rulings_adjust_values");
        if (_is(asked, "an_agency_speaks_when_the_quorum_is_silent")) {
            _requireNoFault("an_agency_speaks_when_the_quorum_is_silent");
        }
    }

    function _checkFaultsOfChanges(string calldata asked) private view {
        if (_is(asked, "a_closed_deal_never_changes")) _requireNoFault("a_closed_deal_never_changes");
        if (_is(asked, "notice_alone_moves_the_end")) _requireNoFault("notice_alone_moves_the_end");
        if (_is(asked, "both_sign_what_changes_a_deal")) _requireNoFault("both_sign_what_changes_a_deal");
        if (_is(asked, "an_amendment_carries_all_of_the_rest")) _requireNoFault("an_amendment_carries_all_of_the_rest");
        if (_is(asked, "a_member_index_is_never_used_again")) _requireNoFault("a_member_index_is_never_used_again");
        if (_is(asked, "a_change_of_members_waits")) _requireNoFault("a_change_of_members_waits");
        if (_is(asked, "an_admin_leaves_members_for_every_quorum")) {
            _requireNoFault("an_admin_leaves_members_for_every_quorum");
        }
        if (_is(asked, "an_admin_is_whom_it_was_offered_to")) _requireNoFault("an_admin_is_whom_it_was_offered_to");
        if (_is(asked, "only_two_values_prove_equivocation")) _requireNoFault("only_two_values_prove_equivocation");
    }

    function _checkCoin(string calldata asked, address coin) private view {
        if (_is(asked, "contract_holds_what_it_owes")) _contractHoldsWhatItOwes(coin);
        if (_is(asked, "money_goes_to_nobody_else")) _moneyGoesToNobodyElse(coin);
    }

    function _checkDeals(string calldata asked) private view {
        bool isSameAsked = _is(asked, "one_deal_is_not_touched_by_another");
        bool isFrozenAsked = _is(asked, "a_closed_deal_never_changes");
        if (!isSameAsked && !isFrozenAsked) return;
        for (uint256 i = 0; i < _books.length; ++i) {
            Deal memory deal = escrow.dealOf(_books[i].terms);
            if (isSameAsked) _oneDealIsNotTouchedByAnother(_glances[i], deal);
            bytes32 frozen = _frozen[_books[i].id];
            if (isFrozenAsked && frozen != 0) {
                vm.assertEq(keccak256(abi.encode(deal)), frozen, "a_closed_deal_never_changes");
            }
        }
    }

    function _checkCouncil(string calldata asked) private view {
        if (_is(asked, "a_quorum_is_a_majority")) _aQuorumIsAMajority();
        if (_is(asked, "a_committee_is_as_its_members")) _aCommitteeIsAsItsMembers();
    }

    function _checkDeal(string calldata asked, Book memory book) private view {
        if (_is(asked, "agency_gets_at_most_what_was_funded")) _agencyGetsAtMostWhatWasFunded(book);
        if (_is(asked, "agency_gets_at_most_what_was_earned")) _agencyGetsAtMostWhatWasEarned(book);
        if (_is(asked, "a_value_pays_once")) _aValuePaysOnce(book);
        if (_is(asked, "performance_needs_a_quorum")) _performanceNeedsAQuorum(book);
        if (_is(asked, "a_closed_deal_holds_nothing")) _aClosedDealHoldsNothing(book);
        if (_is(asked, "what_is_owed_is_paid")) _whatIsOwedIsPaid(book);
        if (book.plain.arbiter == address(0)) return;
        (Claim memory claim, int256 adjust) = escrow.claimOf(book.terms);
        if (_is(asked, "a_report_waits_as_it_was_filed")) {
            bool isSame = keccak256(abi.encode(claim)) == keccak256(abi.encode(book.waiting));
            vm.assertTrue(isSame, "a_report_waits_as_it_was_filed");
        }
        if (_is(asked, "only_rulings_adjust_values")) {
            vm.assertTrue(adjust == book.adjust, "only_rulings_adjust_values");
        }
        if (_is(asked, "what_both_accept_is_paid_at_once")) _whatBothAcceptIsPaidAtOnce(book, claim);
    }

    /// To the unit.
    function _contractHoldsWhatItOwes(address coin) private view {
        uint256 owed = donated[coin];
        for (uint256 j = 0; j < _books.length; ++j) {
            Book storage book = _books[j];
            if (book.coin != coin) continue;
            owed += book.funded - book.base - book.performance - book.refunded - book.split - book.moved;
        }
        for (uint256 j = 0; j < people.length; ++j) {
            owed += escrow.creditOf(coin, people[j]);
        }
        vm.assertEq(balanceOf(address(escrow), coin), owed, "contract_holds_what_it_owes");
    }

    function _oneDealIsNotTouchedByAnother(Glance memory glance, Deal memory deal) private view {
        bool isSame = deal.funded == glance.funded && deal.lastAsOf == glance.lastAsOf && deal.endsAt == glance.endsAt
            && deal.closed == glance.closed && _statusOf(glance) == glance.status;
        vm.assertTrue(isSame, "one_deal_is_not_touched_by_another");
    }

    function _moneyGoesToNobodyElse(address coin) private view {
        for (uint256 i = 0; i < people.length; ++i) {
            address account = people[i];
            uint256 first = account == patron ? WEALTH : 0;
            uint256 expected = uint256(int256(first) + gained[account][coin]);
            vm.assertEq(balanceOf(account, coin), expected, "money_goes_to_nobody_else");
            vm.assertEq(escrow.creditOf(coin, account), credits[account][coin], "money_goes_to_nobody_else");
        }
    }

    function _aQuorumIsAMajority() private view {
        Committee memory c = _committees().committeeOf(council);
        vm.assertTrue(uint256(c.minQuorum) * 2 > councilSize(), "a_quorum_is_a_majority");
    }

    function _aCommitteeIsAsItsMembers() private view {
        Committee memory c = _committees().committeeOf(council);
        bool isSame = c.size == councilSize() && c.nextIndex == _nextIndex && c.admin == admin;
        for (uint256 i = 0; i < _nextIndex; ++i) {
            Member memory member = _committees().memberOf(council, _holders[i]);
            Seat memory seat = seats[_holders[i]];
            isSame = isSame && member.index == i && member.activeAt == seat.activeAt;
            isSame = isSame && member.leavesAt == seat.leavesAt;
        }
        vm.assertTrue(isSame, "a_committee_is_as_its_members");
    }

    function _committees() private view returns (ICommittees) {
        return ICommittees(address(escrow));
    }

    function _agencyGetsAtMostWhatWasFunded(Book memory book) private pure {
        vm.assertLe(book.base + book.performance + book.split, book.funded, "agency_gets_at_most_what_was_funded");
    }

    /// Values are those that a quorum signed, a party let stand or the arbiter ruled.
    function _agencyGetsAtMostWhatWasEarned(Book memory book) private view {
        uint256 best;
        uint256 sum;
        for (uint256 i = 0; i < book.reports.length; ++i) {
            uint256 earned = book.plain.earned(book.reports[i].value);
            best = best.greatest(earned);
            bool isLast = i + 1 == book.reports.length || book.reports[i + 1].asOf != book.reports[i].asOf;
            if (isLast) sum += earned;
        }
        uint256 most = book.plain.basis == Basis.Cumulative ? best : sum;
        vm.assertLe(book.performance, most, "agency_gets_at_most_what_was_earned");
        uint256 passed = time.least(book.endsAt).greatest(book.plain.startsAt);
        vm.assertLe(book.base, book.plain.base(passed, book.endsAt), "agency_gets_at_most_what_was_earned");
    }

    function _aValuePaysOnce(Book memory book) private pure {
        if (book.plain.basis == Basis.PerPeriod) {
            uint256 period;
            for (uint256 i = 0; i < book.reports.length; ++i) {
                if (i == 0 || book.reports[i].asOf != book.reports[i - 1].asOf) ++period;
                uint256 due = book.plain.startsAt + period * book.plain.periodLength;
                vm.assertEq(book.reports[i].asOf, due, "a_value_pays_once");
            }
        } else if (book.closings == 0 && book.funded > 0 && book.lastAsOf < book.endsAt) {
            uint256 best;
            for (uint256 i = 0; i < book.reports.length; ++i) {
                best = best.greatest(book.plain.earned(book.reports[i].value));
            }
            uint256 funds = book.funded - book.plain.base(book.endsAt, book.endsAt);
            uint256 once = best.least(funds) * (10_000 - book.plain.retentionBps) / 10_000;
            vm.assertEq(book.performance, once, "a_value_pays_once");
        }
    }

    function _performanceNeedsAQuorum(Book memory book) private pure {
        for (uint256 i = 0; i < book.signers.length; ++i) {
            uint256 count;
            for (uint256 bits = book.signers[i]; bits != 0; bits &= bits - 1) {
                ++count;
            }
            vm.assertLe(book.plain.quorum, count, "performance_needs_a_quorum");
        }
        if (book.reports.length == 0) vm.assertEq(book.performance, 0, "performance_needs_a_quorum");
        if (book.signers.length == 0 && !book.plain.selfReport) {
            vm.assertEq(book.reports.length, 0, "performance_needs_a_quorum");
        }
    }

    function _aClosedDealHoldsNothing(Book memory book) private view {
        bool closed = escrow.dealOf(book.terms).closed;
        vm.assertEq(book.closings, closed ? 1 : 0, "a_closed_deal_holds_nothing");
        uint256 out = book.base + book.performance + book.refunded + book.split + book.moved;
        if (closed) vm.assertEq(out, book.funded, "a_closed_deal_holds_nothing");
    }

    /// To the unit what the terms give for the whole history, and never less.
    function _whatIsOwedIsPaid(Book memory book) private pure {
        if (book.funded == 0) return;
        Ending ending = _endingOf(book);
        vm.assertEq(book.base, book.plain.baseOwed(book.endsAt, book.reports, ending), "what_is_owed_is_paid");
        uint256 performance = book.plain.performanceOwed(book.endsAt, book.funded, book.reports, ending);
        vm.assertEq(book.performance, performance, "what_is_owed_is_paid");
    }

    /// The client's number or, where the client was silent and the agency was not, the quorum's.
    function _whatBothAcceptIsPaidAtOnce(Book memory book, Claim memory claim) private pure {
        if (claim.byClient) vm.assertTrue(claim.agreedPaid, "what_both_accept_is_paid_at_once");
        if (!claim.agreedPaid) return;
        uint256 base = book.plain.baseOwed(book.endsAt, book.reports, Ending.None);
        uint256 performance = book.plain.performanceOwed(book.endsAt, book.funded, book.reports, Ending.None);
        vm.assertEq(book.base + book.performance, base + performance, "what_both_accept_is_paid_at_once");
    }

    function _requireNoFault(string memory name) private view {
        string memory fault = faults[name];
        if (bytes(fault).length > 0) vm.assertTrue(false, string.concat(name, ": ", fault));
    }

    function _statusOf(Glance memory glance) private view returns (Status) {
        if (glance.funded == 0) return Status.Unknown;
        if (glance.closed) return Status.Closed;
        if (time < glance.startsAt) return Status.Scheduled;
        if (time < glance.endsAt) return Status.Running;
        bool isSilent = time >= uint256(glance.graceStart) + glance.grace && !glance.waits;
        return isSilent ? Status.Silent : Status.Ended;
    }

    function _endingOf(Book memory book) private pure returns (Ending) {
        if (book.closings == 0) return Ending.None;
        if (book.cause == Closing.FinalReport) return Ending.FinalReport;
        if (book.cause == Closing.Silence) return Ending.Silence;
        return book.cause == Closing.Declined || book.cause == Closing.Notice ? Ending.Declined : Ending.None;
    }

    function _is(string calldata asked, string memory name) private pure returns (bool) {
        return bytes(asked).length == 0 || keccak256(bytes(asked)) == keccak256(bytes(name));
    }
}
