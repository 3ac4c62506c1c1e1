"""What an agreement's windows and second source mean is said in words, and nothing is said of what it does not have."""

from typing import Any

import pytest

from api.drafts.measure_words import measure_words
from tests.escrow.measure.units import CHECKED, PARTIES, VALUE
from tests.escrow.measured import agreement

DAY = 86_400


def said(**changes: Any) -> str:
    return " ".join(measure_words(agreement(**changes))).replace("\u00a0", " ")


def test_measure_words__plain_agreement__says_what_holds_without_windows() -> None:
    unit = agreement().unit
    assert said() == f"The same {unit} counts once, and one that is taken back is not counted."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "sum/1", "metric": VALUE}, "the sum of their values"),
        ({"method": "sum/1", "metric": {"of": "quantity"}}, "the sum of their quantities"),
        ({"method": "rate/1", "metric": {"scale": 10_000}}, "the share that was accepted"),
        ({"dedupe": {"repeat_after_seconds": 30 * DAY}}, "counts anew 30 days after it last did"),
        ({"dedupe": {"identity": {"field": "subject", "within_seconds": DAY}}}, "the same subject less than 1 day apart"),
        ({"attribution": {"field": "clicked_at", "within_seconds": 7 * DAY}}, "within 7 days after its touch"),
        ({"hold_seconds": 2 * DAY}, "is held for 2 days before it counts. One whose time has not run out"),
        (
            {"decline": {"within_seconds": 3 * DAY, "contest_seconds": DAY}, "sources": PARTIES},
            "within 3 days, with a reason and evidence; silence approves it. The agency can contest that within 1 day",
        ),
        ({"reversal": {"within_seconds": 14 * DAY, "share_bps": 250}}, "More than 2.5% of them can't be declined"),
        ({"caps": {"per_day": 5, "per_period": {"seconds": 7 * DAY, "most": 20}, "total": 100}}, "5 a day (UTC), 20 in 7 days and 100"),
        ({"sources": CHECKED}, "more than 10% apart, the smaller number counts"),
    ],
)  # fmt: skip
def test_measure_words__what_an_agreement_has__is_said(changes: dict[str, Any], words: str) -> None:
    assert words in said(**changes)
    assert words not in said()
