"""Reports that wait or waited, as JSON: what was signed, what the parties said, how it came out."""

from typing import Self

from pydantic import BaseModel

from api.deals.history import AgreedPart, Challenge, Dispute, Resolution
from api.deals.moments import MomentAnswer
from api.deals.state import Deal
from api.schemas import TimeText, UnitsText


class DisputeAnswer(BaseModel):
    """A party's own number. `base` and `performance` were paid at once: what both accept. `reason` is the hash of a
    document, null where none was named."""

    party: str
    value: UnitsText
    reason: str | None
    base: UnitsText
    performance: UnitsText
    filed: MomentAnswer

    @classmethod
    def of(cls, dispute: Dispute) -> Self:
        return cls(
            party=dispute.party,
            value=dispute.value,
            reason=dispute.reason if int(dispute.reason, 16) else None,
            base=dispute.base,
            performance=dispute.performance,
            filed=MomentAnswer.of(dispute.moment),
        )


class AgreedPartAnswer(BaseModel):
    """Paid of a report that the agency alone disputed."""

    value: UnitsText
    base: UnitsText
    performance: UnitsText
    paid: MomentAnswer

    @classmethod
    def of(cls, part: AgreedPart) -> Self:
        return cls(value=part.value, base=part.base, performance=part.performance, paid=MomentAnswer.of(part.moment))


class ResolutionAnswer(BaseModel):
    """`outcome`: accepted, ruled or unruled. `adjust` is added to every later value; the pay is beyond what was agreed."""

    value: UnitsText
    outcome: str
    adjust: UnitsText
    base: UnitsText
    performance: UnitsText
    resolved: MomentAnswer

    @classmethod
    def of(cls, resolution: Resolution) -> Self:
        return cls(
            value=resolution.value,
            outcome=resolution.outcome.name.lower(),
            adjust=resolution.adjust,
            base=resolution.base,
            performance=resolution.performance,
            resolved=MomentAnswer.of(resolution.moment),
        )


class ChallengeAnswer(BaseModel):
    """`state`: waiting, resolved, or dropped where another report took its place or the parties closed the deal.

    `value` is the signed one, and `adjusted_value` what it counts as, undisputed. The parties can file other numbers until
    `window_ends_at`, and then the arbiter can rule until `ruling_ends_at`.
    """

    state: str
    as_of: TimeText
    value: UnitsText
    adjusted_value: UnitsText
    evidence: str
    signers: list[str]
    is_self_report: bool
    window_ends_at: TimeText
    ruling_ends_at: TimeText
    filed: MomentAnswer
    disputes: list[DisputeAnswer]
    agreed_part: AgreedPartAnswer | None
    resolution: ResolutionAnswer | None

    @classmethod
    def of(cls, deal: Deal, challenge: Challenge) -> Self:
        waiting = challenge.waiting
        return cls(
            state=_state(deal, challenge),
            as_of=waiting.as_of,
            value=waiting.value,
            adjusted_value=waiting.adjusted,
            evidence=waiting.evidence,
            signers=list(waiting.signers),
            is_self_report=waiting.is_self_report,
            window_ends_at=waiting.window_ends_at,
            ruling_ends_at=waiting.window_ends_at + deal.terms.ruling_window,
            filed=MomentAnswer.of(waiting.moment),
            disputes=[DisputeAnswer.of(dispute) for dispute in challenge.disputes],
            agreed_part=AgreedPartAnswer.of(challenge.agreed) if challenge.agreed else None,
            resolution=ResolutionAnswer.of(challenge.resolution) if challenge.resolution else None,
        )


def _state(deal: Deal, challenge: Challenge) -> str:
    if challenge.resolution:
        return "resolved"
    return "waiting" if challenge is deal.waiting else "dropped"
