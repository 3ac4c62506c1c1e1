"""The shared vectors are those that the Python twin gives, and hold where they were reckoned by hand."""

import json

from tests.vectors import generate


def test_vectors__committed_files__equal_what_the_twin_gives() -> None:
    for name, text in generate.files().items():
        assert (generate.FOLDER / name).read_text("utf-8") == text, f"{name}: run python -m tests.vectors.generate"


def test_payout_vectors__closed_deals__pay_out_exactly_what_was_paid_in() -> None:
    for life in json.loads((generate.FOLDER / "payout.json").read_text("utf-8")):
        top_ups = sum(int(action["amount"]) for action in life["actions"] if action["do"] == "top_up")
        paid = sum(int(units) for action in life["actions"] for units in action["pays"].values())
        assert paid == int(life["funded"]) + top_ups, life["name"]
