"""Calls and answers of one contract, encoded and decoded by web3 from its ABI. Knows no node."""

from typing import Any, cast

from eth_typing import ABIFunction
from eth_utils.abi import get_abi_output_types
from web3 import Web3

_WEB3 = Web3()
"""Without a provider: it encodes and decodes, and can't be asked anything."""


class Interface:
    """The functions of an ABI by name; none of ours is overloaded."""

    def __init__(self, abi: list[dict[str, Any]]) -> None:
        self._contract = _WEB3.eth.contract(abi=abi)
        self._outputs = {
            entry["name"]: get_abi_output_types(cast(ABIFunction, entry)) for entry in abi if entry["type"] == "function"
        }

    def call_data(self, name: str, *values: Any) -> str:
        return str(self._contract.encode_abi(name, args=values))

    def answer(self, name: str, data: bytes) -> tuple[Any, ...]:
        return tuple(_WEB3.codec.decode(self._outputs[name], data))
