"""What issue 4 asks of five rows, and of the first one beside the cheapest peer. Knows no chain."""

from dataclasses import dataclass

SIGNATURES = 2 * 6_925
"""What the quorum's two signatures cost in a settlement, as measured in the prototype."""
KLEROS = 182_033
"""A life in Kleros v1, the cheapest escrow measured, which checks no signature."""


@dataclass(frozen=True)
class Target:
    """A row has to be below `must`; `goal` and `beyond` are better still."""

    row: str
    words: str
    must: int
    goal: int
    beyond: int

    @property
    def limits(self) -> tuple[int, int, int]:
        return self.must, self.goal, self.beyond


TARGETS = (
    Target("lifecycle_2of3_warm", "approve + open + settle", 200_000, 193_000, 187_500),
    Target("lifecycle_permit_2of3_warm", "permit inside open + settle", 170_000, 163_000, 157_500),
    Target("lifecycle_refund", "approve + open + refund of the whole", 181_000, 174_500, 169_000),
    Target("batch_100_item", "one of a batch of 100", 43_000, 39_500, 35_000),
    Target("rooted_100_item", "one of 100 under one root", 32_000, 28_500, 25_000),
)
