"""Terms, reports and the rest, valid by default: a test states only what matters to it.

The default is a deal of three months at $500 a customer in a 6-decimal token, as in `examples/`.
"""

from dataclasses import replace
from typing import Any

from eth_hash.auto import keccak

from escrow.clock import parse_time
from escrow.committee import Committee
from escrow.documents import hash_of
from escrow.eip712 import Domain
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, DealId, Units, checksummed
from escrow.report import Report
from escrow.schedule import Deal, new_deal
from escrow.signing import address_of
from escrow.terms import Basis, Step, Terms

DAY = 86_400
STARTS_AT = parse_time("2008-05-01T00:00:00Z")
DOLLAR = 10**6
RATE_SCALE = 10**6
TOKEN = checksummed("70ce" * 10)
COMMITTEE = CommitteeId("0x" + "c0" * 12)


def key(name: str) -> bytes:
    """The private key of somebody, always the same for one name."""
    return keccak(name.encode())


def person(name: str) -> Address:
    return address_of(key(name))


def domain(**changes: Any) -> Domain:
    return replace(Domain(chain_id=31337, contract=checksummed("e5" * 20)), **changes)


def step(from_: int = 0, flat: int = 0, rate: int = 500 * DOLLAR * RATE_SCALE) -> Step:
    return Step(from_, Units(flat), rate)


def terms(**changes: Any) -> Terms:
    default = Terms(
        client=person("client"),
        agency=person("agency"),
        token=TOKEN,
        budget=Units(400_000 * DOLLAR),
        open_before=STARTS_AT,
        committee=COMMITTEE,
        quorum=2,
        arbiter=ZERO_ADDRESS,
        agreement=hash_of(b"agreement"),
        basis=Basis.CUMULATIVE,
        starts_at=STARTS_AT,
        period_length=92 * DAY,
        periods=1,
        report_grace=14 * DAY,
        challenge_window=0,
        ruling_window=0,
        self_report=False,
        notice_period=7 * DAY,
        retention_bps=0,
        base_per_period=Units(0),
        cap=Units(0),
        steps=(step(),),
        salt=1,
    )
    return replace(default, **changes)


def deal(of: Terms | None = None, **changes: Any) -> Deal:
    """Just opened with its budget."""
    of = of or terms()
    return replace(new_deal(of, of.budget), **changes)


def committee(**changes: Any) -> Committee:
    """Three members, of whom two make a quorum, for ever."""
    default = Committee(admin=ZERO_ADDRESS, delay=0, min_quorum=2, max_quorum=3, size=3, next_index=3)
    return replace(default, **changes)


def report(**changes: Any) -> Report:
    default = Report(
        deal_id=DealId("0x" + "12" * 32),
        as_of=parse_time("2008-06-01T00:00:00Z"),
        value=258,
        evidence=hash_of(b"evidence"),
    )
    return replace(default, **changes)
