"""The errors: one class per Solidity error, a drawn tree that is complete, texts made from the data."""

import pickle
import re
from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak

from escrow import errors, reverts
from escrow.abi import artifact
from escrow.errors import EscrowError
from escrow.ids import NO_DEAL
from escrow.status import Status
from tests import factories

DEAL_ID = "0x12" + "0" * 62
SAMPLES: dict[str, Any] = {
    "Address": factories.person("client"),
    "CommitteeId": "0x" + "c0" * 12,
    "DealId": DEAL_ID,
    "Digest": "0x" + "ef" * 32,
    "DocumentHash": "ab" * 32,
    "Given": "text",
    "Seconds": 90,
    "Status": Status.CLOSED,
    "Timestamp": factories.STARTS_AT,
    "Units": 7,
    "int": 3,
    "str": "is wrong",
}
SOLIDITY = list(reverts.solidity_errors().values())
UNREACHABLE = {"InvalidShortString", "StringTooLong"}
"""In the ABI by a library that raises them in constructors only."""


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def _sample(cls: type[EscrowError]) -> EscrowError:
    return cls(*(SAMPLES[kind] for kind in cls.kinds().values()))


def _all(cls: type[EscrowError]) -> list[type[EscrowError]]:
    own = [sub for sub in cls.__subclasses__() if sub.__module__ == errors.__name__]
    return own + [deeper for sub in own for deeper in _all(sub)]


def _abi_errors(name: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in artifact(name).abi if entry["type"] == "error"}


def test_errors__of_the_contract__each_has_its_class_with_the_same_fields() -> None:
    ours = {cls.__name__: cls for cls in SOLIDITY}
    abi = _abi_errors("PerformanceEscrow")
    assert set(abi) - UNREACHABLE == {name for name in ours if not name.startswith("ERC20")}
    for name in abi.keys() - UNREACHABLE:
        types = ",".join(field["type"] for field in abi[name]["inputs"])
        assert reverts.signature_of(ours[name]) == f"{name}({types})"
        assert list(_sample(ours[name]).data) == [snake(field["name"]) for field in abi[name]["inputs"]]


@pytest.mark.parametrize("name", ["ERC20InsufficientAllowance", "ERC20InsufficientBalance"])
def test_errors__of_tokens__have_the_same_fields(name: str) -> None:
    entry = _abi_errors("TestDollar")[name]
    cls = getattr(errors, name)
    assert reverts.signature_of(cls) == f"{name}({','.join(field['type'] for field in entry['inputs'])})"
    assert list(_sample(cls).data) == [field["name"] for field in entry["inputs"]]


def test_errors__drawn_tree__is_the_real_one() -> None:
    drawn, path = set(), [""]
    tree = (errors.__doc__ or "").split("\n\n")[1]
    for line in tree.splitlines():
        match = re.match(r"([│ ]*(?:[├└]── )?)(\w+)", line)
        assert match, line
        depth = len(match[1]) // 4
        path[depth:] = [match[2]]
        drawn.add((match[2], path[depth - 1] if depth else "Exception"))
    real = {(cls.__name__, cls.__bases__[0].__name__) for cls in (EscrowError, *_all(EscrowError))}
    assert drawn == real


@pytest.mark.parametrize("cls", SOLIDITY, ids=lambda cls: cls.__name__)
def test_error_text__of_every_solidity_error__names_the_thing_first_in_lower_case(
    cls: type[EscrowError],
) -> None:
    error = _sample(cls)
    text = str(error)
    assert text[0].islower() and text[-1] not in ".!\n" and "{" not in text
    # Terms that are too short to be hashed name no deal.
    if isinstance(error, errors.DealProblem) and cls is not errors.TermsLengthProblem:
        assert "deal 0x12000000…" in text
    assert error.code == cls.__name__
    assert error.action in errors.Action


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            errors.AsOfProblem(DEAL_ID, 1_212_278_400, 1_212_278_400),
            "report for deal 0x12000000… is as of 2008-06-01T00:00:00Z, which is not after the last one, "
            "2008-06-01T00:00:00Z",
        ),
        (
            errors.AsOfProblem(DEAL_ID, 1_212_278_401, 1_212_278_400),
            "report for deal 0x12000000… is as of 2008-06-01T00:00:01Z, which is after what is allowed, "
            "2008-06-01T00:00:00Z",
        ),
        (
            errors.TimeProblem(DEAL_ID, 1_212_278_400, 1_212_278_401),
            "time for this on deal 0x12000000… begins at 2008-06-01T00:00:01Z; it is 2008-06-01T00:00:00Z",
        ),
        (
            errors.TimeProblem(DEAL_ID, 1_212_278_400, 1_212_278_400),
            "time for this on deal 0x12000000… ended at 2008-06-01T00:00:00Z; it is 2008-06-01T00:00:00Z",
        ),
        (
            errors.BudgetProblem(DEAL_ID, 5, 10),
            "budget of deal 0x12000000… is 5 units, below the least, 10 units",
        ),
        (
            errors.BudgetProblem(NO_DEAL, 5, 10),
            "budget of the deal is 5 units, below the least, 10 units",
        ),
        (
            errors.GraceProblem(DEAL_ID, 9, 8),
            "grace for the last report of deal 0x12000000… is 9 s, above the most, 8 s",
        ),
        (
            errors.StatusProblem(DEAL_ID, Status.CLOSED),
            "deal 0x12000000… is closed, which does not allow this",
        ),
        (
            errors.StartProblem(DEAL_ID, 2**40 - 1, 1),
            "start of deal 0x12000000… is 1099511627775, after the latest, 1970-01-01T00:00:01Z",
        ),
        (errors.AmountProblem("x" * 500, "is too large"), f"amount '{'x' * 78}… is too large"),
        (errors.ChainProblem(1, 31337), "chain of the node is 1, not 31337"),
        (errors.DecimalsProblem("0xaa", 18, 6), "token 0xaa has 18 decimals, not 6"),
        (errors.SettingsProblem(("A: missing", "B: odd")), "settings can't be used: A: missing; B: odd"),
    ],
)
def test_error_text__given_data__is_this_sentence(error: EscrowError, text: str) -> None:
    assert str(error) == text


def test_error__pickled__is_the_same() -> None:
    error = errors.BudgetProblem(DEAL_ID, 5, 10)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), again.data, str(again)) == (type(error), error.data, str(error))


# Reverts


@pytest.mark.parametrize("cls", SOLIDITY, ids=lambda cls: cls.__name__)
def test_explain__revert_data_of_every_error__gives_it_back(cls: type[EscrowError]) -> None:
    error = _sample(cls)
    explained = reverts.explain(_revert_data(error))
    assert type(explained) is cls and explained.data == error.data


def _revert_data(error: EscrowError) -> str:
    signature = reverts.signature_of(type(error))
    types = re.findall(r"\w+", signature[signature.index("(") :])
    values = [
        bytes.fromhex(value.removeprefix("0x")) if kind.startswith("bytes") else value
        for kind, value in zip(types, error.data.values(), strict=True)
    ]
    return "0x" + (keccak(signature.encode())[:4] + encode(types, values)).hex()


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (
            "0x08c379a0" + f"{32:064x}{5:064x}" + b"no go".hex().ljust(64, "0"),
            "RevertTextProblem",
            "call reverted with 'no go'",
        ),
        ("0x4e487b71" + f"{0x11:064x}", "RevertTextProblem", "call reverted with 'panic 0x11'"),
        ("0x", "RevertDataProblem", "call reverted with data that no known error has, '0x'"),
        ("0xdeadbeef", "RevertDataProblem", "call reverted with data that no known error has, '0xdeadbeef'"),
    ],
)
def test_explain__other_reverts__say_what_is_known(data: str, code: str, text: str) -> None:
    error = reverts.explain(data)
    assert (error.code, str(error)) == (code, text)


def test_explain__half_an_error_from_a_hostile_token__is_unknown_data() -> None:
    whole = _revert_data(errors.StatusProblem(DEAL_ID, Status.CLOSED))
    for data in (whole[:-2], whole[:-1] + "9", "0x08c379a0", "0x08c379a0" + "zz" * 96):
        assert isinstance(reverts.explain(data), errors.RevertDataProblem)
