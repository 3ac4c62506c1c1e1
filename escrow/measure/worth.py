"""What one event is worth in the metric: whole numbers, each rounded down by itself. Knows the metric, no window."""

from typing import NamedTuple

from escrow.agreement.metric import Metric, Rate, Savings, SumOfValue
from escrow.agreement.reason import Reason
from escrow.measure.event import Event
from escrow.measure.keyed import KeyedEvent


class Worth(NamedTuple):
    """`amount` is what the unit adds to the metric, `rework` what it costs when it is reopened; `reason` is set where it
    can't be told what it is worth."""

    amount: int
    rework: int = 0
    reason: Reason | None = None


def worth_of(metric: Metric | None, event: Event | KeyedEvent) -> Worth:
    """Of a conversion."""
    match metric:
        case SumOfValue():
            return value_in(metric, event)
        case Rate():
            return Worth(1)
        case Savings():
            return _saved(metric, event)
    return Worth(event.quantity)


def value_in(metric: SumOfValue, event: Event | KeyedEvent) -> Worth:
    """In the metric's exponent, toward minus infinity, so in the client's favour for sales and refunds alike."""
    if event.value_minor is None or event.currency_exponent is None or event.currency != metric.currency:
        return Worth(0, reason=Reason.WRONG_CURRENCY)
    shift = metric.exponent - event.currency_exponent
    amount = event.value_minor * 10**shift if shift >= 0 else event.value_minor // 10**-shift
    return Worth(amount)


def _saved(metric: Savings, event: Event | KeyedEvent) -> Worth:
    """A resolved contact saves the people's cost less the agent's; a reopened one needs people after all."""
    channel, topic = event.attributes.get("channel"), event.attributes.get("topic")
    cost = metric.costs.get((channel, topic)) if isinstance(channel, str) and isinstance(topic, str) else None
    if cost is None:
        return Worth(0, reason=Reason.NO_AGREED_COST)
    return Worth(event.quantity * (cost.human - cost.own), event.quantity * cost.human)
