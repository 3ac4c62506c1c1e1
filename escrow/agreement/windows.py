"""When a unit counts, for how long it can be declined or taken back, and how many can count. Lengths are seconds, intervals
half-open. The defaults are what holds where an agreement says nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """Two units with the same text in this attribute, less than the window apart, are one person's."""

    field: str
    within_seconds: int


@dataclass(frozen=True)
class Dedupe:
    """`repeat_after_seconds`: a unit counts anew that long after it last did; None: it counts once."""

    repeat_after_seconds: int | None = None
    identity: Identity | None = None


@dataclass(frozen=True)
class Attribution:
    """The attribute holds the time of the touch; the unit must follow it by less than the window."""

    field: str
    within_seconds: int


@dataclass(frozen=True)
class Decline:
    """For this long after the unit the client can decline it; silence approves. For `contest_seconds` after the decline the
    agency can contest it."""

    within_seconds: int
    contest_seconds: int


@dataclass(frozen=True)
class Reversal:
    """`within_seconds`: after that long nothing takes the unit back; None: always possible. `share_bps`: of the units, in
    hundredths of a percent, which may be declined or taken back without the check source's agreement; None: all."""

    within_seconds: int | None = None
    share_bps: int | None = None


@dataclass(frozen=True)
class PeriodCap:
    """Periods of this length follow each other from the flight's start."""

    seconds: int
    most: int


@dataclass(frozen=True)
class Caps:
    """Of the value; days are of UTC. A unit counts whole or not at all."""

    per_day: int | None = None
    per_period: PeriodCap | None = None
    total: int | None = None
