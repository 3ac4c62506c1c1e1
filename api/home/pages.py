"""The start page, and one search box for a deal, an address or a transaction."""

import re

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.deals import queries
from api.deals.filter import Filter
from api.deals.rows import DealRow, rows_of
from api.page import page
from api.site import Site, SiteDep
from escrow.errors import AddressProblem, DealUnknown
from escrow.ids import address, deal_id

router = APIRouter(include_in_schema=False)
LATEST = 5
MOST_FOUND = 100
_HASH = re.compile(r"0x[0-9a-f]{64}")
HELP = "Enter a whole deal id or transaction hash (0x and 64 digits), or the address of a client or an agency."


@router.get("/")
def show_home(site: SiteDep) -> HTMLResponse:
    """Works before the index has read anything."""
    fresh = site.freshness()
    rows = []
    if fresh:
        found = queries.deals(site.index, site.network, Filter(), now=fresh.block_time, limit=LATEST)
        rows = rows_of(site, found.deals, fresh.block_time)
    return page(site, "home.html", deals=rows)


@router.get("/search")
def search(site: SiteDep, q: str = "") -> Response:
    """Straight to a deal that the text names; else the deals of the address or transaction, or help."""
    text = q.strip()
    if _HASH.fullmatch(text.lower()):
        text = text.lower()
        try:
            named = queries.deal(site.index, site.network, deal_id(text))
            return RedirectResponse(f"/deals/{named.deal_id}", 303)
        except DealUnknown:
            return _found(site, text, Filter(transaction=text))
    try:
        return _found(site, text, Filter(party=address(text)))
    except AddressProblem:
        return _list_page(site, text, [], f"“{text[:80]}” is none of these. {HELP}", 422)


def _found(site: Site, text: str, wanted: Filter) -> Response:
    now = site.known_time()
    found = queries.deals(site.index, site.network, wanted, now=now, limit=MOST_FOUND).deals
    if len(found) == 1:
        return RedirectResponse(f"/deals/{found[0].deal_id}", 303)
    return _list_page(site, text, rows_of(site, found, now), f"No deal has to do with {text}. {HELP}", 200)


def _list_page(site: Site, query: str, rows: list[DealRow], empty: str, status: int) -> HTMLResponse:
    heading = f"Deals that have to do with {query}" if rows else ""
    return page(site, "deals/list.html", status=status, deals=rows, heading=heading, empty=empty, next_page="", query=query)
