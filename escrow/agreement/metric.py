"""What the value of a report says: the methods, and what each one needs to know. Knows no event."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """Kind of the metric and version of its rules."""

    COUNT = "count/1"
    """Units."""
    SUM = "sum/1"
    """Of quantities, or of values in one currency."""
    RATE = "rate/1"
    """Units accepted per unit decided on."""
    SAVINGS = "savings/1"
    """What resolved contacts cost less than people would have."""
    UPLIFT = "uplift/1"
    """Against a randomised holdout. Comes later: no agreement on it is sound yet."""


@dataclass(frozen=True)
class SumOfQuantity:
    """Of `quantity`."""


@dataclass(frozen=True)
class SumOfValue:
    """Of `value_minor`, in 10^-exponent of the currency; each event's part rounded down."""

    currency: str
    exponent: int


@dataclass(frozen=True)
class Rate:
    """`scale` is the value where all are accepted."""

    scale: int


@dataclass(frozen=True)
class Cost:
    """Of one contact, frozen in the agreement: by people, and by the client's own agent."""

    human: int
    own: int


@dataclass(frozen=True)
class Savings:
    """`costs` in 10^-exponent of the currency, by (channel, topic), which events carry as attributes of these names."""

    currency: str
    exponent: int
    costs: Mapping[tuple[str, str], Cost]


Metric = SumOfQuantity | SumOfValue | Rate | Savings
