"""Agreements from outside: what is accepted, and every fault named at once with its place."""

import json
from typing import Any

import pytest

from escrow.agreement import Agreement, agreement_bytes, agreement_hash, parse_agreement
from escrow.agreement.metric import Cost, Rate, Savings, SumOfQuantity, SumOfValue
from escrow.agreement.model import Adapter, Flight, Grade, ReportsAt, ReportsEveryPeriod, Role, Source
from escrow.agreement.reason import Reason
from escrow.agreement.rule import All, AtLeast, Below, Is
from escrow.agreement.rule import Any as AnyOf
from escrow.agreement.windows import Attribution, Caps, Decline, Dedupe, Identity, PeriodCap, Reversal
from escrow.canonical import canonical, hash_of
from escrow.errors import AgreementFaults
from escrow.faults import FaultCode
from tests.escrow.agreement.test_schema import QUANTITY, RATE, RICH, SAVINGS
from tests.escrow.measured import ACCOUNT, ENDS_AT, STARTS_AT, document

DEEP = {"field": "customer", "is": "yes", "else": "criteria_not_met"}


def faults_of(data: Any) -> dict[str, FaultCode]:
    with pytest.raises(AgreementFaults) as caught:
        parse_agreement(data)
    return {fault.path: fault.code for fault in caught.value.faults}


def test_parse_agreement__example_of_the_protocol__gives_its_model() -> None:
    parsed = parse_agreement(json.dumps(document()).encode())

    assert parsed == Agreement(
        hash=hash_of(canonical(document())),
        title="Customers won by telephone",
        method="count/1",
        unit="customer",
        salt=b"\x5a" * 32,
        flight=Flight(STARTS_AT, ENDS_AT),
        sources=(Source(ACCOUNT, Adapter.SIGNED_API, Role.CONTROLLING, Grade.B),),
        goal="call",
        accept=All((Is("customer", "yes", Reason.CRITERIA_NOT_MET),)),
        maturity_seconds=0,
        reports=ReportsAt((1212278400, 1214870400, 1217548800)),
    )


def test_parse_agreement__nested_rules__keeps_their_shape() -> None:
    rule = {
        "any": [
            {
                "all": [
                    {"field": "seconds", "at_least": 180, "else": "call_too_short"},
                    {"field": "age", "below": 99, "else": "out_of_area"},
                ]
            },
            {"field": "tries", "is": 3, "else": "not_reachable_n_attempts"},
        ]
    }

    assert parse_agreement(document(accept=rule)).accept == AnyOf(
        (
            All((AtLeast("seconds", 180, Reason.CALL_TOO_SHORT), Below("age", 99, Reason.OUT_OF_AREA))),
            Is("tries", 3, Reason.NOT_REACHABLE_N_ATTEMPTS),
        )
    )


def test_parse_agreement__reports_every_period__are_told_apart_from_times() -> None:
    assert parse_agreement(document(reports={"every": "period"})).reports == ReportsEveryPeriod()


def test_agreement_hash__other_layout_of_the_same_document__is_the_same() -> None:
    loose = json.dumps(document(), indent=4, sort_keys=False)

    assert agreement_hash(loose) == agreement_hash(document()) == parse_agreement(loose).hash
    assert hash_of(agreement_bytes(loose)) == agreement_hash(loose)


def test_parse_agreement__many_faults__names_all_at_once_with_their_places() -> None:
    broken = document(title="", salt="5A" * 32, extra=1, maturity_seconds=-1)
    broken["flight"] = {"from": "2008-05-01", "to": "2008-08-01T00:00:00Z", "zone": "UTC"}
    broken["sources"].append({"account": "a b", "adapter": "fax", "role": "judge"})
    broken["accept"] = {"all": [DEEP, {"field": "x", "is": "y", "below": 3, "else": "because"}, {"all": []}]}
    del broken["goal"]

    assert faults_of(broken) == {
        "/goal": FaultCode.MISSING,
        "/extra": FaultCode.UNKNOWN,
        "/title": FaultCode.WRONG_FORM,
        "/salt": FaultCode.WRONG_FORM,
        "/flight/zone": FaultCode.UNKNOWN,
        "/flight/from": FaultCode.WRONG_FORM,
        "/sources/1/account": FaultCode.WRONG_FORM,
        "/sources/1/adapter": FaultCode.WRONG_FORM,
        "/sources/1/role": FaultCode.WRONG_FORM,
        "/sources/1/grade": FaultCode.MISSING,
        "/accept/all/1/else": FaultCode.WRONG_FORM,
        "/accept/all/1": FaultCode.WRONG_FORM,
        "/accept/all/2/all": FaultCode.OUT_OF_RANGE,
        "/maturity_seconds": FaultCode.OUT_OF_RANGE,
    }


def test_agreement_faults__message__says_place_given_and_what_is_wanted() -> None:
    with pytest.raises(AgreementFaults) as caught:
        parse_agreement(document(method="count/2", salt=7))

    assert (
        str(caught.value)
        == "agreement can't be used: /method with 'count/2' is not one of count/1, sum/1, rate/1, savings/1, uplift/1; /salt with 7 is not a string"
    )


CONTRADICTIONS = {
    "flight ends at its start": ({"flight": {"from": "2008-08-01T00:00:00Z", "to": "2008-08-01T00:00:00Z"}}, "/flight/to"),
    "reports do not ascend": (
        {"reports": {"at": ["2008-07-01T00:00:00Z", "2008-06-01T00:00:00Z", "2008-08-01T00:00:00Z"]}},
        "/reports/at/1",
    ),
    "report as of the start": ({"reports": {"at": ["2008-05-01T00:00:00Z", "2008-08-01T00:00:00Z"]}}, "/reports/at/0"),
    "last report before the end": ({"reports": {"at": ["2008-07-31T00:00:00Z"]}}, "/reports/at/0"),
    "report after the end": ({"reports": {"at": ["2008-08-01T00:00:00Z", "2008-08-02T00:00:00Z"]}}, "/reports/at/1"),
    "account twice": ({"sources": document()["sources"] * 2}, "/sources/1/account"),
    "nothing could mature": ({"maturity_seconds": ENDS_AT - STARTS_AT}, "/maturity_seconds"),
}


@pytest.mark.parametrize("changes, place", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_parse_agreement__sound_parts_that_contradict_each_other__names_the_place(
    changes: dict[str, Any], place: str
) -> None:
    faults = faults_of(document(**changes))

    assert faults[place] == FaultCode.CONTRADICTION
    assert set(faults.values()) == {FaultCode.CONTRADICTION}


def test_parse_agreement__rule_nine_groups_deep__is_refused() -> None:
    rule: dict[str, Any] = DEEP
    for _ in range(8):
        rule = {"all": [rule]}
    assert parse_agreement(document(accept=rule))

    assert faults_of(document(accept={"any": [rule]})) == {"/accept/any/0" + "/all/0" * 7: FaultCode.CONTRADICTION}


def test_parse_agreement__more_than_64_tests__is_refused() -> None:
    full = {"all": [{"any": [DEEP] * 32}, {"any": [DEEP] * 32}]}
    assert parse_agreement(document(accept=full))
    full["all"].append(DEEP)

    assert faults_of(document(accept=full)) == {"/accept/all/2": FaultCode.CONTRADICTION}


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", FaultCode.NOT_JSON),
        (b"{", FaultCode.NOT_JSON),
        (b"\xff\xfe\xfa", FaultCode.NOT_JSON),
        (b'{"schema": NaN}', FaultCode.NOT_JSON),
        (b'{"schema": 1, "schema": 1}', FaultCode.NOT_JSON),
        (b"[" * 30_000, FaultCode.NOT_JSON),
        (b"[]", FaultCode.WRONG_TYPE),
        (b'"' + b"a" * 70_000 + b'"', FaultCode.OUT_OF_RANGE),
    ],
)
def test_parse_agreement__no_object__is_one_fault_of_the_whole(data: bytes, code: FaultCode) -> None:
    assert faults_of(data) == {"": code}


@pytest.mark.parametrize("sign", ["\n", "\u202e", "\x00", "\u2028", "\ud800"])
def test_parse_agreement__title_with_a_sign_that_misleads__is_refused(sign: str) -> None:
    assert faults_of(document(title=f"ten{sign}dollars")) == {"/title": FaultCode.WRONG_FORM}


@pytest.mark.parametrize(
    ("adapter", "best"),
    [("stripe", "A"), ("shopify", "B"), ("hubspot", "B"), ("salesforce", "B"), ("json_pull", "B"), ("signed_api", "A"),
     ("meta_lead_ads", "C"), ("intercom", "C"), ("zendesk", "C"), ("ringba", "C"), ("google_lead_form", "D"),
     ("everflow", "D"), ("tune", "D"), ("csv", "D")],
)  # fmt: skip
def test_parse_agreement__grade__is_at_best_that_of_its_adapter(adapter: str, best: str) -> None:
    for grade in "ABCD":
        sources = [
            {"account": ACCOUNT, "adapter": adapter, "role": "controlling", "grade": grade},
            {"account": "second", "adapter": "signed_api", "role": "check", "grade": "B"},
        ]
        if grade < best:
            assert faults_of(document(sources=sources)) == {"/sources/0/grade": FaultCode.CONTRADICTION}
        else:
            assert parse_agreement(document(sources=sources)).sources[0].grade == grade


# Metrics, windows and trust


def test_parse_agreement__rich__gives_its_model() -> None:
    parsed = parse_agreement(RICH)

    assert parsed.metric == SumOfValue("EUR", 2)
    assert parsed.dedupe == Dedupe(86_400, Identity("subject", 604_800))
    assert parsed.attribution == Attribution("clicked_at", 604_800)
    assert (parsed.hold_seconds, parsed.tail_seconds) == (3_600, 604_800)
    assert parsed.decline == Decline(86_400, 86_400)
    assert parsed.reversal == Reversal(604_800, 1_000)
    assert parsed.caps == Caps(100, PeriodCap(604_800, 500), 1_000)
    assert parsed.sources[2].accept == Is("paid", 1, Reason.PAYMENT_FAILED)


def test_parse_agreement__other_metrics__give_their_models() -> None:
    assert parse_agreement(RATE).metric == Rate(10_000)
    assert parse_agreement(QUANTITY).metric == SumOfQuantity()
    assert parse_agreement(SAVINGS).metric == Savings("USD", 2, {("chat", "billing"): Cost(450, 99)})


def test_parse_agreement__left_out__has_the_stated_defaults() -> None:
    parsed = parse_agreement(document())

    assert (parsed.metric, parsed.attribution, parsed.decline, parsed.tail_seconds) == (None, None, None, None)
    assert (parsed.hold_seconds, parsed.dedupe, parsed.reversal, parsed.caps) == (0, Dedupe(), Reversal(), Caps())
    assert parsed.is_plain and not parse_agreement(RICH).is_plain


@pytest.mark.parametrize(
    "changes",
    [{"hold_seconds": 1}, {"caps": {"total": 1}}, {"reversal": {"share_bps": 1}}, {"dedupe": {"repeat_after_seconds": 1}},
     {"attribution": {"field": "a", "within_seconds": 1}}, {"method": "sum/1", "metric": {"of": "quantity"}}],
)  # fmt: skip
def test_parse_agreement__with_any_of_the_members__units_have_states(changes: dict[str, Any]) -> None:
    assert not parse_agreement(document(**changes)).is_plain


def source(grade: str = "B", role: str = "controlling", account: str = ACCOUNT) -> dict[str, Any]:
    return {"account": account, "adapter": "signed_api", "role": role, "grade": grade}


CHECK = source("D", "check", "payments")
CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "grade C alone": ({"sources": [source("C")]}, "/sources/0/grade"),
    "grade D alone": ({"sources": [source(), source("D", account="files")]}, "/sources/1/grade"),
    "no controlling source": ({"sources": [CHECK]}, "/sources"),
    "rule of a controlling source": ({"sources": [{**source(), "accept": DEEP}]}, "/sources/0/accept"),
    "decline without a client": ({"decline": {"within_seconds": 1}}, "/decline"),
    "contest without an agency": (
        {"decline": {"within_seconds": 1, "contest_seconds": 1}, "sources": [source(), source("C", "client", "desk")]},
        "/decline/contest_seconds",
    ),
    "tail without attribution": ({"tail_seconds": 1}, "/tail_seconds"),
    "hold as long as the flight": ({"hold_seconds": ENDS_AT - STARTS_AT}, "/hold_seconds"),
    "decline as long as the flight": (
        {"decline": {"within_seconds": ENDS_AT - STARTS_AT}, "sources": [source(), source("C", "client", "desk")]},
        "/decline/within_seconds",
    ),
    "cost twice": (
        {"method": "savings/1", "metric": {**SAVINGS["metric"], "costs": SAVINGS["metric"]["costs"] * 2}},
        "/metric/costs/1",
    ),
}


@pytest.mark.parametrize("changes, path", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_parse_agreement__contradiction__is_named_at_its_place(changes: dict[str, Any], path: str) -> None:
    assert faults_of(document(**changes)) == {path: FaultCode.CONTRADICTION}


@pytest.mark.parametrize("grade", ["C", "D"])
def test_parse_agreement__grade_that_does_not_settle_alone__is_taken_beside_a_check_source(grade: str) -> None:
    assert parse_agreement(document(sources=[source(grade), CHECK])).has_check


def test_parse_agreement__grade_e__never_settles() -> None:
    assert faults_of(document(sources=[source("E"), CHECK])) == {"/sources/0/grade": FaultCode.WRONG_FORM}


def test_parse_agreement__uplift__has_its_place_and_comes_later() -> None:
    assert faults_of(document(method="uplift/1")) == {"/method": FaultCode.NOT_YET}


def test_parse_agreement__metric_of_another_method__is_named() -> None:
    assert faults_of(document(metric={"scale": 1})) == {"/metric": FaultCode.UNKNOWN}
    assert faults_of(document(method="rate/1")) == {"/metric": FaultCode.MISSING}
    assert faults_of(document(method="rate/1", metric={"of": "value"})) == {
        "/metric/scale": FaultCode.MISSING,
        "/metric/of": FaultCode.UNKNOWN,
    }
