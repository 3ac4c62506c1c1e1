"""HubSpot's changes of contacts, companies and deals, up to a hundred in a message, in no order.

What a status means is each portal's own affair, so a topic here is a change, such as
`contact.propertyChange:lifecyclestage=customer`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, MalformedMessage, OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import ReversibleAccount
from oracle.sources.payload import Part, Told
from oracle.sources.signature import id_of_bytes, is_signed, require_fresh
from oracle.sources.source import POST, Message, Source

SIGNATURE, TIMESTAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
MOST_CHANGES = 1_000
_MILLISECONDS = re.compile(r"[0-9]{1,15}", re.ASCII)
_DECODED = {code: chr(int(code[1:], 16)) for code in "%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B".split()}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


@dataclass(frozen=True)
class HubSpot:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    reversals: Mapping[str, str]
    portal: str
    """One app's key signs for many portals."""
    url: str
    """The public one that HubSpot calls, with its query: it is signed, and a proxy may change what arrives here."""

    adapter: ClassVar[str] = Adapter.HUBSPOT
    version: ClassVar[str] = "hubspot/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, TIMESTAMP, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        given, sent_at = message.header(SIGNATURE), message.header(TIMESTAMP)
        if not _MILLISECONDS.fullmatch(sent_at):
            raise MalformedMessage(f"has a {TIMESTAMP} that is no number of milliseconds")
        require_fresh(sent_at, int(sent_at) // 1_000, now)
        signed = message.method.encode() + decoded_uri(self.url).encode() + message.body + sent_at.encode()
        if not is_signed(self.keys, signed, given, encoding="base64"):
            raise BadSignature(self.account)
        # It gives no id to a delivery, and counts its tries inside the body.
        return id_of_bytes(message.body)

    def events(self, message: Message) -> list[Event]:
        given = payload.load(message.body)
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_CHANGES:
            raise MalformedMessage(f"is not a list of 1 to {MOST_CHANGES} changes")
        told = [one for index, item in enumerate(given) for one in self._told(payload.part_of(item, index=index))]
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.HUBSPOT])

    def _told(self, item: Part) -> Iterator[Told]:
        if item.id("portalId") != self.portal:
            raise OriginMismatch("portal", item.id("portalId"), self.portal)
        kind, name, value = item.text("subscriptionType"), item.maybe_text("propertyName"), item.maybe_id("propertyValue")
        topics = [kind] if name is None else [f"{kind}:{name}={value or ''}", f"{kind}:{name}", kind]
        for event_kind, goals in ((Kind.REVERSAL, self.reversals), (Kind.CONVERSION, self.goals)):
            topic = next((topic for topic in topics if topic in goals), None)
            if topic is not None:
                thing = item.maybe_id("objectTypeId") or kind.partition(".")[0]
                unit = f"{self.portal}/{thing}/{item.id('objectId')}"
                # A value that the settings do not name may be somebody's address.
                named = value if "=" in topic else None
                # Their `eventId` may repeat, so what happened names the event.
                event_id = payload.event_id(unit, kind, name or "", named or "", str(item.integer("occurredAt")))
                words = {"change": kind, "property": name, "value": named, "change_source": item.maybe_text("changeSource")}
                yield Told(event_kind, goals[topic], event_id, unit, item.unix_ms("occurredAt"), None, words)
                return


class HubSpotAccount(ReversibleAccount):
    adapter: Literal["hubspot"]
    portal: int
    url: str

    def source(self, account: str, folder: Path) -> Source:
        if not self.url.startswith("https://"):
            raise ValueError("has a url that is not https://")
        self.require_apart()
        return HubSpot(account, self.vendor_keys(folder), self.goals, self.reversals, str(self.portal), self.url)


def decoded_uri(uri: str) -> str:
    """As HubSpot signs it: the percent codes that it lists are decoded, and no others."""
    return _ENCODED.sub(lambda match: _DECODED[match[0].upper()], uri)
