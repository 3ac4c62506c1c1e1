"""The tree over rows, held to OpenZeppelin's own implementation by vectors (tests/vectors/merkle.mjs)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.ids import Timestamp
from escrow.measure import Row, leaf_of, measure, prove_unit, read_bundle, unit_key
from escrow.measure.merkle import EMPTY_ROOT, multi_proof_of, proof_of, proves, root_of
from tests.escrow.measured import DEAL, ENDS_AT, agreement, event, lost, reversal

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "merkle.json").read_text())
LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def plain(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def row_of(values: list[str]) -> Row:
    key, state, reason, quantity, event_hash = values
    return Row(plain(key), Timestamp(0), plain(event_hash), state, reason, int(quantity))


def test_leaf__types__are_those_of_the_vectors() -> None:
    proof = prove_unit(measure(agreement(), DEAL, [event(1)], ENDS_AT).bundle, unit_key(agreement().salt, "person-00001"))[0]

    assert proof.to_json()["types"] == VECTORS["types"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: f"{len(case['rows'])} rows")
def test_root_and_proofs__of_the_vectors__are_equal(case: dict[str, Any]) -> None:
    rows = [row_of(values) for values in case["rows"]]
    leaves = [leaf_of(row) for row in rows]

    assert [row.state for row in rows] == [values[1] for values in case["rows"]]
    assert root_of(leaves) == plain(case["root"])
    for proof in case["proofs"]:
        assert leaves[proof["at"]] == plain(proof["leaf"])
        assert proof_of(leaves, plain(proof["leaf"])) == [plain(sibling) for sibling in proof["proof"]]
    for many in case["multiProofs"]:
        found = multi_proof_of(leaves, [leaves[at] for at in many["chosen"]])
        assert found.leaves == tuple(map(plain, many["leaves"]))
        assert (found.proof, found.flags) == (tuple(map(plain, many["proof"])), tuple(many["flags"]))


def test_root_of__nothing__is_zero() -> None:
    assert root_of([]) == EMPTY_ROOT == bytes(32)


@settings(deadline=None)
@given(LEAVES, st.data())
def test_proof_of__any_leaf__proves_it_and_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(leaves))
    root, proof = root_of(leaves), proof_of(leaves, leaf)
    changed = bytes([leaf[0] ^ 1]) + leaf[1:]

    assert proves(root, leaf, proof)
    assert not proves(root, changed, proof)
    assert not proves(changed, leaf, proof)
    for at in range(len(proof)):
        assert not proves(root, leaf, [*proof[:at], changed, *proof[at + 1 :]]) or proof[at] == changed


@settings(deadline=None)
@given(LEAVES)
def test_root_of__any_order__is_the_same(leaves: list[bytes]) -> None:
    assert root_of(leaves) == root_of(reversed(leaves))


def test_proof_of__leaf_that_is_not_there__is_refused() -> None:
    with pytest.raises(ValueError):
        proof_of([bytes(32)], b"\x01" * 32)


def test_multi_proof_of__leaf_that_is_not_there__is_refused() -> None:
    with pytest.raises(ValueError):
        multi_proof_of([bytes(32)], [b"\x01" * 32])


def test_prove_unit__in_a_bundle__proves_each_of_its_rows_and_only_as_they_are() -> None:
    events = [event(number) for number in range(1, 12)] + [lost(20), reversal(7, 5)]
    bundle = read_bundle(measure(agreement(), DEAL, events, ENDS_AT).evidence)

    proofs = prove_unit(bundle, unit_key(agreement().salt, "person-00007"))

    assert [proof.row.reason for proof in proofs] == ["reversed", "reversed"]
    assert all(proof.holds() for proof in proofs)
    for change in ({"reason": ""}, {"quantity": 2}, {"unit_key": bytes(32)}, {"event_hash": bytes(32)}):
        assert not type(proofs[0])(proofs[0].row._replace(**change), bundle.units_root, proofs[0].siblings).holds()


def test_prove_unit__that_is_not_in_the_bundle__gives_nothing() -> None:
    assert prove_unit(measure(agreement(), DEAL, [event(1)], ENDS_AT).bundle, bytes(32)) == ()
