"""Logs become the event classes that the ABI says, whatever they carry."""

from collections.abc import Iterator
from dataclasses import fields
from random import Random
from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from escrow import events
from escrow.abi import artifact
from escrow.errors import LogProblem
from escrow.events import TOPICS, LogPosition, decode_log
from tests.escrow.test_errors import snake

ABI = {entry["name"]: entry for entry in artifact("PerformanceEscrow").abi if entry["type"] == "event"}
OWN = sorted(set(ABI) - {"EIP712DomainChanged"})
"""A library declares the other one and never emits it."""


def _signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})"


def _value(rng: Random, kind: str) -> Any:
    match kind:
        case "address":
            return to_checksum_address(rng.randbytes(20))
        case "bytes32" | "bytes12" | "bytes4":
            return rng.randbytes(int(kind.removeprefix("bytes")))
        case "uint256[]":
            return tuple(rng.getrandbits(256) for _ in range(rng.randint(0, 20)))
        case "uint8":
            return rng.randint(0, 2)
        case "int256":
            return rng.randint(-(2**255), 2**255 - 1)
    return rng.getrandbits(int(kind.removeprefix("uint")))


def _log(entry: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    """As a node gives it."""
    pairs = list(zip(entry["inputs"], values, strict=True))
    indexed = ["0x" + encode([field["type"]], [value]).hex() for field, value in pairs if field["indexed"]]
    plain = [(field["type"], value) for field, value in pairs if not field["indexed"]]
    data = encode([kind for kind, _ in plain], [value for _, value in plain])
    return {
        "address": "0x" + "e5" * 20,
        "topics": ["0x" + keccak(_signature(entry).encode()).hex(), *indexed],
        "data": "0x" + data.hex(),
        "blockNumber": "0x10",
        "blockHash": "0x" + "b1" * 32,
        "transactionHash": "0x" + "f1" * 32,
        "transactionIndex": "0x2",
        "logIndex": "0x3",
        "removed": False,
    }


def _shown(value: Any) -> Any:
    """As the event classes hold it: hashes of documents without 0x, other bytes with it."""
    return value.hex() if isinstance(value, bytes) else value


def _logs(count: int) -> Iterator[tuple[str, list[Any], dict[str, Any]]]:
    rng = Random(15)
    for name in OWN * count:
        values = [_value(rng, field["type"]) for field in ABI[name]["inputs"]]
        yield name, values, _log(ABI[name], values)


def test_topics__of_all_events__are_the_abis() -> None:
    assert sorted(TOPICS) == sorted("0x" + keccak(_signature(ABI[name]).encode()).hex() for name in OWN)


@pytest.mark.parametrize("name", OWN)
def test_event_class__fields__are_the_abis_and_the_position(name: str) -> None:
    names = [field.name for field in fields(getattr(events, name))]
    assert names == [snake(field["name"]) for field in ABI[name]["inputs"]] + ["log"]


def test_decode_log__random_events__carry_what_was_encoded() -> None:
    position = LogPosition(16, "0x" + "b1" * 32, "0x" + "f1" * 32, 2, 3)
    for name, values, log in _logs(50):
        event = decode_log(log)
        assert type(event).__name__ == name
        found = [getattr(event, field.name) for field in fields(event)]  # type: ignore[arg-type]
        assert [str(value).removeprefix("0x") if isinstance(value, str) and len(value) in (10, 26, 66) else value
                for value in found[:-1]] == [_shown(value) for value in values]  # fmt: skip
        assert found[-1] == position


def test_decode_log__another_contracts_event__is_none() -> None:
    _, _, log = next(_logs(1))
    assert decode_log(log | {"topics": ["0x" + "11" * 32]}) is None
    assert decode_log(log | {"topics": []}) is None


@pytest.mark.parametrize("name", OWN)
def test_decode_log__words_missing__named_error(name: str) -> None:
    (_, _, log) = next(entry for entry in _logs(1) if entry[0] == name)
    short_terms = {"data": log["data"][: 2 + 64 * 4 - 64]} if name == "DealOpened" else {"data": log["data"][:-64]}
    for broken in (log | short_terms, log | {"topics": log["topics"][:-1]}):
        with pytest.raises(LogProblem) as caught:
            decode_log(broken)
        assert (caught.value.transaction_hash, caught.value.log_index) == ("0x" + "f1" * 32, 3)


def test_decode_log__terms_shorter_than_their_number__named_error() -> None:
    rng = Random(16)
    values = [_value(rng, field["type"]) for field in ABI["DealOpened"]["inputs"]]
    values[-1] = (1, 2, 3)
    log = _log(ABI["DealOpened"], values)
    with pytest.raises(LogProblem, match="3 words of terms"):
        decode_log(log | {"data": log["data"][:-64]})
