// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What a report's value counts: everything since the start, or one period alone.
enum Basis {
    Cumulative,
    PerPeriod
}

/// One piece of the payout schedule. Reaching `from` earns `flat` once; each metric unit between `from` and the
/// next step's `from` earns `rate`.
struct Step {
    /// Metric units (a count, or cents), never base units of a token.
    uint64 from;
    /// Token base units.
    uint96 flat;
    /// Token base units per metric unit, scaled by 1e6.
    uint96 rate;
}

/// What the contract enforces, in the plain form that a person reads and signs (EIP-712). Calldata and the
/// `DealOpened` event carry the packed form of the same terms, see TermsCodec. Times are Unix seconds.
struct Terms {
    address client;
    address agency;
    /// 0 = the chain's native coin.
    address token;
    /// Least amount that opens the deal, token base units.
    uint96 budget;
    /// The deal can be opened while `block.timestamp < openBefore`.
    uint40 openBefore;
    bytes12 committee;
    /// How many members must sign the same report.
    uint8 quorum;
    /// 0 = none.
    address arbiter;
    /// SHA-256 of the agreement's canonical JSON.
    bytes32 agreement;
    Basis basis;
    uint40 startsAt;
    uint32 periodLength;
    uint16 periods;
    /// How long after the end the final report is still accepted.
    uint32 reportGrace;
    /// 0 = a settled report pays at once.
    uint32 challengeWindow;
    uint32 rulingWindow;
    /// Whether the agency may report itself when the quorum is silent.
    bool selfReport;
    uint32 noticePeriod;
    /// Share of the performance pay that is held until the end, 1/10,000.
    uint16 retentionBps;
    /// Earned by time, token base units per period.
    uint96 basePerPeriod;
    /// Most that performance can earn (per period where the basis is per period); 0 = whatever is funded.
    uint96 cap;
    Step[] steps;
    uint216 salt;
}

/// What the quorum signs (EIP-712). The value is the metric, never money.
struct Report {
    bytes32 dealId;
    uint256 asOf;
    uint256 value;
    /// SHA-256 of the evidence bundle.
    bytes32 evidence;
}

/// Compact signature (EIP-2098).
struct Signature {
    bytes32 r;
    bytes32 vs;
}

/// State of one deal, unpacked from its single storage slot.
struct Deal {
    /// Everything paid in so far; 0 = never opened.
    uint96 funded;
    /// Cumulative, before a report as of the end: the most that any report earned (after the cap, before the limit of
    /// the funds). Otherwise what was paid for performance.
    uint96 performance;
    /// As-of time of the last report of which something was applied; `startsAt` before the first.
    uint40 lastAsOf;
    uint40 endsAt;
    bool closed;
}

/// A report that waits in its challenge window or for a ruling, unpacked from the deal's second slot, which is there
/// no longer than that.
struct Claim {
    /// The report's; 0 = nothing waits.
    uint40 asOf;
    /// The parties may file numbers while `block.timestamp < windowEndsAt`.
    uint40 windowEndsAt;
    /// As the quorum signed it or, in a self-report, as the agency says.
    uint64 reported;
    /// That with what earlier rulings add to it, see `Resolution`; in a self-report the same. The parties' numbers are
    /// on this scale.
    uint64 value;
    /// Filed by the client, where `byClient` says so: below `value`.
    uint64 clientValue;
    /// Filed by the agency, where `byAgency` says so: above `value`.
    uint64 agencyValue;
    bool byClient;
    bool byAgency;
    bool isSelfReport;
    /// What both parties accept has been paid.
    bool agreedPaid;
}

/// What rulings leave behind for later reports of the deal.
struct Resolution {
    /// Added to every later value of a cumulative deal: the last ruling less what was reported.
    int128 adjust;
    /// When the last waiting report could be resolved; the grace does not run before that.
    uint40 resolvedAt;
}

/// What leaves a deal.
struct Payout {
    /// To the agency,
    uint256 base;
    uint256 performance;
    /// and to the client.
    uint256 refunded;
}

/// How a waiting report was resolved.
enum Outcome {
    /// Nobody disputed it.
    Accepted,
    Ruled,
    /// The arbiter was silent: the quorum's number stands, or in a self-report the one that the client accepted.
    Unruled
}

/// One report under a signed Merkle root, see `settleRooted`.
struct Leaf {
    uint256[] terms;
    uint256 asOf;
    uint256 value;
    bytes32 evidence;
}

/// A report that one oracle signed, by itself or, where `isRooted`, under a root that the proof leads to.
struct SignedReport {
    Report report;
    bool isRooted;
    bytes32[] proof;
    Signature signature;
}

/// The client's EIP-3009 authorization. 65 bytes are r, s, v of a key; other lengths go to the token as they are.
struct Authorization {
    uint256 validAfter;
    uint256 validBefore;
    bytes signature;
}

/// Derived from the slots, the terms and the clock; never stored.
enum Status {
    /// Never opened.
    Unknown,
    /// Opened, not started.
    Scheduled,
    /// Between start and end.
    Running,
    /// After the end: the final report is still accepted, or a report waits.
    Ended,
    /// After end and grace without a final report: only a refund is left.
    Silent,
    Closed
}

/// Why a deal closed.
enum Closing {
    FinalReport,
    Silence,
    Declined,
    /// A notice that ran out before the start.
    Notice,
    /// Both parties signed a split.
    Agreed,
    /// Both parties moved the money to new terms.
    Amended
}

/// Bounds of a committee, one slot.
struct Committee {
    /// 0 = nobody can ever change it.
    address admin;
    /// How long a change of members waits, seconds.
    uint32 delay;
    uint8 minQuorum;
    uint8 maxQuorum;
    /// Members, with those that are queued, without those whose removal is queued.
    uint16 size;
    /// Index of the next member; never used again, whoever leaves.
    uint16 nextIndex;
}

/// One member of one committee, one slot. Who has left never comes back.
struct Member {
    uint8 index;
    /// Its signatures count for reports as of later than this,
    uint40 activeAt;
    /// and only while `block.timestamp < leavesAt`; 0 = never a member, the largest = no end.
    uint40 leavesAt;
}
