"""Deals of the index as their events would make them: consistent by default, each payout as the contract computes it."""

from collections.abc import Sequence
from dataclasses import replace

from api.deals.history import Closed, Dispute, Moment, Settlement, WaitingReport
from api.deals.state import Deal, step
from escrow.claims import NOTHING, DealState, dispute_by_client
from escrow.documents import hash_of
from escrow.events import Closing
from escrow.ids import DealId, Timestamp, Units
from escrow.money import Token
from escrow.schedule import apply_report, apply_silence, new_deal
from escrow.terms import Terms, deal_id_of
from tests.factories import TOKEN, domain, person

DOLLAR = Token(TOKEN, "TUSD", 6)
ORACLES = tuple(sorted(person(name) for name in ("oracle a", "oracle b", "oracle c")))


def moment(number: int, at: int) -> Moment:
    return Moment(number, f"0x{number:064x}", Timestamp(at), f"0x{number + 10**6:064x}", 0)


def made_deal(
    terms: Terms, reports: Sequence[tuple[int, int]] = (), *, silent: bool = False, declined: bool = False
) -> Deal:
    """`reports`: as-of and value of each; the one as of the end closes the deal."""
    state = new_deal(terms, terms.budget)
    settlements, closed = [], None
    for number, (as_of, value) in enumerate(reports):
        state, due = apply_report(terms, state, as_of, value)
        place = moment(10 + number, as_of)
        evidence = hash_of(f"evidence {number}".encode())
        settlements.append(Settlement(place, Timestamp(as_of), value, evidence, ORACLES[:2], due.base, due.performance))
        if state.closed:
            closed = Closed(place, Closing.FINAL_REPORT, Units(0), Units(0), due.refunded)
    if silent:
        _, due = apply_silence(terms, state)
        at = terms.ends_at + terms.report_grace
        closed = Closed(moment(99, at), Closing.SILENCE, due.base, due.performance, due.refunded)
    if declined:
        closed = Closed(moment(99, terms.starts_at), Closing.DECLINED, Units(0), Units(0), terms.budget)
    return Deal(
        deal_id=DealId(deal_id_of(terms, domain())),
        terms=terms,
        packed=(),
        token=DOLLAR,
        members=3,
        opened=moment(1, terms.starts_at - 86_400),
        payer=terms.client,
        amount=terms.budget,
        top_ups=(),
        settlements=tuple(settlements),
        closed=closed,
        credits=(),
    )


def waiting_deal(terms: Terms, as_of: int, value: int, *said: tuple[str, int]) -> Deal:
    """One report waits; `said`: who filed another number, and which."""
    deal = made_deal(terms)
    state = DealState(new_deal(terms, terms.budget))
    window_ends_at = Timestamp(as_of + terms.challenge_window)
    evidence = hash_of(b"evidence")
    waiting = WaitingReport(moment(10, as_of), Timestamp(as_of), value, evidence, ORACLES[:2], False, 0, window_ends_at)
    state = step(terms, state, waiting)
    disputes = []
    for number, (who, other) in enumerate(said):
        party = terms.client if who == "client" else terms.agency
        due = dispute_by_client(terms, state, other)[1] if who == "client" else NOTHING
        place = moment(11 + number, as_of + 1)
        disputes.append(Dispute(place, party, other, hash_of(b"reason"), due.base, due.performance))
        state = step(terms, state, disputes[-1])
    return replace(deal, waiting_reports=(waiting,), disputes=tuple(disputes))
