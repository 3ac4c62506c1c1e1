"""Money and state from a deal's events: they add up at each step of any life, and agree with the contract's twin."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.deals.history import Settlement, TopUp
from api.deals.state import Deal
from escrow.ids import Units
from escrow.schedule import apply_report, apply_silence, apply_top_up, new_deal
from escrow.status import Status
from escrow.terms import Basis
from tests.api.made import DOLLAR as TOKEN
from tests.api.made import made_deal, moment
from tests.escrow import random_terms
from tests.factories import DAY, DOLLAR, hash_of, person, terms

TERMS = terms(retention_bps=1_000)
JUNE = TERMS.starts_at + 31 * DAY


def deal_with(of: random_terms.Terms, amount: int, changes: list[TopUp | Settlement]) -> Deal:
    return Deal(
        deal_id=made_deal(of).deal_id,
        terms=of,
        packed=(),
        token=TOKEN,
        members=3,
        opened=moment(1, of.starts_at),
        payer=of.client,
        amount=Units(amount),
        top_ups=tuple(change for change in changes if isinstance(change, TopUp)),
        settlements=tuple(change for change in changes if isinstance(change, Settlement)),
        closed=None,
        credits=(),
    )


@given(seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_money__at_each_step_of_any_life__adds_up_and_is_the_contracts(seed: int) -> None:
    rng = Random(seed)
    of = random_terms.open_terms(rng)
    changes: list[TopUp | Settlement] = []
    paid = amount = 0
    for number, (before, (kind, _, given_), after, due) in enumerate(random_terms.life(rng, of, 8)):
        amount = amount or before.funded
        if kind == "silence" or after.closed:
            break
        paid += due.base + due.performance
        place = moment(10 + number, of.starts_at)
        if kind == "top_up":
            changes.append(TopUp(place, of.client, Units(given_), due.performance))
        else:
            changes.append(Settlement(place, after.last_as_of, given_, hash_of(b""), (), due.base, due.performance))
        deal = deal_with(of, amount, changes)
        money = deal.money
        assert deal.state == after
        assert money.paid == paid
        assert money.funded == after.funded == money.paid + money.retained + money.left + money.refunded
        assert min(money.paid, money.retained, money.left, money.refunded) >= 0
        assert money.earned == money.paid + money.retained
        if of.basis == Basis.PER_PERIOD or not of.retention_bps:
            assert money.retained == 0


def test_money__with_retention__holds_a_tenth_until_the_end() -> None:
    money = made_deal(TERMS, [(JUNE, 258)]).money
    assert (money.earned, money.paid, money.retained) == (129_000 * DOLLAR, 116_100 * DOLLAR, 12_900 * DOLLAR)
    money = made_deal(TERMS, [(JUNE, 258), (TERMS.ends_at, 258)]).money
    assert (money.earned, money.paid, money.retained) == (129_000 * DOLLAR, 129_000 * DOLLAR, 0)
    assert (money.left, money.refunded) == (0, 271_000 * DOLLAR)


def test_money__lower_value_later__stays_as_it_was() -> None:
    before = made_deal(TERMS, [(JUNE, 258)]).money
    assert made_deal(TERMS, [(JUNE, 258), (JUNE + DAY, 200)]).money == before


@pytest.mark.parametrize("reports", [[], [(JUNE, 258)]])
def test_money__closed_after_silence__nothing_is_left(reports: list[tuple[int, int]]) -> None:
    deal = made_deal(TERMS, reports, silent=True)
    assert (deal.money.retained, deal.money.left) == (0, 0)
    assert deal.money.funded == deal.money.paid + deal.money.refunded
    assert deal.state.closed


def test_money__declined__goes_back_whole() -> None:
    deal = made_deal(TERMS, declined=True)
    assert (deal.money.earned, deal.money.refunded) == (0, TERMS.budget)
    assert deal.status(0) is Status.CLOSED


def test_state__top_up_and_report_in_one_block__follow_the_order_of_the_log() -> None:
    small = terms(budget=Units(1_000 * DOLLAR))
    first = Settlement(moment(5, JUNE), JUNE, 4, hash_of(b""), (), Units(0), Units(1_000 * DOLLAR))  # type: ignore[arg-type]
    top_up = TopUp(moment(4, JUNE), person("client"), Units(1_000 * DOLLAR), Units(0))
    report_first = new_deal(small, small.budget)
    report_first, _ = apply_report(small, report_first, JUNE, 4)
    report_first, due = apply_top_up(small, report_first, 1_000 * DOLLAR)
    assert due.performance == 1_000 * DOLLAR
    deal = deal_with(small, small.budget, [top_up, first])
    assert [type(change) for change in deal.changes] == [TopUp, Settlement]
    later = TopUp(moment(6, JUNE), person("client"), Units(1_000 * DOLLAR), due.performance)
    deal = deal_with(small, small.budget, [later, first])
    assert [type(change) for change in deal.changes] == [Settlement, TopUp]
    assert deal.state == report_first
    assert apply_silence(small, deal.state)[1].performance == deal.money.retained
