"""The list and the page of one deal. Rows of the index in; no wallet, no sign-in, no script needed."""

import json

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.by_hand import later_calls
from api.deals import queries
from api.deals.challenge import challenge_sentences, closing_sentence, notice_sentence
from api.deals.filter import Filter
from api.deals.rows import row_of, rows_of
from api.deals.words import due_of, next_of, progress_chart, progress_sentence
from api.drafts.sentences import Sentence, price_text, sentences_of
from api.page import page
from api.site import SiteDep
from api.wording import count, days_of
from escrow.agreement import report_times
from escrow.ids import deal_id
from escrow.terms import to_json

router = APIRouter(include_in_schema=False)


@router.get("/deals")
def show_deals(site: SiteDep, cursor: str | None = None) -> HTMLResponse:
    """The newest first."""
    now = site.known_time()
    found = queries.deals(site.index, site.network, Filter(), now=now, cursor=cursor)
    return page(
        site,
        "deals/list.html",
        heading="",
        empty="There are no older deals." if cursor else "No deal was opened yet.",
        deals=rows_of(site, found.deals, now),
        next_page=f"/deals?cursor={found.next_cursor}" if found.next_cursor else "",
    )


@router.get("/deals/{deal}")
def show_deal(deal: str, site: SiteDep) -> HTMLResponse:
    """Where the money is, what was reported, what comes next."""
    now = site.known_time()
    found = queries.deal(site.index, site.network, deal_id(deal))
    agreement = site.library.agreement(found.terms.agreement, search=True)
    times = report_times(agreement, found.terms, found.state.ends_at) if agreement else ()
    row = row_of(found, agreement, now)
    due = due_of(found, times, now)
    sentences: list[Sentence] = []
    if agreement:
        sentences = sentences_of(found.terms, agreement, found.token, found.money.funded)
    return page(
        site,
        "deals/deal.html",
        deal=row,
        price=price_text(found.terms, row.unit, found.token),
        flight=days_of(found.terms.starts_at, found.state.ends_at),
        next=next_of(found, found.status(now), times, now),
        now=now,
        chart=progress_chart(found, now),
        chart_sentence=progress_sentence(found, row.unit),
        due=due,
        due_rest=f"{count(len(times), 'report')} in all." if len(times) > len(due) else "",
        reports=found.reports,
        challenges=[challenge_sentences(found, each, row.unit) for each in found.challenges],
        notices=[notice_sentence(found.terms, notice, found.token) for notice in found.notices],
        closing=closing_sentence(found, found.closed) if found.closed else "",
        moved_to=found.closed.moved_to if found.closed else None,
        moved_from=found.moved_from,
        members=found.members,
        sentences=sentences,
        opened=found.opened,
        agreement_text=_indented(site.library.find(found.terms.agreement)) if agreement else "",
        terms_text=json.dumps(to_json(found.terms), indent=2),
        by_hand=later_calls(site, found.terms, found.status(now), found.terms.agency, waits=found.waiting is not None),
    )


def _indented(document: bytes) -> str:
    return json.dumps(json.loads(document), indent=2, ensure_ascii=False)
