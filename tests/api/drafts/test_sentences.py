"""The schedule in words: prices that follow one another are never told as if they added up."""

import pytest

from api.drafts.sentences import price_text
from escrow.ids import ZERO_ADDRESS
from escrow.money import Token
from escrow.terms import Step
from tests import factories

TOKEN = Token(ZERO_ADDRESS, "TUSD", 6)
DOLLAR = 10**6
PRICE = DOLLAR * 10**6


@pytest.mark.parametrize(
    ("steps", "base", "words"),
    [
        ((Step(0, 0, 20 * PRICE),), 0, "20.00 TUSD per lead"),
        (
            (Step(0, 0, 20 * PRICE), Step(5_000, 0, 12 * PRICE)),
            0,
            "20.00 TUSD per lead up to 5 000, then 12.00 TUSD per lead",
        ),
        ((Step(10, 0, 20 * PRICE),), 0, "20.00 TUSD per lead beyond 10"),
        ((Step(300, 90 * DOLLAR, 0),), 0, "90.00 TUSD at 300 leads"),
        ((Step(0, 0, 20 * PRICE),), 5 * DOLLAR, "5.00 TUSD per period plus 20.00 TUSD per lead"),
    ],
)
def test_price_text__of_a_schedule__says_which_price_holds_where(steps: tuple[Step, ...], base: int, words: str) -> None:
    terms = factories.terms(steps=steps, base_per_period=base)
    told = price_text(terms, "lead", TOKEN)
    assert " ".join(told.replace(chr(0x202F), " ").split()) == words
