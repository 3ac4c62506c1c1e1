"""Events from JSON lines: with unit ids, as a source writes them, or with unit keys, as oracles show them to auditors."""

import json
from collections.abc import Iterable, Iterator

from escrow.errors import EventProblem
from escrow.measure.event import Event, parse_event
from escrow.measure.keyed import KeyedEvent, parse_line


def read_lines(lines: Iterable[bytes], account: str | None = None, *, source: str = "api") -> Iterator[Event | KeyedEvent]:
    """EventProblem with the line's index, from 0. Empty lines are passed over.

    With an account, events may leave out their source and account, and then are this account's.
    """
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EventProblem(index, "line", line[:80], f"is not JSON: {error}") from error
        if isinstance(data, dict) and "unit_key" in data:
            yield parse_line(data, index)
        elif isinstance(data, dict) and "source_account" in data:
            yield parse_event(data, index=index)
        else:
            yield parse_event(data, account, source=source, index=index)
