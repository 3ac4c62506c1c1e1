"""Deals as the pages show them: title, money, status in words. Knows the index's deals and their agreements."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.deals.state import Deal, Money
from api.deals.words import BarPart, bar_of, status_words
from api.site import Site
from api.wording import plural
from escrow.agreement import Agreement
from escrow.ids import DealId, Timestamp
from escrow.money import Token
from escrow.terms import Terms

UNIT = "unit"
"""What is counted where the agreement is not at hand."""


@dataclass(frozen=True)
class DealRow:
    deal_id: DealId
    title: str
    unit: str
    status: str
    status_words: str
    sum: Money
    bar: list[BarPart]
    token: Token
    terms: Terms
    ends_at: Timestamp

    @property
    def units(self) -> str:
        return plural(self.unit)


def row_of(deal: Deal, agreement: Agreement | None, now: int) -> DealRow:
    """`now` is the time of the block up to which the index is read."""
    status = deal.status(now)
    return DealRow(
        deal_id=deal.deal_id,
        title=agreement.title if agreement else f"Deal {deal.deal_id[:10]}…",
        unit=agreement.unit if agreement else UNIT,
        status=status.name.lower(),
        status_words=status_words(deal, status),
        sum=deal.money,
        bar=bar_of(deal.money),
        token=deal.token,
        terms=deal.terms,
        ends_at=deal.state.ends_at,
    )


def rows_of(site: Site, deals: Iterable[Deal], now: int) -> list[DealRow]:
    """With the agreements that are at hand; a list asks nobody else for the others."""
    rows = []
    for deal in deals:
        rows.append(row_of(deal, site.library.agreement(deal.terms.agreement), now))
    return rows
