"""The one form of JSON whose bytes are hashed (RFC 8785), and the hash that names them. Knows no store and no network."""

import hashlib

import rfc8785

from escrow.ids import DocumentHash

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def canonical(obj: Json) -> bytes:
    """RFC 8785, UTF-8."""
    return rfc8785.dumps(obj)


def hash_of(data: bytes) -> DocumentHash:
    return DocumentHash(hashlib.sha256(data).hexdigest())
