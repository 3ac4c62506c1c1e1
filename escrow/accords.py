"""What both parties of a deal sign to end it together: a split, or an amendment that moves the rest to new terms.

Knows no key and no chain. A party signs with its key, or as a contract that accepts the digest (ERC-1271).
"""

from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from escrow.eip712 import DOMAIN_FIELDS, Domain, digest, domain_json, types_json, word
from escrow.ids import Address, DealId, Timestamp, Units

Fields = tuple[tuple[str, str], ...]

_SPLIT_FIELDS = (("dealId", "bytes32"), ("token", "address"), ("agencyTotal", "uint256"), ("deadline", "uint256"))
_AMENDMENT_FIELDS = (
    ("dealId", "bytes32"),
    ("newDealId", "bytes32"),
    ("token", "address"),
    ("agencyTotal", "uint256"),
    ("deadline", "uint256"),
)


@dataclass(frozen=True)
class Split:
    """`agency_total` is what the agency gets over the deal's whole life, paid before or in closing; the client gets the
    rest. `token` is the deal's, named so that a wallet can show the total. Good before `deadline`."""

    deal_id: DealId
    token: Address
    agency_total: Units
    deadline: Timestamp


@dataclass(frozen=True)
class Amendment:
    """A split whose rest opens the new terms."""

    deal_id: DealId
    new_deal_id: DealId
    token: Address
    agency_total: Units
    deadline: Timestamp


def accord_digest(accord: Split | Amendment, domain: Domain) -> bytes:
    """What both parties sign."""
    name, fields, values = _parts(accord)
    typehash = keccak(f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})".encode())
    words = [word(value if isinstance(value, int) else int(value, 16)) for value in values]
    return digest(keccak(typehash + b"".join(words)), domain)


def accord_typed_data(accord: Split | Amendment, domain: Domain) -> dict[str, Any]:
    """The whole document for eth_signTypedData_v4."""
    name, fields, values = _parts(accord)
    return {
        "types": {"EIP712Domain": types_json(DOMAIN_FIELDS), name: types_json(fields)},
        "primaryType": name,
        "domain": domain_json(domain),
        "message": {field: str(value) for (field, _), value in zip(fields, values, strict=True)},
    }


def _parts(accord: Split | Amendment) -> tuple[str, Fields, tuple[str | int, ...]]:
    fields = _SPLIT_FIELDS if isinstance(accord, Split) else _AMENDMENT_FIELDS
    return type(accord).__name__, fields, tuple(vars(accord).values())
