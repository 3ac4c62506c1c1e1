"""The fields of the form by kind of deal: their labels, hints and defaults. Knows how they look, not what they mean."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["price", "target", "base"]
KINDS: dict[Kind, tuple[str, str]] = {
    "price": (
        "Price per unit",
        "Each counted unit earns a price, with a second price beyond a volume if you like.",
    ),
    "target": (
        "Target",
        "One amount is paid when the count reaches the target, and comes back when it does not.",
    ),
    "base": ("Base and share", "A fee for each period, and a share for each counted unit on top of it."),
}


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    hint: str = ""
    type: Literal["text", "date", "amount", "whole", "select", "address", "hidden"] = "text"
    default: str = ""
    unit: str = ""
    """What the number counts, shown beside it: "days", "%"; "token" is the symbol that is chosen."""
    optional: bool = False
    options: tuple[tuple[str, str], ...] = ()
    source: Literal["", "token", "committee"] = ""
    """Options that come from the chain instead."""
    narrow: bool = False
    """Three of these make one line."""


@dataclass(frozen=True)
class Group:
    title: str
    intro: str
    fields: tuple[Field, ...] = field(default=())
    folded: bool = False
    """Has defaults that suit most deals, so it starts closed."""


_TESTS = (
    ("is", "is"),
    ("at_least", "is at least"),
    ("below", "is below"),
)
_REPORTS = (
    ("months", "At each month’s end"),
    ("periods", "At the end of each period"),
    ("end", "Only at the end"),
)
_BASES = (("0", "Everything since the start"), ("1", "The units of its own period"))

_MEASURE = Group(
    "What is measured",
    "The oracles count events that the source sends them, signed. A unit counts once.",
    (
        Field("title", "Title", "What both sides call this deal."),
        Field("unit", "Unit", "One of what is counted, such as customer or lead."),
        Field("account", "Source account", "The account that sends the events to the oracles."),
        Field("goal", "Event", "The name of the event at that source."),
        Field("test_field", "A unit counts when", "A field of the event.", narrow=True),
        Field("test_operator", "Test", "How it is compared.", "select", options=_TESTS, narrow=True),
        Field("test_value", "Value", "A word, or a whole number.", narrow=True),
    ),
)
_PARTIES = Group(
    "Who",
    "",
    (
        Field("client", "Client", "Its budget is locked, and what is not earned returns here.", "address"),
        Field("agency", "Agency", "Is paid for what is achieved.", "address"),
        Field("committee", "Oracles", "The committee that counts.", "select", source="committee"),
        Field(
            "committee_id",
            "Id of another committee",
            "If it is not in the list: 0x and 24 digits.",
            optional=True,
        ),
        Field(
            "quorum",
            "Signatures needed",
            "How many oracles must report the same count.",
            "whole",
            unit="oracles",
        ),
    ),
)
_GRACE = Field("grace", "Time for the last report", "After it the rest can go back without one.", "whole", "30", "days")
_NOTICE = Field("notice", "Notice period", "How long either side is bound after giving notice.", "whole", "14", "days")
_FUND_BY = Field("fund_by", "Lock the money by", "Last day (UTC). Empty: a week after the start.", "date", optional=True)
_CAP = Field("cap", "Most that results can earn", "Empty: whatever is locked.", "amount", unit="token", optional=True)
_RETENTION = Field("retention", "Held until the end", "Share of the pay for results.", "amount", "0", "%")
_BASIS = Field("basis", "A report counts", type="select", default="0", options=_BASES)
_TOKEN = Field("token", "Paid in", type="select", source="token")
_PRICES = (
    Field(
        "second_from",
        "Second price beyond",
        "If the price changes with volume.",
        "whole",
        optional=True,
        unit="units",
    ),
    Field("second_price", "Second price", "For each unit beyond that.", "amount", unit="token", optional=True),
)
_PERIODS = "The days from first to last divide into this many equal periods."


def _dates(periods: str, reports: str) -> Group:
    return Group(
        "When",
        "A day is a UTC day.",
        (
            Field("first_day", "First day", "Events count from 00:00 UTC.", "date"),
            Field("last_day", "Last day", "Is counted in full.", "date"),
            Field("periods", "Periods", _PERIODS, "whole", periods),
            Field(
                "reports",
                "Reports",
                "When the oracles report and pay is due.",
                "select",
                reports,
                options=_REPORTS,
            ),
        ),
    )


def _money(*fields: Field) -> Group:
    return Group("Money", "", (_TOKEN, *fields))


def _limits(*fields: Field) -> Group:
    return Group("Limits and deadlines", "These defaults suit most deals.", (*fields, _FUND_BY, _GRACE, _NOTICE), True)


GROUPS: dict[Kind, tuple[Group, ...]] = {
    "price": (
        _MEASURE,
        _dates("1", "months"),
        _money(
            Field("price", "Price per unit", "", "amount", unit="token"),
            *_PRICES,
            Field("budget", "Budget", "Locked in full. What is not earned comes back.", "amount", unit="token"),
        ),
        _PARTIES,
        _limits(_CAP, _RETENTION, _BASIS),
    ),
    "target": (
        _MEASURE,
        _dates("1", "end"),
        _money(
            Field("target", "Target", "The count at which the amount is earned.", "whole", unit="units"),
            Field(
                "budget",
                "Amount",
                "Locked in full. Paid at the target, else returned.",
                "amount",
                unit="token",
            ),
        ),
        _PARTIES,
        _limits(),
    ),
    "base": (
        _MEASURE,
        _dates("3", "periods"),
        _money(
            Field("base", "Base per period", "Earned by time, whatever the results.", "amount", unit="token"),
            Field("price", "Share per unit", "On top of the base.", "amount", unit="token"),
            *_PRICES,
            Field("budget", "Budget", "Locked in full, base included.", "amount", unit="token"),
        ),
        _PARTIES,
        _limits(_CAP, _RETENTION, _BASIS),
    ),
}


def fields_of(kind: Kind) -> dict[str, Field]:
    return {field.name: field for group in GROUPS[kind] for field in group.fields}
