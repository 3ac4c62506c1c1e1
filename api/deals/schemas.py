"""Deals and their reports as JSON. Amounts are strings of base units of the deal's token."""

from typing import Any, Self

from pydantic import BaseModel

from api.deals.history import Closed, Notice, Settlement, TopUp
from api.deals.moments import MomentAnswer
from api.deals.state import Deal
from api.deals.waiting import ChallengeAnswer
from api.schemas import TimeText, UnitsText
from api.tokens.schemas import TokenAnswer
from escrow.agreement import Agreement
from escrow.ids import Timestamp
from escrow.terms import to_json


class DealSummary(BaseModel):
    """funded = paid + retained + left + refunded + moved, and earned = paid + retained. `moved` is what an amendment took
    on to the deal that it opened.

    `title` and `unit` are the agreement's, null where it is not at hand. `status` is derived from the chain's time at
    the newest indexed block. From `silent_at` on only a refund is left, unless a report waits.
    """

    deal_id: str
    status: str
    title: str | None
    unit: str | None
    client: str
    agency: str
    committee: str
    token: TokenAnswer
    funded: UnitsText
    earned: UnitsText
    paid: UnitsText
    retained: UnitsText
    left: UnitsText
    refunded: UnitsText
    moved: UnitsText
    basis: str
    starts_at: TimeText
    ends_at: TimeText
    silent_at: TimeText
    report_count: int
    opened: MomentAnswer

    @classmethod
    def fields_of(cls, deal: Deal, agreement: Agreement | None, now: Timestamp) -> dict[str, Any]:
        terms, money = deal.terms, deal.money
        return {
            "deal_id": deal.deal_id,
            "status": deal.status(now).name.lower(),
            "title": agreement.title if agreement else None,
            "unit": agreement.unit if agreement else None,
            "client": terms.client,
            "agency": terms.agency,
            "committee": terms.committee,
            "token": TokenAnswer.of(deal.token),
            "funded": money.funded,
            "earned": money.earned,
            "paid": money.paid,
            "retained": money.retained,
            "left": money.left,
            "refunded": money.refunded,
            "moved": money.moved,
            "basis": terms.basis.name.lower(),
            "starts_at": terms.starts_at,
            "ends_at": deal.state.ends_at,
            "silent_at": deal.silent_at,
            "report_count": len(deal.reports),
            "opened": MomentAnswer.of(deal.opened),
        }

    @classmethod
    def of(cls, deal: Deal, agreement: Agreement | None, now: Timestamp) -> Self:
        return cls(**cls.fields_of(deal, agreement, now))


class DealsAnswer(BaseModel):
    """The newest first. `next_cursor` leads to older ones; null on the last page."""

    deals: list[DealSummary]
    next_cursor: str | None


class ReportAnswer(BaseModel):
    """A settled report. `value` is the metric, never money; `paid` is base and performance together.

    Where it had to wait, `value` is what it came to and `reported_value` what was signed; `outcome` is accepted, ruled or
    unruled, and null where it was settled at once.
    """

    as_of: TimeText
    value: UnitsText
    evidence: str
    signers: list[str]
    base: UnitsText
    performance: UnitsText
    paid: UnitsText
    settled: MomentAnswer
    transaction_hash: str
    reported_value: UnitsText
    outcome: str | None

    @classmethod
    def fields_of(cls, report: Settlement) -> dict[str, Any]:
        return {
            "as_of": report.as_of,
            "value": report.value,
            "evidence": report.evidence,
            "signers": list(report.signers),
            "base": report.base,
            "performance": report.performance,
            "paid": report.paid,
            "settled": MomentAnswer.of(report.moment),
            "transaction_hash": report.moment.transaction_hash,
            "reported_value": report.reported,
            "outcome": report.outcome,
        }

    @classmethod
    def of(cls, report: Settlement) -> Self:
        return cls(**cls.fields_of(report))


class ReportsAnswer(BaseModel):
    """In the order of the chain."""

    token: TokenAnswer
    reports: list[ReportAnswer]


class TopUpAnswer(BaseModel):
    """`performance` was paid at once: what earlier reports had earned beyond the old amount."""

    payer: str
    amount: UnitsText
    performance: UnitsText
    made: MomentAnswer

    @classmethod
    def of(cls, top_up: TopUp) -> Self:
        return cls(
            payer=top_up.payer,
            amount=top_up.amount,
            performance=top_up.performance,
            made=MomentAnswer.of(top_up.moment),
        )


class ClosingAnswer(BaseModel):
    """`cause`: final_report, silence, declined, notice, agreed or amended. `base` and `performance` were paid beyond the
    reports. `moved_to` is the deal that an amendment opened with the rest."""

    cause: str
    base: UnitsText
    performance: UnitsText
    refunded: UnitsText
    closed: MomentAnswer
    moved_to: str | None

    @classmethod
    def fields_of(cls, closed: Closed) -> dict[str, Any]:
        return {
            "cause": closed.cause.name.lower(),
            "base": closed.base,
            "performance": closed.performance,
            "refunded": closed.refunded,
            "closed": MomentAnswer.of(closed.moment),
            "moved_to": closed.moved_to,
        }

    @classmethod
    def of(cls, closed: Closed) -> Self:
        return cls(**cls.fields_of(closed))


class NoticeAnswer(BaseModel):
    """`ends_at` is the end that it moved the deal to; `performance` was paid at once."""

    party: str
    ends_at: TimeText
    performance: UnitsText
    given: MomentAnswer

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            party=notice.party,
            ends_at=notice.ends_at,
            performance=notice.performance,
            given=MomentAnswer.of(notice.moment),
        )


class CreditAnswer(BaseModel):
    """A payment that could not be delivered, and waited or waits for the account to withdraw it."""

    account: str
    amount: UnitsText
    credited: MomentAnswer


class DealAnswer(DealSummary):
    """The whole deal. `terms` are in the plain form of EIP-712, `packed_terms` the words of calldata and event.

    `waiting` is the report that waits now, `challenges` are all that wait or waited. `moved_from` is the deal whose
    amendment opened this one.
    """

    payer: str
    quorum: int
    members: int
    agreement: str
    agreement_document: dict[str, Any] | None
    terms: dict[str, Any]
    packed_terms: list[str]
    reports: list[ReportAnswer]
    waiting: ChallengeAnswer | None
    challenges: list[ChallengeAnswer]
    notices: list[NoticeAnswer]
    moved_from: str | None
    top_ups: list[TopUpAnswer]
    closing: ClosingAnswer | None
    credits: list[CreditAnswer]

    @classmethod
    def whole(cls, deal: Deal, agreement: Agreement | None, document: dict[str, Any] | None, now: Timestamp) -> Self:
        return cls(
            **cls.fields_of(deal, agreement, now),
            payer=deal.payer,
            quorum=deal.terms.quorum,
            members=deal.members,
            agreement=deal.terms.agreement,
            agreement_document=document,
            terms=to_json(deal.terms),
            packed_terms=[f"0x{word:064x}" for word in deal.packed],
            reports=[ReportAnswer.of(report) for report in deal.reports],
            waiting=ChallengeAnswer.of(deal, deal.waiting) if deal.waiting else None,
            challenges=[ChallengeAnswer.of(deal, challenge) for challenge in deal.challenges],
            notices=[NoticeAnswer.of(notice) for notice in deal.notices],
            moved_from=deal.moved_from,
            top_ups=[TopUpAnswer.of(top_up) for top_up in deal.top_ups],
            closing=ClosingAnswer.of(deal.closed) if deal.closed else None,
            credits=[
                CreditAnswer(account=credit.account, amount=credit.amount, credited=MomentAnswer.of(credit.moment))
                for credit in deal.credits
            ],
        )
