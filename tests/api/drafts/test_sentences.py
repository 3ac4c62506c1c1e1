"""The schedule in words: prices that follow one another are never told as if they added up."""

from typing import Any

import pytest

from api.drafts.sentences import price_text, sentences_of
from escrow.agreement import agreement_bytes, parse_agreement
from escrow.ids import ZERO_ADDRESS
from escrow.money import Token
from escrow.terms import Basis, Step
from tests import factories
from tests.escrow.measured import document

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


def told(about: str, **changes: Any) -> str:
    terms = factories.terms(**changes)
    found = {each.about: each.text for each in sentences_of(terms, parse_agreement(agreement_bytes(document())), TOKEN, 1)}
    return found[about].replace("\u00a0", " ")


def test_sentences__without_an_arbiter__a_report_pays_in_its_own_transaction() -> None:
    assert told("When").endswith("What each one earns is paid in the same transaction.")
    assert "returns the rest to the client in the same transaction" in told("The rest")


def test_sentences__with_an_arbiter__say_how_long_a_report_waits_and_who_decides() -> None:
    windows = {"arbiter": factories.person("arbiter"), "challenge_window": 3 * 86_400, "ruling_window": 14 * 86_400}
    when = told("When", **windows)
    for words in ("paid after 3 days, in which either side can dispute it", "decides within 14 days after that"):
        assert words in when
    assert "returns the rest to the client when it is paid" in told("The rest", **windows)


def test_sentences__leaving__say_the_notice() -> None:
    assert "either side can give notice of 7 days" in told("Leaving")
    assert "at the end of the period" in told("Leaving", basis=Basis.PER_PERIOD)
