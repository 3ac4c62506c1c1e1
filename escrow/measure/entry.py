"""Events as the measurement keeps them: in its order, each once, with what each is by itself.

Events are looked at one by one and only a few words of each are kept, so that a million fit. What an event makes of
another one is `decide`'s.
"""

from collections.abc import Iterable
from typing import NamedTuple

from escrow.agreement.metric import SumOfValue
from escrow.agreement.model import Agreement, Role
from escrow.agreement.reason import Reason
from escrow.agreement.windows import Attribution
from escrow.clock import parse_time
from escrow.errors import EventConflict, TimeFormatProblem
from escrow.ids import Timestamp
from escrow.measure.event import Event, Kind
from escrow.measure.keyed import KeyedEvent, keys_of
from escrow.measure.state import IGNORED, INVALID
from escrow.measure.worth import value_in, worth_of


class Entry(NamedTuple):
    """The first three order the events. `state` is what it is by itself, whatever the others say, empty where it can count
    or be applied; `reason` is why it can't, or what the message says. `identity` is empty where it has none."""

    occurred_at: Timestamp
    source_account: str
    source_event_id: str
    unit_key: bytes
    event_hash: bytes
    kind: Kind
    state: str
    reason: str
    amount: int
    rework: int
    identity: str


_SPEAKS = {
    Role.CONTROLLING: frozenset({Kind.CONVERSION, Kind.REVERSAL, Kind.ADJUSTMENT}),
    Role.CHECK: frozenset({Kind.CONVERSION, Kind.REVERSAL, Kind.ADJUSTMENT, Kind.DECLINE, Kind.APPROVE}),
    Role.CLIENT: frozenset({Kind.DECLINE, Kind.APPROVE}),
    Role.AGENCY: frozenset({Kind.CONTEST}),
}
_CODES = {str(reason): reason for reason in Reason}
Verdict = tuple[str, str, int, int]
"""State, reason, amount, rework."""


def is_due(agreement: Agreement, event: Event | KeyedEvent, as_of: int) -> bool:
    """Whether the measurement as of this time looks at the event."""
    return (
        event.occurred_at < as_of
        and event.occurred_at + agreement.maturity_seconds <= as_of
        and event.goal == agreement.goal
        and event.source_account in agreement.roles
    )


class EntryReader:
    """`ends_at` is the deal's end where a notice moved it."""

    def __init__(self, agreement: Agreement, ends_at: int | None = None) -> None:
        self._agreement = agreement
        self._roles = agreement.roles
        self._rules = {source.account: source.accept or agreement.accept for source in agreement.sources}
        self._identity = agreement.dedupe.identity
        self._touches_end: int | None = None
        if agreement.tail_seconds is not None and ends_at is not None and ends_at < agreement.flight.end:
            self._touches_end = ends_at - agreement.tail_seconds

    def entries(self, events: Iterable[Event | KeyedEvent], as_of: int) -> list[Entry]:
        """Of the events that are due; EventConflict where one event has two contents."""
        agreement, salt = self._agreement, self._agreement.salt
        entries = []
        for event in events:
            if not is_due(agreement, event, as_of):
                continue
            if isinstance(event, KeyedEvent):
                key, event_hash = event.unit_key, event.event_hash
            else:
                key, event_hash = keys_of(event, salt)
            verdict = self._conversion(event) if event.kind is Kind.CONVERSION else self._message(event)
            state, reason, amount, rework = verdict
            entries.append(
                Entry(
                    event.occurred_at,
                    event.source_account,
                    event.source_event_id,
                    key,
                    event_hash,
                    event.kind,
                    state,
                    reason,
                    amount,
                    rework,
                    self._identity_of(event) if self._identity else "",
                )
            )
        entries.sort()
        return _each_once(entries)

    def _conversion(self, event: Event | KeyedEvent) -> Verdict:
        agreement = self._agreement
        worth = worth_of(agreement.metric, event)
        if event.kind not in _SPEAKS[self._roles[event.source_account]]:
            return IGNORED, Reason.SOURCE_NOT_ALLOWED, worth.amount, 0
        if not agreement.flight.start <= event.occurred_at < agreement.flight.end:
            return IGNORED, Reason.OUTSIDE_FLIGHT, worth.amount, 0
        if agreement.attribution is not None:
            reason = self._untouched(agreement.attribution, event)
            if reason:
                return IGNORED, reason, worth.amount, 0
        reason = self._rules[event.source_account].fails(event.attributes) or worth.reason
        return INVALID if reason else "", reason or "", worth.amount, worth.rework

    def _untouched(self, attribution: Attribution, event: Event | KeyedEvent) -> Reason | None:
        """Why no touch earned the unit."""
        touched_at = _time(event.attributes.get(attribution.field))
        if touched_at is None:
            return Reason.NO_MATCHING_CLICK
        if not 0 <= event.occurred_at - touched_at < attribution.within_seconds:
            return Reason.OUTSIDE_ATTRIBUTION_WINDOW
        if self._touches_end is not None and touched_at >= self._touches_end:
            return Reason.OUTSIDE_FLIGHT
        return None

    def _message(self, event: Event | KeyedEvent) -> Verdict:
        """A reversal, an adjustment, or what a party says of a unit."""
        if event.kind not in _SPEAKS[self._roles[event.source_account]]:
            return IGNORED, Reason.SOURCE_NOT_ALLOWED, event.quantity, 0
        said = _CODES.get(str(event.attributes.get("reason")))
        if event.kind is not Kind.ADJUSTMENT:
            return "", said or (Reason.REVERSED if event.kind is Kind.REVERSAL else ""), event.quantity, 0
        if not isinstance(self._agreement.metric, SumOfValue):
            return IGNORED, Reason.ORDER_UPDATE, 0, 0
        worth = value_in(self._agreement.metric, event)
        return IGNORED if worth.reason else "", worth.reason or said or Reason.ORDER_UPDATE, worth.amount, 0

    def _identity_of(self, event: Event | KeyedEvent) -> str:
        assert self._identity is not None
        return str(event.attributes.get(self._identity.field, ""))


def _time(given: str | int | None) -> int | None:
    """Unix seconds, or RFC 3339."""
    if given is None or isinstance(given, int):
        return given
    try:
        return parse_time(given)
    except TimeFormatProblem:
        return None


def _each_once(entries: list[Entry]) -> list[Entry]:
    """Copies of one event sort side by side, since all of it is the same."""
    once = [entry for at, entry in enumerate(entries) if not at or entry != entries[at - 1]]
    if len({(entry.source_account, entry.source_event_id) for entry in once}) == len(once):
        return once
    seen: set[tuple[str, str]] = set()
    for name in sorted((entry.source_account, entry.source_event_id) for entry in once):
        if name in seen:
            raise EventConflict(*name)
        seen.add(name)
    return once
