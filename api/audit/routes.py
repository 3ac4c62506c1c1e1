"""The audit for programs: JSON to read or to keep, and CSV with every line of every payout."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api.audit.audited import AuditedReport, audited_closing, audited_reports
from api.audit.lines import Line
from api.audit.schemas import AuditAnswer
from api.deals import queries
from api.deals.state import Deal
from api.deps import IndexDep, Services, ServicesDep
from api.etag import TaggedRoute
from api.schemas import problems
from api.spreadsheet import csv_response, formatted
from escrow.clock import format_time
from escrow.ids import deal_id

router = APIRouter(prefix="/deals", tags=["audit"], route_class=TaggedRoute)
UNIT = "unit"
"""What is counted where the agreement is not at hand."""
COLUMNS = (
    "deal_id",
    "as_of",
    "line",
    "how",
    "amount",
    "token",
    "units",
    "is_total",
    "verdict",
    "value",
    "signers",
    "evidence",
    "transaction_hash",
    "reported_value",
    "state",
)


@router.get("/{deal}/audit", responses=problems(404, 422))
def get_audit(deal: str, services: ServicesDep, index: IndexDep) -> AuditAnswer:
    """Each settlement with its report, signers, evidence and transaction, its payout recomputed, and the verdict."""
    return _audit(services, index, queries.deal(index, services.network, deal_id(deal)))


@router.get("/{deal}/audit.json", response_model=AuditAnswer, responses=problems(404, 422))
def download_audit(deal: str, services: ServicesDep, index: IndexDep) -> Response:
    """The same as a file."""
    audit = _audit(services, index, queries.deal(index, services.network, deal_id(deal)))
    headers = {"Content-Disposition": f'attachment; filename="audit-{audit.deal_id[:10]}.json"'}
    return Response(audit.model_dump_json(indent=2), media_type="application/json", headers=headers)


@router.get("/{deal}/audit.csv", response_class=Response, responses=problems(404, 422))
def download_audit_lines(deal: str, services: ServicesDep, index: IndexDep) -> Response:
    """One row a line of a payout, safe to open in a spreadsheet."""
    found = queries.deal(index, services.network, deal_id(deal))
    verdict = services.auditor.verdict(index, found)
    rows = [
        _row(found, report, line)
        for report in audited_reports(found, verdict, _unit(services, found))
        for line in report.lines
    ]
    closing = audited_closing(found, verdict)
    if closing is not None:
        about = {
            "as_of": format_time(closing.closed.moment.at),
            "transaction_hash": closing.closed.moment.transaction_hash,
            "verdict": closing.text,
        }
        rows += [_cells(found, line) | about for line in closing.lines]
    return csv_response(f"audit-{found.deal_id[:10]}.csv", COLUMNS, rows)


def _audit(services: Services, index: Session, deal: Deal) -> AuditAnswer:
    verdict = services.auditor.verdict(index, deal)
    reports = audited_reports(deal, verdict, _unit(services, deal))
    return AuditAnswer.of(deal, verdict, reports, audited_closing(deal, verdict))


def _unit(services: Services, deal: Deal) -> str:
    agreement = services.library.agreement(deal.terms.agreement, search=True)
    return agreement.unit if agreement else UNIT


def _row(deal: Deal, report: AuditedReport, line: Line) -> dict[str, str]:
    settlement = report.settlement
    return _cells(deal, line) | {
        "as_of": format_time(settlement.as_of),
        "transaction_hash": settlement.moment.transaction_hash,
        "verdict": report.verdict.text,
        "value": str(settlement.value),
        "signers": " ".join(settlement.signers),
        "evidence": settlement.evidence,
        "reported_value": str(settlement.reported),
        "state": report.state,
    }


def _cells(deal: Deal, line: Line) -> dict[str, str]:
    return {
        "deal_id": deal.deal_id,
        "line": line.label,
        "how": line.how,
        "amount": formatted(line.units, deal.token),
        "token": deal.token.symbol,
        "units": str(line.units),
        "is_total": "yes" if line.total else "no",
    }
