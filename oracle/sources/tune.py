"""Postbacks in the form of TUNE (HasOffers): `offer_id`, `transaction_id`, `datetime`, `security_token`, and the rest.

A topic is `offer:` and the offer's number, or `goal:` and the goal's. Nothing is signed: grade D.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.clock import parse_time
from escrow.errors import EventProblem, NotLive, TimeFormatProblem
from escrow.measure import Event, Kind
from oracle.sources import payload
from oracle.sources.payload import Told
from oracle.sources.postback import PostbackAccount, Query, query_of, told_by_status
from oracle.sources.signature import id_of_bytes
from oracle.sources.source import GET, Message, Source

OFFER, GOAL = "offer", "goal"
KINDS: Mapping[str, Kind | None] = {"approved": Kind.CONVERSION, "rejected": Kind.REVERSAL, "pending": None}
TESTS = ("21", "22", "23")
"""Status codes that say: somebody tried it out."""
OWN = ("offer_id", "goal_id", "affiliate_id", "status_code")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


@dataclass(frozen=True)
class Tune:
    account: str
    keys: Sequence[bytes]
    goals: Mapping[str, str]
    utc_offset: str = "Z"
    """Of the network's clock, in which it writes times."""
    currency: str | None = None
    attributes: tuple[str, ...] = ()

    adapter: ClassVar[str] = Adapter.TUNE
    version: ClassVar[str] = "tune/1"
    method: ClassVar[str] = GET
    headers: ClassVar[tuple[str, ...]] = ()
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        query_of(message.body).require_token(self.account, "security_token", self.keys)
        return id_of_bytes(message.body)

    def events(self, message: Message) -> list[Event]:
        query = query_of(message.body)
        if query.maybe("status_code") in TESTS:
            raise NotLive(self.account, f"status_code is {query.maybe('status_code')}")
        told = self._told(query)
        return payload.to_events([told] if told else [], self.account, SOURCE_NAMES[Adapter.TUNE])

    def _told(self, query: Query) -> Told | None:
        number = query.maybe("goal_id")
        topic = f"{OFFER}:{query.text('offer_id')}" if number is None else f"{GOAL}:{number}"
        return told_by_status(query, self, topic, kinds=KINDS, order="adv_sub", own=OWN, time=lambda: self._time(query))

    def _time(self, query: Query) -> int:
        text = query.text("datetime")
        try:
            if not _LOCAL.fullmatch(text):
                raise TimeFormatProblem(text, "is no time like 2008-05-01 12:00:00")
            return parse_time(f"{text.replace(' ', 'T')}{self.utc_offset}")
        except TimeFormatProblem as error:
            raise EventProblem(0, "datetime", text, error.why) from error


class TuneAccount(PostbackAccount):
    adapter: Literal["tune"]
    utc_offset: Annotated[str, StringConstraints(pattern=r"^(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$")] = "Z"

    def source(self, account: str, folder: Path) -> Source:
        for topic in self.goals:
            if topic.partition(":")[0] not in (OFFER, GOAL):
                raise ValueError(f"has a goal for {topic!r}, which is not offer:number or goal:number")
        keys = self.vendor_keys(folder)
        return Tune(account, keys, self.goals, self.utc_offset, self.currency, self.own_attributes())
