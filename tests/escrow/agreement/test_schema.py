"""The published JSON Schema and the parser refuse the same documents, but for contradictions, which no schema can say."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.agreement import Reason, parse_agreement, schema
from escrow.errors import AgreementFaults
from escrow.faults import FaultCode
from tests.escrow.measured import document

VALIDATOR = jsonschema.Draft202012Validator(schema())

RICH = document(
    sources=[
        {"account": "bank-telephone", "adapter": "signed_api", "role": "controlling", "grade": "C"},
        {"account": "bank.files", "adapter": "csv", "role": "controlling", "grade": "D"},
        {
            "account": "payments",
            "adapter": "signed_api",
            "role": "check",
            "grade": "A",
            "accept": {"field": "paid", "is": 1, "else": "payment_failed"},
        },
        {"account": "client-desk", "adapter": "signed_api", "role": "client", "grade": "C"},
        {"account": "agency-desk", "adapter": "signed_api", "role": "agency", "grade": "C"},
    ],
    accept={
        "all": [
            {"field": "customer", "is": "yes", "else": "criteria_not_met"},
            {
                "any": [
                    {"field": "seconds", "at_least": 180, "else": "call_too_short"},
                    {"field": "age", "below": 99, "else": "out_of_area"},
                ]
            },
        ]
    },
    maturity_seconds=3600,
    method="sum/1",
    metric={"of": "value", "currency": "EUR", "exponent": 2},
    dedupe={"repeat_after_seconds": 86_400, "identity": {"field": "subject", "within_seconds": 604_800}},
    attribution={"field": "clicked_at", "within_seconds": 604_800},
    hold_seconds=3600,
    decline={"within_seconds": 86_400, "contest_seconds": 86_400},
    reversal={"within_seconds": 604_800, "share_bps": 1_000},
    caps={"per_day": 100, "per_period": {"seconds": 604_800, "most": 500}, "total": 1_000},
    tail_seconds=604_800,
)
RATE = {**RICH, "method": "rate/1", "metric": {"scale": 10_000}}
COST = {"channel": "chat", "topic": "billing", "human": 450, "own": 99}
SAVINGS = {**RICH, "method": "savings/1", "metric": {"currency": "USD", "exponent": 2, "costs": [COST]}}
QUANTITY = {**RICH, "method": "sum/1", "metric": {"of": "quantity"}}

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**54), 2**54),
    st.sampled_from([0, 1, -1, 2**53 - 1, 2**53, 0.5]),
    st.sampled_from(
        [
            "",
            "yes",
            "a b",
            "count/1",
            "sum/1",
            "rate/1",
            "savings/1",
            "uplift/1",
            "quantity",
            "value",
            "EUR",
            "check",
            "A",
            "E",
            "csv",
            "period",
            "5a" * 32,
            "x" * 41,
            "x" * 64,
            "x" * 65,
            "x" * 121,
            "x" * 201,
        ]
    ),
    st.sampled_from(
        ["2008-06-01T00:00:00Z", "2008-06-01T00:00:00+02:00", "2008-06-01", "2008-06-01t00:00:00z", "1969-06-01T00:00:00Z"]
    ),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n"), max_size=5),
    st.sampled_from(sorted(map(str, Reason))),
    st.sampled_from([{"of": "quantity"}, {"of": "value"}, {"scale": 1}, {"within_seconds": 1}, {"total": 0}, COST]),
    st.sampled_from([[], {}, [{}], {"at": []}, {"every": "period"}, {"every": "day"}, {"at": ["2008-08-01T00:00:00Z"]}]),
    st.sampled_from(
        [{"all": []}, {"all": [{"field": "a", "is": 1, "else": "reversed"}]}, {"field": "a", "else": "reversed"}]
    ),
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member and item below the document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in items:
        yield (*at, name)
        yield from places(part, (*at, name))


def is_formed(data: Any) -> bool:
    """Whether the parser finds no fault of form."""
    try:
        parse_agreement(data)
    except AgreementFaults as problem:
        return all(fault.code in (FaultCode.CONTRADICTION, FaultCode.NOT_YET) for fault in problem.faults)
    return True


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A rich document with one or two places replaced, taken away or added to."""
    data = copy.deepcopy(draw(st.sampled_from([RICH, RICH, RATE, SAVINGS, QUANTITY])))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(sorted(places(data), key=str)))
        owner: Any = data
        for name in way:
            owner = owner[name]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                owner[last] = copy.deepcopy(draw(VALUES))
            case "remove":
                del owner[last]
            case "add" if isinstance(owner, dict):
                owner[
                    draw(
                        st.sampled_from(
                            ["extra", "is", "below", "any", "every", "a/b", "accept", "metric", "total", "currency"]
                        )
                    )
                ] = copy.deepcopy(draw(VALUES))
            case "add":
                owner.append(copy.deepcopy(draw(VALUES)))
    return data


def test_schema__itself__is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_schema__good_documents__are_taken_by_both() -> None:
    for good in (document(), RICH, RATE, SAVINGS, QUANTITY, document(reports={"every": "period"})):
        assert VALIDATOR.is_valid(good) and is_formed(good)
        parse_agreement(good)


def test_schema__reason_codes__are_the_enumeration() -> None:
    assert schema()["$defs"]["reason"]["enum"] == [str(reason) for reason in Reason]


def rule_of(**test: Any) -> dict[str, Any]:
    return {"accept": {"field": "customer", "else": "reversed", **test}}


def savings(costs: list[Any]) -> dict[str, Any]:
    return {"method": "savings/1", "metric": {"currency": "USD", "exponent": 2, "costs": costs}}


SOURCE = RICH["sources"][0]
TEST = RICH["accept"]["all"][0]
BORDERS = {
    "title": (lambda size: {"title": "x" * size}, 120),
    "unit": (lambda size: {"unit": "x" * size}, 40),
    "salt": (lambda size: {"salt": "a" * size}, 64),
    "goal": (lambda size: {"goal": "x" * size}, 64),
    "field": (lambda size: {"accept": {"field": "x" * size, "is": 1, "else": "reversed"}}, 64),
    "word": (lambda size: rule_of(**{"is": "x" * size}), 200),
    "number": (lambda size: rule_of(**{"is": size}), 2**53 - 1),
    "limit": (lambda size: rule_of(at_least=size), 2**53 - 1),
    "negative": (lambda size: rule_of(below=-size), 2**53 - 1),
    "maturity": (lambda size: {"maturity_seconds": -1 + 2**53 - size}, 2**53 - 1),
    "sources": (lambda size: {"sources": [SOURCE] * size}, 16),
    "reports": (lambda size: {"reports": {"at": ["2008-08-01T00:00:00Z"] * size}}, 400),
    "all": (lambda size: {"accept": {"all": [TEST] * size}}, 32),
    "any": (lambda size: {"accept": {"any": [TEST] * size}}, 32),
    "hold": (lambda size: {"hold_seconds": size}, 316_224_000),
    "decline": (lambda size: {"decline": {"within_seconds": size}}, 316_224_000),
    "contest": (lambda size: {"decline": {"within_seconds": 1, "contest_seconds": size}}, 316_224_000),
    "reversal": (lambda size: {"reversal": {"within_seconds": size}}, 316_224_000),
    "share": (lambda size: {"reversal": {"share_bps": size}}, 10_000),
    "repeat": (lambda size: {"dedupe": {"repeat_after_seconds": size}}, 316_224_000),
    "attribution": (lambda size: {"attribution": {"field": "a", "within_seconds": size}}, 316_224_000),
    "cap": (lambda size: {"caps": {"total": size}}, 2**53 - 1),
    "scale": (lambda size: {"method": "rate/1", "metric": {"scale": size}}, 10**9),
    "exponent": (lambda size: {"method": "sum/1", "metric": {"of": "value", "currency": "EUR", "exponent": size}}, 18),
    "costs": (lambda size: savings([COST] * size), 256),
    "cost": (lambda size: savings([{**COST, "human": size}]), 10**12),
    "topic": (lambda size: savings([{**COST, "topic": "x" * size}]), 64),
}


@pytest.mark.parametrize("make, most", BORDERS.values(), ids=BORDERS)
def test_schema__at_each_border__both_take_the_last_and_refuse_the_next(make: Any, most: int) -> None:
    last, following = document(**make(most)), document(**make(most + 1))

    assert VALIDATOR.is_valid(last) and is_formed(last)
    assert not VALIDATOR.is_valid(following) and not is_formed(following)


@settings(max_examples=1_500, deadline=None)
@given(damaged())
def test_schema__any_damage__is_refused_by_both_or_by_neither(data: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(data) == is_formed(data), [error.message for error in VALIDATOR.iter_errors(data)]
