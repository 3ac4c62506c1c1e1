"""The audit page of one deal: each settlement with its report, signers and evidence, its payout recomputed line by line,
and the verdict. The verdict is computed when asked, never stored.
"""

import json

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.audit.audited import AuditedReport, audited_closing, audited_reports
from api.deals import queries
from api.deals.challenge import challenge_sentences, notice_sentence
from api.deals.rows import row_of
from api.deals.state import Deal
from api.deps import ServicesDep
from api.page import page
from api.site import Site, SiteDep
from api.wording import count, listed, number
from escrow.errors import DocumentProblem
from escrow.events import Closing
from escrow.ids import DocumentHash, deal_id
from escrow.verify import Verdict

router = APIRouter(include_in_schema=False)
_CLOSINGS = {
    Closing.FINAL_REPORT: "",
    Closing.SILENCE: "Closed after silence of the oracles",
    Closing.DECLINED: "Turned down by the agency",
    Closing.NOTICE: "Closed by a notice before the start",
    Closing.AGREED: "Closed by both parties’ signatures",
    Closing.AMENDED: "Moved to new terms by both parties’ signatures",
}
_STATES = {"settled": "", "waiting": "It waits, so more can be paid of it.", "dropped": "Nothing more comes of it."}


@router.get("/deals/{deal}/audit")
def show_audit(deal: str, request: Request, site: SiteDep, services: ServicesDep) -> HTMLResponse:
    """Asks for evidence where it is; takes as long as the recomputation takes."""
    found = queries.deal(site.index, site.network, deal_id(deal))
    verdict = services.auditor.verdict(site.index, found)
    row = row_of(found, site.library.agreement(found.terms.agreement, search=True), site.known_time())
    reports = audited_reports(found, verdict, row.unit)
    return page(
        site,
        "audit/audit.html",
        deal=row,
        origin=str(request.base_url).rstrip("/"),
        members=found.members,
        verdict=verdict,
        sentence=_sentence(verdict),
        reports=reports,
        stories={
            report.settlement.moment: _story(found, report, row.unit) for report in reports if report.settlement.challenge
        },
        counts={each.settlement.evidence: _counts(site, each.settlement.evidence) for each in reports},
        notices=[notice_sentence(found.terms, notice, found.token) for notice in found.notices],
        closing=audited_closing(found, verdict),
        closing_heading=_CLOSINGS[found.closed.cause] if found.closed else "",
    )


def _story(deal: Deal, report: AuditedReport, unit: str) -> str:
    """What became of a report that had to wait."""
    assert report.settlement.challenge is not None
    sentences = [*challenge_sentences(deal, report.settlement.challenge, unit), _STATES[report.state]]
    return " ".join(sentences).strip()


def _counts(site: Site, evidence: DocumentHash) -> str:
    """What the evidence says of the units that were not counted; empty where it is not at hand."""
    try:
        excluded = json.loads(site.library.find(evidence))["counts"]["excluded"]
        parts = [f"{number(many)} × {reason.replace('_', ' ')}" for reason, many in excluded.items()]
    except (DocumentProblem, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    return f"not counted: {listed(parts)}" if parts else "every event counted"


def _sentence(verdict: Verdict) -> str:
    """What the recomputation covered, or the first difference in words."""
    if verdict.difference:
        return f"The first difference: {verdict.difference}."
    if not verdict.reports:
        return "Opening and sums were recomputed from the chain. There is no report yet."
    measured = sum(report.from_events for report in verdict.reports)
    how = "measured again from the events" if measured == len(verdict.reports) else "recounted from the evidence"
    reports = count(len(verdict.reports), "report")
    return f"{reports} {how}, each payment recomputed from terms and counts: the same to the unit."
