"""Makes the shared vectors beside this file, which Python and Solidity tests read alike.

    python -m tests.vectors.generate

payout.json   lives of deals: terms without parties, what is paid in, and per action what it pays. Times are
              seconds from the deal's start, so that a chain with any clock can play them.
challenges.json  lives of deals with an arbiter: the same, with the time of each action and the state after it.
terms.json    plain form, packed words, EIP-712 struct hash (the same on every chain), an id under a domain.
report.json   the same of reports, with the digest of the proposal that comes before.
status.json   the status of one deal at times around each border, seconds from its start.

Amounts and values are strings, as in all JSON of this project.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from escrow.eip712 import Domain
from escrow.ids import ZERO_ADDRESS, DealId, Timestamp, Units, address, document_hash
from escrow.report import Report, proposal_digest, report_digest
from escrow.report import struct_hash as report_struct_hash
from escrow.schedule import RATE_SCALE, new_deal
from escrow.status import status_of
from escrow.terms import Basis, Step, Terms, deal_id_of, pack, to_json
from escrow.terms.typed import struct_hash
from tests import factories
from tests.escrow import random_terms
from tests.factories import DAY, DOLLAR
from tests.vectors.challenges import challenges

FOLDER = Path(__file__).parent
HOUR = 3_600
ETHER = 10**18
MAY, JUNE, JULY = 31 * DAY, 61 * DAY, 92 * DAY
"""Ends of the months of the campaign, from its start on 1 May."""

SCHEDULE = ("basis", "periodLength", "periods", "retentionBps", "basePerPeriod", "cap", "steps")

Life = tuple[str, Terms, int, list[random_terms.Action]]


def main() -> None:
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")


def files() -> dict[str, str]:
    """The text of each file."""
    vectors = {
        "payout": payout(),
        "challenges": challenges(),
        "terms": terms(),
        "report": reports(),
        "status": status(),
    }
    return {f"{name}.json": json.dumps(cases, indent=1) + "\n" for name, cases in vectors.items()}


def payout() -> list[dict[str, Any]]:
    return [_payout(*life) for life in (*_campaign(), *_rules(), *_random_lives(Random(9)))]


def _payout(name: str, deal_terms: Terms, funded: int, actions: list[random_terms.Action]) -> dict[str, Any]:
    start, deal, played = deal_terms.starts_at, new_deal(deal_terms, funded), []
    for kind, offset, value in actions:
        deal, due = random_terms.apply(deal_terms, deal, (kind, start + offset, value))
        action: dict[str, Any] = {"do": kind}
        if kind == "report":
            action |= {"asOf": offset, "value": str(value)}
        if kind == "top_up":
            action |= {"amount": str(value)}
        played.append(action | {"pays": {part: str(units) for part, units in vars(due).items()}})
    plain = to_json(deal_terms)
    return {
        "name": name,
        "terms": {field: plain[field] for field in SCHEDULE},
        "funded": str(funded),
        "actions": played,
    }


def _campaign() -> Iterable[Life]:
    """The five deals of the demo; the values are round, not those of the campaign."""
    units = DOLLAR * RATE_SCALE
    yield (
        "finance-cpa",
        factories.terms(steps=(Step(0, Units(0), 500 * units),)),
        400_000 * DOLLAR,
        [("report", MAY, 258), ("report", JUNE, 500), ("report", JULY, 700)],
    )
    yield (
        "qualified-leads",
        factories.terms(steps=(Step(0, Units(0), 20 * units), Step(5_000, Units(0), 12 * units))),
        160_000 * DOLLAR,
        [("report", MAY, 4_999), ("report", JUNE, 5_001), ("report", JULY, 12_000)],
    )
    target = factories.terms(
        period_length=31 * DAY, steps=(Step(300, Units(90_000 * DOLLAR), 0),), budget=Units(90_000 * DOLLAR)
    )
    yield "target met", target, 90_000 * DOLLAR, [("report", 31 * DAY, 300)]
    yield "target missed by one", target, 90_000 * DOLLAR, [("report", 31 * DAY, 299)]
    share = factories.terms(
        token=ZERO_ADDRESS,
        budget=Units(80 * ETHER),
        period_length=30 * DAY,
        periods=3,
        retention_bps=1_000,
        base_per_period=Units(5 * ETHER),
        steps=(Step(0, Units(0), ETHER // 20 * RATE_SCALE),),
    )
    yield (
        "base-and-share",
        share,
        80 * ETHER,
        [("report", 30 * DAY, 250), ("report", 60 * DAY, 700), ("report", 90 * DAY, 1_001)],
    )


def _rules() -> Iterable[Life]:
    """One rule each."""
    per_unit = factories.terms(steps=(Step(0, Units(0), 10 * RATE_SCALE),), budget=Units(1_000))
    retained = factories.terms(steps=(Step(0, Units(0), 10 * RATE_SCALE),), budget=Units(1_000), retention_bps=2_500)
    based = factories.terms(
        steps=(Step(0, Units(0), RATE_SCALE),),
        budget=Units(1_000),
        period_length=30 * DAY,
        periods=3,
        base_per_period=Units(100),
    )
    by_period = factories.terms(
        basis=Basis.PER_PERIOD,
        steps=(Step(0, Units(0), 10 * RATE_SCALE),),
        budget=Units(1_000),
        period_length=DAY,
        periods=3,
        base_per_period=Units(7),
        cap=Units(400),
    )
    yield "nothing earned", per_unit, 1_000, [("report", JULY, 0)]
    yield "earned beyond the funds", per_unit, 1_000, [("report", JULY, 101)]
    yield (
        "a lower value pays nothing until it is passed again",
        per_unit,
        1_000,
        [("report", DAY, 50), ("report", 2 * DAY, 20), ("report", 3 * DAY, 50), ("report", JULY, 51)],
    )
    yield (
        "a top-up pays at once what was earned",
        per_unit,
        1_000,
        [
            ("report", DAY, 150),
            ("top_up", 0, 300),
            ("top_up", 0, 900),
            ("report", JULY, 150),
        ],
    )
    yield (
        "retention is paid by the final report",
        retained,
        1_000,
        [("report", DAY, 33), ("report", JULY, 33)],
    )
    yield "retention covers a value that falls", retained, 1_000, [("report", DAY, 40), ("report", JULY, 31)]
    yield "retention is paid after silence", retained, 1_000, [("report", DAY, 33), ("silence", 0, 0)]
    yield "silence from the start", based, 1_000, [("silence", 0, 0)]
    yield (
        "base of whole periods only",
        based,
        1_000,
        [
            ("report", 30 * DAY - 1, 0),
            ("report", 30 * DAY, 0),
            ("report", 75 * DAY, 10),
            ("report", 90 * DAY, 10),
        ],
    )
    yield "base before performance", based, 1_000, [("report", 30 * DAY, 900), ("report", 90 * DAY, 900)]
    yield (
        "each period's value is its own",
        by_period,
        1_000,
        [
            ("report", DAY, 30),
            ("report", 2 * DAY, 41),
            ("report", 3 * DAY, 39),
        ],
    )
    yield "a period unreported", by_period, 1_000, [("report", DAY, 30), ("silence", 0, 0)]
    yield (
        "one floor for all steps",
        factories.terms(steps=(Step(0, Units(0), 500_000), Step(1, Units(0), 700_000)), budget=Units(1_000)),
        1_000,
        [("report", JULY, 2)],
    )
    yield (
        "flats when a step is reached, and the cap",
        factories.terms(
            steps=(Step(10, Units(100), 0), Step(20, Units(200), RATE_SCALE)),
            budget=Units(1_000),
            cap=Units(305),
        ),
        1_000,
        [("report", DAY, 9), ("report", 2 * DAY, 10), ("report", 3 * DAY, 20), ("report", JULY, 1_000)],
    )


def _random_lives(rng: Random) -> Iterable[Life]:
    """Reports at whole hours, and top-ups before the end, so that a chain can play them."""
    for number in range(20):
        length, periods = HOUR * rng.randint(1, 2_000), rng.randint(1, 5)
        found = random_terms.open_terms(rng)
        deal_terms = random_terms.with_clock(found, length, periods)
        hours = range(HOUR, length * periods, HOUR)
        if deal_terms.basis == Basis.PER_PERIOD:
            times = [length * period for period in range(1, periods)]
        else:
            times = sorted(rng.sample(hours, min(3, len(hours))))
        actions: list[random_terms.Action] = []
        for at in times:
            actions.append(("report", at, random_terms.value(rng, deal_terms)))
            if rng.random() < 0.3:
                actions.append(("top_up", 0, rng.randint(1, 2**60)))
        final = ("report", length * periods, random_terms.value(rng, deal_terms))
        actions.append(rng.choice((final, final, ("silence", 0, 0))))
        yield f"random {number}", deal_terms, rng.randint(deal_terms.budget, 2**95), actions


def terms() -> list[dict[str, Any]]:
    rng = Random(10)
    named = [("default", factories.terms()), ("in the chain's coin", factories.terms(token=ZERO_ADDRESS))]
    return [
        {
            "name": name,
            "plain": to_json(case),
            "packed": [f"0x{word:064x}" for word in pack(case)],
            "structHash": "0x" + struct_hash(case).hex(),
            **_domain(factories.domain()),
            "dealId": deal_id_of(case, factories.domain()),
        }
        for name, case in named + [(f"random {n}", random_terms.any_terms(rng)) for n in range(20)]
    ]


def reports() -> list[dict[str, Any]]:
    rng, cases = Random(11), []
    for domain in (factories.domain(), Domain(1, address("0x" + "ab" * 20))):
        for report in (factories.report(), _greatest_report(), *(random_terms.report(rng) for _ in range(8))):
            cases.append(
                {
                    "report": {
                        "dealId": report.deal_id,
                        "asOf": report.as_of,
                        "value": str(report.value),
                        "evidence": "0x" + report.evidence,
                    },
                    "structHash": "0x" + report_struct_hash(report).hex(),
                    **_domain(domain),
                    "digest": "0x" + report_digest(report, domain).hex(),
                    "proposalDigest": "0x" + proposal_digest(report, domain).hex(),
                }
            )
    return cases


def _greatest_report() -> Report:
    return Report(DealId("0x" + "f" * 64), Timestamp(2**40 - 1), 2**64 - 1, document_hash("f" * 64))


def _domain(domain: Domain) -> dict[str, Any]:
    return {"chainId": domain.chain_id, "contract": domain.contract}


def status() -> dict[str, Any]:
    case = factories.terms(period_length=30 * DAY, periods=3, report_grace=14 * DAY)
    opened = new_deal(case, case.budget)
    closed = factories.deal(case, closed=True)
    borders = (0, 90 * DAY, 104 * DAY)
    return {
        "terms": {"periodLength": 30 * DAY, "periods": 3, "reportGrace": 14 * DAY},
        "cases": [
            {"state": state, "at": at, "status": status_of(case, deal, case.starts_at + at).name.lower()}
            for state, deal in (("never opened", new_deal(case, 0)), ("open", opened), ("closed", closed))
            for border in borders
            for at in (border - 1, border)
        ],
    }


if __name__ == "__main__":
    main()
