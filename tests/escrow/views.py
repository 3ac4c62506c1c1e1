"""Thousands of questions to views of a contract, in few requests."""

from collections.abc import Sequence
from typing import Any

from escrow.ids import Address
from escrow.interface import Interface
from escrow.rpc import Rpc


def ask_all(
    rpc: Rpc,
    to: Address,
    interface: Interface,
    name: str,
    questions: Sequence[Sequence[Any]],
    size: int = 200,
) -> list[tuple[Any, ...]]:
    """The answers in the order of the questions, each the view's arguments; `size` of them a request."""
    calls = [("eth_call", [{"to": to, "data": interface.call_data(name, *values)}, "latest"]) for values in questions]
    answers = [answer for at in range(0, len(calls), size) for answer in rpc.batch(calls[at : at + size])]
    return [interface.answer(name, bytes.fromhex(answer[2:])) for answer in answers]
