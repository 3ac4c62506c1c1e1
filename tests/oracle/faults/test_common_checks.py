"""The common checks themselves: they hold for a life without faults, and each finds what it is there for."""

from tests.oracle.faults.committee import MAY, Committee
from tests.oracle.made import AUGUST, JULY, JUNE


def test_life__without_faults__passes_all_checks(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    for at in (JUNE, JULY, AUGUST):
        committee.settle(terms, at)
    assert [report.value for report in committee.reports(deal_id)] == [5, 5, 5]
    assert committee.chain.escrow.deal(terms).closed
