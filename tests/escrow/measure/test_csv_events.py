"""CSV files become events by their mapping, whole or not at all; the first broken row is named."""

import json
from typing import Any

import pytest

from escrow.clock import format_time
from escrow.errors import EventProblem, MappingFaults, RowProblem
from escrow.faults import FaultCode
from escrow.measure import Event, parse_mapping, read_csv

CALLS = {
    "schema": "csv-mapping/1",
    "separator": ";",
    "members": {
        "source_event_id": {"row_number": "call-", "digits": 5},
        "unit_id": {"row_number": "person-", "digits": 5},
        "goal": {"constant": "call"},
        "occurred_at": {"day": "day", "month": "month", "first_year": 2008},
    },
    "attributes": {"duration_seconds": {"column": "duration", "as": "integer"}, "customer": {"column": "y"}},
}
HEADER = "day;month;duration;y\n"
ORDERS = {
    "schema": "csv-mapping/1",
    "separator": ",",
    "members": {
        "source_event_id": {"column": "id"},
        "unit_id": {"column": "order"},
        "goal": {"constant": "sale"},
        "occurred_at": {"column": "when"},
        "kind": {"column": "kind"},
        "quantity": {"column": "pieces"},
    },
}


def read(text: str | bytes, mapping: dict[str, Any] = CALLS) -> list[Event]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv(data, parse_mapping(mapping), "bank-telephone")


def refused(text: str | bytes, mapping: dict[str, Any] = CALLS) -> RowProblem:
    with pytest.raises(RowProblem) as caught:
        read(text, mapping)
    return caught.value


def test_read_csv__rows_of_the_campaign__become_events() -> None:
    first, second = read(HEADER + "5;may;261;no\n6;may;1042;yes\n")

    assert first.to_json() == {
        "source": "csv",
        "source_account": "bank-telephone",
        "source_event_id": "call-00001",
        "kind": "conversion",
        "goal": "call",
        "unit_id": "person-00001",
        "occurred_at": "2008-05-05T00:00:00Z",
        "quantity": "1",
        "value_minor": None,
        "currency": None,
        "currency_exponent": None,
        "attributes": {"duration_seconds": 261, "customer": "no"},
    }
    assert (second.unit_id, second.attributes) == ("person-00002", {"duration_seconds": 1042, "customer": "yes"})


def test_read_csv__month_that_falls_back__begins_a_year() -> None:
    days = ["30;dec", "2;jan", "28;feb", "1;3", "31;DEC", "1;01"]
    events = read(HEADER + "".join(f"{each};1;no\n" for each in days))

    found = [format_time(each.occurred_at)[:10] for each in events]
    assert found == ["2008-12-30", "2009-01-02", "2009-02-28", "2009-03-01", "2009-12-31", "2010-01-01"]


def test_read_csv__leap_day__follows_from_the_year_it_falls_in() -> None:
    assert format_time(read(HEADER + "29;feb;1;no\n")[0].occurred_at) == "2008-02-29T00:00:00Z"
    assert refused(HEADER + "1;mar;1;no\n29;feb;1;no\n").why == "is no day of feb 2009"


def test_read_csv__columns_with_times_and_kinds__are_read_by_name() -> None:
    text = 'when,kind,order,id,pieces\n2008-05-05T10:00:00+02:00,reversal,"o,1",e1,3\n'
    (only,) = read(text, ORDERS)

    assert (only.unit_id, only.source_event_id, str(only.kind), only.quantity) == ("o,1", "e1", "reversal", 3)
    assert format_time(only.occurred_at) == "2008-05-05T08:00:00Z"


def test_read_csv__bom_windows_line_ends_and_empty_lines__are_passed_over() -> None:
    text = "\ufeff" + HEADER + "\n5;may;261;no\n\n6;may;1;yes\n\n"

    assert read(text.replace("\n", "\r\n")) == read(HEADER + "5;may;261;no\n6;may;1;yes\n")


def test_read_csv__header_alone__gives_no_events() -> None:
    assert read(HEADER) == []


@pytest.mark.parametrize(
    "row, column, given, why",
    [
        ("32;may;1;no", "column day", "32", "is no day of may 2008"),
        ("x;may;1;no", "column day", "x", "is not a whole number"),
        ("5;mai;1;no", "column month", "mai", "is no month, as 5 or may"),
        ("5;13;1;no", "column month", "13", "is no month, as 5 or may"),
        ("5;may;1.5;no", "column duration", "1.5", "is not a whole number"),
        ("5;may;;no", "column duration", "", "is not a whole number"),
        ("5;may;99999999999999999;no", "column duration", "99999999999999999", "is not a whole number"),
        ("5;may;1;n\x01o", "column y", "n\x01o", "is not one line of up to 200 characters"),
        ("5;may;1", "the row", ["5", "may", "1"], "has 3 cells, and the header 4"),
        ("5;may;1;no;", "the row", ["5", "may", "1", "no", ""], "has 5 cells, and the header 4"),
    ],
)
def test_read_csv__broken_row__is_named_by_line_column_value_and_why(row: str, column: str, given: Any, why: str) -> None:
    problem = refused(HEADER + "5;may;261;no\n" + row + "\n6;may;1;no\n")

    assert (problem.index, problem.field, problem.given, problem.why) == (3, column, given, why)
    assert isinstance(problem, EventProblem)
    assert str(problem).startswith(f"line 3: {column} with ")


@pytest.mark.parametrize(
    "row, column",
    [
        ("2008-05-05,conversion,o1,e1,1", "column when"),
        ("2008-05-05T00:00:00Z,refund,o1,e1,1", "column kind"),
        ("2008-05-05T00:00:00Z,conversion,,e1,1", "column order"),
        ("2008-05-05T00:00:00Z,conversion,o1,e1,0", "column pieces"),
    ],
)
def test_read_csv__cell_that_makes_no_event__is_named_by_its_column(row: str, column: str) -> None:
    problem = refused("when,kind,order,id,pieces\n" + row + "\n", ORDERS)

    assert (problem.index, problem.field) == (2, column)


@pytest.mark.parametrize(
    "text, line, field",
    [
        ("", 1, "column day"),
        ("day;month;y\n", 1, "column duration"),
        ("day;month;duration;y;y\n", 1, "column y"),
        (HEADER + '5;may;1;"no\n', 2, "the row"),
        (HEADER.encode() + b"5;may;1;no\n5;may;1;\xff\n", 3, "the row"),
    ],
)
def test_read_csv__broken_file__is_named_by_line(text: str | bytes, line: int, field: str) -> None:
    problem = refused(text)

    assert (problem.index, problem.field) == (line, field)


def test_parse_mapping__many_faults__names_all_at_once() -> None:
    broken = json.loads(json.dumps(CALLS))
    broken["separator"] = ";;"
    broken["members"]["unit_id"] = {"row_number": "person "}
    broken["members"]["occurred_at"] = {"constant": "2008-05-05T00:00:00Z"}
    broken["members"]["colour"] = {"constant": "red"}
    broken["attributes"]["a b"] = {"column": "y", "as": "float"}
    del broken["members"]["goal"]

    with pytest.raises(MappingFaults) as caught:
        parse_mapping(json.dumps(broken))
    assert {fault.path: fault.code for fault in caught.value.faults} == {
        "/separator": FaultCode.WRONG_FORM,
        "/members/goal": FaultCode.MISSING,
        "/members/colour": FaultCode.UNKNOWN,
        "/members/unit_id/digits": FaultCode.MISSING,
        "/members/unit_id/row_number": FaultCode.WRONG_FORM,
        "/members/occurred_at": FaultCode.WRONG_FORM,
        "/attributes/a b": FaultCode.WRONG_FORM,
        "/attributes/a b/as": FaultCode.WRONG_FORM,
    }
