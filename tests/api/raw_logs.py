"""Events as the raw logs that a node would give, written from the ABI and so without the decoder that is under test."""

import re
from typing import Any

from eth_abi import encode
from eth_hash.auto import keccak

from escrow.abi import artifact
from escrow.events import Event

_ABI = {entry["name"]: entry["inputs"] for entry in artifact("PerformanceEscrow").abi if entry["type"] == "event"}


def raw_log(event: Event) -> dict[str, Any]:
    name = type(event).__name__
    inputs = _ABI[name]
    values = [_value(field["type"], getattr(event, _snake(field["name"]))) for field in inputs]
    signature = f"{name}({','.join(field['type'] for field in inputs)})"
    topics = ["0x" + keccak(signature.encode()).hex()]
    topics += [
        "0x" + encode([field["type"]], [value]).hex()
        for field, value in zip(inputs, values, strict=True)
        if field["indexed"]
    ]
    plain = [(field["type"], value) for field, value in zip(inputs, values, strict=True) if not field["indexed"]]
    return {
        "topics": topics,
        "data": "0x" + encode([kind for kind, _ in plain], [value for _, value in plain]).hex(),
        "blockNumber": hex(event.log.block_number),
        "blockHash": event.log.block_hash,
        "transactionHash": event.log.transaction_hash,
        "transactionIndex": hex(event.log.transaction_index),
        "logIndex": hex(event.log.log_index),
        "removed": False,
    }


def _value(kind: str, value: Any) -> Any:
    if kind.startswith("bytes") and isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return list(value) if isinstance(value, tuple) else value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
