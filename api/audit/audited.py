"""A deal's settlements beside their recomputation: payout line by line, and the verdict. Pure; fetches nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.audit.lines import (
    PAID_BY_REPORT,
    Line,
    accord_lines,
    agreed_lines,
    decline_lines,
    notice_lines,
    report_lines,
    resolution_lines,
    silence_lines,
)
from api.deals.history import (
    AgreedPart,
    Change,
    Closed,
    Dispute,
    Resolution,
    Settlement,
    WaitingReport,
    as_settlement,
)
from api.deals.state import Deal, step
from escrow.claims import DealState
from escrow.events import Closing
from escrow.schedule import new_deal
from escrow.verify import EQUAL, Difference, ReportVerdict, Verdict


@dataclass(frozen=True)
class AuditedReport:
    """`state` is settled, waiting, or dropped where nothing came of it."""

    settlement: Settlement
    state: str
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
    """Each that came, in the order in which they came, as the verdict has them. `unit` is what the agreement counts."""
    lines: list[list[Line]] = []
    for before, change in _played(deal):
        if isinstance(change, WaitingReport):
            lines.append([])
        elif isinstance(change, Settlement):
            lines.append(report_lines(deal.terms, before.deal, change, unit, deal.token))
        elif isinstance(change, Dispute | AgreedPart | Resolution):
            lines[-1] += _step_lines(deal, before, change, unit)
    return [
        AuditedReport(settlement, _state(deal, settlement), _with_sum(settlement, own), judged)
        for settlement, own, judged in zip(_came(deal), lines, verdict.reports, strict=True)
    ]


def audited_closing(deal: Deal, verdict: Verdict) -> AuditedClosing | None:
    """None for a deal that is open, or was closed by its final report."""
    if deal.closed is None or deal.closed.cause is Closing.FINAL_REPORT:
        return None
    # What closing should have been is a place of its own in the recomputation.
    differs = verdict.difference is not None and verdict.difference.place == "closing"
    return AuditedClosing(deal.closed, _closing_lines(deal, deal.closed), verdict.difference if differs else None)


def _played(deal: Deal) -> Iterator[tuple[DealState, Change]]:
    """Each change with the state before it."""
    state = DealState(new_deal(deal.terms, deal.amount))
    for change in deal.changes:
        yield state, change
        state = step(deal.terms, state, change)


def _came(deal: Deal) -> list[Settlement]:
    """All reports in the order in which they came to the chain, whatever became of them."""
    waiting = ((each.waiting.moment.order, as_settlement(each)) for each in deal.challenges)
    at_once = ((each.moment.order, each) for each in deal.settlements)
    return [report for _, report in sorted([*waiting, *at_once], key=lambda pair: pair[0])]


def _state(deal: Deal, settlement: Settlement) -> str:
    challenge = settlement.challenge
    if challenge is None or challenge.resolution:
        return "settled"
    return "waiting" if challenge is deal.waiting else "dropped"


def _step_lines(deal: Deal, before: DealState, change: Dispute | AgreedPart | Resolution, unit: str) -> list[Line]:
    terms, claim = deal.terms, before.claim
    assert claim is not None, "no report waits"
    if isinstance(change, Resolution):
        return resolution_lines(terms, before, change, unit, deal.token)
    if isinstance(change, Dispute) and change.party != terms.client:
        return []
    return agreed_lines(terms, before.deal, claim.as_of, change.value, unit, deal.token)


def _with_sum(settlement: Settlement, lines: list[Line]) -> list[Line]:
    """Where a report was paid in parts, what they come to."""
    if settlement.challenge is None or len(settlement.challenge.payments) < 2:
        return lines
    return [*lines, Line(PAID_BY_REPORT, "in all", settlement.paid, total=True)]


def _closing_lines(deal: Deal, closed: Closed) -> list[Line]:
    match closed.cause:
        case Closing.DECLINED:
            return decline_lines(deal.state)
        case Closing.NOTICE:
            return notice_lines(deal.state)
        case Closing.AGREED | Closing.AMENDED:
            return accord_lines(deal.money, closed)
    return silence_lines(deal.terms, deal.state)
