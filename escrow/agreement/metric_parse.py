"""From a metric's JSON to its model. Knows the form that each method gives it."""

import re
from typing import Any

from escrow.agreement.metric import Cost, Method, Metric, Rate, Savings, SumOfQuantity, SumOfValue
from escrow.faults import MISSING, FaultCode, FaultReader, line

MOST_EXPONENT = 18
MOST_SCALE = 10**9
MOST_COSTS = 256
MOST_COST = 10**12
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CURRENCY_WORDS = "three capital letters"
_TOPIC = line(64)
_TOPIC_WORDS = "one line of 1 to 64 characters"
_OF = ("quantity", "value")


class MetricReader:
    def __init__(self, reader: FaultReader) -> None:
        self._reader = reader

    def metric(self, method: str, data: Any) -> Metric | None:
        """What the method needs; None for those that need nothing, and for a method that is none."""
        match method:
            case Method.COUNT:
                if data is not MISSING:
                    self._reader.note("/metric", FaultCode.UNKNOWN, f"is not for {method}")
            case Method.SUM:
                return self._sum(self._given(data))
            case Method.RATE:
                given = self._reader.members("/metric", self._given(data), ("scale",))
                return Rate(self._reader.integer("/metric/scale", given["scale"], 1, MOST_SCALE))
            case Method.SAVINGS:
                return self._savings(self._given(data))
        return None

    def _given(self, data: Any) -> Any:
        if data is MISSING:
            self._reader.note("/metric", FaultCode.MISSING, "is missing")
        return data

    def _sum(self, data: Any) -> Metric:
        is_of_value = isinstance(data, dict) and data.get("of") == "value"
        names = ("of", "currency", "exponent") if is_of_value else ("of",)
        given = self._reader.members("/metric", data, names)
        self._reader.choice("/metric/of", given["of"], _OF)
        return SumOfValue(*self._currency(given)) if is_of_value else SumOfQuantity()

    def _currency(self, given: dict[str, Any]) -> tuple[str, int]:
        return (
            self._reader.text("/metric/currency", given["currency"], _CURRENCY, _CURRENCY_WORDS),
            self._reader.integer("/metric/exponent", given["exponent"], 0, MOST_EXPONENT),
        )

    def _savings(self, data: Any) -> Savings:
        given = self._reader.members("/metric", data, ("currency", "exponent", "costs"))
        costs: dict[tuple[str, str], Cost] = {}
        for path, item in self._reader.items("/metric/costs", given["costs"], MOST_COSTS):
            cost = self._reader.members(path, item, ("channel", "topic", "human", "own"))
            key = (
                self._reader.text(f"{path}/channel", cost["channel"], _TOPIC, _TOPIC_WORDS),
                self._reader.text(f"{path}/topic", cost["topic"], _TOPIC, _TOPIC_WORDS),
            )
            if key in costs:
                self._reader.note(path, FaultCode.CONTRADICTION, f"{key[0]!r}, {key[1]!r} stands twice")
            costs[key] = Cost(
                self._reader.integer(f"{path}/human", cost["human"], 0, MOST_COST),
                self._reader.integer(f"{path}/own", cost["own"], 0, MOST_COST),
            )
        return Savings(*self._currency(given), costs)
