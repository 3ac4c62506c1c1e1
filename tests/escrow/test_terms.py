"""Forms of terms without a chain: packed words, JSON, typed data, and what does not fit them."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from escrow.abi import artifact
from escrow.errors import CommitteeUnknownProblem, QuorumProblem, TermsFormatProblem, TermsLengthProblem
from escrow.ids import NO_DEAL
from escrow.terms import Step, Terms, check_terms, deal_id_of, from_json, pack, to_json, typed_data, unpack
from escrow.terms.model import SOLIDITY_NAMES, STEP_NAMES
from tests import factories
from tests.escrow import random_terms


def test_names__of_the_struct__are_the_contracts() -> None:
    (packed_of,) = (entry for entry in artifact("PerformanceEscrow").abi if entry.get("name") == "packedOf")
    fields = {field["name"]: field for field in packed_of["inputs"][0]["components"]}
    steps = [(field["name"], field["type"]) for field in fields["steps"]["components"]]
    assert list(STEP_NAMES.values()) == steps
    assert [
        (name, kind.replace("Step", "tuple")) for name, kind in SOLIDITY_NAMES.values()
    ] == [(name, field["type"]) for name, field in fields.items()]  # fmt: skip


def test_pack__default_terms__stand_where_the_protocol_says() -> None:
    terms = factories.terms(periods=0x0102, quorum=0xAB, salt=0x51)
    words = [f"{word:064x}" for word in pack(terms)]
    assert words[0] == terms.committee[2:] + terms.client[2:].lower()
    assert words[4] == terms.agreement
    assert words[5][:10] == f"{terms.open_before:010x}" and words[5][28:32] == "0102"
    assert words[6][:2] == "ab" and words[6][-2:] == "51"
    assert words[7] == f"{0:016x}{0:024x}{500 * 10**12:024x}"


@pytest.mark.parametrize("count", [0, 6])
def test_unpack__too_few_words__named_error(count: int) -> None:
    with pytest.raises(TermsLengthProblem) as caught:
        unpack([0] * count)
    assert caught.value.data == {"deal_id": NO_DEAL, "given": count, "limit": 7}


@pytest.mark.parametrize(("bit", "field"), [(224, "basis"), (216, "selfReport")])
def test_unpack__number_that_names_nothing__says_which(bit: int, field: str) -> None:
    words = pack(factories.terms())
    words[6] |= 2 << bit
    with pytest.raises(TermsFormatProblem) as caught:
        unpack(words)
    assert (caught.value.field, caught.value.given) == (field, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"budget": 2**96}, "budget"),
        ({"budget": -1}, "budget"),
        ({"starts_at": 2**40}, "startsAt"),
        ({"quorum": 256}, "quorum"),
        ({"salt": 2**216}, "salt"),
        ({"steps": (Step(2**64, 0, 0),)}, "from"),
        ({"steps": (Step(0, 0, 0), Step(1, 0, 2**96))}, "rate"),
    ],
)
def test_terms__number_beyond_its_type__has_no_words_no_id_and_no_json(changes: dict[str, Any], field: str) -> None:
    terms = factories.terms(**changes)
    for make in (pack, lambda it: deal_id_of(it, factories.domain()), lambda it: from_json(to_json(it))):
        with pytest.raises(TermsFormatProblem) as caught:
            make(terms)
        assert caught.value.field == field


def test_deal_id_of__any_change_of_terms_or_domain__is_another_deal() -> None:
    terms, domain = factories.terms(), factories.domain()
    rng, ids = Random(12), {deal_id_of(terms, domain)}
    for field in SOLIDITY_NAMES:
        other = random_terms.any_terms(rng)
        while getattr(other, field) == getattr(terms, field):
            other = random_terms.any_terms(rng)
        ids.add(deal_id_of(replace(terms, **{field: getattr(other, field)}), domain))
    ids.add(deal_id_of(terms, factories.domain(chain_id=1)))
    ids.add(deal_id_of(terms, factories.domain(contract=factories.person("client"))))
    assert len(ids) == 1 + len(SOLIDITY_NAMES) + 2


def test_json__any_terms__are_read_back_from_text() -> None:
    rng = Random(13)
    for _ in range(200):
        terms = random_terms.any_terms(rng)
        assert from_json(json.loads(json.dumps(to_json(terms)))) == terms


def test_json__names_and_order__are_the_structs_and_money_is_text() -> None:
    data = to_json(factories.terms())
    assert list(data) == [name for name, _ in SOLIDITY_NAMES.values()]
    assert (data["budget"], data["startsAt"], data["selfReport"]) == ("400000000000", 1_209_600_000, False)
    assert data["steps"] == [{"from": "0", "flat": "0", "rate": "500000000000000"}]
    assert typed_data(factories.terms(), factories.domain())["message"] == data


def _changed(**changes: Any) -> dict[str, Any]:
    return to_json(factories.terms()) | changes


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in _changed().items() if key != name}


@pytest.mark.parametrize(
    ("data", "field", "why"),
    [
        (None, "terms", "is not an object"),
        ([], "terms", "is not an object"),
        (_without("budget"), "budget", "is missing"),
        (_changed(fee="1"), "fee", "is unknown"),
        (_changed(client="0x12"), "client", "40 hex digits"),
        (_changed(committee="0x12"), "committee", "24 lower-case hex digits"),
        (_changed(agreement="12"), "agreement", "64 lower-case hex digits"),
        (_changed(agreement=None), "agreement", "64 lower-case hex digits"),
        (_changed(budget=1.5), "budget", "neither a whole number"),
        (_changed(budget=True), "budget", "neither a whole number"),
        (_changed(budget="1.5"), "budget", "not a whole number"),
        (_changed(budget="-1"), "budget", "not a whole number"),
        (_changed(budget=-1), "budget", "does not fit uint96"),
        (_changed(budget="9" * 79), "budget", "not a whole number"),
        (_changed(budget=str(2**96)), "budget", "does not fit uint96"),
        (_changed(basis=2), "basis", "names no basis"),
        (_changed(basis=-1), "basis", "names no basis"),
        (_changed(selfReport=1), "selfReport", "neither true nor false"),
        (_changed(steps={}), "steps", "is not a list"),
        (_changed(steps=[1]), "steps[0]", "is not an object"),
        (_changed(steps=[{"from": "0", "flat": "0"}]), "rate", "is missing"),
    ],
)
def test_from_json__wrong__names_the_field_and_why(data: Any, field: str, why: str) -> None:
    with pytest.raises(TermsFormatProblem, match=why) as caught:
        from_json(data)
    assert caught.value.field == field


def test_check_terms__default__is_in_range() -> None:
    check_terms(factories.terms(), now=factories.STARTS_AT, committee=factories.committee())


def test_check_terms__with_a_domain__errors_name_the_deal() -> None:
    terms = factories.terms(quorum=1)
    with pytest.raises(QuorumProblem) as caught:
        check_terms(terms, now=factories.STARTS_AT, committee=factories.committee(), domain=factories.domain())
    assert caught.value.data == {"deal_id": deal_id_of(terms, factories.domain()), "given": 1, "limit": 2}


@pytest.mark.parametrize("committee", [None, factories.committee(size=0)])
def test_check_terms__committee_that_nobody_created__named_error(committee: Any) -> None:
    terms: Terms = factories.terms()
    with pytest.raises(CommitteeUnknownProblem):
        check_terms(terms, now=factories.STARTS_AT, committee=committee)
