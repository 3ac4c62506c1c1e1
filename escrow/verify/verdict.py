"""What a recomputation found: for each settlement and for the whole deal, equal or the first difference."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from escrow.clock import format_time
from escrow.ids import DealId, DocumentHash, Timestamp, Units

NO_UNITS = Units(0)
EQUAL = "recomputed, equal"


@dataclass(frozen=True)
class Fact:
    """Something recomputed, and what the chain or the bundle says of it."""

    what: str
    expected: object
    found: object


@dataclass(frozen=True)
class Difference:
    """`expected` was recomputed, `found` is what is there."""

    place: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} should be {self.expected}, but is {self.found}"

    def to_json(self) -> dict[str, str]:
        return {"place": self.place, "what": self.what, "expected": self.expected, "found": self.found}


def first_difference(place: str, facts: Iterable[Fact]) -> Difference | None:
    """Facts after the first difference are not asked for, so they may build on those before."""
    for fact in facts:
        if fact.expected != fact.found:
            return Difference(place, fact.what, str(fact.expected), str(fact.found))
    return None


@dataclass(frozen=True)
class ReportVerdict:
    """`value` as reported; `counts_as` what it counts with in the end, by adjustments and rulings, None while it waits.
    `from_events`: the value was measured again from events, not only recounted from the bundle's rows."""

    as_of: Timestamp
    value: int
    evidence: DocumentHash
    base: Units
    performance: Units
    from_events: bool
    difference: Difference | None
    counts_as: int | None = None

    @property
    def text(self) -> str:
        return EQUAL if self.difference is None else str(self.difference)

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": format_time(self.as_of),
            "value": str(self.value),
            "counts_as": None if self.counts_as is None else str(self.counts_as),
            "evidence": self.evidence,
            "base": str(self.base),
            "performance": str(self.performance),
            "from_events": self.from_events,
            "verdict": self.text,
            "difference": self.difference.to_json() if self.difference else None,
        }


@dataclass(frozen=True)
class Verdict:
    """Amounts are the chain's. `left` is still in the deal: not earned yet, retained until its end, or in dispute.
    `moved` went on to new terms."""

    deal_id: DealId
    reports: tuple[ReportVerdict, ...]
    funded: Units
    paid: Units
    refunded: Units
    left: Units
    closed: bool
    difference: Difference | None
    moved: Units = NO_UNITS

    @property
    def is_equal(self) -> bool:
        return self.difference is None

    @property
    def text(self) -> str:
        return EQUAL if self.difference is None else str(self.difference)

    def to_json(self) -> dict[str, Any]:
        return {
            "deal_id": self.deal_id,
            "verdict": self.text,
            "difference": self.difference.to_json() if self.difference else None,
            "funded": str(self.funded),
            "paid": str(self.paid),
            "refunded": str(self.refunded),
            "left": str(self.left),
            "moved": str(self.moved),
            "closed": self.closed,
            "reports": [report.to_json() for report in self.reports],
        }
