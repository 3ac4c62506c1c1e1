"""Postbacks in Everflow's form: `nid`, `transaction_id`, `timestamp`, `verification_token`, and whatever else is filled in.

A topic is `conversion`, or `event:` and the number of an advertiser's event. Nothing is signed: grade D.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import OriginMismatch
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.payload import Told
from oracle.sources.postback import PostbackAccount, Query, query_of, told_by_status
from oracle.sources.signature import id_of_bytes
from oracle.sources.source import GET, Message, Source

CONVERSION, EVENT = "conversion", "event"
KINDS: Mapping[str, Kind | None] = {
    "approved": Kind.CONVERSION,
    "rejected": Kind.REVERSAL,
    "invalid": Kind.REVERSAL,
    "pending": None,
}
"""What a status means. Without one a postback is a conversion."""
OWN = ("oid", "affid", "coupon_code")


@dataclass(frozen=True)
class Everflow:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    network: str
    currency: str | None = None
    attributes: tuple[str, ...] = ()

    adapter: ClassVar[str] = Adapter.EVERFLOW
    version: ClassVar[str] = "everflow/1"
    method: ClassVar[str] = GET
    headers: ClassVar[tuple[str, ...]] = ()
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        query_of(message.body).require_token(self.account, "verification_token", self.keys)
        return id_of_bytes(message.body)

    def events(self, message: Message) -> list[Event]:
        query = query_of(message.body)
        if query.text("nid") != self.network:
            raise OriginMismatch("nid", query.text("nid"), self.network)
        told = self._told(query)
        return payload.to_events([told] if told else [], self.account, SOURCE_NAMES[Adapter.EVERFLOW])

    def _told(self, query: Query) -> Told | None:
        number = query.maybe("adv_event_id") or query.maybe("event_id")
        topic = CONVERSION if number in (None, "0") else f"{EVENT}:{number}"
        return told_by_status(
            query, self, topic, kinds=KINDS, order="order_id", own=OWN, time=lambda: query.unix(_time_in(query))
        )


def _time_in(query: Query) -> str:
    """The parameter that has it: their own name for it, or the short one of their postbacks."""
    long = "conversion_unix_timestamp"
    return long if query.maybe(long) else "timestamp"


class EverflowAccount(PostbackAccount):
    adapter: Literal["everflow"]
    network: int

    def source(self, account: str, folder: Path) -> Source:
        for topic in self.goals:
            if topic != CONVERSION and topic.partition(":")[0] != EVENT:
                raise ValueError(f"has a goal for {topic!r}, which is not conversion or event:number")
        keys = self.vendor_keys(folder)
        return Everflow(account, keys, self.goals, str(self.network), self.currency, self.own_attributes())
