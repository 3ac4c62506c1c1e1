"""Controlling against check source: which of the two numbers counts. Knows numbers and units, no event."""

from collections.abc import Mapping
from dataclasses import dataclass

from escrow.errors import Discrepancy

FINE_BPS = 200
"""Up to this share of the controlling number the two may differ, and that one counts."""
MOST_BPS = 1_000
"""Up to this one the lower counts; beyond it there is no value."""
_WHOLE = 10_000


@dataclass(frozen=True)
class Differing:
    """A unit that the two sides do not count alike, and what it adds at each."""

    unit_key: bytes
    controlling: int
    check: int


def reconciled(controlling: int, check: int) -> int:
    """Discrepancy where they are too far apart."""
    distance = abs(controlling - check) * _WHOLE
    if distance > MOST_BPS * controlling:
        raise Discrepancy(controlling, check, MOST_BPS)
    return controlling if distance <= FINE_BPS * controlling else min(controlling, check)


def differing(controlling: Mapping[bytes, int], check: Mapping[bytes, int]) -> tuple[Differing, ...]:
    """Units by their keys, ascending."""
    keys = sorted({*controlling, *check})
    return tuple(
        Differing(key, controlling.get(key, 0), check.get(key, 0))
        for key in keys
        if controlling.get(key, 0) != check.get(key, 0)
    )
