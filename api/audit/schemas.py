"""The audit as JSON. Amounts are strings of base units of the deal's token."""

from typing import Any, Self

from pydantic import BaseModel

from api.audit.audited import AuditedClosing, AuditedReport
from api.audit.lines import Line
from api.deals.schemas import ClosingAnswer, NoticeAnswer, ReportAnswer
from api.deals.state import Deal
from api.schemas import UnitsText
from api.tokens.schemas import TokenAnswer
from escrow.terms import to_json
from escrow.verify import Difference, Verdict


class LineAnswer(BaseModel):
    """One line of a payout. A total is what the lines above it come to."""

    label: str
    how: str
    units: UnitsText
    total: bool

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(label=line.label, how=line.how, units=line.units, total=line.total)


class DifferenceAnswer(BaseModel):
    """`expected` was recomputed, `found` is what is there."""

    place: str
    what: str
    expected: str
    found: str

    @classmethod
    def of(cls, difference: Difference) -> Self:
        return cls(**difference.to_json())


class AuditedReportAnswer(ReportAnswer):
    """`verdict` is "recomputed, equal" or the first difference in words. `from_events`: the value was measured again
    from the campaign's events, not only recounted from the evidence's rows.

    `state`: settled, waiting, or dropped where another report took its place or the parties closed the deal. Of a report
    that is not settled, `value` is what it would come to undisputed, `paid` what was paid of it so far, and `settled` when
    it came.
    """

    state: str
    from_events: bool
    verdict: str
    difference: DifferenceAnswer | None
    lines: list[LineAnswer]

    @classmethod
    def audited(cls, report: AuditedReport) -> Self:
        return cls(
            **cls.fields_of(report.settlement),
            state=report.state,
            from_events=report.verdict.from_events,
            verdict=report.verdict.text,
            difference=_difference(report.verdict.difference),
            lines=[LineAnswer.of(line) for line in report.lines],
        )


class AuditedClosingAnswer(ClosingAnswer):
    verdict: str
    difference: DifferenceAnswer | None
    lines: list[LineAnswer]

    @classmethod
    def audited(cls, closing: AuditedClosing) -> Self:
        return cls(
            **cls.fields_of(closing.closed),
            verdict=closing.text,
            difference=_difference(closing.difference),
            lines=[LineAnswer.of(line) for line in closing.lines],
        )


class AuditAnswer(BaseModel):
    """Everything recomputed from the terms, the chain's events, the evidence and, where oracles gave them, the
    campaign's events. `closing` is null unless the deal was closed without a final report."""

    deal_id: str
    verdict: str
    difference: DifferenceAnswer | None
    token: TokenAnswer
    terms: dict[str, Any]
    funded: UnitsText
    earned: UnitsText
    paid: UnitsText
    retained: UnitsText
    left: UnitsText
    refunded: UnitsText
    moved: UnitsText
    closed: bool
    reports: list[AuditedReportAnswer]
    notices: list[NoticeAnswer]
    closing: AuditedClosingAnswer | None

    @classmethod
    def of(cls, deal: Deal, verdict: Verdict, reports: list[AuditedReport], closing: AuditedClosing | None) -> Self:
        money = deal.money
        return cls(
            deal_id=deal.deal_id,
            verdict=verdict.text,
            difference=_difference(verdict.difference),
            token=TokenAnswer.of(deal.token),
            terms=to_json(deal.terms),
            funded=money.funded,
            earned=money.earned,
            paid=money.paid,
            retained=money.retained,
            left=money.left,
            refunded=money.refunded,
            moved=money.moved,
            closed=verdict.closed,
            reports=[AuditedReportAnswer.audited(report) for report in reports],
            notices=[NoticeAnswer.of(notice) for notice in deal.notices],
            closing=AuditedClosingAnswer.audited(closing) if closing else None,
        )


def _difference(difference: Difference | None) -> DifferenceAnswer | None:
    return DifferenceAnswer.of(difference) if difference else None
