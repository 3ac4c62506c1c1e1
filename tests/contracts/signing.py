"""Members of committees and their signatures, by eth_account. Knows no chain and nothing of escrow/."""

from dataclasses import dataclass

from eth_account import Account
from eth_utils import keccak

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Member:
    address: str
    key: bytes


def member(name: str) -> Member:
    """A member whose key follows from its name."""
    key = keccak(text=f"tests/contracts {name}")
    return Member(Account.from_key(key).address, key)


def ascending(members) -> list[Member]:
    return sorted(members, key=lambda each: int(each.address, 16))


def sign(digest: bytes, signer: Member) -> tuple[bytes, bytes]:
    """The signature in the compact form of EIP-2098: r, vs."""
    v, r, s = sign_in_full(digest, signer)
    return r.to_bytes(32, "big"), (s | (v - 27) << 255).to_bytes(32, "big")


def sign_in_full(digest: bytes, signer: Member) -> tuple[int, int, int]:
    """v, r, s."""
    signed = Account.unsafe_sign_hash(digest, signer.key)
    return signed.v, signed.r, signed.s


def sign_plainly(digest: bytes, signer: Member) -> bytes:
    """65 bytes: r, s, v."""
    v, r, s = sign_in_full(digest, signer)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def key_of(account) -> Member:
    """Of one of the test's own accounts."""
    return Member(account.address, bytes.fromhex(account.private_key[2:]))


def signer_of(digest: bytes, signature: tuple[bytes, bytes]) -> str:
    """Whom the signature names for this digest: a stranger, when it was made for another one."""
    r, vs = (int.from_bytes(part, "big") for part in signature)
    s = vs & (1 << 255) - 1
    return Account._recover_hash(digest, vrs=(27 + (vs >> 255), r, s))
