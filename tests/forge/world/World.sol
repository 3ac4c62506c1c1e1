// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../../contracts/interfaces/ICommittees.sol";
import {IPerformanceEscrow} from "../../../contracts/interfaces/IPerformanceEscrow.sol";
import {Basis, Claim, Closing, Outcome, Status, Terms} from "../../../contracts/types/EscrowTypes.sol";
import {Log, vm} from "../Cheats.sol";
import {Packing} from "../Packing.sol";
import {Reckoning, Settled} from "../Reckoning.sol";
import {IMintable, Stage} from "../Stage.sol";

interface IMoodyReceiver {
    function setMood(uint8 mood) external;
}

interface IMoodyToken {
    function setBlocked(address account, bool on) external;
}

/// A deal as its own calls made it: what went in, and what the contract's events said of it.
struct Book {
    bytes32 id;
    address coin;
    Terms plain;
    uint256[] terms;
    uint256 endsAt;
    uint256 funded;
    Settled[] reports;
    /// Of every report that a quorum signed, whether it counts by now or not.
    uint256[] signers;
    uint256 base;
    uint256 performance;
    uint256 refunded;
    /// By both signatures: to the agency, and to new terms.
    uint256 split;
    uint256 moved;
    uint256 closings;
    Closing cause;
    uint256 lastAsOf;
    /// When the last report that waited could be resolved, where that was after the end.
    uint256 resolvedAt;
    int256 adjust;
    Claim waiting;
}

/// Of a deal, what is compared after every call; in two slots, since it is read so often.
struct Glance {
    uint96 funded;
    uint40 startsAt;
    uint40 lastAsOf;
    uint40 endsAt;
    uint32 grace;
    bool closed;
    Status status;
    uint40 graceStart;
    bool waits;
    bool disputed;
}

/// What a handler looks for, since a call that can do something is worth more.
enum Want {
    /// Whatever may happen to it but a refund.
    Lively,
    /// Nothing waits.
    Reportable,
    /// With an arbiter, and nothing waits.
    Contestable,
    Waiting,
    /// A report waits, and the window is not over.
    Disputable,
    /// And the arbiter's is not over.
    Disputed,
    SelfReporting,
    Silent
}

/// A member of the council, by what the contract said of it.
struct Seat {
    uint256 index;
    uint256 activeAt;
    uint256 leavesAt;
}

/// The contract among its people, and ghosts of all that happened. Every call to the contract goes through `act` or
/// `actOnMany`, which hear what the contract says of it; handlers make the calls and say which of them must be refused.
contract World {
    using Reckoning for Terms;

    uint256 internal constant ORACLES = 5;
    uint256 internal constant POOL = 9;
    uint256 internal constant NEVER = type(uint40).max;
    uint256 internal constant WEALTH = type(uint128).max;
    uint32 internal constant DELAY = 8 days;

    IPerformanceEscrow public immutable escrow;
    /// Coins: the chain's own, an honest token that takes authorizations, a token that blocks accounts.
    address[3] public coins;
    /// Clients, agencies (the second of each is a contract that signs everything), a stranger, the patron who pays for
    /// everything, an arbiter, and the first admin of the council.
    address[] public people;
    /// Of those people that sign with one.
    mapping(address account => uint256) public keyOf;
    uint256[] public keys;
    /// Three of five, whose members are active from the beginning and never change.
    bytes12 public immutable committee;
    /// Three or four of five, with an admin who may take in others of the pool for those that leave.
    bytes12 public immutable council;
    address public immutable patron;

    uint256 public time = Stage.START;
    Book[] internal _books;
    Glance[] internal _glances;
    /// The deal, the coin and the committee of the last call.
    uint256 internal _touched;
    address internal _coin;
    bool internal _councilTouched;
    mapping(bytes32 dealId => uint256 indexAndOne) private _indices;
    mapping(bytes32 dealId => bytes32) internal _frozen;
    mapping(address account => mapping(address coin => int256)) public gained;
    mapping(address account => mapping(address coin => uint256)) public credits;
    mapping(address coin => uint256) public donated;
    mapping(address account => mapping(address coin => bool)) public refuses;

    uint256[] internal _pool;
    mapping(address member => Seat) public seats;
    mapping(uint256 index => address member) internal _holders;
    uint256 internal _nextIndex;
    address public admin;
    address public nextAdmin;
    /// The rest of the deal that was amended last.
    uint256 private _carried;

    /// The first thing that should not have been, by the name of the promise that it breaks.
    mapping(string name => string fault) public faults;
    bool internal _anyFault;

    constructor() {
        vm.warp(time - 30 days);
        escrow = Stage.escrow();
        coins[1] = vm.deployCode("FiatDollar.sol:FiatDollar");
        coins[2] = vm.deployCode("MoodyToken.sol:MoodyToken");
        uint256[2] memory partyKeys = [uint256(0xC11E), 0xA6E7];
        people = [
            vm.addr(partyKeys[0]),
            vm.deployCode("MoodyReceiver.sol:MoodyReceiver"),
            vm.addr(partyKeys[1]),
            vm.deployCode("MoodyReceiver.sol:MoodyReceiver"),
            address(0x5747),
            address(0xBA7407),
            address(0xA4B17E4),
            address(0xAD417)
        ];
        keyOf[people[0]] = partyKeys[0];
        keyOf[people[2]] = partyKeys[1];
        patron = people[5];
        vm.deal(patron, WEALTH);
        for (uint256 i = 1; i < 3; ++i) {
            IMintable(coins[i]).mint(patron, WEALTH);
            vm.prank(patron);
            IMintable(coins[i]).approve(address(escrow), WEALTH);
        }
        keys = Stage.keys(ORACLES, "oracles");
        committee = Stage.committee(escrow, keys, 3, 0);
        _pool = Stage.keys(POOL, "council");
        council = _createCouncil();
        vm.warp(time);
    }

    /// Every second of the pool.
    function _createCouncil() private returns (bytes12) {
        address[] memory members = new address[](5);
        for (uint256 i = 0; i < 5; ++i) {
            members[i] = vm.addr(_pool[2 * i]);
            seats[members[i]] = Seat(i, time - 30 days, NEVER);
            _holders[i] = members[i];
        }
        _nextIndex = 5;
        admin = people[7];
        return ICommittees(address(escrow)).createCommittee(admin, DELAY, 3, 4, members, "council");
    }

    // What handlers do

    /// Sends a call about a deal or the council and hears what the contract says. `allowed` is what the handler knows:
    /// a call that is done against it, or refused against it, breaks a promise. `what` names the call.
    function act(address sender, uint256 value, bytes calldata message, bool allowed, string calldata what)
        external
        returns (bool done)
    {
        Log[] memory logs;
        (done, logs) = _send(sender, value, message);
        // Those of a call that was undone are there, too.
        for (uint256 i = 0; done && i < logs.length; ++i) {
            if (logs[i].emitter == address(escrow)) _hear(logs[i]);
        }
        if (done && !allowed) _fault("a_call_is_done_when_it_may_be", string.concat(what, " was done"));
        if (!done && allowed) _fault("a_call_is_done_when_it_may_be", string.concat(what, " was refused"));
        _look();
    }

    /// Sends a call that settles an item for each of these deals, of which the handler knows which are good.
    ///
    /// Forge records what a refused item said before it was undone. So a deal is heard only where one of its items was
    /// done: a deal has one item, or the same one twice, the second of which is refused before it says anything. What
    /// would be heard wrongly shows at once, since the state of each deal is compared with what was heard.
    function actOnMany(bytes calldata message, uint256[] calldata deals, bool[] calldata good, string calldata what)
        external
    {
        (bool done, Log[] memory logs) = _send(people[4], 0, message);
        if (!done) _fault("a_bad_item_stops_no_other", string.concat(what, " was refused"));
        bool[] memory skipped = new bool[](deals.length);
        bool[] memory heard = new bool[](_books.length);
        for (uint256 i = 0; i < logs.length; ++i) {
            if (_isSkip(logs[i])) skipped[uint256(logs[i].topics[1])] = true;
        }
        for (uint256 i = 0; done && i < deals.length; ++i) {
            if (!skipped[i]) heard[deals[i]] = true;
            if (skipped[i] && good[i]) _fault("a_bad_item_stops_no_other", string.concat(what, ": a good one"));
            if (!skipped[i] && !good[i]) _fault("a_call_is_done_when_it_may_be", string.concat(what, ": a bad one"));
        }
        for (uint256 i = 0; done && i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow) || _isSkip(logs[i])) continue;
            if (heard[_indices[logs[i].topics[1]] - 1]) _hear(logs[i]);
        }
        _look();
    }

    /// Writes a book for these terms, whether the deal opens or not.
    function plan(Terms calldata plain) external returns (uint256 index) {
        index = _books.length;
        Book storage book = _books.push();
        book.plain = plain;
        book.terms = Packing.packed(plain);
        book.id = escrow.dealIdOf(book.terms);
        book.coin = plain.token;
        book.endsAt = Reckoning.plannedEnd(plain);
        book.lastAsOf = plain.startsAt;
        _indices[book.id] = index + 1;
        _touched = index;
        Glance storage glance = _glances.push();
        glance.startsAt = plain.startsAt;
        glance.grace = plain.reportGrace;
        _glance(index);
    }

    function pass(uint256 seconds_) external {
        time += seconds_;
        vm.warp(time);
        lookAtStatuses();
    }

    function setRefusing(address account, address coin, bool on) external {
        if (coin == coins[0]) IMoodyReceiver(account).setMood(on ? 1 : 0);
        else IMoodyToken(coin).setBlocked(account, on);
        refuses[account][coin] = on;
    }

    /// Money that nobody asked for and that belongs to no deal.
    function donate(address coin, uint256 amount) external {
        _coin = coin;
        if (coin == coins[0]) {
            vm.deal(address(escrow), address(escrow).balance + amount);
        } else {
            IMintable(coin).mint(address(escrow), amount);
        }
        donated[coin] += amount;
    }

    /// New money of an account.
    function mint(address account, address coin, uint256 amount) external {
        IMintable(coin).mint(account, amount);
        gained[account][coin] += int256(amount);
    }

    function fault(string calldata name, string calldata what) external {
        _fault(name, what);
    }

    function lookAtStatuses() public {
        for (uint256 i = 0; i < _books.length; ++i) {
            Status status = escrow.statusOf(_books[i].terms);
            if (status < _glances[i].status) _fault("no_status_goes_backwards", "it did");
            _glances[i].status = status;
        }
    }

    // What is known

    function count() external view returns (uint256) {
        return _books.length;
    }

    /// Deals in which something can happen but a refund.
    function livelyCount() external view returns (uint256 lively) {
        for (uint256 i = 0; i < _books.length; ++i) {
            if (_isWanted(_glances[i], _books[i], Want.Lively)) ++lively;
        }
    }

    function bookOf(uint256 index) external view returns (Book memory) {
        return _books[index];
    }

    function indexOf(bytes32 dealId) external view returns (uint256) {
        return _indices[dealId] - 1;
    }

    /// One of the deals that are wanted or, where there is none, any; seven times of eight.
    function pick(uint256 dice, Want want) external view returns (uint256) {
        uint256 size = _books.length;
        for (uint256 i = 0; dice % 8 != 7 && i < size; ++i) {
            uint256 index = (dice / 8 + i) % size;
            if (_isWanted(_glances[index], _books[index], want)) return index;
        }
        return dice / 8 % size;
    }

    function _isWanted(Glance storage glance, Book storage book, Want want) private view returns (bool) {
        if (glance.funded == 0 || glance.closed) return false;
        bool isSilent = time >= uint256(glance.graceStart) + glance.grace;
        if (want == Want.Waiting) return glance.waits;
        if (want == Want.Disputable) return glance.waits && time < book.waiting.windowEndsAt;
        if (want == Want.Disputed) {
            return glance.disputed && time < uint256(book.waiting.windowEndsAt) + book.plain.rulingWindow;
        }
        if (want == Want.Silent) return isSilent;
        if (isSilent) return false;
        if (want == Want.Lively) return true;
        if (glance.waits) return false;
        if (want == Want.Reportable) return true;
        return want == Want.SelfReporting ? book.plain.selfReport : book.plain.arbiter != address(0);
    }

    function keysOf(bytes12 committee_) external view returns (uint256[] memory) {
        return committee_ == council ? _pool : keys;
    }

    /// Whose signatures count, by bits in the order of the keys.
    function signersOf(bytes12 committee_, uint256 asOf) external view returns (uint256 mask) {
        if (committee_ != council) return (1 << ORACLES) - 1;
        for (uint256 i = 0; i < POOL; ++i) {
            Seat storage seat = seats[vm.addr(_pool[i])];
            if (seat.activeAt < asOf && time < seat.leavesAt) mask |= 1 << i;
        }
    }

    /// Whoever was a member, or will be.
    function membersOf(bytes12 committee_) external view returns (uint256 mask) {
        if (committee_ != council) return (1 << ORACLES) - 1;
        for (uint256 i = 0; i < POOL; ++i) {
            if (seats[vm.addr(_pool[i])].leavesAt != 0) mask |= 1 << i;
        }
    }

    /// Members of the council that are not leaving.
    function councilSize() public view returns (uint256 size) {
        for (uint256 i = 0; i < _nextIndex; ++i) {
            if (seats[_holders[i]].leavesAt == NEVER) ++size;
        }
    }

    function nextIndex() external view returns (uint256) {
        return _nextIndex;
    }

    function balanceOf(address account, address coin) public view returns (uint256) {
        return coin == coins[0] ? account.balance : IMintable(coin).balanceOf(account);
    }

    // What the contract says

    function _send(address sender, uint256 value, bytes calldata message)
        private
        returns (bool done, Log[] memory logs)
    {
        vm.warp(time);
        _councilTouched = false;
        vm.recordLogs();
        vm.prank(sender);
        (done,) = address(escrow).call{value: value}(message);
        logs = vm.getRecordedLogs();
    }

    function _look() private {
        lookAtStatuses();
        if (_books.length == 0) return;
        Book storage book = _books[_touched];
        if (book.closings == 0 || _frozen[book.id] != 0) return;
        _frozen[book.id] = keccak256(abi.encode(escrow.dealOf(book.terms)));
    }

    function _isSkip(Log memory log) private view returns (bool) {
        return log.emitter == address(escrow) && log.topics[0] == IPerformanceEscrow.ItemSkipped.selector;
    }

    function _hear(Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == IPerformanceEscrow.Credited.selector) return _hearCredited(log);
        if (topic == IPerformanceEscrow.Withdrawn.selector) return _hearWithdrawn(log);
        if (bytes12(log.topics[1]) == council) return _hearCouncil(log);
        if (_indices[log.topics[1]] == 0) return _fault("a_call_is_done_when_it_may_be", "a deal of nobody's");
        _touched = _indices[log.topics[1]] - 1;
        Book storage book = _books[_touched];
        _coin = book.coin;
        if (book.closings > 0) _fault("a_closed_deal_never_changes", "it said something");
        if (topic == IPerformanceEscrow.DealOpened.selector) _hearOpened(book, log.data);
        else if (topic == IPerformanceEscrow.DealToppedUp.selector) _hearToppedUp(book, log);
        else if (topic == IPerformanceEscrow.ReportSettled.selector) _hearSettled(book, log.data);
        else if (topic == IPerformanceEscrow.ReportWaits.selector) _hearWaits(book, log.data);
        else if (topic == IPerformanceEscrow.ReportDisputed.selector) _hearDisputed(book, log);
        else if (topic == IPerformanceEscrow.AgreedPartPaid.selector) _hearAgreed(book, log.data);
        else if (topic == IPerformanceEscrow.ReportResolved.selector) _hearResolved(book, log.data);
        else if (topic == IPerformanceEscrow.NoticeGiven.selector) _hearNotice(book, log.data);
        else if (topic == IPerformanceEscrow.DealClosed.selector) _hearClosed(book, log.data);
        else _fault("a_call_is_done_when_it_may_be", "an event that nobody knows");
        _glance(_touched);
    }

    function _glance(uint256 index) private {
        Book storage book = _books[index];
        Glance storage glance = _glances[index];
        glance.funded = uint96(book.funded);
        glance.lastAsOf = uint40(book.lastAsOf);
        glance.endsAt = uint40(book.endsAt);
        glance.closed = book.closings > 0;
        glance.graceStart = uint40(Reckoning.greatest(book.endsAt, book.resolvedAt));
        glance.waits = book.waiting.asOf != 0;
        glance.disputed = book.waiting.byClient || book.waiting.byAgency;
    }

    function _hearOpened(Book storage book, bytes memory data) private {
        (address payer, uint256 amount,) = abi.decode(data, (address, uint256, uint256[]));
        if (book.funded > 0) _fault("a_deal_opens_once", "it opened again");
        if (time >= book.plain.openBefore) _fault("a_deal_opens_once", "it opened late");
        book.funded += amount;
        if (payer != address(escrow)) {
            gained[payer][book.coin] -= int256(amount);
        } else if (amount != _carried) {
            _fault("an_amendment_carries_all_of_the_rest", "the new deal has another amount");
        }
    }

    function _hearToppedUp(Book storage book, Log memory log) private {
        (uint256 amount, uint256 performance) = abi.decode(log.data, (uint256, uint256));
        if (book.waiting.asOf != 0) _fault("nothing_is_added_while_a_report_waits", "a top-up");
        book.funded += amount;
        gained[address(uint160(uint256(log.topics[2])))][book.coin] -= int256(amount);
        _hearPaid(book, 0, performance, 0);
    }

    function _hearSettled(Book storage book, bytes memory data) private {
        (uint256 asOf, uint256 value,, uint256 signers, uint256 base, uint256 performance) =
            abi.decode(data, (uint256, uint256, bytes32, uint256, uint256, uint256));
        if (book.plain.arbiter != address(0)) _fault("with_an_arbiter_every_report_waits", "one paid at once");
        _hearSigned(book, asOf, signers);
        _hearCounted(book, asOf, value);
        _hearPaid(book, base, performance, 0);
    }

    function _hearWaits(Book storage book, bytes memory data) private {
        (uint256 asOf, uint256 value,, uint256 signers, int256 adjust, uint256 windowEndsAt) =
            abi.decode(data, (uint256, uint256, bytes32, uint256, int256, uint256));
        bool isSelfReport = signers == 0;
        bool takesPlace = book.waiting.isSelfReport && !isSelfReport && asOf == book.endsAt;
        if (book.plain.arbiter == address(0)) _fault("with_an_arbiter_every_report_waits", "one without waits");
        if (book.waiting.asOf != 0 && !takesPlace) _fault("a_waiting_report_blocks_others", "another came in");
        if (isSelfReport) {
            uint256 since = Reckoning.greatest(book.endsAt, book.resolvedAt) + book.plain.reportGrace / 2;
            bool isIts = book.plain.selfReport && time >= since;
            if (!isIts) _fault("an_agency_speaks_when_the_quorum_is_silent", "it did not wait");
        } else {
            _hearSigned(book, asOf, signers);
            if (adjust != book.adjust) _fault("only_rulings_adjust_values", "a report was adjusted by another amount");
        }
        uint256 window = book.plain.challengeWindow * (isSelfReport ? 2 : 1);
        if (windowEndsAt != time + window) _fault("parties_have_their_whole_window", "it has another length");
        delete book.waiting;
        book.waiting.asOf = uint40(asOf);
        book.waiting.windowEndsAt = uint40(time + window);
        book.waiting.reported = uint64(value);
        book.waiting.value = isSelfReport ? uint64(value) : _adjusted(value, book.adjust);
        book.waiting.isSelfReport = isSelfReport;
    }

    function _hearDisputed(Book storage book, Log memory log) private {
        (uint256 value,, uint256 base, uint256 performance) =
            abi.decode(log.data, (uint256, bytes32, uint256, uint256));
        address party = address(uint160(uint256(log.topics[2])));
        Claim storage claim = book.waiting;
        if (time >= claim.windowEndsAt) _fault("parties_have_their_whole_window", "a number came after it");
        bool isFirst = party == book.plain.client ? !claim.byClient : !claim.byAgency;
        if (!isFirst) _fault("a_party_files_one_number", "it filed another");
        if (party == book.plain.client) {
            if (value >= claim.value) _fault("a_party_files_one_number", "the client's is not lower");
            claim.byClient = true;
            claim.clientValue = uint64(value);
            claim.agreedPaid = true;
            _hearCounted(book, claim.asOf, value);
        } else {
            bool isHigher = value > claim.value && !claim.isSelfReport;
            if (!isHigher) _fault("a_party_files_one_number", "the agency's is not higher");
            claim.byAgency = true;
            claim.agencyValue = uint64(value);
        }
        _hearPaid(book, base, performance, 0);
    }

    function _hearAgreed(Book storage book, bytes memory data) private {
        (uint256 asOf, uint256 value, uint256 base, uint256 performance) =
            abi.decode(data, (uint256, uint256, uint256, uint256));
        if (time < book.waiting.windowEndsAt) _fault("parties_have_their_whole_window", "the client's was cut short");
        if (value != book.waiting.value) _fault("silence_leaves_the_number_that_stands", "another was agreed");
        book.waiting.agreedPaid = true;
        _hearCounted(book, asOf, value);
        _hearPaid(book, base, performance, 0);
    }

    function _hearResolved(Book storage book, bytes memory data) private {
        (uint256 asOf, uint256 value, Outcome outcome, int256 adjust, uint256 base, uint256 performance) =
            abi.decode(data, (uint256, uint256, Outcome, int256, uint256, uint256));
        Claim memory claim = book.waiting;
        bool isDisputed = claim.byClient || claim.byAgency;
        uint256 until = claim.windowEndsAt + (isDisputed ? book.plain.rulingWindow : 0);
        bool isRuled = outcome == Outcome.Ruled;
        if (isRuled) {
            uint256 least = claim.byClient ? claim.clientValue : claim.value;
            uint256 most = claim.byAgency ? claim.agencyValue : claim.value;
            if (value < least || value > most) _fault("a_ruling_stays_within_the_numbers_filed", "it did not");
            if (time < claim.windowEndsAt || time >= until) _fault("an_arbiter_rules_in_its_window", "outside");
        } else {
            uint256 stands = isDisputed && claim.isSelfReport ? claim.clientValue : claim.value;
            if (value != stands) _fault("silence_leaves_the_number_that_stands", "another counts");
            if (time < until) _fault("nobody_is_silent_before_the_time_is_over", "resolved early");
        }
        if (isRuled && book.plain.basis == Basis.Cumulative) {
            book.adjust = int256(value) - int256(uint256(claim.reported));
        }
        if (adjust != book.adjust) _fault("only_rulings_adjust_values", "something else did");
        uint256 resolvedAt = isRuled ? time : until;
        if (resolvedAt > book.endsAt) book.resolvedAt = resolvedAt;
        delete book.waiting;
        _hearCounted(book, asOf, value);
        _hearPaid(book, base, performance, 0);
    }

    function _hearNotice(Book storage book, bytes memory data) private {
        (uint256 endsAt, uint256 performance) = abi.decode(data, (uint256, uint256));
        if (endsAt >= book.endsAt) _fault("notice_alone_moves_the_end", "it moved back");
        if (endsAt < time + book.plain.noticePeriod) _fault("notice_alone_moves_the_end", "it moved too near");
        if (endsAt > book.plain.startsAt) book.endsAt = endsAt;
        _hearPaid(book, 0, performance, 0);
    }

    function _hearClosed(Book storage book, bytes memory data) private {
        (Closing cause, uint256 base, uint256 performance, uint256 refunded) =
            abi.decode(data, (Closing, uint256, uint256, uint256));
        if (book.waiting.asOf != 0 && cause != Closing.Agreed && cause != Closing.Notice) {
            _fault("a_waiting_report_blocks_others", "the deal closed");
        }
        delete book.waiting;
        ++book.closings;
        book.cause = cause;
        if (cause == Closing.Agreed || cause == Closing.Amended) {
            book.split = performance;
            gained[book.plain.agency][book.coin] += int256(performance);
            performance = 0;
        }
        _hearPaid(book, base, performance, refunded);
        if (cause != Closing.Amended) return;
        book.moved = book.funded - book.base - book.performance - book.split;
        _carried = book.moved;
    }

    /// Somebody who may not sign is a fault.
    function _hearSigned(Book storage book, uint256 asOf, uint256 signers) private {
        book.signers.push(signers);
        if (book.plain.committee != council) return;
        for (uint256 i = 0; i < 256 && signers >> i != 0; ++i) {
            if (signers >> i & 1 == 0) continue;
            Seat storage seat = seats[_holders[i]];
            if (time >= seat.leavesAt) _fault("a_member_that_left_signs_nothing", "it did");
            if (asOf <= seat.activeAt) _fault("a_new_member_signs_nothing_older", "it did");
        }
    }

    function _hearCounted(Book storage book, uint256 asOf, uint256 value) private {
        bool isForward = asOf > book.lastAsOf || (book.plain.arbiter != address(0) && asOf == book.lastAsOf);
        if (!isForward || asOf > time || asOf > book.endsAt) _fault("reports_go_forward_in_time", "one did not");
        uint256 funds = book.funded - book.plain.base(book.endsAt, book.endsAt);
        book.reports.push(Settled(asOf, value, funds));
        book.lastAsOf = asOf;
    }

    function _hearPaid(Book storage book, uint256 base, uint256 performance, uint256 refunded) private {
        book.base += base;
        book.performance += performance;
        book.refunded += refunded;
        gained[book.plain.agency][book.coin] += int256(base + performance);
        gained[book.plain.client][book.coin] += int256(refunded);
    }

    function _hearCredited(Log memory log) private {
        address account = address(uint160(uint256(log.topics[2])));
        address coin = address(uint160(uint256(log.topics[3])));
        uint256 amount = abi.decode(log.data, (uint256));
        _coin = coin;
        credits[account][coin] += amount;
        gained[account][coin] -= int256(amount);
        if (!refuses[account][coin]) _fault("only_who_refuses_waits", "a credit for one who takes");
    }

    function _hearWithdrawn(Log memory log) private {
        address account = address(uint160(uint256(log.topics[1])));
        address coin = address(uint160(uint256(log.topics[2])));
        (address to, uint256 amount) = abi.decode(log.data, (address, uint256));
        _coin = coin;
        uint256 credit = credits[account][coin];
        if (amount != credit) _fault("contract_holds_what_it_owes", "another credit was paid than there was");
        credits[account][coin] = 0;
        gained[to][coin] += int256(amount);
    }

    function _hearCouncil(Log memory log) private {
        _councilTouched = true;
        bytes32 topic = log.topics[0];
        address who = address(uint160(uint256(log.topics[2])));
        Seat storage seat = seats[who];
        if (topic == ICommittees.MemberAdded.selector) {
            (uint256 index, uint256 activeAt) = abi.decode(log.data, (uint256, uint256));
            bool isNew = _holders[index] == address(0) && seat.leavesAt == 0;
            if (!isNew) _fault("a_member_index_is_never_used_again", "it was");
            if (activeAt != time + DELAY) _fault("a_change_of_members_waits", "one came at once");
            seats[who] = Seat(index, time + DELAY, NEVER);
            _holders[index] = who;
            ++_nextIndex;
        } else if (topic == ICommittees.MemberRemoved.selector) {
            uint256 leavesAt = abi.decode(log.data, (uint256));
            if (leavesAt != time && leavesAt != time + DELAY) _fault("a_change_of_members_waits", "one left early");
            seat.leavesAt = leavesAt;
            bool isQueued = leavesAt != time;
            if (isQueued && councilSize() < 4) _fault("an_admin_leaves_members_for_every_quorum", "it did not");
        } else if (topic == ICommittees.AdminOffered.selector) {
            nextAdmin = who;
        } else if (topic == ICommittees.AdminChanged.selector) {
            if (who != nextAdmin) _fault("an_admin_is_whom_it_was_offered_to", "another took it");
            admin = who;
            nextAdmin = address(0);
        } else if (topic != ICommittees.EquivocationProved.selector) {
            _fault("a_call_is_done_when_it_may_be", "an event that nobody knows");
        }
    }

    function _adjusted(uint256 value, int256 adjust) private pure returns (uint64) {
        int256 sum = int256(value) + adjust;
        if (sum < 0) return 0;
        return sum > int256(uint256(type(uint64).max)) ? type(uint64).max : uint64(uint256(sum));
    }

    function _fault(string memory name, string memory what) internal {
        if (bytes(faults[name]).length == 0) faults[name] = what;
        _anyFault = true;
    }
}
