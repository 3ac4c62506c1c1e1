"""Events valid by default, and the whole lives of deals as the contract would emit them. A chain sets their positions."""

from collections.abc import Iterator
from random import Random

from escrow.documents import hash_of
from escrow.events import (
    Closing,
    CommitteeCreated,
    Credited,
    DealClosed,
    DealOpened,
    DealToppedUp,
    Event,
    LogPosition,
    MemberAdded,
    ReportSettled,
    Withdrawn,
)
from escrow.ids import ZERO_ADDRESS, CommitteeId, DealId, DocumentHash, Timestamp, Units
from escrow.schedule import Deal, Due, apply_report, apply_silence, apply_top_up, new_deal
from escrow.terms import Terms, deal_id_of, pack
from tests import factories
from tests.escrow import random_terms

NOWHERE = LogPosition(0, "0x" + "0" * 64, "0x" + "0" * 64, 0, 0)
EVIDENCE = hash_of(b"evidence")
MEMBERS = tuple(
    sorted((factories.person(name) for name in ("oracle_a", "oracle_b", "oracle_c")), key=lambda it: int(it, 16))
)


def deal_id_for(terms: Terms) -> DealId:
    return deal_id_of(terms, factories.domain())


def committee_events(committee: CommitteeId = factories.COMMITTEE) -> list[Event]:
    """Created with three members."""
    created = CommitteeCreated(committee, ZERO_ADDRESS, factories.person("creator"), 0, 2, 3, 3, NOWHERE)
    joined = [MemberAdded(committee, member, number, Timestamp(1), NOWHERE) for number, member in enumerate(MEMBERS)]
    return [created, *joined]


class Life:
    """A deal as it goes on. Each method gives the events of one transaction, with the amounts of the schedule."""

    def __init__(self, terms: Terms | None = None, amount: int | None = None) -> None:
        self.terms = terms or factories.terms()
        self.deal_id = deal_id_for(self.terms)
        self.amount = self.terms.budget if amount is None else amount
        self.state: Deal = new_deal(self.terms, self.amount)

    def open(self, payer: str = "client") -> list[Event]:
        return [
            DealOpened(
                self.deal_id,
                self.terms.client,
                self.terms.agency,
                factories.person(payer),
                Units(self.amount),
                tuple(pack(self.terms)),
                NOWHERE,
            )
        ]

    def top_up(self, amount: int) -> list[Event]:
        self.state, due = apply_top_up(self.terms, self.state, amount)
        return [DealToppedUp(self.deal_id, self.terms.client, Units(amount), due.performance, NOWHERE)]

    def settle(self, as_of: int, value: int, *, signers: int = 0b11, evidence: DocumentHash = EVIDENCE) -> list[Event]:
        self.state, due = apply_report(self.terms, self.state, as_of, value)
        settled = ReportSettled(self.deal_id, Timestamp(as_of), value, evidence, signers, due.base, due.performance, NOWHERE)
        return [settled, *self._closed(Closing.FINAL_REPORT, Due(Units(0), Units(0), due.refunded))]

    def silence(self) -> list[Event]:
        self.state, due = apply_silence(self.terms, self.state)
        return self._closed(Closing.SILENCE, due)

    def decline(self) -> list[Event]:
        funded = self.state.funded
        self.state = apply_silence(self.terms, self.state)[0]
        return self._closed(Closing.DECLINED, Due(Units(0), Units(0), funded))

    def credit(self, amount: int) -> list[Event]:
        return [Credited(self.deal_id, self.terms.agency, self.terms.token, Units(amount), NOWHERE)]

    def withdraw(self, amount: int) -> list[Event]:
        to = factories.person("stranger")
        return [Withdrawn(self.terms.agency, self.terms.token, to, Units(amount), NOWHERE)]

    def _closed(self, cause: Closing, due: Due) -> list[Event]:
        if not self.state.closed:
            return []
        return [DealClosed(self.deal_id, cause, due.base, due.performance, due.refunded, NOWHERE)]


def random_life(rng: Random, most: int = 12) -> Iterator[list[Event]]:
    """From opening on, a transaction at a time; it may end open."""
    terms = random_terms.open_terms(rng)
    steps = list(random_terms.life(rng, terms, most))
    life = Life(terms, steps[0][0].funded)
    yield life.open()
    if rng.random() < 0.1:
        yield life.decline()
        return
    for _, (kind, as_of, amount), _, _ in steps:
        match kind:
            case "report":
                yield life.settle(as_of, amount, signers=rng.randint(1, 7))
            case "top_up":
                yield life.top_up(amount)
            case _:
                yield life.silence()
