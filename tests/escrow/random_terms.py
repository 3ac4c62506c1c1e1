"""Random terms and lives of deals from a seed: any that fit their types, and those that can be opened."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, DealId, DocumentHash, Timestamp, Units, checksummed
from escrow.report import Report
from escrow.schedule import RATE_SCALE, Deal, Due, apply_report, apply_silence, apply_top_up, new_deal
from escrow.terms import Basis, Step, Terms
from escrow.terms.check import DAY, HOUR, MAX_GRACE, MAX_LIFE, MAX_STEPS, MIN_GRACE, MIN_NOTICE
from tests import factories

MOST_UNITS = 2**96 - 1
MOST_VALUE = 2**64 - 1


def number(rng: Random, bits: int) -> int:
    """Of any size: small ones, large ones and the two ends come up as often as those between."""
    return rng.choice((0, 1, (1 << bits) - 1, rng.getrandbits(rng.randint(1, bits))))


def address(rng: Random) -> Address:
    return checksummed(f"{rng.getrandbits(160):040x}")


def document_hash(rng: Random) -> DocumentHash:
    return DocumentHash(f"{rng.getrandbits(256):064x}")


def report(rng: Random) -> Report:
    deal_id = DealId(f"0x{rng.getrandbits(256):064x}")
    return Report(deal_id, Timestamp(number(rng, 40)), number(rng, 64), document_hash(rng))


def any_terms(rng: Random) -> Terms:
    """Every field fits its type; few could be opened."""
    return Terms(
        client=address(rng),
        agency=address(rng),
        token=rng.choice((ZERO_ADDRESS, address(rng))),
        budget=Units(number(rng, 96)),
        open_before=Timestamp(number(rng, 40)),
        committee=CommitteeId(f"0x{rng.getrandbits(96):024x}"),
        quorum=number(rng, 8),
        arbiter=rng.choice((ZERO_ADDRESS, address(rng))),
        agreement=document_hash(rng),
        basis=rng.choice(tuple(Basis)),
        starts_at=Timestamp(number(rng, 40)),
        period_length=number(rng, 32),
        periods=number(rng, 16),
        report_grace=number(rng, 32),
        challenge_window=number(rng, 32),
        ruling_window=number(rng, 32),
        self_report=rng.random() < 0.5,
        notice_period=number(rng, 32),
        retention_bps=number(rng, 16),
        base_per_period=Units(number(rng, 96)),
        cap=Units(number(rng, 96)),
        steps=tuple(Step(number(rng, 64), Units(number(rng, 96)), number(rng, 96)) for _ in range(rng.randint(0, 4))),
        salt=number(rng, 216),
    )


def open_terms(rng: Random, now: int = factories.STARTS_AT) -> Terms:
    """In the ranges of TermsCheck, as far as no chain is asked."""
    basis = rng.choice(tuple(Basis))
    period_length = rng.randint(HOUR, rng.choice((DAY, 400 * DAY)))
    periods = rng.randint(1, min(2**16 - 1, MAX_LIFE // period_length, rng.choice((1, 12, 2**16))))
    base_per_period = rng.choice((0, number(rng, 40), number(rng, 96))) % (MOST_UNITS // periods + 1)
    starts_at = now + rng.randint(-30 * DAY, 700 * DAY)
    return factories.terms(
        budget=Units(rng.randint(max(1, base_per_period * periods), MOST_UNITS)),
        open_before=Timestamp(starts_at),
        basis=basis,
        starts_at=Timestamp(starts_at),
        period_length=period_length,
        periods=periods,
        report_grace=rng.randint(MIN_GRACE, MAX_GRACE),
        notice_period=rng.randint(MIN_NOTICE, 20 * DAY),
        retention_bps=rng.choice((0, rng.randint(0, 5_000))) if basis == Basis.CUMULATIVE else 0,
        base_per_period=Units(base_per_period),
        cap=Units(rng.choice((0, number(rng, 96)))),
        steps=_steps(rng),
        salt=rng.getrandbits(216),
    )


def with_clock(terms: Terms, period_length: int, periods: int) -> Terms:
    """The same with other periods, and a budget that covers their base fee and leaves room for top-ups."""
    budget = Units(min(terms.budget, MOST_UNITS // 2))
    base = Units(min(terms.base_per_period, budget // periods))
    return replace(terms, budget=budget, period_length=period_length, periods=periods, base_per_period=base)


def _steps(rng: Random) -> tuple[Step, ...]:
    spread = rng.choice((10, 10_000, MOST_VALUE))
    starts = sorted({rng.randint(0, spread) for _ in range(rng.randint(1, MAX_STEPS))})
    money = rng.choice((20, 60, 96))
    steps = []
    for start in starts:
        # Rates beside whole units make sums that end in .999999.
        rate = rng.choice((number(rng, money), number(rng, money), RATE_SCALE - 1, RATE_SCALE, RATE_SCALE + 1))
        steps.append(Step(start, Units(number(rng, money) if start else 0), rate))
    return tuple(steps)


def value(rng: Random, terms: Terms) -> int:
    """Often at a step's start or right beside it."""
    near = rng.choice(terms.steps).from_ + rng.randint(-1, 1)
    return max(
        0,
        min(MOST_VALUE, rng.choice((near, number(rng, 64), rng.randint(0, 2 * terms.steps[-1].from_ + 100)))),
    )


Action = tuple[str, int, int]
"""report, top_up or silence; as-of; value or amount."""


def life(rng: Random, terms: Terms, most: int) -> Iterator[tuple[Deal, Action, Deal, Due]]:
    """At most this many actions from opening on, each with the state before and after, and what is due."""
    deal = new_deal(terms, rng.choice((terms.budget, rng.randint(terms.budget, MOST_UNITS))))
    for _ in range(rng.randint(1, most)):
        if deal.closed:
            return
        action = _action(rng, terms, deal)
        after, due = apply(terms, deal, action)
        yield deal, action, after, due
        deal = after


def apply(terms: Terms, deal: Deal, action: Action) -> tuple[Deal, Due]:
    kind, as_of, amount = action
    if kind == "report":
        return apply_report(terms, deal, as_of, amount)
    return apply_top_up(terms, deal, amount) if kind == "top_up" else apply_silence(terms, deal)


def _action(rng: Random, terms: Terms, deal: Deal) -> Action:
    kind = rng.choices(("report", "top_up", "silence"), (8, 2, 1))[0]
    if kind == "top_up" and deal.funded < MOST_UNITS:
        return "top_up", 0, rng.randint(1, MOST_UNITS - deal.funded)
    if kind == "silence":
        return "silence", 0, 0
    if terms.basis == Basis.PER_PERIOD:
        return "report", deal.last_as_of + terms.period_length, value(rng, terms)
    as_of = rng.choice((deal.ends_at, rng.randint(deal.last_as_of + 1, deal.ends_at)))
    return "report", as_of, value(rng, terms)
