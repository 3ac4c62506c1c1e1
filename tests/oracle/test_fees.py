"""Fees: under the ceiling, and every replacement at least a tenth higher on both caps."""

import pytest

from escrow.errors import FeeProblem
from oracle.fees import Fees, first_fees, raised

GWEI = 10**9


@pytest.mark.parametrize(
    ("base_fee", "tip", "ceiling", "expected"),
    [
        (10, 2, 100, Fees(22, 2)),
        (0, 0, 100, Fees(0, 0)),
        (60, 2, 100, Fees(100, 2)),
        (100, 200, 100, Fees(100, 100)),
    ],
)
def test_first_fees__under_the_ceiling__are(base_fee: int, tip: int, ceiling: int, expected: Fees) -> None:
    assert first_fees(base_fee, tip, ceiling) == expected


def test_first_fees__base_fee_above_the_ceiling__is_a_named_error() -> None:
    with pytest.raises(FeeProblem) as refused:
        first_fees(101, 1, 100)
    assert (refused.value.given, refused.value.limit) == (101, 100)


@pytest.mark.parametrize("start", [Fees(1, 1), Fees(7, 3), Fees(30 * GWEI, GWEI), Fees(30 * GWEI + 1, GWEI + 1)])
def test_raised__again_and_again__is_a_tenth_more_each_time_until_the_ceiling(start: Fees) -> None:
    ceiling, fees, steps = 100 * GWEI, start, 0
    while (higher := raised(fees, 0, 0, ceiling)) is not None:
        assert 10 * higher.cap >= 11 * fees.cap and 10 * higher.tip >= 11 * fees.tip
        assert higher.tip <= higher.cap <= ceiling
        fees, steps = higher, steps + 1
    assert steps and fees.cap * 9 / 8 > ceiling


def test_raised__market_went_up_further__follows_it() -> None:
    assert raised(Fees(22, 2), base_fee=50, tip=5, ceiling=1_000) == Fees(105, 5)


def test_raised__market_went_up_beyond_the_ceiling__stops_at_it() -> None:
    assert raised(Fees(22, 2), base_fee=5_000, tip=5, ceiling=1_000) == Fees(1_000, 5)


def test_raised__no_room_left__is_none() -> None:
    assert raised(Fees(95, 2), base_fee=10, tip=2, ceiling=100) is None
    assert raised(Fees(50, 50), base_fee=1, tip=1, ceiling=56) is None
