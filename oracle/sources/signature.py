"""Signatures and shared secrets of vendors, by one of up to two live keys: compared in constant time and in their exact
form, so that no second text stands for one signature. Knows no header and no payload.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Literal

from escrow.errors import StaleTimestamp

TOLERANCE_SECONDS = 300
Encoding = Literal["hex", "base64"]
Digest = Literal["sha1", "sha256"]


def is_signed(
    keys: Sequence[bytes], data: bytes, given: str, *, encoding: Encoding = "hex", digest: Digest = "sha256"
) -> bool:
    """Whether `given` is the HMAC of the data by one of the keys. Hex is lower case."""
    encoded = _ENCODED[encoding]
    return is_one_of([encoded(hmac.digest(key, data, digest)) for key in keys], given)


def is_one_of(secrets: Sequence[bytes], given: str) -> bool:
    """All are compared, whichever fits."""
    text = given.encode("utf-8", "surrogatepass")
    return any([hmac.compare_digest(secret, text) for secret in secrets])


def require_fresh(given: str, sent_at: int, now: int) -> None:
    """StaleTimestamp unless it was sent within the tolerance of now, all in Unix seconds."""
    if abs(sent_at - now) > TOLERANCE_SECONDS:
        raise StaleTimestamp(given, TOLERANCE_SECONDS)


def id_of_bytes(data: bytes) -> str:
    """Of a delivery that its vendor gives no id: the same bytes are the same delivery."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


_ENCODED: dict[Encoding, Callable[[bytes], bytes]] = {
    "hex": lambda digest: digest.hex().encode(),
    "base64": base64.b64encode,
}
