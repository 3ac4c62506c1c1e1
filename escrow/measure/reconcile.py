"""Controlling against check source: which of the two numbers counts. Knows numbers and units, no event."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FINE_BPS = 200
MOST_BPS = 1_000
_WHOLE = 10_000


class Nearness(StrEnum):
    """How far the check source's number is from the controlling one, as a share of that."""

    FINE = "within 2%"
    APART = "within 10%"
    """The controlling number counts, and the difference is shown."""
    FAR = "beyond 10%, so the smaller counts"


@dataclass(frozen=True)
class Differing:
    """A unit that the two sides do not count alike, and what it adds at each."""

    unit_key: bytes
    controlling: int
    check: int


def nearness(controlling: int, check: int) -> Nearness:
    distance = abs(controlling - check) * _WHOLE
    if distance <= FINE_BPS * controlling:
        return Nearness.FINE
    return Nearness.APART if distance <= MOST_BPS * controlling else Nearness.FAR


def reconciled(controlling: int, check: int) -> int:
    """The number that counts."""
    return min(controlling, check) if nearness(controlling, check) is Nearness.FAR else controlling


def differing(controlling: Mapping[bytes, int], check: Mapping[bytes, int]) -> tuple[Differing, ...]:
    """Units by their keys, ascending."""
    keys = sorted({*controlling, *check})
    return tuple(
        Differing(key, controlling.get(key, 0), check.get(key, 0))
        for key in keys
        if controlling.get(key, 0) != check.get(key, 0)
    )
