"""The common checks themselves: they hold for a life without faults, and each finds what it is there for."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from oracle.db import tables
from scripts.soak.play import Failure, Soak, summary
from tests.oracle.faults.committee import MAY, Committee, Ground, as_it_was
from tests.oracle.made import AUGUST, JULY, JUNE


def test_life__without_faults__passes_all_checks(committee: Committee) -> None:
    deal_id, terms = committee.open()
    committee.feed(MAY)
    for at in (JUNE, JULY, AUGUST):
        committee.settle(terms, at)
    assert [report.value for report in committee.reports(deal_id)] == [5, 5, 5]
    assert committee.chain.escrow.deal(terms).closed


def forge_second_value(committee: Committee) -> None:
    next(iter(committee.shown.values())).add("another digest")


def lose_event(committee: Committee) -> None:
    committee["a"].accepted.add("answered with 202, and gone")


def pay_twice(committee: Committee) -> None:
    committee.balance -= 1


def forget_deal(committee: Committee) -> None:
    with committee["a"].database().write() as connection:
        connection.execute(tables.settled_report.delete())


def leave_hanging(committee: Committee) -> None:
    with committee["a"].database().write() as connection:
        connection.execute(insert(tables.submission).values(**HANGING))


HANGING = {
    "deal_id": "0x", "as_of": 1, "purpose": "report", "account": "0x", "nonce": 99, "to": "0x", "data": "0x", "gas": 1,
    "state": "pending", "created_at": 1,
}  # fmt: skip


@pytest.mark.parametrize("spoil", [forge_second_value, lose_event, pay_twice, forget_deal, leave_hanging])
def test_check__something_is_not_as_it_must_be__fails(
    ground: Ground, tmp_path: Path, spoil: Callable[[Committee], None]
) -> None:
    with as_it_was(ground.chain), closing(Committee(ground, tmp_path / "members")) as committee:
        _, terms = committee.open()
        committee.feed(MAY)
        committee.settle(terms, JUNE)
        committee.finish()
        committee.check()
        spoil(committee)
        with pytest.raises(AssertionError):
            committee.check()


def test_soak__some_settlements__pass_and_a_check_that_does_not_hold_ends_it(committee: Committee) -> None:
    """It is random, but for its seed: a life of one deal is enough to see that it works."""
    said: list[str] = []
    soak = Soak(committee, Random(7), 20, said.append)
    soak.run()
    assert (soak.score.settlements, soak.score.seasons, len(said)) == (20, 1, 1)
    assert sum(soak.score.faults.values()) > 0 and dict(summary(soak.score))["settlements"] == "20"
    lose_event(committee)
    with pytest.raises(Failure, match="202"):
        soak.check()
    committee["a"].accepted.discard("answered with 202, and gone")
    committee.forget()
