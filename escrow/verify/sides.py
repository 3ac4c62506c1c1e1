"""Evidence of two sides and of periods: whether it adds up by itself, and what of it a new measurement finds different.

Knows the numbers of a bundle; its form and its rows one by one are `recount`'s.
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from escrow.agreement import Agreement
from escrow.agreement.metric import Rate
from escrow.measure import Bundle, Check
from escrow.measure.reconcile import Differing, reconciled
from escrow.measure.total import boundaries, carried, per_unit, total_of
from escrow.verify.verdict import Fact


def sides_facts(agreement: Agreement, bundle: Bundle, period_start: int | None) -> Iterator[Fact]:
    """The value follows from the rows, the check source's number and the periods before."""
    is_rate = isinstance(agreement.metric, Rate)
    total = total_of(agreement.metric, bundle.rows, period_start)
    yield Fact("check source of the evidence", agreement.has_check, bundle.check is not None)
    if bundle.check is not None:
        yield Fact("controlling number of the rows", total, bundle.check.controlling)
        yield from _differing_facts(bundle.check, per_unit(bundle.rows), is_sum=not is_rate)
        total = reconciled(total, bundle.check.value)
    periods = 0
    if period_start is not None and not is_rate:
        periods = len(list(boundaries(agreement.flight.start, bundle.as_of, period_start)))
    yield Fact("number of periods before", periods, len(bundle.earlier))
    yield Fact("value of the rows", carried([*bundle.earlier, total]), bundle.value)


def check_facts(again: Bundle, signed: Bundle) -> Iterator[Fact]:
    """What a new measurement says of the other side and of the periods before."""
    for number, (expected, found) in enumerate(zip_longest(again.earlier, signed.earlier), start=1):
        yield Fact(f"number of period {number}", expected, found)
    if again.check is None or signed.check is None:
        return
    yield Fact("number of the check source", again.check.value, signed.check.value)
    yield Fact("counts of the check source", again.check.counts, signed.check.counts)
    yield Fact("differing units", again.check.differing, signed.check.differing)
    yield Fact("units root of the check source", again.check.units_root.hex(), signed.check.units_root.hex())


def _differing_facts(check: Check, own: Mapping[bytes, int], *, is_sum: bool) -> Iterator[Fact]:
    """The units that are named explain the whole distance between the two numbers."""
    named: Differing | None = None
    for one in check.differing:
        place = f"differing unit {one.unit_key.hex()}"
        yield Fact(f"{place}, its place", True, named is None or one.unit_key > named.unit_key)
        yield Fact(f"{place}, controlling", own.get(one.unit_key, 0), one.controlling)
        yield Fact(place, "counted otherwise", "counted alike" if one.check == one.controlling else "counted otherwise")
        named = one
    if is_sum:
        total = sum(own.values()) + sum(one.check - one.controlling for one in check.differing)
        yield Fact("number of the check source", max(0, total), check.value)
