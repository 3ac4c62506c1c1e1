"""Deals as JSON: the list, one whole deal, its settled reports, the same reports as CSV."""

import json
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.deals import queries
from api.deals.filter import Filter
from api.deals.history import Settlement
from api.deals.schemas import DealAnswer, DealsAnswer, DealSummary, ReportAnswer, ReportsAnswer
from api.deals.state import Deal
from api.deps import IndexDep, Services, ServicesDep
from api.etag import TaggedRoute
from api.index.queries import freshness
from api.schemas import problems
from api.spreadsheet import csv_response, formatted
from api.tokens.schemas import TokenAnswer
from escrow.clock import format_time, parse_time
from escrow.errors import DocumentProblem
from escrow.ids import Timestamp, address, deal_id
from escrow.status import Status

router = APIRouter(prefix="/deals", tags=["deals"], route_class=TaggedRoute)
MOST_A_PAGE = 100
COLUMNS = (
    "deal_id",
    "as_of",
    "value",
    "base",
    "performance",
    "paid",
    "token",
    "paid_units",
    "token_address",
    "signers",
    "evidence",
    "transaction_hash",
    "block_number",
    "settled_at",
    "reported_value",
    "outcome",
)


class StatusName(StrEnum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"
    SILENT = "silent"
    CLOSED = "closed"


@router.get("", responses=problems(422))
def list_deals(
    services: ServicesDep,
    index: IndexDep,
    client: str | None = None,
    agency: str | None = None,
    status: StatusName | None = None,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 50,
) -> DealsAnswer:
    """The newest first, page by page."""
    now = freshness(index, services.clock()).block_time
    wanted = Filter(
        client=address(client) if client is not None else None,
        agency=address(agency) if agency is not None else None,
        status=Status[status.name] if status is not None else None,
    )
    page = queries.deals(index, services.network, wanted, now=now, cursor=cursor, limit=limit)
    return DealsAnswer(
        deals=[DealSummary.of(deal, services.library.agreement(deal.terms.agreement), now) for deal in page.deals],
        next_cursor=page.next_cursor,
    )


@router.get("/{deal}", responses=problems(404, 422))
def get_deal(deal: str, services: ServicesDep, index: IndexDep) -> DealAnswer:
    """One deal with its terms, its agreement and all that happened to it."""
    found = _deal(services, index, deal)
    now = freshness(index, services.clock()).block_time
    agreement = services.library.agreement(found.terms.agreement, search=True)
    return DealAnswer.whole(found, agreement, _document(services, found), now)


@router.get("/{deal}/reports", responses=problems(404, 422))
def list_reports(deal: str, services: ServicesDep, index: IndexDep) -> ReportsAnswer:
    found = _deal(services, index, deal)
    return ReportsAnswer(token=TokenAnswer.of(found.token), reports=[ReportAnswer.of(report) for report in found.reports])


@router.get("/{deal}/reports.csv", response_class=Response, responses=problems(404, 422))
def download_reports(deal: str, services: ServicesDep, index: IndexDep) -> Response:
    """One line a settled report, safe to open in a spreadsheet."""
    found = _deal(services, index, deal)
    rows = [_row(found, report) for report in found.reports]
    return csv_response(f"reports-{found.deal_id[:10]}.csv", COLUMNS, rows)


@router.get("/{deal}/reports/{as_of}", responses=problems(404, 422))
def get_report(deal: str, as_of: str, services: ServicesDep, index: IndexDep) -> ReportAnswer:
    """`as_of` in Unix seconds or RFC 3339."""
    return ReportAnswer.of(queries.settlement(_deal(services, index, deal), _time(as_of)))


def _deal(services: Services, index: IndexDep, text: str) -> Deal:
    return queries.deal(index, services.network, deal_id(text))


def _time(text: str) -> Timestamp:
    is_seconds = text.isascii() and text.isdigit() and len(text) <= 12
    return Timestamp(int(text)) if is_seconds else parse_time(text)


def _document(services: Services, deal: Deal) -> dict[str, Any] | None:
    """The agreement as it was written; None where it is not at hand or no JSON object."""
    try:
        document = json.loads(services.library.find(deal.terms.agreement))
    except (DocumentProblem, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _row(deal: Deal, report: Settlement) -> dict[str, str]:
    return {
        "deal_id": deal.deal_id,
        "as_of": format_time(report.as_of),
        "value": str(report.value),
        "base": formatted(report.base, deal.token),
        "performance": formatted(report.performance, deal.token),
        "paid": formatted(report.paid, deal.token),
        "token": deal.token.symbol,
        "paid_units": str(report.paid),
        "token_address": deal.token.address,
        "signers": " ".join(report.signers),
        "evidence": report.evidence,
        "transaction_hash": report.moment.transaction_hash,
        "block_number": str(report.moment.block_number),
        "settled_at": format_time(report.moment.at),
        "reported_value": str(report.reported),
        "outcome": report.outcome or "",
    }
