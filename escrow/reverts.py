"""What a reverted call returned, as the error class with the same name and fields.

The Solidity form of each error follows from its class in `errors`, so there is no second list.
"""

from typing import Any

from eth_hash.auto import keccak

from escrow.errors import (
    CreditProblem,
    DealProblem,
    EscrowError,
    ProofProblem,
    RegistryProblem,
    RevertDataProblem,
    RevertProblem,
    RevertTextProblem,
)
from escrow.ids import checksummed
from escrow.status import Status

SOLIDITY_TYPES = {
    "Address": "address",
    "CommitteeId": "bytes12",
    "DealId": "bytes32",
    "Digest": "bytes32",
    "DocumentHash": "bytes32",
    "Seconds": "uint256",
    "Status": "uint8",
    "Timestamp": "uint256",
    "Units": "uint256",
    "int": "uint256",
}
"""By the type that an error class declares for a field."""

_TEXT = "08c379a0"
_PANIC = "4e487b71"


def solidity_errors() -> dict[str, type[EscrowError]]:
    """Each class that stands for an error of the contract or of a token, by its selector."""
    own = [*_leaves(DealProblem), *_leaves(RegistryProblem), CreditProblem, ProofProblem]
    classes = [*own, *_leaves(RevertProblem)]
    return {
        keccak(signature_of(cls).encode())[:4].hex(): cls
        for cls in classes
        if cls not in (RevertTextProblem, RevertDataProblem)
    }


def signature_of(cls: type[EscrowError]) -> str:
    return f"{cls.__name__}({','.join(SOLIDITY_TYPES[kind] for kind in cls.kinds().values())})"


def explain(data: str) -> EscrowError:
    """Never fails: data that no class has becomes a RevertDataProblem."""
    try:
        return _read(data[2:10], data[10:]) or RevertDataProblem(data)
    except ValueError:
        # A token can revert with whatever it likes, also with half an error of ours.
        return RevertDataProblem(data)


def _read(selector: str, words: str) -> EscrowError | None:
    cls = _BY_SELECTOR.get(selector)
    if cls is not None and len(words) == 64 * len(cls.kinds()):
        parts = [words[at : at + 64] for at in range(0, len(words), 64)]
        return cls(*map(_value, cls.kinds().values(), parts))
    if selector == _TEXT:
        return RevertTextProblem(_text(words))
    if selector == _PANIC:
        return RevertTextProblem(f"panic 0x{words[-2:]}")
    return None


def _leaves(cls: type[EscrowError]) -> list[type[EscrowError]]:
    below = cls.__subclasses__()
    return [leaf for sub in below for leaf in _leaves(sub)] if below else [cls]


def _value(kind: str, word: str) -> Any:
    match kind:
        case "Address":
            return checksummed(word[24:])
        case "CommitteeId":
            return f"0x{word[:24]}"
        case "DealId" | "Digest":
            return f"0x{word}"
        case "DocumentHash":
            return word
        case "Status":
            return Status(int(word, 16))
    return int(word, 16)


def _text(words: str) -> str:
    length = int(words[64:128], 16)
    return bytes.fromhex(words[128 : 128 + 2 * length]).decode("utf-8", "replace")


_BY_SELECTOR = solidity_errors()
