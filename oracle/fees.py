"""Fees of a transaction, and how they are raised when it is not mined. In the chain's base units a unit of gas. Pure."""

from dataclasses import dataclass

from escrow.errors import FeeProblem
from escrow.ids import Units

BASE_FEES_AHEAD = 2
"""The cap holds while the base fee doubles, which takes six full blocks at least."""


@dataclass(frozen=True)
class Fees:
    cap: int
    tip: int


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
