"""Typed data hashing (EIP-712) on Keccak-256. Knows domains and digests; structs are their modules' own."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak

from escrow.ids import Address

ESCROW = "PerformanceEscrow"
ORACLE = "PerformanceOracle"
VERSION = "1"

DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
_DOMAIN_TYPEHASH = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_VERSION_HASH = keccak(VERSION.encode())


@dataclass(frozen=True)
class Domain:
    """One contract on one chain: what is signed for it counts nowhere else."""

    chain_id: int
    contract: Address


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address_word(value: Address) -> bytes:
    return bytes(12) + bytes.fromhex(value[2:])


@lru_cache(maxsize=256)
def separator(domain: Domain, name: str = ESCROW) -> bytes:
    return keccak(
        _DOMAIN_TYPEHASH + keccak(name.encode()) + _VERSION_HASH + word(domain.chain_id) + address_word(domain.contract)
    )


def digest(struct_hash: bytes, domain: Domain, name: str = ESCROW) -> bytes:
    """What is signed."""
    return keccak(b"\x19\x01" + separator(domain, name) + struct_hash)


def domain_json(domain: Domain, name: str = ESCROW) -> dict[str, Any]:
    return {
        "name": name,
        "version": VERSION,
        "chainId": domain.chain_id,
        "verifyingContract": domain.contract,
    }


def types_json(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]
