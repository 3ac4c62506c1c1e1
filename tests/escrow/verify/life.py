"""The life of one deal as the chain, the oracles and the documents show it: sound by default, to be damaged by tests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from escrow.agreement import agreement_bytes, parse_agreement, period_start
from escrow.canonical import hash_of
from escrow.events import Closing, DealClosed, DealOpened, DealToppedUp, LogPosition, ReportSettled
from escrow.ids import DocumentHash, Timestamp, Units
from escrow.measure import Bundle, Event, build_bundle, measure
from escrow.schedule import apply_report, apply_silence, apply_top_up, new_deal
from escrow.terms import Terms, deal_id_of, pack
from escrow.verify import Verdict, verify_deal
from tests import factories
from tests.escrow.measured import document, event, lost
from tests.factories import person

CALLS = [event(number, number % 90) for number in range(1, 80)] + [lost(number, number % 90) for number in range(100, 120)]
Change = Callable[[Bundle], Bundle]


def unchanged(bundle: Bundle) -> Bundle:
    return bundle


class Life:
    """Each method adds one event to `chain`, with the amounts that the schedule gives."""

    def __init__(self, calls: list[Event] | None = None, agreement: dict[str, Any] | None = None, **terms: Any) -> None:
        self.document = agreement or document()
        self.agreement: bytes | None = agreement_bytes(self.document)
        self.terms: Terms = factories.terms(**{"agreement": hash_of(self.agreement), **terms})
        self.deal_id = deal_id_of(self.terms, factories.domain())
        self.calls = CALLS if calls is None else calls
        self.calls_at_hand: list[Event] | None = self.calls
        self.chain: list[Any] = []
        self.bundles: dict[DocumentHash, bytes] = {}
        self.deal = new_deal(self.terms, 0)
        self._previous: DocumentHash | None = None

    def open(self, amount: int | None = None) -> "Life":
        amount = self.terms.budget if amount is None else amount
        self.deal = new_deal(self.terms, amount)
        self._add(
            DealOpened,
            client=self.terms.client,
            agency=self.terms.agency,
            payer=person("payer"),
            amount=Units(amount),
            terms=tuple(pack(self.terms)),
        )
        return self

    def top_up(self, amount: int) -> "Life":
        self.deal, due = apply_top_up(self.terms, self.deal, amount)
        self._add(DealToppedUp, payer=person("payer"), amount=Units(amount), performance=due.performance)
        return self

    def report(self, as_of: int, change: Change = unchanged, value: int | None = None) -> "Life":
        """The report as of the end closes the deal. `change` falsifies the bundle before it is signed."""
        start = period_start(self.terms, as_of)
        honest = measure(parse_agreement(self.document), self.deal_id, self.calls, as_of, start, self._previous)
        evidence = build_bundle(change(honest.bundle))
        self._previous = hash_of(evidence)
        self.bundles[self._previous] = evidence
        value = change(honest.bundle).value if value is None else value
        self.deal, due = apply_report(self.terms, self.deal, as_of, value)
        self._add(
            ReportSettled,
            as_of=Timestamp(as_of),
            value=value,
            evidence=self._previous,
            signers=0b101,
            base=due.base,
            performance=due.performance,
        )
        if self.deal.closed:
            self.close(Closing.FINAL_REPORT, refunded=due.refunded)
        return self

    def silence(self) -> "Life":
        self.deal, due = apply_silence(self.terms, self.deal)
        return self.close(Closing.SILENCE, due.base, due.performance, due.refunded)

    def close(self, cause: Closing, base: int = 0, performance: int = 0, refunded: int = 0) -> "Life":
        self._add(DealClosed, cause=cause, base=base, performance=performance, refunded=refunded)
        return self

    def falsify(self, kind: type, **changes: Any) -> "Life":
        """The last event of the kind says something else."""
        at = max(index for index, event in enumerate(self.chain) if isinstance(event, kind))
        self.chain[at] = replace(self.chain[at], **changes)
        return self

    def verdict(self) -> Verdict:
        return verify_deal(
            self.terms,
            factories.domain(),
            self.chain,
            self.agreement,
            self.bundles.get,
            lambda as_of: self.calls_at_hand,
        )

    def _add(self, kind: type, **fields: Any) -> None:
        at = len(self.chain)
        log = LogPosition(100 + at // 2, "0x" + "b0" * 32, "0x" + f"{at:064x}", 0, at)
        self.chain.append(kind(deal_id=self.deal_id, log=log, **fields))
