"""Leads of Meta's lead ads: their ids, without what people typed. A topic is `leadgen`, or `leadgen:` and a form's id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import parse_qs

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, MalformedMessage, OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import LEAST_SECRET, VendorAccount
from oracle.sources.payload import Part, Told
from oracle.sources.signature import id_of_bytes, is_one_of, is_signed
from oracle.sources.source import POST, Message, Source

SIGNATURE = "x-hub-signature-256"
LEADGEN = "leadgen"
_SCHEME = "sha256="


@dataclass(frozen=True)
class MetaLeadAds:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    page: str
    """One app's key signs for many pages."""
    verify_token: bytes

    adapter: ClassVar[str] = Adapter.META_LEAD_ADS
    version: ClassVar[str] = "meta_lead_ads/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = (SIGNATURE, "content-type")
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        given = message.header(SIGNATURE)
        if not given.startswith(_SCHEME) or not is_signed(self.keys, message.body, given.removeprefix(_SCHEME)):
            raise BadSignature(self.account)
        return id_of_bytes(message.body)

    def events(self, message: Message) -> list[Event]:
        given = payload.payload_of(message.body)
        if given.maybe_text("object") != "page":
            return []
        changes = [change for entry in given.parts("entry") for change in self._changes(entry)]
        told = [one for change in changes for one in self._told(change)]
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.META_LEAD_ADS])

    def answer_challenge(self, query: bytes) -> str:
        asked = parse_qs(query.decode("utf-8", "replace"))
        token, challenge = asked.get("hub.verify_token", [""])[0], asked.get("hub.challenge", [""])[0]
        if asked.get("hub.mode") != ["subscribe"] or not challenge.isalnum():
            raise MalformedMessage("is no hub.mode=subscribe with a hub.challenge")
        if not is_one_of([self.verify_token], token):
            raise BadSignature(self.account)
        return challenge

    def _changes(self, entry: Part) -> Iterator[Part]:
        if entry.id("id") != self.page:
            raise OriginMismatch("page", entry.id("id"), self.page)
        return (change for change in entry.parts("changes") if change.maybe_text("field") == LEADGEN)

    def _told(self, change: Part) -> Iterator[Told]:
        lead = change.part("value")
        form = lead.id("form_id")
        goal = self.goals.get(f"{LEADGEN}:{form}", self.goals.get(LEADGEN))
        if goal is not None:
            words = {"form_id": form, "ad_id": lead.maybe_id("ad_id"), "adgroup_id": lead.maybe_id("adgroup_id")}
            name = lead.id("leadgen_id")
            yield Told(Kind.CONVERSION, goal, f"lead:{name}", name, lead.unix("created_time"), None, words)


class MetaLeadAdsAccount(VendorAccount):
    adapter: Literal["meta_lead_ads"]
    page: int
    verify_token: str

    def source(self, account: str, folder: Path) -> Source:
        if len(self.verify_token) < LEAST_SECRET:
            raise ValueError(f"has a verify_token of {len(self.verify_token)} characters, below the least, {LEAST_SECRET}")
        for topic in self.goals:
            if topic.partition(":")[0] != LEADGEN:
                raise ValueError(f"has a goal for {topic!r}, which is not leadgen or leadgen:form id")
        keys = self.vendor_keys(folder)
        return MetaLeadAds(account, keys, self.goals, str(self.page), self.verify_token.encode())
