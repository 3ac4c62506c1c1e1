"""Zendesk's events of tickets. A topic is a type and what it became: `ticket.status_changed=SOLVED`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.clock import parse_time
from escrow.errors import BadSignature, MalformedMessage, OriginMismatch, TimeFormatProblem
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import Name, ReversibleAccount
from oracle.sources.payload import Part, Told
from oracle.sources.signature import is_signed, require_fresh
from oracle.sources.source import POST, Message, Source

SIGNATURE, TIMESTAMP = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
PUBLIC_TEST_KEY = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
"""With which everybody may sign what is sent to try a webhook out."""
_PREFIX = "zen:event-type:"


@dataclass(frozen=True)
class Zendesk:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    reversals: Mapping[str, str]
    zendesk_account: str
    tags: tuple[str, ...] = ()
    """Each becomes an attribute `tag.name`, yes or no."""

    adapter: ClassVar[str] = Adapter.ZENDESK
    version: ClassVar[str] = "zendesk/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, TIMESTAMP, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        given, sent_at = message.header(SIGNATURE), message.header(TIMESTAMP)
        try:
            require_fresh(sent_at, parse_time(sent_at), now)
        except TimeFormatProblem as error:
            raise MalformedMessage(f"has a {TIMESTAMP} that {error.why}") from error
        if not is_signed(self.keys, sent_at.encode() + message.body, given, encoding="base64"):
            raise BadSignature(self.account)
        return payload.event_id(payload.payload_of(message.body).id("id"))

    def events(self, message: Message) -> list[Event]:
        given = payload.payload_of(message.body)
        if given.id("account_id") != self.zendesk_account:
            raise OriginMismatch("account_id", given.id("account_id"), self.zendesk_account)
        told = list(self._told(given))
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.ZENDESK])

    def _told(self, given: Part) -> Iterator[Told]:
        kind = given.text("type").removeprefix(_PREFIX)
        detail, change = given.part("detail"), given.maybe_part("event")
        current = change.data.get("current")
        topics = [f"{kind}={current}", kind] if isinstance(current, str) else [kind]
        for event_kind, goals in ((Kind.REVERSAL, self.reversals), (Kind.CONVERSION, self.goals)):
            topic = next((topic for topic in topics if topic in goals), None)
            if topic is not None:
                unit = f"{self.zendesk_account}/{detail.id('id')}"
                name = payload.event_id(unit, topic, given.text("time"))
                yield Told(event_kind, goals[topic], name, unit, given.time("time"), None, self._words(topic, detail))
                return

    def _words(self, topic: str, detail: Part) -> dict[str, str | None]:
        tags = detail.data.get("tags")
        given = tags if isinstance(tags, list) else []
        return {
            "topic": topic,
            "status": detail.maybe_text("status"),
            "channel": detail.maybe_part("via").maybe_text("channel"),
            **{f"tag.{name}": "yes" if name in given else "no" for name in self.tags},
        }


class ZendeskAccount(ReversibleAccount):
    adapter: Literal["zendesk"]
    zendesk_account: int
    tags: tuple[Name, ...] = ()

    def source(self, account: str, folder: Path) -> Source:
        keys = self.vendor_keys(folder)
        if PUBLIC_TEST_KEY in keys:
            raise ValueError("has a key that is Zendesk's public one for tests")
        self.require_apart()
        for tag in self.tags:
            if len(tag) > 60:
                raise ValueError(f"has the tag {tag!r}, which is too long for an attribute's name")
        return Zendesk(account, keys, self.goals, self.reversals, str(self.zendesk_account), self.tags)
