"""Calls and answers of one contract, encoded and decoded by its ABI. Knows no node."""

from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak


class Interface:
    """The functions of an ABI by name; none of ours is overloaded."""

    def __init__(self, abi: list[dict[str, Any]]) -> None:
        self._functions = {
            entry["name"]: (_types(entry["inputs"]), _types(entry["outputs"]))
            for entry in abi
            if entry["type"] == "function"
        }

    def call_data(self, name: str, *values: Any) -> str:
        inputs, _ = self._functions[name]
        selector = keccak(f"{name}({','.join(inputs)})".encode())[:4]
        return "0x" + (selector + encode(inputs, values)).hex()

    def answer(self, name: str, data: str) -> tuple[Any, ...]:
        _, outputs = self._functions[name]
        return decode(outputs, bytes.fromhex(data[2:]))


def _types(parameters: list[dict[str, Any]]) -> list[str]:
    return [_type(parameter) for parameter in parameters]


def _type(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(parameter['components']))}){kind.removeprefix('tuple')}"
