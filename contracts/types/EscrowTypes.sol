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
    /// Cumulative: the most that any settled report earned (after the cap, before the limit of the funds).
    /// Per period: the sum of the performance pay.
    uint96 performance;
    /// As-of time of the last settled report; `startsAt` before the first.
    uint40 lastAsOf;
    uint40 endsAt;
    bool closed;
}

/// Derived from the slot, the terms and the clock; never stored.
enum Status {
    /// Never opened.
    Unknown,
    /// Opened, not started.
    Scheduled,
    /// Between start and end.
    Running,
    /// After the end, the final report is still accepted.
    Ended,
    /// After end and grace without a final report: only a refund is left.
    Silent,
    Closed
}

/// Why a deal closed.
enum Closing {
    FinalReport,
    Silence,
    Declined
}

/// Bounds of a committee, one slot.
struct Committee {
    /// 0 = nobody can ever change it.
    address admin;
    /// How long a change of members waits, seconds.
    uint32 delay;
    uint8 minQuorum;
    uint8 maxQuorum;
    uint16 size;
}

/// One member of one committee, one slot.
struct Member {
    bool isMember;
    uint8 index;
    uint40 activeAt;
}
