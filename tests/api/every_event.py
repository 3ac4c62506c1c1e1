"""One of each event that can follow the opening of the default deal, with values that fill their types."""

from escrow.claims import Outcome
from escrow.events import (
    AdminChanged,
    AdminOffered,
    AgreedPartPaid,
    Closing,
    CommitteeCreated,
    Credited,
    DealClosed,
    DealToppedUp,
    EquivocationProved,
    Event,
    ItemSkipped,
    MemberAdded,
    MemberRemoved,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportSettled,
    ReportWaits,
    Withdrawn,
)
from escrow.ids import CommitteeId, DealId, Timestamp, Units
from tests import factories
from tests.api.events import EVIDENCE, MEMBERS, NOWHERE, deal_id_for
from tests.factories import COMMITTEE, person

TERMS = factories.terms()
DEAL = deal_id_for(TERMS)
JUNE = Timestamp(TERMS.starts_at + 31 * factories.DAY)
LARGE = Units(2**95)
MOST = 2**64 - 1


def every_event() -> list[Event]:
    """The equivocation is about a deal that was never opened, as it can be."""
    return [
        DealToppedUp(DEAL, TERMS.client, LARGE, Units(1), NOWHERE),
        ReportSettled(DEAL, JUNE, MOST, EVIDENCE, 2**256 - 1, Units(1), LARGE, NOWHERE),
        ReportWaits(DEAL, JUNE, MOST, EVIDENCE, 2**256 - 1, -(2**126), Timestamp(2**40 - 1), NOWHERE),
        ReportDisputed(DEAL, TERMS.client, 7, EVIDENCE, Units(2), LARGE, NOWHERE),
        AgreedPartPaid(DEAL, JUNE, MOST, Units(3), LARGE, NOWHERE),
        ReportResolved(DEAL, JUNE, MOST, Outcome.UNRULED, -(2**126), Units(4), LARGE, NOWHERE),
        NoticeGiven(DEAL, TERMS.agency, Timestamp(JUNE + 5), LARGE, NOWHERE),
        ItemSkipped(2**200, "0x12345678", NOWHERE),
        DealClosed(DEAL, Closing.AMENDED, Units(5), LARGE, Units(0), NOWHERE),
        Credited(DEAL, TERMS.agency, TERMS.token, LARGE, NOWHERE),
        Withdrawn(TERMS.agency, TERMS.token, person("stranger"), LARGE, NOWHERE),
        CommitteeCreated(CommitteeId("0x" + "c1" * 12), person("admin"), person("creator"), 9, 2, 3, 3, NOWHERE),
        MemberAdded(COMMITTEE, person("later"), 3, Timestamp(2**40 - 1), NOWHERE),
        MemberRemoved(COMMITTEE, MEMBERS[1], JUNE, NOWHERE),
        EquivocationProved(COMMITTEE, MEMBERS[1], DealId("0x" + "ab" * 32), JUNE, NOWHERE),
        AdminOffered(COMMITTEE, person("admin"), NOWHERE),
        AdminChanged(COMMITTEE, person("admin"), NOWHERE),
    ]
