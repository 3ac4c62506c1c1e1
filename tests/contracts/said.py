"""What the contract's events said of one deal, put in order: reports that were filed, and values that counted.

Knows nothing of the model and reads no state.
"""

from dataclasses import dataclass, field

import clock
from deals import ACCEPTED, BY_AGREEMENT, BY_AMENDMENT, RULED, UNRULED
from model import Due, in_range

BY_QUORUM, BY_CLIENT, BY_SILENCE, BY_ARBITER, BY_ARBITERS_SILENCE = "quorum", "client", "silence", "arbiter", "no arbiter"
OUTCOMES = {ACCEPTED: BY_SILENCE, RULED: BY_ARBITER, UNRULED: BY_ARBITERS_SILENCE}


@dataclass
class Filed:
    """A report, and when; `window_ends_at` is 0 where it did not wait."""

    at: int
    as_of: int
    reported: int
    signers: int
    adjust: int = 0
    window_ends_at: int = 0
    client: int | None = None
    agency: int | None = None

    @property
    def is_self_report(self) -> bool:
        return self.signers == 0

    @property
    def value(self) -> int:
        return in_range(self.reported + self.adjust)

    @property
    def numbers(self) -> list[int]:
        return [number for number in (self.client, self.value, self.agency) if number is not None]

    @property
    def is_disputed(self) -> bool:
        return len(self.numbers) > 1


@dataclass(frozen=True)
class Counted:
    """A value that pays, whose word it is, and when."""

    at: int
    report: Filed
    value: int
    whose: str
    performance: int


@dataclass
class Said:
    deal_id: str
    client: str
    paid: Due = field(default_factory=Due)
    filed: list[Filed] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    closings: int = 0

    def take(self, events) -> Due:
        """Adds what one transaction said of this deal, and returns what it paid."""
        now, due = clock.now(), Due()
        for event in events:
            if event.name in READERS and str(event["dealId"]) == self.deal_id:
                due += READERS[event.name](self, event, now)
                if event.name == "DealClosed" and event["cause"] == BY_AMENDMENT:
                    due += Due(moved=sum(opened["amount"] for opened in events["DealOpened"]))
        self.paid += due
        return due

    def _settled(self, event, now) -> Due:
        self.filed.append(Filed(now, event["asOf"], event["value"], event["signers"]))
        return self._counts(event, now, BY_QUORUM)

    def _waits(self, event, now) -> Due:
        window = event["windowEndsAt"]
        self.filed.append(Filed(now, event["asOf"], event["value"], event["signers"], event["adjust"], window))
        return Due()

    def _disputed(self, event, now) -> Due:
        if event["party"] == self.client:
            self.filed[-1].client = event["value"]
            return self._counts(event, now, BY_CLIENT)
        self.filed[-1].agency = event["value"]
        return _paid_by(event)

    def _agreed(self, event, now) -> Due:
        return self._counts(event, now, BY_SILENCE)

    def _resolved(self, event, now) -> Due:
        return self._counts(event, now, OUTCOMES[event["outcome"]])

    def _closed(self, event, now) -> Due:
        self.closings += 1
        if event["cause"] in (BY_AGREEMENT, BY_AMENDMENT):
            return Due(event["base"], split=event["performance"], refunded=event["refunded"])
        return _paid_by(event)

    def _counts(self, event, now, whose: str) -> Due:
        self.counted.append(Counted(now, self.filed[-1], event["value"], whose, event["performance"]))
        return _paid_by(event)


def _paid_by(event) -> Due:
    return Due(**{part: event[part] for part in ("base", "performance", "refunded") if part in event})


READERS = {
    "ReportSettled": Said._settled,
    "ReportWaits": Said._waits,
    "ReportDisputed": Said._disputed,
    "AgreedPartPaid": Said._agreed,
    "ReportResolved": Said._resolved,
    "DealToppedUp": lambda said, event, now: _paid_by(event),
    "NoticeGiven": lambda said, event, now: _paid_by(event),
    "DealClosed": Said._closed,
}
