"""Signatures over 32-byte digests on secp256k1, 65 bytes as hex: r, s, v. Knows no report and no keystore.

coincurve is imported by name, so that a machine without it stops at the start: what eth-account falls back to
signs 590 times a second.
"""

import re

from coincurve import PrivateKey, PublicKey
from eth_hash.auto import keccak

from escrow.errors import SignatureProblem
from escrow.ids import NO_DEAL, Address, DealId, checksummed

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HEX = re.compile(r"0x[0-9a-fA-F]{130}")


def sign_digest(digest: bytes, key: bytes) -> str:
    """0x and 130 hex digits; s is in the lower half."""
    signature = PrivateKey(key).sign_recoverable(digest, hasher=None)
    return f"0x{signature[:64].hex()}{27 + signature[64]:02x}"


def recover(digest: bytes, signature: str, *, deal_id: DealId = NO_DEAL, position: int = 0) -> Address:
    """Who signed. SignatureProblem, with deal and position, where the contract would find nobody."""
    if not isinstance(signature, str) or not _HEX.fullmatch(signature):
        raise SignatureProblem(deal_id, position)
    raw = bytes.fromhex(signature[2:])
    s, v = int.from_bytes(raw[32:64], "big"), raw[64]
    if s > _ORDER // 2 or v not in (27, 28):
        raise SignatureProblem(deal_id, position)
    try:
        public = PublicKey.from_signature_and_message(raw[:64] + bytes([v - 27]), digest, hasher=None)
    except ValueError as error:
        raise SignatureProblem(deal_id, position) from error
    return _address_of(public)


def address_of(key: bytes) -> Address:
    """Of the private key's owner."""
    return _address_of(PublicKey.from_valid_secret(key))


def compact(signature: str) -> tuple[bytes, bytes]:
    """The two words of EIP-2098: r, and s with the parity of v in its highest bit."""
    raw = bytes.fromhex(signature[2:])
    vs = int.from_bytes(raw[32:64], "big") | (raw[64] - 27) << 255
    return raw[:32], vs.to_bytes(32, "big")


def _address_of(public: PublicKey) -> Address:
    return checksummed(keccak(public.format(compressed=False)[1:])[-20:].hex())
