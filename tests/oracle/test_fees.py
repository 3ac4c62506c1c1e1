"""Fees: under the ceiling, and every replacement at least a tenth higher on both caps."""

import pytest

from escrow.errors import FeeProblem
from oracle.fees import Fees, Window, ceiling_at, first_fees, raised

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


@pytest.mark.parametrize(
    ("now", "expected"),
    [(0, 100), (1_000, 100), (1_350, 250), (1_700, 400), (2_000, 400), (9_000, 400)],
    ids=["before it opens", "opens", "half of the patience", "an eighth is left", "it closes", "long over"],
)
def test_ceiling_at__time_runs_out__rises_from_a_quarter_to_the_whole(now: int, expected: int) -> None:
    assert ceiling_at(now, Window(1_000, 1_800), 400) == expected  # type: ignore[arg-type]


def test_ceiling_at__every_second__never_falls_and_never_exceeds_it() -> None:
    window = Window(1_000, 1_777)  # type: ignore[arg-type]
    ceilings = [ceiling_at(now, window, 101) for now in range(900, 2_000)]
    assert ceilings == sorted(ceilings) and (ceilings[0], ceilings[-1]) == (25, 101)


@pytest.mark.parametrize("window", [None, Window(5, 5), Window(5, 4)])  # type: ignore[arg-type]
def test_ceiling_at__no_time_to_wait__is_the_whole(window: Window | None) -> None:
    assert ceiling_at(5, window, 400) == 400
