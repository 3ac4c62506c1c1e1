"""Intercom's conversations, answered by Fin. One outcome per conversation and reopening; a state that is not known as
resolved is never one.

The signature has no time, so only the notification's id stops a replay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import ReversibleAccount
from oracle.sources.payload import Part, Told
from oracle.sources.signature import is_signed
from oracle.sources.source import POST, Message, Source

SIGNATURE = "x-hub-signature"
RESOLVED = ("assumed_resolution", "confirmed_resolution")
ESCALATED = "escalated"
_SCHEME = "sha1="


@dataclass(frozen=True)
class Intercom:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    reversals: Mapping[str, str]
    app: str
    """The workspace; one app's key signs for many."""

    adapter: ClassVar[str] = Adapter.INTERCOM
    version: ClassVar[str] = "intercom/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        given = message.header(SIGNATURE)
        is_right = given.startswith(_SCHEME) and is_signed(
            self.keys, message.body, given.removeprefix(_SCHEME), digest="sha1"
        )
        if not is_right:
            raise BadSignature(self.account)
        note = payload.payload_of(message.body)
        # The one member that differs between tries to deliver the same notification.
        tries = note.data.get("delivery_attempts")
        return payload.event_id(note.text("id"), *([] if tries is None else [str(tries)]))

    def events(self, message: Message) -> list[Event]:
        note = payload.payload_of(message.body)
        if note.maybe_text("app_id") != self.app:
            raise OriginMismatch("app_id", note.maybe_text("app_id"), self.app)
        topic = note.text("topic")
        if topic not in self.goals and topic not in self.reversals:
            return []
        item = note.part("data").part("item")
        told = list(self._reopened(topic, note, item) if topic in self.reversals else self._answered(topic, note, item))
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.INTERCOM])

    def _answered(self, topic: str, note: Part, item: Part) -> Iterator[Told]:
        agent = item.maybe_part("ai_agent")
        state = agent.maybe_text("resolution_state")
        if not item.flag("ai_agent_participated") or state not in (*RESOLVED, ESCALATED):
            return
        kind, reason = (Kind.REVERSAL, "human_handoff") if state == ESCALATED else (Kind.CONVERSION, None)
        words = {
            "topic": topic,
            "reason": reason,
            "resolution_state": state,
            "last_answer_type": agent.maybe_text("last_answer_type"),
            "source_type": agent.maybe_text("source_type"),
            "rating": agent.data.get("rating"),
            "reopened_times": _reopened_times(item),
        }
        name = f"{item.id('id')}:{state}:{_reopened_times(item)}"
        yield Told(kind, self.goals[topic], name, self._unit(item), _changed_at(note, item), None, words)

    def _reopened(self, topic: str, note: Part, item: Part) -> Iterator[Told]:
        at = _changed_at(note, item)
        words = {"topic": topic, "reason": "reopened"}
        name = f"{item.id('id')}:reopened:{_reopened_times(item) or at}"
        yield Told(Kind.REVERSAL, self.reversals[topic], name, self._unit(item), at, None, words)

    def _unit(self, item: Part) -> str:
        return f"{self.app}/{item.id('id')}"


class IntercomAccount(ReversibleAccount):
    adapter: Literal["intercom"]
    app: str

    def source(self, account: str, folder: Path) -> Source:
        self.require_apart()
        return Intercom(account, self.vendor_keys(folder), self.goals, self.reversals, self.app)


def _reopened_times(item: Part) -> int:
    statistics = item.maybe_part("statistics")
    return statistics.integer("count_reopens") if statistics.data.get("count_reopens") is not None else 0


def _changed_at(note: Part, item: Part) -> int:
    return item.unix("updated_at") if item.data.get("updated_at") is not None else note.unix("created_at")
