"""The example campaign as the demo plays it: its calls as events, its deals as drafts.

Knows the files of `examples/`; knows neither chain nor oracles.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Call:
    """One row of the campaign: its number from 1, its day (UTC, Unix seconds), seconds, and whether it won a customer."""

    number: int
    day: int
    seconds: int
    won: bool

    def to_wire(self) -> dict[str, object]:
        """The event as an intake takes it."""
        return {
            "source_event_id": f"call-{self.number:05}",
            "kind": "conversion",
            "goal": "call",
            "unit_id": f"person-{self.number:05}",
            "occurred_at": datetime.fromtimestamp(self.day, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "quantity": "1",
            "attributes": {"customer": "yes" if self.won else "no", "duration_seconds": self.seconds},
        }


def load_calls(path: Path, first_year: int = 2008) -> Iterator[Call]:
    """The calls of the file in order; the year follows from the order: where the month falls back, a new one begins."""
    year, last = first_year, 0
    with path.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), 1):
            month = MONTHS.index(row["month"]) + 1
            year += month < last
            last = month
            day = int(datetime(year, month, int(row["day"]), tzinfo=UTC).timestamp())
            yield Call(number, day, int(row["duration"]), row["y"] == "yes")
