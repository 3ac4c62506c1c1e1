"""What can be signed, from where it is defined: calls from the ABI, messages from the contracts, packed terms from escrow/.

Knows no words.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.ids import Address, checksummed
from escrow.terms.codec import FIXED_WORDS, unpack
from escrow.terms.model import SOLIDITY_NAMES, STEP_NAMES, Terms

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACT = "PerformanceEscrow"
FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
SALT = bytes(32)
"""Both as in scripts/deploy.py, which runs in an environment of its own."""

_TYPEHASH = re.compile(r'_TYPEHASH\s*=\s*keccak256\(((?:\s*"[^"]*")+)\s*\)')


def escrow_address() -> Address:
    """Of CREATE2: the same for this code on every chain."""
    code = bytes.fromhex(artifact(CONTRACT).bytecode[2:])
    created = keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + SALT + keccak(code))
    return checksummed(created[12:].hex())


def calls() -> dict[str, Mapping[str, Any]]:
    """The ABI's entries of all functions that change something, by name."""
    return {
        entry["name"]: entry
        for entry in artifact(CONTRACT).abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }


def call_signature(entry: Mapping[str, Any]) -> str:
    """With the names of the parameters, such as `withdraw(address token,address to)`."""
    return f"{entry['name']}{_tuple(entry['inputs'])}"


def call_paths(entry: Mapping[str, Any]) -> dict[str, str]:
    """The type of each value that a call carries, by its path."""
    return dict(_paths(entry["inputs"]))


def messages() -> dict[str, str]:
    """The encoded type of each EIP-712 message that the contracts take, by name."""
    found = {}
    for path in sorted((ROOT / "contracts").rglob("*.sol")):
        if "mocks" not in path.parts:
            for literals in _TYPEHASH.findall(path.read_text("utf-8")):
                encoded = "".join(re.findall(r'"([^"]*)"', literals))
                found[encoded.partition("(")[0]] = encoded
    parts = {name for encoded in found.values() for name in list(_structs(encoded))[1:]}
    return {name: encoded for name, encoded in found.items() if name not in parts}


def message_paths(encoded: str) -> dict[str, str]:
    """As `call_paths`."""
    structs = _structs(encoded)

    def paths(name: str) -> Iterator[tuple[str, str]]:
        for field, kind in structs[name].items():
            part = kind.removesuffix("[]")
            if part in structs:
                at = field if part == kind else f"{field}.[]"
                yield from ((f"{at}.{inner}", inner_kind) for inner, inner_kind in paths(part))
            else:
                yield field, kind

    return dict(paths(next(iter(structs))))


@cache
def packed_paths() -> dict[str, str]:
    """Where each field stands in the packed words of terms; of the steps, the first and the last one's."""
    zero = [0] * (FIXED_WORDS + 1)
    nothing = _values(unpack(zero))
    places: dict[str, list[tuple[int, int]]] = {}
    for index, byte in product(range(len(zero)), range(32)):
        words = [*zero]
        words[index] = 1 << 8 * (31 - byte)
        values = _values(unpack(words))
        places.setdefault(next(name for name in values if values[name] != nothing[name]), []).append((index, byte))
    paths = {name: f"[{at[0][0]}].[{at[0][1]}:{at[-1][1] + 1}]" for name, at in places.items()}
    steps = {name: path for name, path in paths.items() if name.startswith("first step")}
    return paths | {name.replace("first", "last"): path.replace(f"[{FIXED_WORDS}]", "[-1]") for name, path in steps.items()}


def _values(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, field) for field, (name, _) in SOLIDITY_NAMES.items() if field != "steps"} | {
        f"first step {name}": getattr(terms.steps[0], field) for field, (name, _) in STEP_NAMES.items()
    }


def _tuple(inputs: list[Mapping[str, Any]]) -> str:
    return "(" + ",".join(f"{_type(given)} {given['name']}" for given in inputs) + ")"


def _type(given: Mapping[str, Any]) -> str:
    kind = str(given["type"])
    return _tuple(given["components"]) + kind.removeprefix("tuple") if kind.startswith("tuple") else kind


def _paths(inputs: list[Mapping[str, Any]], prefix: str = "") -> Iterator[tuple[str, str]]:
    for given in inputs:
        kind, path = given["type"], prefix + given["name"]
        while kind.endswith("[]"):
            kind, path = kind.removesuffix("[]"), f"{path}.[]"
        if kind == "tuple":
            yield from _paths(given["components"], f"{path}.")
        else:
            yield path, kind


def _structs(encoded: str) -> dict[str, dict[str, str]]:
    """The fields' types by name, of each struct of an encoded type, the message itself first."""
    return {
        name: {field: kind for kind, field in (member.split(" ") for member in members.split(","))}
        for name, members in re.findall(r"(\w+)\(([^)]*)\)", encoded)
    }
