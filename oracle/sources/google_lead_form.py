"""Leads of Google's lead forms. Nothing is signed: a key that both know stands in the body, beside what people typed.

A topic is `lead`, or `lead:` and a form's id. Where Google says no time, the lead is dated by its arrival here, and then
members date it apart: let one of them hear it and pass it on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import BadSignature, NotLive
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import VendorAccount
from oracle.sources.payload import Told
from oracle.sources.signature import is_one_of
from oracle.sources.source import POST, Message, Source

LEAD = "lead"


@dataclass(frozen=True)
class GoogleLeadForm:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]

    adapter: ClassVar[str] = Adapter.GOOGLE_LEAD_FORM
    version: ClassVar[str] = "google_lead_form/1"
    method: ClassVar[str] = POST
    headers: ClassVar[tuple[str, ...]] = ("content-type",)
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        message.require_content_type(payload.JSON)
        lead = payload.payload_of(message.body)
        given = lead.data.get("google_key")
        if not isinstance(given, str) or not is_one_of(self.keys, given):
            raise BadSignature(self.account)
        return payload.event_id(lead.text("lead_id"))

    def events(self, message: Message) -> list[Event]:
        lead = payload.payload_of(message.body)
        if lead.flag("is_test"):
            raise NotLive(self.account, "is_test is true")
        form = lead.id("form_id")
        goal = self.goals.get(f"{LEAD}:{form}", self.goals.get(LEAD))
        if goal is None:
            return []
        at = lead.time("lead_submit_time") if lead.data.get("lead_submit_time") else message.received_at
        names = ("campaign_id", "adgroup_id", "creative_id", "asset_group_id", "gcl_id")
        words = {"form_id": form, **{name: lead.maybe_id(name) for name in names}}
        name = lead.text("lead_id")
        told = Told(Kind.CONVERSION, goal, f"lead:{name}", name, at, None, words)
        return payload.to_events([told], self.account, SOURCE_NAMES[Adapter.GOOGLE_LEAD_FORM])


class GoogleLeadFormAccount(VendorAccount):
    adapter: Literal["google_lead_form"]

    def source(self, account: str, folder: Path) -> Source:
        for topic in self.goals:
            if topic.partition(":")[0] != LEAD:
                raise ValueError(f"has a goal for {topic!r}, which is not lead or lead:form id")
        return GoogleLeadForm(account, self.vendor_keys(folder), self.goals)
