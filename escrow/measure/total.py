"""One side's number as of a time, from its rows: a sum, or a rate. Knows no event and no other side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from escrow.agreement.metric import Metric, Rate
from escrow.measure.row import Row
from escrow.measure.state import ACCEPTED, DECIDED, INVALID, OVERCAP, PLACED


def total_of(metric: Metric | None, rows: Iterable[Row], period_start: int | None = None) -> int:
    """From the start of the deal; of a rate, from `period_start` where there is one. Never below zero."""
    if isinstance(metric, Rate):
        return _rate(metric, rows, period_start)
    return max(0, sum(row.quantity for row in rows if row.is_counted))


def per_unit(rows: Iterable[Row]) -> dict[bytes, int]:
    """What each counted unit adds."""
    amounts: defaultdict[bytes, int] = defaultdict(int)
    for row in rows:
        if row.is_counted:
            amounts[row.unit_key] += row.quantity
    return dict(amounts)


def carried(totals: Sequence[int]) -> int:
    """The last period's own value, from the totals as of the ends of all: what a period can't bear lowers the next."""
    reported = value = 0
    for total in totals:
        value = max(0, total - reported)
        reported += value
    return value


def boundaries(start: int, as_of: int, period_start: int) -> Iterator[int]:
    """Ends of the periods before the one that begins at `period_start`; all are as long as that."""
    length = as_of - period_start
    yield from range(period_start - (period_start - start) // length * length + length, period_start + 1, length)


def _rate(metric: Rate, rows: Iterable[Row], period_start: int | None) -> int:
    """floor(scale × accepted / decided). A unit that failed the rules, and was never let in, is decided once."""
    accepted = decided = 0
    failed: set[bytes] = set()
    let_in: set[bytes] = set()
    for row in rows:
        if period_start is not None and row.occurred_at < period_start:
            continue
        if row.state == INVALID:
            failed.add(row.unit_key)
        elif row.state in PLACED or row.state in DECIDED or row.state == OVERCAP:
            let_in.add(row.unit_key)
            decided += row.state in DECIDED
            accepted += row.state in ACCEPTED
    decided += len(failed - let_in)
    return metric.scale * accepted // decided if decided else 0
