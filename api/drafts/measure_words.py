"""What an agreement's metric, windows, caps and second source mean, in sentences. Knows nothing of the terms."""

from collections.abc import Iterator

from api.wording import length, listed, number, percent
from escrow.agreement import Agreement
from escrow.agreement.metric import Rate, Savings, SumOfQuantity, SumOfValue
from escrow.agreement.model import Role


def measure_words(agreement: Agreement) -> list[str]:
    """After the sentence that says which events count."""
    return [*_metric(agreement), *_once(agreement), *_windows(agreement), *_caps(agreement), *_second_source(agreement)]


def _metric(agreement: Agreement) -> Iterator[str]:
    match agreement.metric:
        case SumOfQuantity():
            yield "What is reported is the sum of their quantities."
        case SumOfValue(currency, exponent):
            yield f"What is reported is the sum of their values, in 10^-{exponent} {currency}, less refunds of a part."
        case Rate(scale):
            yield f"What is reported is the share that was accepted, where {number(scale)} would be all."
        case Savings(currency, exponent, costs):
            yield (
                f"What is reported is what they cost less than people would have, by {number(len(costs))} agreed costs in "
                f"10^-{exponent} {currency}; one that is opened again costs a person's time."
            )


def _once(agreement: Agreement) -> Iterator[str]:
    unit, dedupe = agreement.unit, agreement.dedupe
    again = dedupe.repeat_after_seconds
    yield (
        f"The same {unit} counts once, and one that is taken back is not counted."
        if again is None
        else f"The same {unit} counts anew {length(again)} after it last did, and one that is taken back is not counted."
    )
    if dedupe.identity is not None:
        yield (
            f"Two with the same {dedupe.identity.field} less than {length(dedupe.identity.within_seconds)} apart are one."
        )
    if agreement.attribution is not None:
        touch = agreement.attribution
        yield f"Each must come within {length(touch.within_seconds)} after its touch, whose time is {touch.field}."
    if agreement.tail_seconds is not None:
        yield f"After a notice, touches up to {length(agreement.tail_seconds)} before the deal's end still count."


def _windows(agreement: Agreement) -> Iterator[str]:
    unit, decline, reversal = agreement.unit, agreement.decline, agreement.reversal
    if agreement.hold_seconds:
        yield f"Each {unit} is held for {length(agreement.hold_seconds)} before it counts."
    if decline is not None:
        yield (
            f"The client can decline a {unit} within {length(decline.within_seconds)}, with a reason and evidence; "
            "silence approves it."
        )
    if decline is not None and decline.contest_seconds:
        yield f"The agency can contest that within {length(decline.contest_seconds)}; a contested one is not in the number."
    if agreement.hold_seconds or decline is not None:
        yield "One whose time has not run out at the last report is not paid."
    if reversal.within_seconds is not None:
        yield f"After {length(reversal.within_seconds)} nothing takes one back."
    if reversal.share_bps is not None:
        yield f"More than {percent(reversal.share_bps)} of them can't be declined or taken back without the second source."


def _caps(agreement: Agreement) -> Iterator[str]:
    caps = agreement.caps
    most = [f"{number(caps.per_day)} a day (UTC)"] if caps.per_day is not None else []
    if caps.per_period is not None:
        most.append(f"{number(caps.per_period.most)} in {length(caps.per_period.seconds)}")
    if caps.total is not None:
        most.append(f"{number(caps.total)} in all")
    if most:
        yield f"No more count than {listed(most)}."


def _second_source(agreement: Agreement) -> Iterator[str]:
    second = [source for source in agreement.sources if source.role is Role.CHECK]
    if second:
        yield (
            f"{listed([source.account for source in second])} is counted beside it: where the two are more than 10% "
            "apart, the smaller number counts, and the evidence names every difference."
        )
