"""From entries to rows: units, what their messages make of them, the share that may be taken back, and caps.

Knows all units of one side, controlling or check; each one by itself is `story`'s.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from escrow.agreement.model import Agreement
from escrow.agreement.reason import Reason
from escrow.measure.admit import admit
from escrow.measure.caps import over_caps
from escrow.measure.entry import Entry
from escrow.measure.event import Kind
from escrow.measure.row import Row
from escrow.measure.state import ADJUSTED, APPLIED, IGNORED, OVERCAP, PLACED
from escrow.measure.story import Said, Story, Word, quiet_state

_WHOLE = 10_000
Words = Mapping[bytes, Word]
"""Of the check source, by unit."""


def decide(agreement: Agreement, entries: Sequence[Entry], words: Words, as_of: int) -> list[Row]:
    """A row for each entry, in their order, which is that of time. `entries` are one side's and the parties'."""
    states = [entry.state for entry in entries]
    reasons = [entry.reason for entry in entries]
    amounts = [entry.amount if entry.kind is Kind.CONVERSION else 0 for entry in entries]
    units, places = admit(agreement.dedupe, entries, reasons)
    messages: defaultdict[int, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        if states[place]:
            continue
        if entry.kind is Kind.CONVERSION:
            if reasons[place]:
                states[place] = IGNORED
        else:
            unit = units.in_force(entries, entry.unit_key, entry.occurred_at)
            if unit is None:
                states[place], reasons[place] = IGNORED, Reason.NO_MATCHING_CLICK
            else:
                messages[unit].append(place)
    for place in places:
        states[place], reasons[place] = quiet_state(agreement, entries[place].occurred_at, as_of)
    stories = _stories(agreement, entries, messages, words, as_of, len(places))
    for story in stories.values():
        for place, said in story.said.items():
            states[place], reasons[place], amounts[place] = said
    _cap(agreement, entries, places, stories, (states, reasons, amounts))
    return [
        Row(entry.unit_key, entry.occurred_at, entry.event_hash, state, reason, amount)
        for entry, state, reason, amount in zip(entries, states, reasons, amounts, strict=True)
    ]


def _stories(
    agreement: Agreement,
    entries: Sequence[Entry],
    messages: Mapping[int, list[int]],
    words: Words,
    as_of: int,
    units: int,
) -> dict[int, Story]:
    """Of the units that somebody said something about, by their places."""
    stories = {
        unit: Story(agreement, entries, unit, words.get(entries[unit].unit_key)).tell(places, as_of)
        for unit, places in messages.items()
    }
    share = agreement.reversal.share_bps
    if share is None:
        return stories
    for unit in _beyond(stories, units * share // _WHOLE):
        word = words.get(entries[unit].unit_key)
        if word is not Word.FALLS:
            stories[unit] = Story(agreement, entries, unit, word, is_protected=True).tell(messages[unit], as_of)
    return stories


def _beyond(stories: Mapping[int, Story], most: int) -> list[int]:
    """Units that were taken back after as many as may be, in the order in which it happened."""
    taken = sorted((story.taken_by, unit) for unit, story in stories.items() if story.taken_by is not None)
    return [unit for _, unit in taken[most:]]


def _cap(
    agreement: Agreement,
    entries: Sequence[Entry],
    places: Iterable[int],
    stories: Mapping[int, Story],
    rows: tuple[list[str], list[str], list[int]],
) -> None:
    """Units that find no place under the caps are over them, and so are the changes of their amounts."""
    states, reasons, amounts = rows
    placed = [
        (place, entries[place].occurred_at, amounts[place] + _adjusted(stories.get(place)))
        for place in places
        if states[place] in PLACED
    ]
    for place in over_caps(agreement.caps, agreement.flight.start, placed):
        states[place], reasons[place] = OVERCAP, Reason.CAP_REACHED
        story = stories.get(place)
        for message, said in story.said.items() if story else ():
            if said.state == ADJUSTED:
                states[message], reasons[message] = IGNORED, Reason.CAP_REACHED


def _adjusted(story: Story | None) -> int:
    said: Iterable[Said] = story.said.values() if story else ()
    return sum(one.amount for one in said if one.state == ADJUSTED)


def words_of(entries: Iterable[Entry]) -> dict[bytes, Word]:
    """From the check source's entries in the order of time: the last one on each unit holds."""
    words = {}
    for entry in entries:
        if entry.state:
            continue
        if entry.kind in (Kind.DECLINE, Kind.REVERSAL):
            words[entry.unit_key] = Word.FALLS
        elif entry.kind is Kind.APPROVE:
            words[entry.unit_key] = Word.STANDS
    return words


def word_rows(entries: Iterable[Entry], counted: Iterable[Entry]) -> list[Row]:
    """What the check source said of units, as rows; `counted` are the events that it can be about."""
    units = {entry.unit_key for entry in counted if entry.kind is Kind.CONVERSION and not entry.state}
    rows = []
    for entry in entries:
        state, reason = entry.state, entry.reason
        if not state:
            state, reason = (APPLIED, reason) if entry.unit_key in units else (IGNORED, Reason.NO_MATCHING_CLICK)
        rows.append(Row(entry.unit_key, entry.occurred_at, entry.event_hash, state, reason, 0))
    return rows
