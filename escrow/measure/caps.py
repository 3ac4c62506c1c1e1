"""Which units are beyond the caps. Knows times and amounts, no state."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from escrow.agreement.windows import Caps

_DAY = 86_400


def over_caps(caps: Caps, start: int, units: Iterable[tuple[int, int, int]]) -> Iterator[int]:
    """Names of those that find no place. `units` are (name, time, amount) in the order of time.

    A unit counts whole or not at all; a smaller one after it may still fit.
    """
    if caps == Caps():
        return
    used: defaultdict[tuple[str, int], int] = defaultdict(int)
    for name, at, amount in units:
        limits = list(_limits(caps, start, at))
        if any(used[key] + amount > most for key, most in limits):
            yield name
            continue
        for key, _ in limits:
            used[key] += amount


def _limits(caps: Caps, start: int, at: int) -> Iterator[tuple[tuple[str, int], int]]:
    """Which caps the unit falls under, and what each lets through."""
    if caps.per_day is not None:
        yield ("day", at // _DAY), caps.per_day
    if caps.per_period is not None:
        yield ("period", (at - start) // caps.per_period.seconds), caps.per_period.most
    if caps.total is not None:
        yield ("total", 0), caps.total
