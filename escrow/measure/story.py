"""What becomes of one unit: from its conversion, the messages about it and the clock to its state. Knows no other unit."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from escrow.agreement.metric import Savings
from escrow.agreement.model import Agreement
from escrow.agreement.reason import Reason
from escrow.measure.entry import Entry
from escrow.measure.event import Kind
from escrow.measure.state import (
    ADJUSTED,
    APPLIED,
    APPROVED,
    DISPUTED,
    IGNORED,
    LOCKED,
    ON_HOLD,
    PENDING,
    REJECTED,
    RETURNED,
)


class Word(Enum):
    """The check source's last word on a unit."""

    STANDS = 1
    FALLS = 2


class Said(NamedTuple):
    """What a row says."""

    state: str
    reason: str
    amount: int


def quiet_state(agreement: Agreement, at: int, as_of: int, *, is_approved: bool = False) -> tuple[str, str]:
    """State and reason of a unit of this time that nobody objects to."""
    if as_of < at + agreement.hold_seconds:
        return ON_HOLD, Reason.HOLD_WINDOW_OPEN
    decline, reversal = agreement.decline, agreement.reversal.within_seconds
    if decline is not None and not is_approved and as_of < at + decline.within_seconds:
        return PENDING, Reason.DECLINE_WINDOW_OPEN
    is_final = reversal is not None and as_of >= at + reversal
    return (LOCKED if is_final else APPROVED), ""


class Story:
    """`taken_by` is the place of the message that took the unit back, None while it stands. `said` holds, in the end, the
    row of the conversion and of each message, by their places."""

    def __init__(
        self, agreement: Agreement, entries: Sequence[Entry], unit: int, word: Word | None, *, is_protected: bool = False
    ) -> None:
        """`is_protected`: beyond the share that may be taken back, so only with the check source's agreement."""
        self._agreement = agreement
        self._entries = entries
        self._unit = unit
        self._at = entries[unit].occurred_at
        self._word = word
        self._is_refused = is_protected and word is not Word.FALLS
        self._left = entries[unit].amount
        self._declined_by: int | None = None
        self._returned_by: int | None = None
        self._is_contested = self._is_approved = False
        self.taken_by: int | None = None
        self.said: dict[int, Said] = {}

    def tell(self, messages: Iterable[int], as_of: int) -> "Story":
        """`messages` are places, in the order of time."""
        for place in messages:
            entry = self._entries[place]
            self.said[place] = Said(*self._hear(place, entry))
        state, reason = self._end(as_of)
        self.said[self._unit] = Said(state, reason, self._entries[self._unit].amount)
        if state not in (APPROVED, LOCKED):
            for place, row in self.said.items():
                if row.state == ADJUSTED:
                    self.said[place] = Said(IGNORED, reason, row.amount)
        return self

    def _hear(self, place: int, entry: Entry) -> tuple[str, str, int]:
        match entry.kind:
            case Kind.REVERSAL:
                return self._reverse(place, entry)
            case Kind.ADJUSTMENT:
                return self._adjust(place, entry)
            case Kind.DECLINE:
                return (*self._decline(place, entry), 0)
            case Kind.CONTEST:
                return (*self._contest(entry), 0)
        return (*self._approve(), 0)

    def _reverse(self, place: int, entry: Entry) -> tuple[str, str, int]:
        if self._returned_by is not None:
            return IGNORED, Reason.NO_EFFECT, 0
        refusal = self._refusal(entry)
        if refusal:
            return IGNORED, refusal, 0
        self._returned_by = place
        self._take(place)
        if self._is_rework(entry):
            return ADJUSTED, entry.reason, -self._entries[self._unit].rework
        return APPLIED, entry.reason, 0

    def _adjust(self, place: int, entry: Entry) -> tuple[str, str, int]:
        """No further down than to zero."""
        delta = max(entry.amount, -self._left)
        if self._returned_by is not None or not delta:
            return IGNORED, Reason.NO_EFFECT, 0
        takes_all = delta < 0 and delta == -self._left
        window = self._agreement.reversal.within_seconds
        if window is not None and entry.occurred_at >= self._at + window:
            return IGNORED, Reason.OUTSIDE_REVERSAL_WINDOW, delta
        if takes_all and self._is_refused:
            return IGNORED, Reason.REVERSAL_CAP_REACHED, delta
        self._left += delta
        if takes_all:
            self._take(place)
        return ADJUSTED, entry.reason, delta

    def _decline(self, place: int, entry: Entry) -> tuple[str, str]:
        decline = self._agreement.decline
        if decline is None or entry.occurred_at >= self._at + decline.within_seconds:
            return IGNORED, Reason.OUTSIDE_DECLINE_WINDOW
        if self._is_approved or self._declined_by is not None or self._returned_by is not None:
            return IGNORED, Reason.NO_EFFECT
        if self._word is Word.STANDS:
            return IGNORED, Reason.DENIED_BY_CHECK
        if self._is_refused:
            return IGNORED, Reason.REVERSAL_CAP_REACHED
        self._declined_by = place
        self._take(place)
        return APPLIED, entry.reason

    def _contest(self, entry: Entry) -> tuple[str, str]:
        if self._declined_by is None or self._agreement.decline is None or self._is_contested:
            return IGNORED, Reason.NO_EFFECT
        if entry.occurred_at >= self._entries[self._declined_by].occurred_at + self._agreement.decline.contest_seconds:
            return IGNORED, Reason.OUTSIDE_CONTEST_WINDOW
        self._is_contested = True
        return APPLIED, entry.reason

    def _approve(self) -> tuple[str, str]:
        if self._is_approved or self._returned_by is not None or self._agreement.decline is None:
            return IGNORED, Reason.NO_EFFECT
        self._is_approved = True
        if self._declined_by is not None:
            self.said[self._declined_by] = Said(IGNORED, Reason.WITHDRAWN, 0)
            if self.taken_by == self._declined_by:
                self.taken_by = None
            self._declined_by = None
        return APPLIED, ""

    def _refusal(self, entry: Entry) -> Reason | None:
        """Why the unit can't be taken back by what came then."""
        window = self._agreement.reversal.within_seconds
        if window is not None and entry.occurred_at >= self._at + window:
            return Reason.OUTSIDE_REVERSAL_WINDOW
        return Reason.REVERSAL_CAP_REACHED if self._is_refused else None

    def _take(self, place: int) -> None:
        if self.taken_by is None:
            self.taken_by = place

    def _is_rework(self, entry: Entry) -> bool:
        return entry.reason == Reason.REOPENED and isinstance(self._agreement.metric, Savings)

    def _end(self, as_of: int) -> tuple[str, str]:
        """State and reason of the unit itself."""
        if self._returned_by is not None and not self._is_rework(self._entries[self._returned_by]):
            return RETURNED, self._entries[self._returned_by].reason
        if self._declined_by is not None:
            state = DISPUTED if self._is_contested else REJECTED
            return state, self._entries[self._declined_by].reason
        return quiet_state(self._agreement, self._at, as_of, is_approved=self._is_approved)
