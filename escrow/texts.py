"""How ids and times are written in messages; never fails. Knows nothing of what they mean."""

from datetime import UTC, datetime
from functools import lru_cache

_DAY = 86_400

LAST_SECOND = 253_402_300_799
"""9999-12-31T23:59:59Z, the last time that RFC 3339 can write."""


def time_text(at: int) -> str:
    """RFC 3339, or the bare number where that has no room for it."""
    if not 0 <= at <= LAST_SECOND:
        return str(at)
    day, second = divmod(at, _DAY)
    return f"{_day_text(day)}T{_clock_text(second)}Z"


@lru_cache(maxsize=4_096)
def _day_text(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%d")


@lru_cache(maxsize=_DAY)
def _clock_text(second: int) -> str:
    return f"{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}"


def short(identifier: str) -> str:
    """The first characters of a long id, enough to find it in a list."""
    return identifier if len(identifier) <= 12 else f"{identifier[:10]}…"


def quoted(given: object) -> str:
    """Something that came from outside, cut to a length that a log line bears."""
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:79]}…"
