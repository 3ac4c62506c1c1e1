"""A line chart as SVG, in whole numbers only: colours and sizes of text are the style sheet's. Knows no deal.

It is a picture for those who see it; the page says the same in a sentence and in a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 4_400, 2_500
LEFT, RIGHT, TOP, BOTTOM = 640, 120, 400, 500


@dataclass(frozen=True)
class Tick:
    at: int
    text: str


@dataclass(frozen=True)
class Line:
    """A place that the chart marks across its whole width or height, such as the money locked."""

    at: int
    text: str
    kind: str


@dataclass(frozen=True)
class Chart:
    """Coordinates in the view box; `path` joins the points, `area` is what lies below."""

    path: str
    area: str
    dots: tuple[tuple[int, int], ...]
    x_ticks: tuple[tuple[int, str, str], ...]
    y_ticks: tuple[tuple[int, str], ...]
    levels: tuple[tuple[int, str, str], ...]
    marks: tuple[tuple[int, str, str], ...]
    x_label: str
    y_label: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def line_chart(
    points: Sequence[tuple[int, int]],
    x_ticks: Sequence[Tick],
    y_ticks: Sequence[Tick],
    *,
    x_label: str,
    y_label: str,
    x_end: int | None = None,
    steps: bool = False,
    levels: Sequence[Line] = (),
    marks: Sequence[Line] = (),
    dots: Sequence[tuple[int, int]] | None = None,
) -> Chart:
    """`points` ascend in x. With `steps` a value holds until the next point, as money paid does."""
    x_from = points[0][0]
    x_most = max(x_end or 0, points[-1][0], x_from + 1)
    y_most = max([y for _, y in points] + [tick.at for tick in y_ticks] + [level.at for level in levels] + [1])

    def place(x: int, y: int) -> tuple[int, int]:
        across = LEFT + (x - x_from) * (WIDTH - LEFT - RIGHT) // (x_most - x_from)
        return across, HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM) // y_most

    placed = [place(x, y) for x, y in points]
    path = _path(placed, steps)
    ground = HEIGHT - BOTTOM
    return Chart(
        path=path,
        area=f"{path} L{placed[-1][0]} {ground} L{placed[0][0]} {ground} Z",
        dots=tuple(place(x, y) for x, y in (points if dots is None else dots)),
        x_ticks=tuple((place(tick.at, 0)[0], tick.text, _anchor(tick.at, x_from, x_most)) for tick in x_ticks),
        y_ticks=tuple((place(x_from, tick.at)[1], tick.text) for tick in y_ticks),
        levels=tuple((place(x_from, level.at)[1], level.text, level.kind) for level in levels),
        marks=tuple((place(mark.at, 0)[0], mark.text, mark.kind) for mark in marks if x_from <= mark.at <= x_most),
        x_label=x_label,
        y_label=y_label,
    )


def nice_steps(most: int, wanted: int = 4) -> list[int]:
    """0 and multiples of 1, 2 or 5 times a power of ten, about `wanted` of them, up to `most`."""
    if most <= 0:
        return [0]
    size = 1
    while most // (size * 10) >= wanted:
        size *= 10
    size = next((size * factor for factor in (1, 2, 5, 10) if most // (size * factor) <= wanted), size * 10)
    return list(range(0, most + 1, size))


def compact(value: int, scale: int = 1) -> str:
    """A tick's number, short: "400k", "1.2M", "0.05"; exact, since ticks are round."""
    whole, rest = divmod(value, scale)
    if rest:
        digits = str(rest).rjust(len(str(scale)) - 1, "0").rstrip("0")
        return f"{whole}.{digits}"
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if whole >= size and whole % (size // 10) == 0:
            tenths = whole // (size // 10)
            return f"{tenths // 10}{f'.{tenths % 10}' if tenths % 10 else ''}{letter}"
    return str(whole)


def _path(placed: Sequence[tuple[int, int]], steps: bool) -> str:
    words = [f"M{placed[0][0]} {placed[0][1]}"]
    for x, y in placed[1:]:
        words.append(f"H{x} V{y}" if steps else f"L{x} {y}")
    return " ".join(words)


def _anchor(at: int, first: int, last: int) -> str:
    """Which end of a label stands at its tick, so that the outer ones stay inside."""
    if (at - first) * 12 < last - first:
        return "start"
    return "end" if (last - at) * 12 < last - first else "middle"
