"""The value of a measurement from its rows alone, so that an auditor gets it from a bundle. Knows no event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from escrow.agreement.reason import Reason
from escrow.measure.row import Row


def value_of(rows: Sequence[Row], as_of: int, period_start: int | None = None) -> int:
    """The sum of the quantities that count: from the start of the deal, or of the period that began at `period_start`.

    A period's value is its own conversions less what was taken back in it, whenever that was won, less what earlier
    periods could not bear; never below zero. So a reversal after its unit was paid lowers later periods.
    """
    if period_start is None:
        return sum(row.quantity for row in rows if row.is_counted)
    length = as_of - period_start
    changes: defaultdict[int, int] = defaultdict(int)
    for at, quantity in _changes(rows):
        changes[(at - period_start) // length] += quantity
    count = reported = value = 0
    for period in sorted({*changes, 0}):
        count += changes[period]
        value = max(0, count - reported)
        reported += value
    return value


def _changes(rows: Iterable[Row]) -> Iterable[tuple[int, int]]:
    """When the count rose or fell, and by how much. Rows of a unit stand together, in the order of time."""
    taken_back: dict[bytes, Row | None] = {}
    for row in rows:
        if row.is_counted:
            yield row.occurred_at, row.quantity
        elif row.reason == Reason.REVERSED:
            # The first of a unit is the conversion, the second the reversal that took it away; more change nothing.
            conversion = taken_back.get(row.unit_key)
            if row.unit_key not in taken_back:
                taken_back[row.unit_key] = row
                yield row.occurred_at, row.quantity
            elif conversion is not None:
                taken_back[row.unit_key] = None
                yield row.occurred_at, -conversion.quantity
