"""Killed by the kernel before and after each step from an event to its settlement: the same value, and one settlement."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from escrow.clock import format_time, parse_time
from escrow.report import Report, report_digest, sign_digest
from tests import factories
from tests.oracle import made
from tests.oracle.made import AUGUST, JULY, JUNE
from tests.oracle.network import Member, Network, wait_until
from tests.oracle.process import POINTS

TIMES = (*(parse_time(f"2008-05-{day:02}T00:00:00Z") for day in range(10, 20)), JUNE, JULY, AUGUST)
NAMES = list(POINTS)
GROUPS = [NAMES[at::4] for at in range(4)]


def rows(member: Member, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{Path(member.environment['ORACLE_DATABASE'])}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def events(number: int) -> list[dict[str, Any]]:
    return [made.wire(one, at="2008-05-01T00:00:00Z") for one in range(number)]


def hears(member: Member, number: int) -> bool:
    try:
        return member.feed(events(number), f"a-{number}").status_code == 202
    except httpx.TransportError:
        return False


def locked(member: Member) -> dict[int, tuple[str, str]]:
    return {
        as_of: (value, evidence) for as_of, value, evidence in rows(member, "SELECT as_of, value, evidence FROM journal")
    }


@pytest.mark.parametrize("points", GROUPS, ids=range(len(GROUPS)))
def test_fault__f23_killed_before_and_after_each_step__the_same_signature_and_one_settlement(
    members: Network, points: list[str]
) -> None:
    """Member b has no coins for gas, so that a has to send each one. After each crash both hear one event more."""
    a, b, chain = members.members["a"], members.members["b"], members.chain
    document = made.agreement_document(reports={"at": [format_time(at) for at in TIMES]})
    deal_id, terms = members.open(document)
    chain.rpc.call("anvil_setBalance", [factories.person("gas-b"), "0x0"])
    members.start("b")
    before: dict[int, tuple[str, str]] = {}
    for number, point in enumerate(points, start=1):
        a.start(dies_at=point)
        members.feed(events(number), f"b-{number}", "b")
        # It may already be dead.
        wait_until(lambda one=number: a.code() is not None or hears(a, one), members.logs)  # type: ignore[misc]
        due = next(at for at in TIMES if at > members.deal(terms).last_as_of)
        if chain.rpc.block("latest").timestamp < due:
            chain.move_clock(due)
        wait_until(lambda: a.code() is not None, lambda at=point: f"did not die {at}: {members.logs()}")  # type: ignore[misc]
        assert a.code() == -9, members.logs()
        assert before.items() <= locked(a).items(), f"what was locked stays, {point}"
        before = locked(a)
        if point == "after journal is committed":
            assert due in before
    members.start("a")
    members.feed(events(len(points)), "a-last", "a")
    for at in TIMES:
        if members.deal(terms).last_as_of < at:
            chain.move_clock(max(at, chain.rpc.block("latest").timestamp + 1))
        members.wait_settled(terms, at)
    reports = members.reports(deal_id)
    assert [report.as_of for report in reports] == list(TIMES)
    assert {one.as_of: (str(one.value), one.evidence) for one in reports} == locked(a) == locked(b)
    for report in reports:
        signed = Report(report.deal_id, report.as_of, report.value, report.evidence)
        standing = a.standing(deal_id, report.as_of)
        assert standing["report_signature"] == sign_digest(report_digest(signed, chain.domain), factories.key("oracle-a"))
    sent = rows(a, "SELECT as_of, count(*), count(DISTINCT nonce) FROM submission GROUP BY as_of ORDER BY as_of")
    assert sent == [(at, 1, 1) for at in TIMES]
    assert rows(b, "SELECT * FROM submission") == []
