"""Deals with an arbiter, from events on a chain in memory: at each step of any life the state, the status and the lists by
status are those of the contract's twin, and the money adds up."""

import csv
import io
from random import Random

import pytest
from sqlalchemy.orm import Session

from api.deals import queries
from api.deals.filter import Filter
from api.deals.state import Deal
from escrow.claims import DealState, Outcome
from escrow.clock import format_time
from escrow.documents import hash_of
from escrow.events import (
    AdminChanged,
    AdminOffered,
    Closing,
    DealClosed,
    MemberRemoved,
    NoticeGiven,
    ReportDisputed,
    ReportResolved,
    ReportWaits,
)
from escrow.ids import DealId, Timestamp, Units
from escrow.schedule import new_deal
from escrow.status import Status, status_of
from escrow.terms import deal_id_of
from tests import factories
from tests.api.challenged import events_of, opening, random_steps
from tests.api.events import EVIDENCE, MEMBERS, NOWHERE, committee_events
from tests.api.served import Served
from tests.factories import DAY, DOLLAR

MOST_ACTIONS = 25
REASON = hash_of(b"reason")


def read(served: Served, deal_id: DealId) -> Deal:
    with Session(served.services.engine) as index:
        return queries.deal(index, served.services.network, deal_id)


def listed(served: Served, now: int) -> dict[Status, set[DealId]]:
    """All deals of the index, by the status under which they are listed."""
    with Session(served.services.engine) as index:
        return {
            status: {
                deal.deal_id
                for deal in queries.deals(
                    index, served.services.network, Filter(status=status), now=Timestamp(now), limit=100
                ).deals
            }
            for status in Status
        }


@pytest.mark.parametrize("seed", range(6))
def test_deal__at_each_step_of_any_life__is_the_contracts(served: Served, seed: int) -> None:
    rng = Random(seed)
    served.mine(*committee_events())
    for _ in range(3):
        terms, steps = random_steps(rng, MOST_ACTIONS)
        deal_id = deal_id_of(terms, factories.domain())
        served.mine(*opening(terms, steps[0].before), at=terms.starts_at - 1)
        paid = 0
        for step in steps:
            served.mine(*events_of(terms, step), at=step.action.at)
            deal, after = read(served, deal_id), step.after
            assert (deal.state, deal.kept.claim) == (after.deal, None if after.deal.closed else after.claim)
            assert (deal.kept.adjust, deal.kept.resolved_at) == (after.adjust, after.resolved_at)
            paid += step.due.base + step.due.performance
            money = deal.money
            assert (money.paid, money.refunded) == (paid, step.due.refunded)
            assert money.funded == money.paid + money.retained + money.left + money.refunded
            assert min(money.paid, money.retained, money.left, money.refunded) >= 0
            over = deal.silent_at
            for now in (step.action.at, deal.state.ends_at - 1, deal.state.ends_at, over - 1, over):
                status = status_of(terms, after.deal, now, claim=after.claim, resolved_at=after.resolved_at)
                assert deal.status(now) is status
                assert [each for each, ids in listed(served, now).items() if deal_id in ids] == [status], now


# As JSON


TERMS = factories.terms(arbiter=factories.person("arbiter"), challenge_window=2 * DAY, ruling_window=5 * DAY)
DEAL = deal_id_of(TERMS, factories.domain())
JUNE = Timestamp(TERMS.starts_at + 31 * DAY)
WINDOW_ENDS_AT = Timestamp(JUNE + 2 * DAY)
WAITS = ReportWaits(DEAL, JUNE, 30, EVIDENCE, 0b101, 0, WINDOW_ENDS_AT, NOWHERE)
DISPUTED = ReportDisputed(DEAL, TERMS.client, 10, REASON, Units(0), Units(5_000 * DOLLAR), NOWHERE)
RULED = ReportResolved(DEAL, JUNE, 20, Outcome.RULED, -10, Units(0), Units(5_000 * DOLLAR), NOWHERE)


@pytest.fixture
def disputed(served: Served) -> Served:
    served.mine(*committee_events())
    served.mine(*opening(TERMS, DealState(new_deal(TERMS, TERMS.budget))))
    served.mine(WAITS, at=JUNE)
    served.mine(DISPUTED, at=JUNE + 1)
    return served


def test_deal__report_waits__says_until_when_and_what_was_said(disputed: Served) -> None:
    deal = disputed.get(f"/api/v1/deals/{DEAL}")
    (challenge,) = deal["challenges"]
    assert deal["waiting"] == challenge and deal["reports"] == [] and deal["report_count"] == 0
    assert {name: challenge[name] for name in ("state", "value", "adjusted_value", "is_self_report")} == {
        "state": "waiting",
        "value": "30",
        "adjusted_value": "30",
        "is_self_report": False,
    }
    assert challenge["signers"] == [MEMBERS[0], MEMBERS[2]]
    assert challenge["window_ends_at"] == format_time(WINDOW_ENDS_AT)
    assert challenge["ruling_ends_at"] == format_time(WINDOW_ENDS_AT + 5 * DAY)
    (dispute,) = challenge["disputes"]
    assert (dispute["party"], dispute["value"], dispute["reason"]) == (TERMS.client, "10", REASON)
    assert deal["paid"] == dispute["performance"] == str(5_000 * DOLLAR)
    disputed.problem(f"/api/v1/deals/{DEAL}/reports/{JUNE}", 404, "ReportUnknown")


def test_deal__report_was_ruled__is_a_report_with_all_that_was_paid_for_it(disputed: Served) -> None:
    disputed.mine(RULED, at=WINDOW_ENDS_AT)
    deal = disputed.get(f"/api/v1/deals/{DEAL}")
    (report,) = deal["reports"]
    assert deal["waiting"] is None and deal["challenges"][0]["state"] == "resolved"
    assert deal["challenges"][0]["resolution"]["adjust"] == "-10"
    assert (report["value"], report["reported_value"], report["outcome"]) == ("20", "30", "ruled")
    assert report["paid"] == deal["paid"] == str(10_000 * DOLLAR)
    assert disputed.get(f"/api/v1/deals/{DEAL}/reports/{JUNE}") == report
    (row,) = csv.DictReader(io.StringIO(disputed.http.get(f"/api/v1/deals/{DEAL}/reports.csv").text))
    assert (row["value"], row["reported_value"], row["outcome"], row["paid"]) == ("20", "30", "ruled", "10000.00")


def test_deal__notice_and_closing_by_both__are_told(disputed: Served) -> None:
    end = Timestamp(JUNE + 9 * DAY)
    disputed.mine(NoticeGiven(DEAL, TERMS.agency, end, Units(0), NOWHERE), at=JUNE + DAY)
    deal = disputed.get(f"/api/v1/deals/{DEAL}")
    assert [(each["party"], each["ends_at"]) for each in deal["notices"]] == [(TERMS.agency, format_time(end))]
    assert deal["ends_at"] == format_time(end)
    assert deal["silent_at"] == format_time(end + TERMS.report_grace)
    new = factories.terms(salt=2)
    (opened,) = opening(new, DealState(new_deal(new, 395_000 * DOLLAR)))
    amended = DealClosed(DEAL, Closing.AMENDED, Units(0), Units(0), Units(0), NOWHERE)
    disputed.mine(amended, opened)
    deal, other = (disputed.get(f"/api/v1/deals/{each}") for each in (DEAL, deal_id_of(new, factories.domain())))
    assert (deal["closing"]["cause"], deal["closing"]["moved_to"]) == ("amended", other["deal_id"])
    assert (other["moved_from"], deal["moved"], deal["left"]) == (DEAL, str(395_000 * DOLLAR), "0")
    assert deal["challenges"][0]["state"] == "dropped" and deal["waiting"] is None


def test_deals__by_a_transaction_of_a_report_that_waits_or_was_resolved__are_found(disputed: Served) -> None:
    blocks = [disputed.chain.blocks[3], disputed.mine(RULED, at=WINDOW_ENDS_AT)]
    for block in blocks:
        transaction = block.events[0].log.transaction_hash
        answer = disputed.http.get(f"/search?q={transaction}", headers={"accept": "text/html"}, follow_redirects=False)
        assert answer.headers["location"] == f"/deals/{DEAL}"


def test_committee__member_leaves_and_admin_offers_its_place__are_told(served: Served) -> None:
    committee, admin = factories.COMMITTEE, factories.person("admin")
    served.mine(*committee_events())
    served.mine(MemberRemoved(committee, MEMBERS[1], JUNE, NOWHERE), AdminOffered(committee, admin, NOWHERE))
    found = served.get(f"/api/v1/committees/{committee}")
    assert [member["leaves_at"] for member in found["members"]] == [None, format_time(JUNE), None]
    assert (found["size"], found["next_admin"]) == (2, admin)
    served.mine(AdminChanged(committee, admin, NOWHERE))
    found = served.get(f"/api/v1/committees/{committee}")
    assert (found["admin"], found["next_admin"]) == (admin, None)
    assert served.get("/api/v1/committees")["committees"] == [found]
