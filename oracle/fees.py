"""Fees of a transaction, how they are raised when it is not mined, and how much may be paid as time runs out. In the
chain's base units a unit of gas. Pure."""

from dataclasses import dataclass

from escrow.errors import FeeProblem
from escrow.ids import Timestamp, Units

BASE_FEES_AHEAD = 2
"""The cap holds while the base fee doubles, which takes six full blocks at least."""
PATIENT_PART = 4
"""At first a transaction may cost this part of the ceiling: fees that are high now are often lower in an hour."""


@dataclass(frozen=True)
class Fees:
    cap: int
    tip: int


@dataclass(frozen=True)
class Window:
    """When a call became possible, and until when it is of use, by the chain's clock."""

    opens_at: Timestamp
    closes_at: Timestamp


def ceiling_at(now: int, window: Window | None, ceiling: int) -> int:
    """A quarter of the ceiling when the window opens, all of it when an eighth of the window is left, evenly more in
    between. All of it where there is no window."""
    if window is None:
        return ceiling
    patience = (window.closes_at - window.opens_at) * 7 // 8
    passed = max(now - window.opens_at, 0)
    if passed >= patience:
        return ceiling
    least = ceiling // PATIENT_PART
    return least + (ceiling - least) * passed // patience


def first_fees(base_fee: int, tip: int, ceiling: int) -> Fees:
    """FeeProblem where even the base fee alone is above the ceiling."""
    if base_fee > ceiling:
        raise FeeProblem(Units(base_fee), Units(ceiling))
    cap = min(BASE_FEES_AHEAD * base_fee + tip, ceiling)
    return Fees(cap, min(tip, cap))


def raised(fees: Fees, base_fee: int, tip: int, ceiling: int) -> Fees | None:
    """For a replacement with the same nonce: today's fees, and at least an eighth more on both, since nodes ask for a tenth.

    None where the ceiling leaves no room for that.
    """
    cap = max(_eighth_more_ceil(fees.cap), min(BASE_FEES_AHEAD * base_fee + tip, ceiling))
    higher = Fees(cap, min(max(_eighth_more_ceil(fees.tip), tip), cap))
    return None if cap > ceiling or higher.tip < _eighth_more_ceil(fees.tip) else higher


def _eighth_more_ceil(amount: int) -> int:
    """More than nothing is one, since nodes take no replacement that is not higher on both."""
    return max(-(-amount * 9 // 8), 1)
