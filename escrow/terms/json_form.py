"""Terms as JSON, with the names and order of the EIP-712 struct; numbers wider than 40 bits are strings.

Knows the form only: whether such terms can be opened is `check`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from escrow.errors import AddressProblem, CommitteeIdProblem, DocumentHashProblem, TermsFormatProblem
from escrow.ids import address, committee_id, document_hash
from escrow.terms.codec import require_fit
from escrow.terms.model import SOLIDITY_NAMES, STEP_NAMES, Basis, Step, Terms, bits_of

_WIDEST_NUMBER = 40
"""Bits. All times fit; JSON readers keep 53."""


def to_json(terms: Terms) -> dict[str, Any]:
    data = {name: _write(kind, getattr(terms, field)) for field, (name, kind) in SOLIDITY_NAMES.items()}
    data["steps"] = [
        {name: _write(kind, getattr(step, field)) for field, (name, kind) in STEP_NAMES.items()} for step in terms.steps
    ]
    return data


def from_json(data: object) -> Terms:
    """TermsFormatProblem naming the first field that is missing, unknown or not of its form."""
    values = _read_all("terms", data, SOLIDITY_NAMES)
    if not isinstance(values["steps"], list):
        raise TermsFormatProblem(values["steps"], "is not a list", "steps")
    steps = tuple(Step(**_read_all(f"steps[{index}]", step, STEP_NAMES)) for index, step in enumerate(values["steps"]))
    if values["basis"] not in set(Basis):
        raise TermsFormatProblem(values["basis"], "names no basis", "basis")
    terms = Terms(**values | {"steps": steps, "basis": Basis(values["basis"])})
    require_fit(terms)
    return terms


def _write(kind: str, value: Any) -> Any:
    match kind:
        case "bytes32":
            return "0x" + value
        case "bool" | "address" | "bytes12":
            return value
    if kind.startswith("uint"):
        return int(value) if bits_of(kind) <= _WIDEST_NUMBER else str(value)
    return value


def _read_all(owner: str, data: object, names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise TermsFormatProblem(data, "is not an object", owner)
    known = {name for name, _ in names.values()}
    for name in data:
        if name not in known:
            raise TermsFormatProblem(data[name], "is unknown", str(name))
    values = {}
    for field, (name, kind) in names.items():
        if name not in data:
            raise TermsFormatProblem(None, "is missing", name)
        values[field] = _read(name, kind, data[name])
    return values


def _read(name: str, kind: str, value: Any) -> Any:
    reader = _READERS.get(kind)
    if reader is None:
        return _read_number(name, value) if kind.startswith("uint") else value
    try:
        return reader(value)
    except (AddressProblem, CommitteeIdProblem, DocumentHashProblem) as error:
        raise TermsFormatProblem(value, error.why, name) from error


def _read_number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TermsFormatProblem(value, "is neither a whole number nor a string of one", name)
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 78):
        raise TermsFormatProblem(value, "is not a whole number", name)
    return int(value)


def _read_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TermsFormatProblem(value, "is neither true nor false", "selfReport")
    return value


def _read_agreement(value: Any) -> str:
    return document_hash(value.removeprefix("0x") if isinstance(value, str) else value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "address": address,
    "bytes12": committee_id,
    "bytes32": _read_agreement,
    "bool": _read_bool,
}
