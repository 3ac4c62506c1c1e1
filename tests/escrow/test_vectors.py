"""The shared vectors are those that the Python twin gives, and hold where they were reckoned by hand."""

import json
from typing import Any

import pytest

from tests.escrow.reckoning import Reckoning
from tests.vectors import generate


def test_vectors__committed_files__equal_what_the_twin_gives() -> None:
    for name, text in generate.files().items():
        assert (generate.FOLDER / name).read_text("utf-8") == text, f"{name}: run python -m tests.vectors.generate"


def test_payout_vectors__closed_deals__pay_out_exactly_what_was_paid_in() -> None:
    for life in json.loads((generate.FOLDER / "payout.json").read_text("utf-8")):
        top_ups = sum(int(action["amount"]) for action in life["actions"] if action["do"] == "top_up")
        paid = sum(int(units) for action in life["actions"] for units in action["pays"].values())
        assert paid == int(life["funded"]) + top_ups, life["name"]


CHALLENGES = json.loads((generate.FOLDER / "challenges.json").read_text("utf-8"))


@pytest.mark.parametrize("life", CHALLENGES, ids=lambda life: life["name"])
def test_challenge_vectors__reckoned_again_from_the_protocol__pay_the_same(life: dict[str, Any]) -> None:
    reckoning, paid, returned = Reckoning(life), 0, 0
    for action in life["actions"]:
        reckoning.play(action)
        pays = {part: int(units) for part, units in action["pays"].items()}
        paid, returned = paid + pays["base"] + pays["performance"], returned + pays["refunded"]
        assert (reckoning.paid, reckoning.returned) == (paid, returned), action
        assert reckoning.is_closed == (action["after"]["status"] == "closed")
    assert reckoning.is_closed and paid + returned == int(life["actions"][-1]["after"]["funded"])
