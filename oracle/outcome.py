"""How far a cycle came with a deal: each way to stop is one sentence, made from its data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from escrow.ids import DealId, Timestamp
from escrow.texts import time_text


class Exit(StrEnum):
    """In the order in which a report passes them."""

    SKIPPED = "skipped"
    NOT_DUE = "not_due"
    NO_MORE = "no_more"
    CHAIN_CHANGED = "chain_changed"
    NOT_MEMBER = "not_member"
    WAITS = "waits"
    SETTLED = "settled"
    FEW_PROPOSALS = "few_proposals"
    DIFFERS = "differs"
    FEW_SIGNATURES = "few_signatures"
    IN_FLIGHT = "in_flight"
    NOT_MY_TURN = "not_my_turn"
    NOT_SENT = "not_sent"
    SENT = "sent"
    FINALIZED = "finalized"


SENTENCES: Mapping[Exit, str] = {
    Exit.SKIPPED: "skipped: {reason}",
    Exit.NOT_DUE: "next report is due at {until}",
    Exit.NO_MORE: "takes no further report: it is {status}",
    Exit.CHAIN_CHANGED: "chain changed while it was read",
    Exit.NOT_MEMBER: "this key is no member of committee {committee} for a report as of {as_of}",
    Exit.WAITS: "report as of {as_of} waits: {for_what} until {until}",
    Exit.SETTLED: "report as of {as_of} is {done}, in a block that is not deep enough yet",
    Exit.FEW_PROPOSALS: "report as of {as_of}: {count} of {quorum} members propose {value}",
    Exit.DIFFERS: "report as of {as_of}: members differ, so nobody signs: {values}",
    Exit.FEW_SIGNATURES: "report as of {as_of}: {count} of {quorum} members signed {value}",
    Exit.IN_FLIGHT: "report as of {as_of}: transaction {transaction} is not deep in the chain yet",
    Exit.NOT_MY_TURN: "report as of {as_of}: {ready}; members whose turn it is first: {turn}",
    Exit.NOT_SENT: "report as of {as_of}: {ready}, and can't be sent from here: {reason}",
    Exit.SENT: "report as of {as_of}: sent {value}, signed by {signers}",
    Exit.FINALIZED: "report as of {as_of}: sent the call that has it paid, since nobody is awaited any longer",
}


@dataclass(frozen=True)
class Outcome:
    deal_id: DealId
    exit: Exit
    as_of: Timestamp | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        as_of = "" if self.as_of is None else time_text(self.as_of)
        return SENTENCES[self.exit].format(as_of=as_of, **self.data)
