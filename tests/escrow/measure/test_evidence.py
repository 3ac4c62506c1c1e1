"""The evidence bundle: its bytes, how it is read back, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.agreement import Reason
from escrow.canonical import canonical, hash_of
from escrow.errors import EvidenceProblem
from escrow.measure import Bundle, Check, Counts, Row, build_bundle, counts_of, leaf_of, measure, read_bundle
from escrow.measure.reconcile import Differing
from escrow.measure.state import STATES, WITHOUT_REASON
from tests.escrow.measure.units import CHECK, CHECKED, decline, windowed
from tests.escrow.measured import DEAL, ENDS_AT, agreement, event, lost, reversal

HASH = "ab" * 32
ROWS = st.builds(
    lambda key, at, event_hash, reason, quantity: Row(
        key, at, event_hash, "excluded" if reason else "counted", reason, quantity
    ),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 253_402_300_799),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(["", *map(str, Reason)]),
    st.integers(1, 2**63 - 1),
)


def example(**options: Any) -> bytes:
    events = [event(1), lost(2, 3), event(3, 40), reversal(3, 41)]
    return measure(agreement(), DEAL, events, ENDS_AT, **options).evidence


def test_build_bundle__of_a_measurement__is_the_document_of_the_protocol() -> None:
    document = json.loads(example(previous=HASH))

    assert list(document) == sorted(document)
    assert {name: value for name, value in document.items() if name not in ("units", "units_root")} == {
        "schema": "evidence/1",
        "deal_id": DEAL,
        "agreement": agreement().hash,
        "method": "count/1",
        "as_of": "2008-08-01T00:00:00Z",
        "value": "1",
        "previous": HASH,
        "counts": {"counted": 1, "excluded": {"criteria_not_met": 1, "reversed": 2}},
    }
    assert document["units"] == sorted(document["units"], key=lambda unit: (unit[0], unit[4], unit[5]))
    assert [unit[1:4] for unit in document["units"] if unit[1] == "counted"] == [["counted", "", "1"]]


@settings(deadline=None)
@given(st.lists(ROWS, max_size=20, unique=True), st.none() | st.just(HASH), st.integers(0, 2**64 - 1))
def test_build_bundle__any_rows__is_canonical_and_read_back(rows: list[Row], previous: Any, value: int) -> None:
    ordered = tuple(sorted(rows))
    bundle = Bundle(DEAL, agreement().hash, "count/1", ENDS_AT, value, previous, bytes(32), counts_of(rows), ordered)
    written = build_bundle(bundle)

    assert canonical(json.loads(written)) == written
    assert read_bundle(written) == bundle


def test_build_bundle__more_rows_than_one_chunk__has_no_seam() -> None:
    rows = tuple(Row(number.to_bytes(32, "big"), ENDS_AT, bytes(32), "counted", "", 1) for number in range(20_000))
    bundle = Bundle(DEAL, agreement().hash, "count/1", ENDS_AT, 20_000, None, bytes(32), Counts(20_000, {}), rows)

    assert canonical(json.loads(build_bundle(bundle))) == build_bundle(bundle)


def test_measurement__evidence_hash__is_of_the_bytes_and_previous_changes_it() -> None:
    first = measure(agreement(), DEAL, [event(1)], ENDS_AT)
    second = measure(agreement(), DEAL, [event(1)], ENDS_AT, previous=first.evidence_hash)

    assert first.evidence_hash == hash_of(first.evidence) != second.evidence_hash
    assert read_bundle(second.evidence).previous == first.evidence_hash


Damage = Callable[[dict[str, Any]], Any]
DAMAGES: dict[str, tuple[Damage, str]] = {
    "member missing": (lambda bundle: bundle.pop("value"), ""),
    "member unknown": (lambda bundle: bundle.update(extra=1), ""),
    "other method": (lambda bundle: bundle.update(method="count/2"), "/schema"),
    "deal id": (lambda bundle: bundle.update(deal_id="0x12"), "/deal_id"),
    "agreement": (lambda bundle: bundle.update(agreement=7), "/agreement"),
    "as of": (lambda bundle: bundle.update(as_of="2008-06-01"), "/as_of"),
    "value as number": (lambda bundle: bundle.update(value=1), "/value"),
    "negative value": (lambda bundle: bundle.update(value="-1"), "/value"),
    "previous": (lambda bundle: bundle.update(previous=""), "/previous"),
    "root": (lambda bundle: bundle.update(units_root="00" * 32), "/units_root"),
    "counts": (lambda bundle: bundle["counts"].pop("counted"), "/counts"),
    "count below zero": (lambda bundle: bundle["counts"].update(counted=-1), "/counts"),
    "units": (lambda bundle: bundle.update(units={}), "/units"),
    "row too short": (lambda bundle: bundle["units"][1].pop(), "/units/1"),
    "row with a number": (lambda bundle: bundle["units"][1].__setitem__(3, 1), "/units/1"),
    "counted with a reason": (lambda bundle: bundle["units"][0].__setitem__(1, "counted"), "/units/0"),
    "unknown reason": (lambda bundle: bundle["units"][0].__setitem__(2, "because"), "/units/0"),
    "row twice": (lambda bundle: bundle["units"].insert(0, bundle["units"][0]), "/units/1"),
    "rows out of order": (lambda bundle: bundle["units"].reverse(), "/units/1"),
}


@pytest.mark.parametrize("damage, path", DAMAGES.values(), ids=DAMAGES)
def test_read_bundle__damaged__names_the_place(damage: Damage, path: str) -> None:
    bundle = json.loads(example())
    damage(bundle)

    with pytest.raises(EvidenceProblem) as caught:
        read_bundle(canonical(bundle))
    assert caught.value.path == path


@pytest.mark.parametrize("counts", ['{"counted":9007199254740992,"excluded":{}}', '{"counted":1,"excluded":{"\\ud800":1}}'])
def test_read_bundle__counts_that_canonical_json_can_not_write__are_refused(counts: str) -> None:
    written = json.dumps(json.loads(example())["counts"], separators=(",", ":"))
    assert written in example().decode()

    with pytest.raises(EvidenceProblem, match="/counts"):
        read_bundle(example().decode().replace(written, counts).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", json.dumps(json.loads(example())).encode(), example() + b"\n"])
def test_read_bundle__not_canonical_json__is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceProblem):
        read_bundle(data)


# Rows with states, a check source, periods


def stated() -> bytes:
    by = windowed(sources=CHECKED)
    own = [event(1, 1), event(2, 1), decline(2, 2), event(3, 85), lost(4, 1)]
    return measure(by, DEAL, [*own, event(1, 1, account=CHECK), event(4, 85, account=CHECK)], ENDS_AT).evidence


def test_build_bundle__of_units_with_states__is_the_document_of_the_protocol() -> None:
    document = json.loads(stated())
    check = document["check"]

    assert list(document) == sorted(document) and document["schema"] == "evidence/2"
    assert document["counts"] == {
        "applied": 1,
        "counted": 1,
        "excluded": {"bad_contact_data": 1, "criteria_not_met": 1, "decline_window_open": 1},
    }
    assert (document["value"], document["earlier"], check["controlling"], check["value"]) == ("1", [], "1", "1")
    assert check["counts"] == {"applied": 0, "counted": 1, "excluded": {"decline_window_open": 1}}
    assert check["differing"] == []
    assert sorted(unit[1:4] for unit in document["units"]) == [
        ["applied", "bad_contact_data", "0"],
        ["approved", "", "1"],
        ["invalid", "criteria_not_met", "1"],
        ["pending", "decline_window_open", "1"],
        ["rejected", "bad_contact_data", "1"],
    ]


STATED_ROWS = st.builds(
    lambda key, at, event_hash, said, quantity: Row(key, at, event_hash, *said, quantity),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 253_402_300_799),
    st.binary(min_size=32, max_size=32),
    st.one_of(
        st.sampled_from([("approved", ""), ("locked", ""), ("applied", "")]),
        st.tuples(st.sampled_from(sorted(STATES - WITHOUT_REASON)), st.sampled_from(sorted(map(str, Reason)))),
    ),
    st.integers(-(2**99), 2**99),
)
DIFFERING = st.builds(Differing, st.binary(min_size=32, max_size=32), st.integers(), st.integers(0, 2**80))
CHECKS = st.builds(
    lambda controlling, value, rows, differing: Check(controlling, value, counts_of(rows), bytes(32), tuple(differing)),
    st.integers(0, 2**70),
    st.integers(0, 2**70),
    st.lists(STATED_ROWS, max_size=5),
    st.lists(DIFFERING, max_size=5),
)


@settings(deadline=None)
@given(st.lists(STATED_ROWS, max_size=20, unique=True), st.none() | CHECKS, st.lists(st.integers(0, 2**64), max_size=4))
def test_build_bundle__any_rows_with_states__is_canonical_and_read_back(
    rows: list[Row], check: Check | None, earlier: list[int]
) -> None:
    bundle = Bundle(
        DEAL, agreement().hash, "sum/1", ENDS_AT, 7, None, bytes(32), counts_of(rows), tuple(sorted(rows)),
        "evidence/2", tuple(earlier), check,
    )  # fmt: skip
    written = build_bundle(bundle)

    assert canonical(json.loads(written)) == written
    assert read_bundle(written) == bundle


STATED_DAMAGES: dict[str, tuple[Damage, str]] = {
    "no check member": (lambda bundle: bundle.pop("check"), ""),
    "method that comes later": (lambda bundle: bundle.update(method="uplift/1"), "/schema"),
    "unknown schema": (lambda bundle: bundle.update(schema="evidence/3"), ""),
    "schema of plain rows": (lambda bundle: bundle.update(schema="evidence/1"), ""),
    "earlier": (lambda bundle: bundle.update(earlier=[1]), "/earlier/0"),
    "earlier as text": (lambda bundle: bundle.update(earlier="1"), "/earlier"),
    "counts of the first schema": (lambda bundle: bundle["counts"].pop("applied"), "/counts"),
    "check without a member": (lambda bundle: bundle["check"].pop("value"), "/check"),
    "check number": (lambda bundle: bundle["check"].update(value=1), "/check/value"),
    "check counts": (lambda bundle: bundle["check"]["counts"].update(applied=-1), "/check/counts"),
    "differing": (lambda bundle: bundle["check"].update(differing=[["00"]]), "/check/differing/0"),
    "state of the first schema": (lambda bundle: bundle["units"][0].__setitem__(1, "counted"), "/units/0"),
    "unknown state": (lambda bundle: bundle["units"][0].__setitem__(1, "scrubbed"), "/units/0"),
    "approved with a reason": (lambda bundle: set_row(bundle, "approved", 2, "reversed"), "/units/"),
    "rejected without a reason": (lambda bundle: set_row(bundle, "rejected", 2, ""), "/units/"),
    "pending without a reason": (lambda bundle: set_row(bundle, "pending", 2, ""), "/units/"),
}


def set_row(bundle: dict[str, Any], state: str, at: int, text: str) -> None:
    next(unit for unit in bundle["units"] if unit[1] == state)[at] = text


@pytest.mark.parametrize("damage, path", STATED_DAMAGES.values(), ids=STATED_DAMAGES)
def test_read_bundle__with_states_and_damaged__names_the_place(damage: Damage, path: str) -> None:
    bundle = json.loads(stated())
    damage(bundle)

    with pytest.raises(EvidenceProblem) as caught:
        read_bundle(canonical(bundle))
    assert caught.value.path.startswith(path) and bool(caught.value.path) == bool(path)


def test_row__leaf__of_a_negative_quantity_is_an_int256() -> None:
    row = Row(b"\x01" * 32, ENDS_AT, b"\x02" * 32, "adjusted", "refund_partial", -300)
    encoded = encode(row.leaf_types, [row.unit_key, row.state, row.reason, row.quantity, row.event_hash])

    assert row.leaf_types[3] == "int256"
    assert leaf_of(row) == keccak(keccak(encoded))
