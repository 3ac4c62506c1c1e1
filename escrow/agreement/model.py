"""The agreement: how a deal's metric is measured, as the terms' hash fixes it. Knows no event and no money."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from escrow.agreement.metric import Method, Metric
from escrow.agreement.rule import Rule
from escrow.agreement.windows import Attribution, Caps, Decline, Dedupe, Reversal
from escrow.ids import DocumentHash, Timestamp

SCHEMA = "agreement/1"


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
    CHECK = "check"
    """Measured by the same rules and compared; its word decides on contested units."""
    CLIENT = "client"
    """The client's declines and approvals of units."""
    AGENCY = "agency"
    """The agency's contests of declines."""


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
    Adapter.SIGNED_API: Grade.A,
    Adapter.META_LEAD_ADS: Grade.C,
    Adapter.INTERCOM: Grade.C,
    Adapter.ZENDESK: Grade.C,
    Adapter.RINGBA: Grade.C,
    Adapter.GOOGLE_LEAD_FORM: Grade.D,
    Adapter.EVERFLOW: Grade.D,
    Adapter.TUNE: Grade.D,
    Adapter.CSV: Grade.D,
}
"""The best that an agreement may claim for a source that comes this way. Anybody may send by the signed API, a payment
processor too, so what it is worth hangs on the sender alone."""

SETTLING_ALONE = frozenset({Grade.A, Grade.B})
"""Grades of controlling sources that need no check source beside them."""


@dataclass(frozen=True)
class Flight:
    """Half-open: `start` is in, `end` is not."""

    start: Timestamp
    end: Timestamp


@dataclass(frozen=True)
class Source:
    """`accept` is a check source's own rule, None where the agreement's holds for it."""

    account: str
    adapter: Adapter
    role: Role
    grade: Grade
    accept: Rule | None = None


@dataclass(frozen=True)
class ReportsAt:
    """Ascending, the last one the end."""

    times: tuple[Timestamp, ...]


@dataclass(frozen=True)
class ReportsEveryPeriod:
    """At each boundary of the terms' periods."""


@dataclass(frozen=True)
class Agreement:
    """`hash` is of the canonical form; `salt` has 32 bytes. What has a default may be left out of the document."""

    hash: DocumentHash
    title: str
    method: Method
    unit: str
    salt: bytes
    flight: Flight
    sources: tuple[Source, ...]
    goal: str
    accept: Rule
    maturity_seconds: int
    reports: ReportsAt | ReportsEveryPeriod
    metric: Metric | None = None
    dedupe: Dedupe = field(default_factory=Dedupe)
    attribution: Attribution | None = None
    hold_seconds: int = 0
    decline: Decline | None = None
    reversal: Reversal = field(default_factory=Reversal)
    caps: Caps = field(default_factory=Caps)
    tail_seconds: int | None = None

    @cached_property
    def accounts(self) -> frozenset[str]:
        return frozenset(source.account for source in self.sources)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """By account."""
        return {source.account: source.role for source in self.sources}

    @cached_property
    def has_check(self) -> bool:
        return any(source.role is Role.CHECK for source in self.sources)

    @cached_property
    def is_plain(self) -> bool:
        """A count of controlling sources without windows, caps and parties' messages: each event counts or does not."""
        return (
            self.method is Method.COUNT
            and set(self.roles.values()) == {Role.CONTROLLING}
            and self.dedupe == Dedupe()
            and self.reversal == Reversal()
            and self.caps == Caps()
            and not self.hold_seconds
            and (self.attribution, self.decline, self.tail_seconds) == (None, None, None)
        )
