"""What each result would pay, as the points of a chart and its table. Pure; computed with the contract's twin."""

from dataclasses import dataclass

from api.chart import Chart, Line, Tick, compact, line_chart, nice_steps
from api.wording import count, money, plural, symbol_text
from escrow.ids import Units
from escrow.money import Token
from escrow.schedule import base_floor, earned_floor, new_deal, performance_funds
from escrow.terms import Basis, Terms

MOST_POINTS = 20
_FARTHEST = 2**63


@dataclass(frozen=True)
class Point:
    """Of the whole deal; per period where the basis is per period, then without base and without `client`."""

    value: int
    agency: Units
    client: Units | None


@dataclass(frozen=True)
class Payoff:
    """`most`: what the agency can get at all; `base`: the part of it that needs no result."""

    points: tuple[Point, ...]
    funds: Units
    """Height of the chart."""
    most: Units
    base: Units
    per_period: bool


def payoff_of(terms: Terms, amount: int) -> Payoff:
    """The value in each point is exact; between two points the line is straight, but for the floor."""
    deal = new_deal(terms, amount)
    funds = performance_funds(terms, deal)
    base = base_floor(terms, deal.ends_at, deal.ends_at)
    per_period = terms.basis == Basis.PER_PERIOD

    def point(value: int) -> Point:
        earned = min(earned_floor(terms, value), funds)
        if per_period:
            return Point(value, Units(earned), None)
        return Point(value, Units(base + earned), Units(amount - base - earned))

    points = tuple(point(value) for value in _thinned(_corners(terms, funds)))
    top = earned_floor(terms, _FARTHEST) * (terms.periods if per_period else 1)
    most = Units(base + min(top, funds))
    return Payoff(points, Units(funds if per_period else amount), most, base, per_period)


def payoff_sentence(payoff: Payoff, unit: str, token: Token) -> str:
    """What the chart shows, for someone who does not see it."""
    first, most = payoff.points[0], max(payoff.points, key=lambda point: (point.agency, -point.value))
    scope = "in one period" if payoff.per_period else "in all"
    return (
        f"With no {plural(unit)} the agency gets {money(first.agency, token)} {scope}; "
        f"with {count(most.value, unit)} or more it gets {money(most.agency, token)}, the most there is."
        if most.agency > first.agency
        else f"The agency gets {money(first.agency, token)} {scope}, whatever is counted."
    )


def _corners(terms: Terms, funds: int) -> list[int]:
    """Where the line bends or jumps: zero, each step and the unit before it, and where the money is used up."""
    full = _first_full(terms, funds)
    edges = {0, full}
    for step in terms.steps:
        if step.from_ <= full:
            edges |= {step.from_, max(0, step.from_ - 1)} if step.flat else {step.from_}
    return sorted(edges | {max(full + full // 5, full + 1)})


def _first_full(terms: Terms, funds: int) -> int:
    """The least value that earns all that any value can; of a schedule that ends, its last step."""
    most = min(earned_floor(terms, _FARTHEST), funds)
    low, high = 0, _FARTHEST
    while low < high:
        middle = (low + high) // 2
        if min(earned_floor(terms, middle), funds) >= most:
            high = middle
        else:
            low = middle + 1
    return low


def _thinned(values: list[int]) -> list[int]:
    """At most MOST_POINTS of them, first and last included."""
    last = len(values) - 1
    if last < MOST_POINTS:
        return values
    return [values[index * last // (MOST_POINTS - 1)] for index in range(MOST_POINTS)]


def payoff_chart(payoff: Payoff, unit: str, token: Token) -> Chart:
    scale = 10**token.decimals
    return line_chart(
        [(point.value, point.agency) for point in payoff.points],
        [Tick(at, compact(at)) for at in nice_steps(payoff.points[-1].value)],
        [Tick(at, compact(at, scale)) for at in nice_steps(payoff.funds)],
        x_label=plural(unit).capitalize(),
        y_label=f"Agency gets, {symbol_text(token.symbol)}",
        levels=[Line(payoff.funds, "" if payoff.per_period else "locked", "level")],
    )
