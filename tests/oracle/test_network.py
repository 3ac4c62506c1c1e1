"""Three oracles on a local chain: what settles, what waits, and what a crash or a wrong count can't change."""

from escrow.events import ReportResolved
from escrow.schedule import earned_floor
from escrow.terms import Terms
from tests import factories
from tests.factories import DAY
from tests.oracle import made
from tests.oracle.made import AUGUST, JULY, JUNE
from tests.oracle.network import Network, wait_until

MAY = [made.wire(number, won=number % 2 == 0) for number in range(100)]
"""Fifty customers."""


def require_no_settlement(members: Network, terms: Terms) -> None:
    """Nothing is settled while the chain goes on and every running member has looked at it again."""
    for _ in range(5):
        members.chain.move_clock(members.chain.rpc.block("latest").timestamp + 1)
        head = members.chain.rpc.block_number()
        for member in members.members.values():
            if member.runs:
                wait_until(lambda at=head, one=member: one.block_seen() >= at, members.logs)  # type: ignore[misc]
    assert members.deal(terms).last_as_of == terms.starts_at


def test_settle__three_members__each_report_in_order_and_the_rest_goes_back(members: Network) -> None:
    deal_id, terms = members.open()
    members.start()
    members.feed(MAY, "may")
    members.chain.move_clock(JUNE)
    members.wait_settled(terms, JUNE)
    members.feed([made.wire(number, at="2008-06-20T00:00:00Z") for number in range(100, 120)], "june")
    members.chain.move_clock(JULY)
    members.wait_settled(terms, JULY)
    members.chain.move_clock(AUGUST)
    members.wait_settled(terms, AUGUST)
    reports = members.reports(deal_id)
    assert [(report.as_of, report.value) for report in reports] == [(JUNE, 50), (JULY, 70), (AUGUST, 70)]
    assert members.deal(terms).closed
    assert sum(report.performance for report in reports) == earned_floor(terms, 70)


def test_settle__one_member_down__the_other_two_settle(members: Network) -> None:
    deal_id, terms = members.open()
    members.start("a", "c")
    members.feed(MAY, "may", "a", "c")
    members.chain.move_clock(JUNE)
    members.wait_settled(terms, JUNE)
    assert [report.value for report in members.reports(deal_id)] == [50]


def test_settle__two_members_down__waits_and_settles_when_one_is_back(members: Network) -> None:
    deal_id, terms = members.open()
    members.start()
    members.feed(MAY, "may")
    members.members["a"].kill()
    members.members["b"].kill()
    members.chain.move_clock(JUNE)
    wait_until(lambda: members.members["c"].standing(deal_id, JUNE) is not None, members.logs)
    require_no_settlement(members, terms)
    members.start("b")
    members.wait_settled(terms, JUNE)
    assert [report.value for report in members.reports(deal_id)] == [50]


def test_settle__one_member_counts_otherwise__is_not_followed_and_signs_nothing(members: Network) -> None:
    deal_id, terms = members.open()
    members.start()
    members.feed(MAY, "may", "a", "b")
    members.feed(MAY[:20], "may", "c")
    members.chain.move_clock(JUNE)
    members.wait_settled(terms, JUNE)
    assert [report.value for report in members.reports(deal_id)] == [50]
    standing = members.members["c"].standing(deal_id, JUNE)
    assert standing is None or (standing["value"], standing["report_signature"]) == ("10", None)


def test_settle__all_count_differently__nobody_signs_until_the_missing_events_come(members: Network) -> None:
    deal_id, terms = members.open()
    members.start()
    for name, count in (("a", 100), ("b", 60), ("c", 20)):
        members.feed(MAY[:count], "first", name)
    members.chain.move_clock(JUNE)
    for name, value in (("a", "50"), ("b", "30"), ("c", "10")):
        wait_until(lambda n=name: members.members[n].standing(deal_id, JUNE) is not None, members.logs)  # type: ignore[misc]
        standing = members.members[name].standing(deal_id, JUNE)
        assert (standing["value"], standing["report_signature"]) == (value, None)
    require_no_settlement(members, terms)
    members.feed(MAY[60:], "second", "b")
    members.wait_settled(terms, JUNE)
    assert [report.value for report in members.reports(deal_id)] == [50]


def test_journal__killed_after_it_signed_and_restarted__shows_the_same_signature(members: Network) -> None:
    deal_id, terms = members.open()
    members.start("a", "b")
    members.feed(MAY, "may", "a", "b")
    members.chain.move_clock(JUNE)
    members.wait_settled(terms, JUNE)
    before = members.members["a"].standing(deal_id, JUNE)
    members.members["a"].kill()
    # What it would count now is more; what it signed stays.
    members.start("a")
    members.feed([made.wire(500)], "late", "a")
    assert members.members["a"].standing(deal_id, JUNE) == before
    assert [report.value for report in members.reports(deal_id)] == [50]
    members.chain.move_clock(JULY)
    members.feed([made.wire(500)], "late", "b")
    members.wait_settled(terms, JULY)
    assert [report.value for report in members.reports(deal_id)] == [50, 51]


def test_finalize__undisputed_report_of_a_deal_with_an_arbiter__is_paid_without_anybody_asking(members: Network) -> None:
    windows = {"challenge_window": 2 * DAY, "ruling_window": 2 * DAY}
    deal_id, terms = members.open(arbiter=factories.person("arbiter"), **windows)
    members.start()
    members.feed(MAY, "may")
    members.chain.move_clock(JUNE)
    wait_until(lambda: members.claim(terms) is not None, members.logs)
    claim = members.claim(terms)
    assert claim is not None and (claim.as_of, claim.value) == (JUNE, 50)
    require_no_settlement(members, terms)
    members.chain.move_clock(claim.window_ends_at)
    members.wait_settled(terms, JUNE)
    members.chain.move_clock(AUGUST)
    wait_until(lambda: members.claim(terms) is not None, members.logs)
    claim = members.claim(terms)
    assert claim is not None and claim.as_of == AUGUST
    members.chain.move_clock(claim.window_ends_at)
    wait_until(lambda: members.deal(terms).closed, members.logs)
    values = [(event.as_of, event.value) for event in members.events(deal_id) if isinstance(event, ReportResolved)]
    assert values == [(JUNE, 50), (AUGUST, 50)]
