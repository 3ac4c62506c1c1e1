"""A deal's settlements beside their recomputation: payout line by line, and the verdict. Pure; fetches nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.audit.lines import Line, decline_lines, report_lines, silence_lines
from api.deals.state import Closed, Deal, Settlement, step
from escrow.events import Closing
from escrow.schedule import new_deal
from escrow.verify import EQUAL, Difference, ReportVerdict, Verdict


@dataclass(frozen=True)
class AuditedReport:
    settlement: Settlement
    lines: Sequence[Line]
    verdict: ReportVerdict


@dataclass(frozen=True)
class AuditedClosing:
    """A closing without a final report; the lines of one with it stand with the report."""

    closed: Closed
    lines: Sequence[Line]
    difference: Difference | None

    @property
    def text(self) -> str:
        return EQUAL if self.difference is None else str(self.difference)


def audited_reports(deal: Deal, verdict: Verdict, unit: str) -> list[AuditedReport]:
    """In the order of the chain. `unit` is what the agreement counts."""
    by_time = {report.as_of: report for report in verdict.reports}
    state = new_deal(deal.terms, deal.amount)
    found = []
    for change in deal.changes:
        if isinstance(change, Settlement):
            lines = report_lines(deal.terms, state, change, unit, deal.token)
            found.append(AuditedReport(change, lines, by_time[change.as_of]))
        state = step(deal.terms, state, change)
    return found


def audited_closing(deal: Deal, verdict: Verdict) -> AuditedClosing | None:
    """None for a deal that is open, or was closed by its final report."""
    if deal.closed is None or deal.closed.cause is Closing.FINAL_REPORT:
        return None
    state = new_deal(deal.terms, deal.amount)
    for change in deal.changes:
        state = step(deal.terms, state, change)
    is_declined = deal.closed.cause is Closing.DECLINED
    lines = decline_lines(state) if is_declined else silence_lines(deal.terms, state)
    # What closing should have been is a place of its own in the recomputation.
    differs = verdict.difference is not None and verdict.difference.place == "closing"
    return AuditedClosing(deal.closed, lines, verdict.difference if differs else None)
