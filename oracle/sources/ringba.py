"""Calls in Ringba's form: `call_id`, `timestamp`, `token`, and a flag for each thing that became true, as `qualified=yes`.

A topic is a flag. One that is left blank means nothing here, though Ringba would count the call. The secret is in the
address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.account import ReversibleAccount
from oracle.sources.payload import Told
from oracle.sources.postback import PostbackAccount, Query, query_of
from oracle.sources.signature import id_of_bytes
from oracle.sources.source import GET, Message, Source

YES = "yes"
OWN = ("call_length", "campaign_id", "publisher_id", "target_id")


@dataclass(frozen=True)
class Ringba:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    reversals: Mapping[str, str]
    currency: str | None = None
    attributes: tuple[str, ...] = ()

    adapter: ClassVar[str] = Adapter.RINGBA
    version: ClassVar[str] = "ringba/1"
    method: ClassVar[str] = GET
    headers: ClassVar[tuple[str, ...]] = ()
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        query_of(message.body).require_token(self.account, "token", self.keys)
        return id_of_bytes(message.body)

    def events(self, message: Message) -> list[Event]:
        told = list(self._told(query_of(message.body)))
        return payload.to_events(told, self.account, SOURCE_NAMES[Adapter.RINGBA])

    def _told(self, query: Query) -> Iterator[Told]:
        unit, at = query.text("call_id"), query.unix("timestamp")
        words = query.attributes((*OWN, *self.attributes))
        for kind, goals in ((Kind.CONVERSION, self.goals), (Kind.REVERSAL, self.reversals)):
            for flag, goal in goals.items():
                if query.maybe(flag) == YES:
                    money = query.money("call_revenue", self.currency) if kind is Kind.CONVERSION else None
                    name = payload.event_id(unit, flag, str(kind))
                    yield Told(kind, goal, name, unit, at, money, {**words, "topic": flag})


class RingbaAccount(PostbackAccount, ReversibleAccount):
    adapter: Literal["ringba"]

    def source(self, account: str, folder: Path) -> Source:
        self.require_apart()
        keys = self.vendor_keys(folder)
        return Ringba(account, keys, self.goals, self.reversals, self.currency, self.own_attributes())
