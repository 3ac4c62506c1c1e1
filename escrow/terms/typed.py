"""The EIP-712 hash of terms, which is the deal's id, and the JSON that a wallet signs."""

from typing import Any

from eth_hash.auto import keccak

from escrow.eip712 import DOMAIN_FIELDS, Domain, address_word, digest, domain_json, types_json, word
from escrow.ids import DealId
from escrow.terms.codec import require_fit
from escrow.terms.json_form import to_json
from escrow.terms.model import SOLIDITY_NAMES, STEP_NAMES, Terms


def _signature(name: str, fields: dict[str, tuple[str, str]]) -> str:
    return f"{name}({','.join(f'{kind} {field}' for field, kind in fields.values())})"


_STEP_TYPE = _signature("Step", STEP_NAMES)
_STEP_TYPEHASH = keccak(_STEP_TYPE.encode())
_TERMS_TYPEHASH = keccak((_signature("Terms", SOLIDITY_NAMES) + _STEP_TYPE).encode())


def deal_id_of(terms: Terms, domain: Domain) -> DealId:
    require_fit(terms)
    return DealId("0x" + digest(struct_hash(terms), domain).hex())


def typed_data(terms: Terms, domain: Domain) -> dict[str, Any]:
    """The whole document for eth_signTypedData_v4."""
    return {
        "types": {
            "EIP712Domain": types_json(DOMAIN_FIELDS),
            "Terms": types_json(tuple(SOLIDITY_NAMES.values())),
            "Step": types_json(tuple(STEP_NAMES.values())),
        },
        "primaryType": "Terms",
        "domain": domain_json(domain),
        "message": to_json(terms),
    }


def struct_hash(terms: Terms) -> bytes:
    """The same on every chain."""
    steps = [keccak(_STEP_TYPEHASH + word(step.from_) + word(step.flat) + word(step.rate)) for step in terms.steps]
    return keccak(
        b"".join(
            (
                _TERMS_TYPEHASH,
                address_word(terms.client),
                address_word(terms.agency),
                address_word(terms.token),
                word(terms.budget),
                word(terms.open_before),
                bytes.fromhex(terms.committee[2:]).ljust(32, b"\0"),
                word(terms.quorum),
                address_word(terms.arbiter),
                bytes.fromhex(terms.agreement),
                word(terms.basis),
                word(terms.starts_at),
                word(terms.period_length),
                word(terms.periods),
                word(terms.report_grace),
                word(terms.challenge_window),
                word(terms.ruling_window),
                word(terms.self_report),
                word(terms.notice_period),
                word(terms.retention_bps),
                word(terms.base_per_period),
                word(terms.cap),
                keccak(b"".join(steps)),
                word(terms.salt),
            )
        )
    )
