"""What one member shows to its peers about one report: its value, and what it has signed so far.

Who it is follows from its signatures alone. Knows the form and the signatures; knows no HTTP.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from escrow.eip712 import Domain
from escrow.errors import SignatureProblem
from escrow.ids import Address, DealId, DocumentHash, Timestamp
from escrow.report import MOST_VALUE, Report, proposal_digest, recover, report_digest

_SIGNATURE = r"^0x[0-9a-f]{130}$"


@dataclass(frozen=True)
class Standing:
    """`report_signature` is there once the member is locked on the value."""

    member: Address
    report: Report
    proposal_signature: str
    report_signature: str | None


class StandingJson(BaseModel):
    """As it travels. The value is a string, since it is wider than a JSON reader's numbers."""

    model_config = ConfigDict(strict=True, extra="ignore")

    deal_id: str = Field(pattern=r"^0x[0-9a-f]{64}$")
    as_of: int
    value: str = Field(pattern=r"^(0|[1-9][0-9]{0,19})$")
    evidence: str = Field(pattern=r"^[0-9a-f]{64}$")
    proposal_signature: str = Field(pattern=_SIGNATURE)
    report_signature: str | None = Field(pattern=_SIGNATURE)


def to_json(standing: Standing) -> dict[str, Any]:
    report = standing.report
    return StandingJson(
        deal_id=report.deal_id,
        as_of=report.as_of,
        value=str(report.value),
        evidence=report.evidence,
        proposal_signature=standing.proposal_signature,
        report_signature=standing.report_signature,
    ).model_dump()


def read_standing(data: bytes, deal_id: DealId, as_of: Timestamp, domain: Domain) -> Standing:
    """What a peer answered about this report; ValueError, with words, for anything that is not its signed standing."""
    try:
        given = StandingJson.model_validate_json(data)
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValueError(f"answers with {place}: {fault['msg']}") from None
    report = Report(deal_id, as_of, int(given.value), DocumentHash(given.evidence))
    if (given.deal_id, given.as_of) != (deal_id, as_of) or report.value > MOST_VALUE:
        raise ValueError("answers about another report")
    try:
        member = recover(proposal_digest(report, domain), given.proposal_signature)
        signed = given.report_signature and recover(report_digest(report, domain), given.report_signature)
    except SignatureProblem:
        raise ValueError("answers with a signature by nobody") from None
    if signed and signed != member:
        raise ValueError("answers with signatures by two members")
    return Standing(member, report, given.proposal_signature, given.report_signature)


def supporting(report: Report, standings: Iterable[Standing]) -> dict[Address, Standing]:
    """Those who would sign this very report: one standing of each member, with its signature if it has shown one.

    A member that shows two reports supports both. Anyone who once saw a member's proposal can show it again when the member
    has measured anew, and must not be able to silence it so; and a liar tells each asker something else anyway.
    """
    found: dict[Address, Standing] = {}
    for standing in standings:
        if standing.report == report and (standing.member not in found or standing.report_signature is not None):
            found[standing.member] = standing
    return found
