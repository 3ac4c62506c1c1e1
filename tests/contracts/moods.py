"""The moods of the mocks, by name, in the order of their enums."""

RECEIVER = ("Accepts", "Reverts", "BurnsGas", "RevertsWithBomb", "Works", "CallsBack")
TOKEN = (
    "Honest",
    "Fee",
    "Bonus",
    "ReturnsFalse",
    "ReturnsNothing",
    "ReturnsTwo",
    "ReturnsOneByte",
    "Reverts",
    "RevertsWithBomb",
    "ReturnsBomb",
    "BurnsGas",
    "Halves",
    "Doubles",
)
