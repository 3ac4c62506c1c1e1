"""Which conversions are units of their own, and which repeat one. Knows entries and the agreement's dedupe, no message."""

from collections.abc import Sequence

from escrow.agreement.reason import Reason
from escrow.agreement.windows import Dedupe
from escrow.measure.entry import Entry
from escrow.measure.event import Kind


class Units:
    """Units by their key, each named by its conversion's place among the entries. A unit that counts anew has more."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}
        self._earlier: dict[bytes, list[int]] = {}

    def last(self, key: bytes) -> int | None:
        return self._last.get(key)

    def add(self, key: bytes, place: int) -> None:
        before = self._last.get(key)
        if before is not None:
            self._earlier.setdefault(key, []).append(before)
        self._last[key] = place

    def in_force(self, entries: Sequence[Entry], key: bytes, at: int) -> int | None:
        """The one that a message of this time is about: the last that occurred no later."""
        last = self._last.get(key)
        if last is None or entries[last].occurred_at <= at:
            return last
        return next((one for one in reversed(self._earlier.get(key, ())) if entries[one].occurred_at <= at), None)


def admit(dedupe: Dedupe, entries: Sequence[Entry], reasons: list[str]) -> tuple[Units, list[int]]:
    """The units, and all their places in the order of time; a repetition gets its reason."""
    units, places = Units(), []
    persons: dict[str, Entry] = {}
    for place, entry in enumerate(entries):
        if entry.kind is not Kind.CONVERSION or entry.state:
            continue
        before = units.last(entry.unit_key)
        if before is not None and not _is_anew(dedupe, entry, entries[before]):
            reasons[place] = Reason.DUPLICATE_ID
        elif _is_known(dedupe, entry, persons.get(entry.identity)):
            reasons[place] = Reason.DUPLICATE_IDENTITY
        else:
            units.add(entry.unit_key, place)
            places.append(place)
            if entry.identity:
                persons[entry.identity] = entry
    return units, places


def _is_anew(dedupe: Dedupe, entry: Entry, before: Entry) -> bool:
    wait = dedupe.repeat_after_seconds
    return wait is not None and entry.occurred_at - before.occurred_at >= wait


def _is_known(dedupe: Dedupe, entry: Entry, person: Entry | None) -> bool:
    """Whether another unit of this person counts already."""
    if dedupe.identity is None or person is None or person.unit_key == entry.unit_key:
        return False
    return entry.occurred_at - person.occurred_at < dedupe.identity.within_seconds
