"""Times as text and as Unix seconds. Knows RFC 3339 and UTC; never asks what time it is."""

import re
from datetime import datetime

from escrow.errors import TimeFormatProblem
from escrow.ids import Timestamp
from escrow.texts import LAST_SECOND, time_text

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def parse_time(text: str) -> Timestamp:
    """Whole seconds with Z or an offset; TimeFormatProblem for anything else."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise TimeFormatProblem(text, "is not RFC 3339 in whole seconds, like 2008-05-01T00:00:00Z")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise TimeFormatProblem(text, "is no day of the calendar") from error
    seconds = int(at.timestamp())
    if not 0 <= seconds <= LAST_SECOND:
        raise TimeFormatProblem(text, "is outside the years 1970 to 9999")
    return Timestamp(seconds)


def format_time(at: int) -> str:
    """2008-05-01T00:00:00Z; TimeFormatProblem outside the years 1970 to 9999."""
    if not 0 <= at <= LAST_SECOND:
        raise TimeFormatProblem(at, "is outside the years 1970 to 9999")
    return time_text(at)
