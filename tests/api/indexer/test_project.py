"""Raw logs, written by the ABI, through the decoder to rows."""

from typing import Any, get_args

import pytest

from api.db import models
from api.deals.queries import unpack_words
from api.indexer.project import project
from escrow.events import Closing, DealOpened, Event, decode_log
from escrow.ids import ZERO_ADDRESS, Timestamp
from escrow.rpc import Block
from escrow.terms import unpack
from tests import factories
from tests.api.events import EVIDENCE, MEMBERS, Life, committee_events
from tests.api.every_event import DEAL, JUNE, LARGE, MOST, every_event
from tests.api.fake_chain import FakeChain
from tests.factories import DOLLAR

TERMS = factories.terms(retention_bps=1_000)
END = TERMS.ends_at
CLIENT, AGENCY = TERMS.client, TERMS.agency
LIFE = Life(TERMS)


def rows_of(*events: Event) -> tuple[dict[str, Any], dict[type, list[dict[str, Any]]]]:
    """What each row shares, and the rows by table, all from raw logs of one block."""
    chain = FakeChain()
    block = chain.mine(*events)
    decoded = [decode_log(log) for log in block.logs]
    header = Block(block.number, block.hash, block.parent_hash, Timestamp(block.timestamp))
    rows = project([event for event in decoded if event], {block.number: header})
    assert rows[models.Block] == [{"number": 1, "hash": block.hash, "at": block.timestamp}]
    first = block.events[0].log
    shared = {
        "block_number": 1,
        "log_index": 0,
        "transaction_hash": first.transaction_hash,
        "transaction_index": 0,
    }
    return shared, dict(rows)


def test_project__deal_opened__has_terms_whole_and_columns_to_filter_by() -> None:
    shared, rows = rows_of(*Life(TERMS).open("stranger"))
    (row,) = rows[models.Deal]
    assert row == shared | {
        "deal_id": LIFE.deal_id,
        "client": TERMS.client,
        "agency": TERMS.agency,
        "token": TERMS.token,
        "committee": TERMS.committee,
        "agreement": TERMS.agreement,
        "starts_at": TERMS.starts_at,
        "ends_at": TERMS.ends_at,
        "silent_at": TERMS.ends_at + TERMS.report_grace,
        "ruling_window": TERMS.ruling_window,
        "terms": row["terms"],
        "payer": factories.person("stranger"),
        "amount_units": 400_000 * DOLLAR,
    }
    assert unpack(unpack_words(row["terms"])) == TERMS


def events_after_opening() -> list[tuple[list[Event], type, dict[str, Any]]]:
    life = Life(TERMS)
    deal = {"deal_id": life.deal_id}
    return [
        (
            life.settle(JUNE, 258, signers=0b101),
            models.Settlement,
            deal
            | {
                "as_of": JUNE,
                "value": 258,
                "evidence": EVIDENCE,
                "signers": 5,
                "base_units": 0,
                "performance_units": 258 * 450 * DOLLAR,
            },
        ),
        (
            life.top_up(10**29),
            models.TopUp,
            deal | {"payer": TERMS.client, "amount_units": 10**29, "performance_units": 0},
        ),
        (
            Life(TERMS).settle(END, 2**64 - 1)[1:],
            models.Closing,
            deal | {"cause": Closing.FINAL_REPORT, "base_units": 0, "performance_units": 0, "refunded_units": 0},
        ),
        (
            Life(TERMS).decline(),
            models.Closing,
            deal
            | {
                "cause": Closing.DECLINED,
                "base_units": 0,
                "performance_units": 0,
                "refunded_units": 400_000 * DOLLAR,
            },
        ),
        (
            life.credit(7),
            models.Credit,
            deal | {"account": TERMS.agency, "token": TERMS.token, "amount_units": 7},
        ),
        (
            life.withdraw(7),
            models.Withdrawal,
            {
                "account": TERMS.agency,
                "token": TERMS.token,
                "recipient": factories.person("stranger"),
                "amount_units": 7,
            },
        ),
    ]


@pytest.mark.parametrize(("events", "table", "wanted"), events_after_opening())
def test_project__what_happens_to_a_deal__is_a_row(events: list[Event], table: type, wanted: dict[str, Any]) -> None:
    shared, rows = rows_of(*events)
    assert rows[table] == [shared | wanted]


def test_project__committee__is_a_row_with_a_row_for_each_member() -> None:
    shared, rows = rows_of(*committee_events())
    (row,) = rows[models.Committee]
    assert row == shared | {
        "committee": factories.COMMITTEE,
        "admin": ZERO_ADDRESS,
        "creator": factories.person("creator"),
        "delay": 0,
        "min_quorum": 2,
        "max_quorum": 3,
        "size": 3,
    }
    members = [(row["member"], row["number"], row["active_at"]) for row in rows[models.Member]]
    assert members == [(member, number, 1) for number, member in enumerate(MEMBERS)]


def events_of_challenges() -> list[tuple[type, dict[str, Any]]]:
    deal, june = {"deal_id": DEAL}, JUNE
    pay = {"performance_units": LARGE}
    return [
        (
            models.WaitingReport,
            deal
            | {
                "as_of": june,
                "value": MOST,
                "evidence": EVIDENCE,
                "signers": 2**256 - 1,
                "adjust": -(2**126),
                "window_ends_at": 2**40 - 1,
            },
        ),
        (models.Dispute, deal | pay | {"party": CLIENT, "value": 7, "reason": EVIDENCE, "base_units": 2}),
        (models.AgreedPart, deal | pay | {"as_of": june, "value": MOST, "base_units": 3}),
        (
            models.Resolution,
            deal | pay | {"as_of": june, "value": MOST, "outcome": 2, "adjust": -(2**126), "base_units": 4},
        ),
        (models.Notice, deal | pay | {"party": AGENCY, "ends_at": june + 5}),
        (models.SkippedItem, {"item": 2**200, "reason": "0x12345678"}),
        (models.Departure, {"committee": factories.COMMITTEE, "member": MEMBERS[1], "leaves_at": june}),
        (
            models.Equivocation,
            {
                "committee": factories.COMMITTEE,
                "member": MEMBERS[1],
                "signed_deal_id": "0x" + "ab" * 32,
                "as_of": june,
            },
        ),
        (models.AdminOffer, {"committee": factories.COMMITTEE, "next_admin": factories.person("admin")}),
        (models.AdminChange, {"committee": factories.COMMITTEE, "admin": factories.person("admin")}),
    ]


@pytest.mark.parametrize(("table", "wanted"), events_of_challenges(), ids=lambda it: getattr(it, "__name__", ""))
def test_project__dispute_notice_and_change_of_a_committee__is_a_row(table: type, wanted: dict[str, Any]) -> None:
    events = every_event()
    _, rows = rows_of(*events)
    (row,) = rows[table]
    place = {"block_number", "log_index", "transaction_hash", "transaction_index"}
    assert {name: value for name, value in row.items() if name not in place} == wanted


def test_project__every_event_of_the_contract__has_a_table() -> None:
    assert {type(event) for event in every_event()} | {DealOpened} == set(get_args(Event))
    _, rows = rows_of(*Life().open(), *every_event())
    assert set(rows) == {models.Block, *models.EVENT_TABLES}
