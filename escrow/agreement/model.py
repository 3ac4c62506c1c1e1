"""The agreement: how a deal's metric is measured, as the terms' hash fixes it. Knows no event and no money."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from escrow.agreement.rule import Rule
from escrow.ids import DocumentHash, Timestamp

SCHEMA = "agreement/1"
COUNT_METHOD = "count/1"


class Adapter(StrEnum):
    """How events of a source reach an oracle."""

    SIGNED_API = "signed_api"
    CSV = "csv"
    STRIPE = "stripe"
    SHOPIFY = "shopify"
    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    GOOGLE_LEAD_FORM = "google_lead_form"
    META_LEAD_ADS = "meta_lead_ads"
    INTERCOM = "intercom"
    ZENDESK = "zendesk"
    EVERFLOW = "everflow"
    TUNE = "tune"
    RINGBA = "ringba"
    JSON_PULL = "json_pull"


SOURCE_NAMES = {adapter: str(adapter) for adapter in Adapter} | {Adapter.SIGNED_API: "api", Adapter.META_LEAD_ADS: "meta"}
"""What an adapter's events carry as `source`."""


class Role(StrEnum):
    CONTROLLING = "controlling"
    """Its events are counted."""


class Grade(StrEnum):
    """How far a source can be trusted. Modelled or sampled numbers, grade E, never settle, so there is no E."""

    A = "A"
    """Money moved at a third party."""
    B = "B"
    """The client's system of record, through a connection of our own."""
    C = "C"
    """Signed by a party with an interest in the number."""
    D = "D"
    """Not signed, such as a file."""


BEST_GRADES = {
    Adapter.STRIPE: Grade.A,
    Adapter.SHOPIFY: Grade.B,
    Adapter.HUBSPOT: Grade.B,
    Adapter.SALESFORCE: Grade.B,
    Adapter.JSON_PULL: Grade.B,
    Adapter.SIGNED_API: Grade.C,
    Adapter.META_LEAD_ADS: Grade.C,
    Adapter.INTERCOM: Grade.C,
    Adapter.ZENDESK: Grade.C,
    Adapter.RINGBA: Grade.C,
    Adapter.GOOGLE_LEAD_FORM: Grade.D,
    Adapter.EVERFLOW: Grade.D,
    Adapter.TUNE: Grade.D,
    Adapter.CSV: Grade.D,
}
"""The best that an agreement may claim for a source that comes this way."""


@dataclass(frozen=True)
class Flight:
    """Half-open: `start` is in, `end` is not."""

    start: Timestamp
    end: Timestamp


@dataclass(frozen=True)
class Source:
    account: str
    adapter: Adapter
    role: Role
    grade: Grade


@dataclass(frozen=True)
class ReportsAt:
    """Ascending, the last one the end."""

    times: tuple[Timestamp, ...]


@dataclass(frozen=True)
class ReportsEveryPeriod:
    """At each boundary of the terms' periods."""


@dataclass(frozen=True)
class Agreement:
    """`hash` is of the canonical form; `salt` has 32 bytes."""

    hash: DocumentHash
    title: str
    method: str
    unit: str
    salt: bytes
    flight: Flight
    sources: tuple[Source, ...]
    goal: str
    accept: Rule
    maturity_seconds: int
    reports: ReportsAt | ReportsEveryPeriod

    @cached_property
    def accounts(self) -> frozenset[str]:
        return frozenset(source.account for source in self.sources)
