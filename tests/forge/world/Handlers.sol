// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ICommittees} from "../../../contracts/interfaces/ICommittees.sol";
import {IPerformanceEscrow} from "../../../contracts/interfaces/IPerformanceEscrow.sol";
import {
    Authorization,
    Basis,
    Claim,
    Leaf,
    Report,
    Signature,
    SignedReport,
    Step,
    Terms
} from "../../../contracts/types/EscrowTypes.sol";
import {vm, within} from "../Cheats.sol";
import {Packing} from "../Packing.sol";
import {Reckoning} from "../Reckoning.sol";
import {Stage} from "../Stage.sol";
import {Book, Want, World} from "./World.sol";

interface IDomain {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}

/// One kind of people, who do what they may and try what they may not. Each knows from the words of the interface, not
/// from the contract, which of its calls are allowed. A new kind is a new contract here and a line in Invariants.t.sol.
abstract contract Handler {
    uint256 internal constant MOST_LIVELY = 3;
    uint256 internal constant MOST_BOOKS = 10;
    bytes32 private constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    );

    World internal immutable world;
    IPerformanceEscrow internal immutable escrow;

    constructor(World world_) {
        world = world_;
        escrow = world_.escrow();
    }

    /// Forge likes small numbers, whose upper bits are all the same.
    function _roll(uint256 dice) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(dice, world.time())));
    }

    /// One that is wanted, most times. Where little is open, another deal is opened first.
    function _book(uint256 dice, Want want) internal returns (Book memory book) {
        uint256 lively = world.livelyCount();
        bool isTime = lively == 0 || (lively < MOST_LIVELY && dice >> 252 < 6);
        if (world.count() < MOST_BOOKS && isTime) _openNew(_roll(dice));
        return world.bookOf(world.pick(dice, want));
    }

    /// To a border that is to come, or next to it, three times of four.
    function _passNear(uint256 border, uint256 dice) internal {
        if (dice % 4 == 1) ++border;
        if (dice % 4 == 2) --border;
        if (dice / 4 % 4 != 0 && border > world.time()) world.pass(border - world.time());
    }

    /// Where that is not far.
    function _passTo(uint256 moment) internal {
        if (moment > world.time() && moment < world.time() + 5 days) world.pass(moment - world.time());
    }

    function _stranger() internal view returns (address) {
        return world.people(4);
    }

    function _isOpen(Book memory book) internal pure returns (bool) {
        return book.funded > 0 && book.closings == 0;
    }

    function _waits(Book memory book) internal pure returns (bool) {
        return book.waiting.asOf != 0;
    }

    function _isDisputed(Book memory book) internal pure returns (bool) {
        return book.waiting.byClient || book.waiting.byAgency;
    }

    function _resolvableAt(Book memory book) internal pure returns (uint256) {
        return book.waiting.windowEndsAt + (_isDisputed(book) ? book.plain.rulingWindow : 0);
    }

    function _graceStart(Book memory book) internal pure returns (uint256) {
        return Reckoning.greatest(book.endsAt, book.resolvedAt);
    }

    function _silentAt(Book memory book) internal pure returns (uint256) {
        return _graceStart(book) + book.plain.reportGrace;
    }

    /// The book as it is when a report that is overdue was resolved; whether anything is awaited, or all is over then.
    function _resolved(Book memory book) internal view returns (bool isAwaited, bool isOver) {
        if (!_waits(book)) return (false, false);
        uint256 until = _resolvableAt(book);
        if (world.time() < until) return (true, false);
        book.lastAsOf = book.waiting.asOf;
        if (until > book.endsAt) book.resolvedAt = until;
        return (false, book.waiting.asOf == book.endsAt);
    }

    /// Opens a deal with new terms; some by an authorization of the client, where the token takes them.
    function _openNew(uint256 dice) internal {
        Terms memory plain = _terms(dice);
        uint256 amount = plain.budget + (dice >> 208) % (plain.budget / 2 + 1);
        Book memory book = world.bookOf(world.plan(plain));
        bool byAuthorization = book.coin == world.coins(1) && dice >> 204 & 1 == 1;
        if (byAuthorization) _openAuthorized(book, amount, dice >> 232);
        else _open(book, amount, true);
    }

    function _open(Book memory book, uint256 amount, bool allowed) internal {
        bytes memory message = abi.encodeCall(escrow.open, (book.terms, amount));
        world.act(world.patron(), book.coin == address(0) ? amount : 0, message, allowed, "open");
    }

    function _openAuthorized(Book memory book, uint256 amount, uint256 dice) internal {
        bool isWrong = dice % 4 == 0;
        Authorization memory a = _authorization(book, isWrong ? amount + 1 : amount, book.id);
        world.mint(book.plain.client, book.coin, amount);
        bytes memory message = abi.encodeCall(escrow.openWithAuthorization, (book.terms, amount, a));
        _useOnce(book, message, true, !isWrong || world.keyOf(book.plain.client) == 0);
    }

    /// Submits it, by a stranger, and again; a contract that signs everything would sign the second top-up, too.
    function _useOnce(Book memory book, bytes memory message, bool allowed, bool isGood) internal {
        bool done = world.act(_stranger(), 0, message, allowed && isGood, "an authorization");
        if (done && !isGood) world.fault("an_authorization_is_good_for_one_payment", "it was not signed for this");
        if (!done && allowed && isGood) world.fault("an_authorization_is_good_for_one_payment", "it was refused");
        if (!done || (book.funded > 0 && world.keyOf(book.plain.client) == 0)) return;
        done = world.act(_stranger(), 0, message, false, "an authorization once more");
        if (done) world.fault("an_authorization_is_good_for_one_payment", "it was used again");
    }

    /// A contract signs everything, in any number of bytes but 65.
    function _authorization(Book memory book, uint256 amount, bytes32 nonce)
        internal
        view
        returns (Authorization memory a)
    {
        a = Authorization(0, type(uint256).max, "anything");
        uint256 key = world.keyOf(book.plain.client);
        if (key == 0) return a;
        bytes32 hash = keccak256(
            abi.encode(RECEIVE, book.plain.client, escrow, amount, a.validAfter, a.validBefore, nonce)
        );
        bytes32 domain = IDomain(book.coin).DOMAIN_SEPARATOR();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, hash)));
        a.signature = abi.encodePacked(r, s, v);
    }

    /// Terms of short lives of a few periods, with amounts in which the base fee, the cap and the funds are near each
    /// other.
    function _terms(uint256 dice) internal view returns (Terms memory plain) {
        bool byCouncil = dice >> 200 & 1 == 1;
        uint8 quorum = uint8(within(dice >> 8, 3, byCouncil ? 4 : 5));
        plain = Stage.terms(byCouncil ? world.council() : world.committee(), quorum);
        plain.token = world.coins(dice % 3);
        plain.client = world.people((dice >> 16) % 2);
        plain.agency = world.people(2 + (dice >> 17) % 2);
        plain.basis = Basis((dice >> 18) % 2);
        plain.startsAt = uint40(world.time() + (dice >> 24) % 2 days - 12 hours);
        plain.openBefore = uint40(world.time() + 1);
        plain.periodLength = uint32(within(dice >> 40, 1 days, 3 days));
        plain.periods = uint16(within(dice >> 72, 1, 4));
        plain.reportGrace = uint32(within(dice >> 80, 1 days, 8 days));
        if (plain.basis == Basis.Cumulative) plain.retentionBps = uint16((dice >> 112) % 5_001);
        plain.basePerPeriod = uint96((dice >> 128) % 300);
        plain.budget = uint96(1 + plain.periods * plain.basePerPeriod + (dice >> 140) % 1_000);
        if ((dice >> 160) % 2 == 0) plain.cap = uint96(1 + (dice >> 164) % 1_500);
        plain.steps = new Step[](1 + (dice >> 180) % 3);
        for (uint256 i = 0; i < plain.steps.length; ++i) {
            plain.steps[i] = Step(uint64(50 * (i + 1)), uint96((dice >> (188 + i)) % 200), uint96((dice >> 192) % 9e6));
        }
        _addDisputes(plain, uint256(keccak256(abi.encode(dice))));
        plain.salt = uint216(world.count());
    }

    /// Two times of three.
    function _addDisputes(Terms memory plain, uint256 dice) private view {
        plain.noticePeriod = uint32(within(dice >> 8, 1 hours, 1 days));
        if (dice % 3 == 0) return;
        plain.arbiter = world.people(6);
        plain.challengeWindow = uint32(within(dice >> 40, 1 days, 2 days));
        plain.rulingWindow = uint32(within(dice >> 72, 1 days, 2 days));
        plain.selfReport = plain.basis == Basis.Cumulative && dice >> 104 & 3 != 0;
    }
}

/// What most kinds of people do where nothing is there to be done: they submit a report, or dispute one.
abstract contract Reporter is Handler {
    /// One that waits for the parties then, as soon as its time has come.
    function _report(uint256 dice, uint64 value) internal {
        Book memory book = _book(dice, Want.Contestable);
        uint256 asOf = _likelyAsOf(book, dice >> 8);
        _passTo(asOf);
        _settle(book, asOf, value % 400, _enough(book, asOf));
    }

    /// A number on the right side of the reported one, by whom it may come from, most times. Where none may be filed,
    /// something is reported instead.
    function _dispute(uint256 dice, uint64 number) internal {
        Book memory book = _book(dice, Want.Disputable);
        bool isTooLate = world.time() >= book.waiting.windowEndsAt;
        if (isTooLate && dice >> 20 & 7 != 0) return _report(dice, number);
        Claim memory claim = book.waiting;
        uint256 who = (dice >> 8) % 8;
        bool isClient = who < 4;
        address sender = who == 7 ? _stranger() : isClient ? book.plain.client : book.plain.agency;
        uint256 value = isClient ? number % (uint256(claim.value) + 1) : uint256(claim.value) + number % 200;
        if (isClient && value == claim.value && value > 0 && dice >> 16 & 1 == 0) --value;
        bool isOnSide = isClient ? value < claim.value : value > claim.value && value <= type(uint64).max;
        bool isFirst = isClient ? !claim.byClient : !claim.byAgency && !claim.isSelfReport;
        bool isTimely = _waits(book) && world.time() < claim.windowEndsAt;
        bool allowed = _isOpen(book) && who != 7 && isTimely && isFirst && isOnSide;
        bytes memory message = abi.encodeCall(escrow.dispute, (book.terms, value, 0));
        world.act(sender, 0, message, allowed, "dispute");
    }

    function _settle(Book memory book, uint256 asOf, uint256 value, uint256 mask) internal {
        bool allowed = _isOpen(book) && _isTimely(book, asOf) && _isQuorum(book, asOf, mask);
        Signature[] memory signatures = _signed(book, Report(book.id, asOf, value, 0), mask);
        bytes memory message = abi.encodeCall(escrow.settle, (book.terms, asOf, value, 0, signatures));
        if (!allowed || book.plain.arbiter != address(0)) {
            world.act(_stranger(), 0, message, allowed, "settle");
            return;
        }
        (bool isTold, uint256 base, uint256 performance, uint256 refunded) = _dueFor(book, value, asOf);
        if (!world.act(_stranger(), 0, message, true, "settle")) return;
        Book memory settled = world.bookOf(world.indexOf(book.id));
        bool isAsTold = isTold && settled.base - book.base == base
            && settled.performance - book.performance == performance && settled.refunded - book.refunded == refunded;
        if (!isAsTold) world.fault("due_is_what_settling_pays", "dueFor said something else");
    }

    function _dueFor(Book memory book, uint256 value, uint256 asOf)
        private
        view
        returns (bool isTold, uint256 base, uint256 performance, uint256 refunded)
    {
        try escrow.dueFor(book.terms, value, asOf) returns (uint256 b, uint256 p, uint256 r) {
            return (true, b, p, r);
        } catch {}
    }

    /// What is overdue is resolved first, in a copy here.
    function _isTimely(Book memory original, uint256 asOf) internal view returns (bool) {
        uint256 time = world.time();
        Book memory book = _copy(original);
        bool takesPlace = book.waiting.isSelfReport && asOf == book.endsAt && time < _resolvableAt(book);
        if (takesPlace) return true;
        (bool isAwaited, bool isOver) = _resolved(book);
        if (isAwaited || isOver) return false;
        if (time >= _silentAt(book) || asOf > time || asOf <= book.lastAsOf || asOf > book.endsAt) return false;
        if (book.plain.basis == Basis.PerPeriod) return asOf == book.lastAsOf + book.plain.periodLength;
        return time < book.endsAt || asOf == book.endsAt;
    }

    function _copy(Book memory book) private pure returns (Book memory copy) {
        copy.plain = book.plain;
        copy.endsAt = book.endsAt;
        copy.lastAsOf = book.lastAsOf;
        copy.resolvedAt = book.resolvedAt;
        copy.waiting = book.waiting;
    }

    function _likelyAsOf(Book memory book, uint256 dice) internal view returns (uint256) {
        uint256 last = _waits(book) ? book.waiting.asOf : book.lastAsOf;
        if (book.plain.basis == Basis.PerPeriod) return last + book.plain.periodLength;
        uint256 time = world.time();
        if (time >= book.endsAt) return book.endsAt;
        if (time <= last) return last + 1 + dice % 1 days;
        return within(dice, last + 1, time);
    }

    function _isQuorum(Book memory book, uint256 asOf, uint256 mask) internal view returns (bool) {
        uint256 good = world.signersOf(book.plain.committee, asOf);
        return mask & ~good == 0 && _ones(mask) >= book.plain.quorum;
    }

    /// As many as must, if there are so many.
    function _enough(Book memory book, uint256 asOf) internal view returns (uint256 mask) {
        mask = world.signersOf(book.plain.committee, asOf);
        while (_ones(mask) > book.plain.quorum) mask &= mask - 1;
    }

    function _signed(Book memory book, Report memory report, uint256 mask) internal view returns (Signature[] memory) {
        return Stage.signatures(escrow, report, world.keysOf(book.plain.committee), mask);
    }

    function _ones(uint256 mask) internal pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) {
            ++count;
        }
    }
}

/// Opens deals and adds money to them; the patron pays for both clients, or they pay by authorization.
contract ClientHandler is Handler {
    constructor(World world_) Handler(world_) {}

    function open(uint256 dice, uint96 amount) external {
        dice = _roll(dice);
        if (world.livelyCount() > MOST_LIVELY || world.count() >= MOST_BOOKS) openAgain(dice, amount);
        else _openNew(dice);
    }

    function openAgain(uint256 dice, uint96 amount) public {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        if (book.funded > 0) _open(book, amount, false);
    }

    function topUp(uint256 dice, uint96 amount) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        amount = uint96(within(amount, 0, 3 * uint256(book.plain.budget)));
        bytes memory message = abi.encodeCall(escrow.topUp, (book.terms, amount));
        uint256 value = book.coin == address(0) ? amount : 0;
        world.act(world.patron(), value, message, _takesMoney(book) && amount > 0, "topUp");
    }

    /// With an authorization for the deal as it is, or one for another amount or another state of the deal.
    function topUpAuthorized(uint256 dice, uint96 amount) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        if (book.coin != world.coins(1)) return;
        amount = uint96(within(amount, 1, 3 * uint256(book.plain.budget)));
        uint256 wrong = dice >> 8 & 7;
        bytes32 nonce = keccak256(abi.encode(book.id, wrong == 0 ? book.funded + 1 : book.funded));
        Authorization memory a = _authorization(book, wrong == 1 ? uint256(amount) + 1 : amount, nonce);
        bool isGood = wrong > 1 || world.keyOf(book.plain.client) == 0;
        world.mint(book.plain.client, book.coin, amount);
        bytes memory message = abi.encodeCall(escrow.topUpWithAuthorization, (book.terms, amount, a));
        _useOnce(book, message, _takesMoney(book), isGood);
    }

    function _takesMoney(Book memory book) private view returns (bool) {
        return _isOpen(book) && world.time() < book.endsAt && !_waits(book);
    }

}

/// Turns deals down, reports where the quorum is silent, and stops and begins to take money.
contract AgencyHandler is Reporter {
    constructor(World world_) Handler(world_) {}

    function decline(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        // Seldom, since a deal that was declined has nothing more to tell.
        bool isAgency = (dice >> 8) % 8 == 0;
        address sender = isAgency ? book.plain.agency : world.people((dice >> 16) % 2);
        bool allowed = isAgency && _isOpen(book) && book.reports.length == 0 && !_waits(book);
        world.act(sender, 0, abi.encodeCall(escrow.decline, (book.terms)), allowed, "decline");
    }

    function selfReport(uint256 dice, uint64 value) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.SelfReporting);
        uint256 since = _graceStart(book) + book.plain.reportGrace / 2;
        if (book.plain.selfReport && !_waits(book) && dice >> 8 & 1 == 0) _passNear(since, dice >> 16);
        bool isAgency = (dice >> 24) % 8 != 0;
        bool isTimely = world.time() >= since && world.time() < _silentAt(book);
        bool allowed = isAgency && _isOpen(book) && book.plain.selfReport && !_waits(book) && isTimely;
        bytes memory message = abi.encodeCall(escrow.selfReport, (book.terms, value % 400, 0));
        world.act(isAgency ? book.plain.agency : book.plain.client, 0, message, allowed, "selfReport");
    }

    /// Coins are refused by contracts alone, the blocking token by anybody.
    function refuse(uint256 dice, bool on) external {
        dice = _roll(dice);
        bool inCoins = dice % 2 == 0;
        address account = world.people(inCoins ? 1 + 2 * ((dice >> 8) % 2) : (dice >> 8) % 4);
        world.setRefusing(account, world.coins(inCoins ? 0 : 2), on);
    }

    function withdraw(uint256 dice) external {
        dice = _roll(dice);
        (address account, address coin) = _creditor(dice);
        address to = (dice >> 16) % 4 == 0 ? _stranger() : account;
        bool allowed = world.credits(account, coin) > 0 && !world.refuses(to, coin);
        world.act(account, 0, abi.encodeCall(escrow.withdraw, (coin, to)), allowed, "withdraw");
    }

    /// Somebody with a credit, if anybody has one.
    function _creditor(uint256 dice) private view returns (address account, address coin) {
        for (uint256 i = 0; i < 12; ++i) {
            uint256 at = (dice + i) % 12;
            (account, coin) = (world.people(at / 3), world.coins(at % 3));
            if (world.credits(account, coin) > 0) break;
        }
    }
}

/// Client and agency, for what either or only both may do.
contract PartiesHandler is Reporter {
    bytes32 private constant SPLIT =
        keccak256("Split(bytes32 dealId,address token,uint256 agencyTotal,uint256 deadline)");
    bytes32 private constant AMENDMENT =
        keccak256("Amendment(bytes32 dealId,bytes32 newDealId,address token,uint256 agencyTotal,uint256 deadline)");

    constructor(World world_) Handler(world_) {}

    function dispute(uint256 dice, uint64 number) public {
        dice = _roll(dice);
        _dispute(dice, number);
    }

    function disputeSoon(uint256 dice, uint64 number) external {
        dispute(dice, number);
    }

    function giveNotice(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        // Seldom, as with `decline`.
        if (dice >> 8 & 3 != 0) return;
        uint256 who = (dice >> 16) % 8;
        address sender = who == 0 ? _stranger() : who < 4 ? book.plain.client : book.plain.agency;
        uint256 endsAt = world.time() + book.plain.noticePeriod;
        if (endsAt > book.plain.startsAt && book.plain.basis == Basis.PerPeriod) {
            uint256 length = book.plain.periodLength;
            uint256 rest = (endsAt - book.plain.startsAt) % length;
            if (rest > 0) endsAt += length - rest;
        }
        bool allowed = who > 0 && _isOpen(book) && endsAt < book.endsAt;
        world.act(sender, 0, abi.encodeCall(escrow.giveNotice, (book.terms)), allowed, "giveNotice");
    }

    function agree(uint256 dice, uint96 total) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        if (dice >> 8 & 3 != 0) return;
        total = uint96(_total(book, dice >> 16, total));
        uint256 deadline = world.time() + (dice >> 24) % 4;
        bytes32 digest = _typed(keccak256(abi.encode(SPLIT, book.id, book.plain.token, total, deadline)));
        (bytes memory client, bytes memory agency, bool signed) = _signatures(book, digest, dice >> 32);
        bytes memory message = abi.encodeCall(escrow.agree, (book.terms, total, deadline, client, agency));
        bool allowed = _isOpen(book) && world.time() < deadline && _isTotal(book, total) && signed;
        if (world.act(_stranger(), 0, message, allowed, "agree") && !signed) {
            world.fault("both_sign_what_changes_a_deal", "one did not sign the split");
        }
    }

    function amend(uint256 dice, uint96 total) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        if (world.count() >= MOST_BOOKS || !_isOpen(book)) return;
        total = uint96(_total(book, dice >> 16, total));
        (Book memory next, bool fits) = _next(book, uint256(keccak256(abi.encode(dice))), total);
        uint256 deadline = world.time() + (dice >> 24) % 4;
        bytes32 digest = _typed(keccak256(abi.encode(AMENDMENT, book.id, next.id, book.plain.token, total, deadline)));
        (bytes memory client, bytes memory agency, bool signed) = _signatures(book, digest, dice >> 32);
        bool allowed = fits && world.time() < deadline && _isTotal(book, total) && signed && !_waits(book);
        bytes memory message =
            abi.encodeCall(escrow.amend, (book.terms, next.terms, total, deadline, client, agency));
        if (world.act(_stranger(), 0, message, allowed, "amend") && !signed) {
            world.fault("both_sign_what_changes_a_deal", "one did not sign the amendment");
        }
    }

    /// The deal that an amendment opens, with other parties or a budget beyond the rest once in a while.
    function _next(Book memory book, uint256 dice, uint256 total) private returns (Book memory next, bool fits) {
        Terms memory plain = _terms(dice);
        plain.client = book.plain.client;
        plain.agency = book.plain.agency;
        plain.token = book.coin;
        uint256 rest = total < book.funded ? book.funded - total : 0;
        uint256 least = plain.basePerPeriod * plain.periods;
        if (least == 0) least = 1;
        plain.budget = uint96(Reckoning.greatest(least, within(dice >> 210, 0, rest)));
        fits = plain.budget <= rest && plain.startsAt >= book.lastAsOf;
        if (dice >> 250 == 0) {
            plain.agency = world.people(plain.agency == world.people(2) ? 3 : 2);
            fits = false;
        }
        next = world.bookOf(world.plan(plain));
    }

    function _total(Book memory book, uint256 dice, uint256 total) private pure returns (uint256) {
        uint256 paid = book.base + book.performance;
        if (dice % 8 == 0) return within(total, 0, book.funded + 1);
        return within(total, paid, paid < book.funded ? book.funded : paid);
    }

    function _isTotal(Book memory book, uint256 total) private pure returns (bool) {
        return total >= book.base + book.performance && total <= book.funded;
    }

    function _typed(bytes32 hash) private view returns (bytes32) {
        return Packing.typed(address(escrow), hash);
    }

    /// Of both or, sometimes, of one for both, or over something else. A contract signs everything.
    function _signatures(Book memory book, bytes32 digest, uint256 dice)
        private
        view
        returns (bytes memory client, bytes memory agency, bool signed)
    {
        uint256 clientKey = world.keyOf(book.plain.client);
        uint256 agencyKey = world.keyOf(book.plain.agency);
        uint256 wrong = dice % 8;
        client = _signature(wrong == 0 ? agencyKey : clientKey, digest);
        agency = _signature(wrong == 1 ? clientKey : agencyKey, wrong == 2 ? keccak256(abi.encode(digest)) : digest);
        signed = (wrong != 0 || clientKey == 0) && ((wrong != 1 && wrong != 2) || agencyKey == 0);
    }

    function _signature(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        if (key == 0) return "anything";
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}

/// Rules what is disputed, and tries to rule the rest.
contract ArbiterHandler is Reporter {
    constructor(World world_) Handler(world_) {}

    function rule(uint256 dice, uint64 number) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Disputed);
        if (!_isDisputed(book) && dice >> 48 & 7 != 0) return _dispute(dice, number);
        Claim memory claim = book.waiting;
        if (_isDisputed(book)) _passNear((dice >> 8) % 4 == 0 ? _resolvableAt(book) : claim.windowEndsAt, dice >> 16);
        uint256 least = claim.byClient ? claim.clientValue : claim.value;
        uint256 most = claim.byAgency ? claim.agencyValue : claim.value;
        uint256 value = within(number, least, most);
        if ((dice >> 24) % 8 == 0) value = least == 0 || dice >> 32 & 1 == 1 ? most + 1 : least - 1;
        bool isArbiter = (dice >> 40) % 8 != 0;
        bool isTimely = world.time() >= claim.windowEndsAt && world.time() < _resolvableAt(book);
        bool allowed =
            _isOpen(book) && isArbiter && _isDisputed(book) && isTimely && value >= least && value <= most;
        bytes memory message = abi.encodeCall(escrow.rule, (book.terms, value));
        world.act(isArbiter ? world.people(6) : book.plain.client, 0, message, allowed, "rule");
    }
}

/// Sign what is true and what is not: the contract can't tell, and must pay what was signed.
contract OraclesHandler is Reporter {
    uint256 private constant GAS_PER_ITEM = 500_000;

    constructor(World world_) Handler(world_) {}

    /// A report that may settle, most times.
    function settle(uint256 dice, uint64 value) public {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Reportable);
        uint256 asOf = _likelyAsOf(book, dice >> 8);
        if (dice >> 240 & 1 == 1) _passTo(asOf);
        _settle(book, asOf, (dice >> 7) % 8 == 0 ? value : value % 400, _enough(book, asOf));
    }

    function settleSoon(uint256 dice, uint64 value) external {
        settle(dice, value);
    }

    /// By any of the oracles, as of any time near; also by those that were members, or will be.
    function settleAnyhow(uint256 dice, uint64 value) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Reportable);
        uint256 asOf = within(dice >> 8, book.plain.startsAt, book.endsAt + 1);
        if ((dice >> 4) % 4 != 0) asOf = _likelyAsOf(book, dice >> 8);
        uint256 mask = (1 << world.keysOf(book.plain.committee).length) - 1;
        if ((dice >> 112) % 2 == 0) mask &= dice >> 128;
        if ((dice >> 113) % 4 != 0) mask &= world.membersOf(book.plain.committee);
        _settle(book, asOf, value % 400, mask);
    }

    /// The last report again, and the one that was before the last.
    function settleAgain(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        if (book.reports.length == 0) return;
        uint256 index = (dice >> 8) % book.reports.length;
        uint256 asOf = book.reports[index].asOf;
        _settle(book, asOf, book.reports[index].value, _enough(book, asOf));
    }

    /// One signer in all places, or a good list with one of them twice: never enough.
    function settleTwiceSigned(uint256 dice, uint64 value) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        uint256 asOf = _likelyAsOf(book, dice >> 8);
        Report memory report = Report(book.id, asOf, value % 400, 0);
        Signature[] memory signatures = _signed(book, report, _enough(book, asOf));
        if (signatures.length < 2) return;
        uint256 at = 1 + (dice >> 128) % (signatures.length - 1);
        for (uint256 i = at; i < ((dice >> 4) % 2 == 0 ? at + 1 : signatures.length); ++i) {
            signatures[i] = signatures[i - 1];
        }
        bytes memory message = abi.encodeCall(escrow.settle, (book.terms, asOf, report.value, 0, signatures));
        world.act(_stranger(), 0, message, false, "settle by one twice");
    }

    /// Up to three items of different deals, some of them bad, one perhaps twice.
    function settleBatch(uint256 dice, uint64 value) external {
        dice = _roll(dice);
        (uint256[] memory deals, bool[] memory good) = _items(dice, world.indexOf(_book(dice, Want.Lively).id));
        bytes[] memory calls = new bytes[](deals.length);
        for (uint256 i = 0; i < deals.length; ++i) {
            Book memory book = world.bookOf(deals[i]);
            uint256 asOf = _likelyAsOf(book, dice >> 8);
            uint256 mask = _enough(book, asOf);
            // The same one is the same.
            if (dice >> (64 + (_isBefore(deals, i) ? 0 : i)) & 3 == 0 && mask > 0) mask &= mask - 1;
            good[i] = !_isBefore(deals, i) && _isOpen(book) && _isTimely(book, asOf) && _isQuorum(book, asOf, mask);
            Signature[] memory signatures = _signed(book, Report(book.id, asOf, value % 400, 0), mask);
            calls[i] = abi.encodeCall(escrow.settle, (book.terms, asOf, value % 400, 0, signatures));
        }
        world.actOnMany(abi.encodeCall(escrow.settleBatch, (GAS_PER_ITEM, calls)), deals, good, "settleBatch");
    }

    /// The same under one root, which the committee of the first deal signs.
    function settleRooted(uint256 dice, uint64 value) external {
        dice = _roll(dice);
        (uint256[] memory deals, bool[] memory good) = _items(dice, world.indexOf(_book(dice, Want.Lively).id));
        Leaf[] memory leaves = new Leaf[](deals.length);
        bytes32[] memory hashes = new bytes32[](deals.length);
        Book memory first = world.bookOf(deals[0]);
        uint256 mask = _enough(first, _likelyAsOf(first, dice >> 8));
        for (uint256 i = 0; i < deals.length; ++i) {
            Book memory book = i == 0 ? first : world.bookOf(deals[i]);
            uint256 asOf = _likelyAsOf(book, dice >> 8);
            bool isSigned = book.plain.committee == first.plain.committee && _isQuorum(book, asOf, mask);
            good[i] = !_isBefore(deals, i) && _isOpen(book) && _isTimely(book, asOf) && isSigned;
            leaves[i] = Leaf(book.terms, asOf, value % 400, 0);
            bytes32 digest = escrow.reportDigestOf(Report(book.id, asOf, value % 400, 0));
            hashes[i] = keccak256(bytes.concat(keccak256(abi.encode(digest))));
        }
        bytes32 root = _rootOf(hashes);
        Signature[] memory signatures =
            Stage.signaturesOf(escrow.rootDigestOf(root), world.keysOf(first.plain.committee), mask);
        bool[] memory flags = new bool[](deals.length - 1);
        for (uint256 i = 0; i < flags.length; ++i) {
            flags[i] = true;
        }
        bool isForged = (dice >> 72) % 8 == 0;
        if (isForged) ++leaves[0].value;
        bytes memory message = abi.encodeCall(
            escrow.settleRooted, (GAS_PER_ITEM, root, signatures, leaves, new bytes32[](0), flags)
        );
        if (isForged) world.act(_stranger(), 0, message, false, "settleRooted with a leaf that is not in the tree");
        else world.actOnMany(message, deals, good, "settleRooted");
    }

    /// One to three deals, from this one on, each once, and sometimes the first of them again.
    function _items(uint256 dice, uint256 first)
        private
        view
        returns (uint256[] memory deals, bool[] memory good)
    {
        uint256 size = Reckoning.least(1 + (dice >> 40) % 3, world.count());
        bool isTwice = (dice >> 48) % 4 == 0;
        deals = new uint256[](isTwice ? size + 1 : size);
        good = new bool[](deals.length);
        for (uint256 i = 0; i < size; ++i) {
            deals[i] = (first + i) % world.count();
        }
        if (isTwice) deals[size] = deals[0];
    }

    function _isBefore(uint256[] memory deals, uint256 index) private pure returns (bool) {
        return index > 0 && deals[index] == deals[0];
    }

    /// As OpenZeppelin's multiproof of all leaves, in their order, goes.
    function _rootOf(bytes32[] memory leaves) private pure returns (bytes32) {
        bytes32[] memory queue = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) {
            queue[i] = leaves[i];
        }
        for (uint256 i = leaves.length; i < queue.length; ++i) {
            (bytes32 a, bytes32 b) = (queue[2 * (i - leaves.length)], queue[2 * (i - leaves.length) + 1]);
            queue[i] = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
        }
        return queue[queue.length - 1];
    }

}

/// The admin of the council, its members, and those who would like to be.
contract CouncilHandler is Handler {
    uint256 private constant POOL = 9;

    ICommittees private immutable _committees;

    constructor(World world_) Handler(world_) {
        _committees = ICommittees(address(escrow));
    }

    function addMember(uint256 dice) external {
        dice = _roll(dice);
        (address sender, bool isAdmin) = _admin(dice);
        (address member, uint256 leavesAt) = _newcomer(dice >> 8);
        bool allowed = isAdmin && leavesAt == 0 && world.councilSize() < 5;
        bytes memory message = abi.encodeCall(ICommittees.addMember, (world.council(), member));
        world.act(sender, 0, message, allowed, "addMember");
    }

    function removeMember(uint256 dice) external {
        dice = _roll(dice);
        (address sender, bool isAdmin) = _admin(dice);
        address member = _candidate(dice >> 8);
        (,, uint256 leavesAt) = world.seats(member);
        bool allowed = isAdmin && leavesAt == type(uint40).max && world.councilSize() > 4;
        bytes memory message = abi.encodeCall(ICommittees.removeMember, (world.council(), member));
        if (!world.act(sender, 0, message, allowed, "removeMember")) return;
        (,, leavesAt) = world.seats(member);
        if (leavesAt == world.time()) world.fault("a_change_of_members_waits", "one was removed at once");
    }

    /// Seldom by members, since a council that is gone signs nothing more.
    function leaveCommittee(uint256 dice) external {
        dice = _roll(dice);
        address member = dice % 8 == 0 ? _candidate(dice >> 8) : _stranger();
        (,, uint256 leavesAt) = world.seats(member);
        bytes memory message = abi.encodeCall(ICommittees.leaveCommittee, (world.council()));
        world.act(member, 0, message, leavesAt > world.time(), "leaveCommittee");
    }

    /// Mostly with two reports that prove nothing.
    function proveEquivocation(uint256 dice) external {
        dice = _roll(dice);
        uint256 kind = dice % 12;
        uint256 key = _keyOf(dice >> 8);
        Report memory a = Report(keccak256("a deal"), dice >> 128, 7, 0);
        Report memory b = Report(a.dealId, a.asOf, a.value, a.evidence);
        if (kind == 0) ++b.value;
        else if (kind == 1) b.evidence = keccak256("other evidence");
        else if (kind == 2) ++b.asOf;
        else if (kind == 3) b.dealId = keccak256("another deal");
        else if (kind < 9) ++b.value;
        bool isByTwo = kind >= 4 && kind < 9;
        bool isProof = kind < 2;
        SignedReport memory first = _signed(a, key, dice >> 16 & 1 == 1);
        SignedReport memory second = _signed(b, isByTwo ? _keyOf((dice >> 8) + 1) : key, dice >> 17 & 1 == 1);
        (,, uint256 leavesAt) = world.seats(vm.addr(key));
        bytes memory message = abi.encodeCall(ICommittees.proveEquivocation, (world.council(), first, second));
        bool done = world.act(_stranger(), 0, message, isProof && leavesAt > world.time(), "proveEquivocation");
        if (done && !isProof) world.fault("only_two_values_prove_equivocation", "something else did");
    }

    function offerAdmin(uint256 dice) external {
        dice = _roll(dice);
        (address sender, bool isAdmin) = _admin(dice);
        address next = (dice >> 8) % 4 == 0 ? address(0) : world.people(4 + (dice >> 16) % 4);
        bytes memory message = abi.encodeCall(ICommittees.offerAdmin, (world.council(), next));
        world.act(sender, 0, message, isAdmin, "offerAdmin");
    }

    function acceptAdmin(uint256 dice) external {
        dice = _roll(dice);
        address sender = dice % 4 == 0 ? _stranger() : world.nextAdmin();
        if (sender == address(0)) return;
        bytes memory message = abi.encodeCall(ICommittees.acceptAdmin, (world.council()));
        world.act(sender, 0, message, sender == world.nextAdmin(), "acceptAdmin");
    }

    function _admin(uint256 dice) private view returns (address sender, bool isAdmin) {
        sender = dice % 4 == 0 ? _stranger() : world.admin();
        isAdmin = sender == world.admin();
    }

    /// Somebody who never was a member, if there is anybody; three times of four.
    function _newcomer(uint256 dice) private view returns (address member, uint256 leavesAt) {
        for (uint256 i = 0; i < (dice % 4 == 0 ? 1 : POOL); ++i) {
            member = _candidate(dice / 4 + i);
            (,, leavesAt) = world.seats(member);
            if (leavesAt == 0) break;
        }
    }

    function _candidate(uint256 dice) private view returns (address) {
        return vm.addr(_keyOf(dice));
    }

    function _keyOf(uint256 dice) private view returns (uint256) {
        return world.keysOf(world.council())[dice % POOL];
    }

    /// A tree of one leaf has it as its root.
    function _signed(Report memory report, uint256 key, bool isRooted) private view returns (SignedReport memory) {
        bytes32 digest = escrow.reportDigestOf(report);
        if (isRooted) digest = escrow.rootDigestOf(keccak256(bytes.concat(keccak256(abi.encode(digest)))));
        return SignedReport(report, isRooted, new bytes32[](0), Stage.signature(key, digest));
    }
}

/// Has no part in anything: resolves and closes what is overdue, gives money away, and tries what others may.
contract StrangerHandler is Reporter {
    constructor(World world_) Handler(world_) {}

    function refund(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Silent);
        bytes memory message = abi.encodeCall(escrow.refund, (book.terms));
        bool isOpen = _isOpen(book);
        (bool isAwaited, bool isOver) = _resolved(book);
        bool allowed = isOpen && !isAwaited && (isOver || world.time() >= _silentAt(book));
        world.act(_stranger(), 0, message, allowed, "refund");
    }

    function finalize(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Waiting);
        if (!_waits(book) && dice >> 48 & 7 != 0) return _report(dice, uint64(dice >> 128));
        uint256 windowEndsAt = book.waiting.windowEndsAt;
        if (_waits(book)) _passNear(dice >> 8 & 1 == 1 ? windowEndsAt : _resolvableAt(book), dice >> 16);
        bool isPart = world.time() >= windowEndsAt && !book.waiting.agreedPaid;
        bool allowed = _isOpen(book) && _waits(book) && (isPart || world.time() >= _resolvableAt(book));
        world.act(_stranger(), 0, abi.encodeCall(escrow.finalize, (book.terms)), allowed, "finalize");
    }

    function donate(uint256 dice, uint64 amount) external {
        dice = _roll(dice);
        world.donate(world.coins(dice % 3), amount);
    }

    /// Terms of a deal with one bit changed name another, which nobody opened.
    function useChangedTerms(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        book.terms[(dice >> 8) % book.terms.length] ^= 1 << ((dice >> 16) % 256);
        bytes[4] memory messages = [
            abi.encodeCall(escrow.refund, (book.terms)),
            abi.encodeCall(escrow.decline, (book.terms)),
            abi.encodeCall(escrow.giveNotice, (book.terms)),
            abi.encodeCall(escrow.finalize, (book.terms))
        ];
        bytes memory message = messages[(dice >> 4) % 4];
        world.act(address(uint160(book.terms[1])), 0, message, false, "a call with changed terms");
    }
}

contract ClockHandler is Handler {
    constructor(World world_) Handler(world_) {}

    function passHours(uint32 seconds_) external {
        world.pass(within(seconds_, 1, 2 days));
    }

    /// To a border of a deal, or next to it.
    function passTo(uint256 dice) external {
        dice = _roll(dice);
        Book memory book = _book(dice, Want.Lively);
        uint256 period = within(dice >> 8, 1, book.plain.periods);
        uint256[3] memory borders =
            [book.plain.startsAt + period * book.plain.periodLength, book.endsAt, _silentAt(book)];
        uint256 border = borders[(dice >> 16) % 3] + (dice >> 24) % 3 - 1;
        uint256 time = world.time();
        if (border > time) world.pass(border - time);
    }
}
