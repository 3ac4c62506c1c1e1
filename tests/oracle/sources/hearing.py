"""What all adapters must refuse, made from one message that an adapter takes; and one account that hears it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from escrow.errors import EscrowError
from escrow.measure import Event
from oracle.db.connection import Database
from oracle.db.tables import delivery, event, refusal
from oracle.intake import Intake
from oracle.ledger import SHAPE, Answer, Ledger, event_of
from oracle.recorder import Recorder
from oracle.refusals import Refusals
from oracle.sources import Message, Source

NOW = 1_700_000_000
KEY, NEXT_KEY, OTHER_KEY = b"a key of the account", b"the account's next key", b"a key of a stranger"
KEYS = (KEY, NEXT_KEY)
Build = Callable[[], Message]
Case = tuple[str, Build, str]


class Heard:
    def __init__(self, database: Database, source: Source) -> None:
        self.database, self.source, self.now = database, source, NOW
        self.ledger, self.refusals = Ledger(database), Refusals(database)
        self.recorder = Recorder(self.ledger)
        self.intake = Intake(
            {source.account: source}, self.ledger, self.recorder, self.refusals, most_bytes=100_000, clock=lambda: self.now
        )

    def take(self, message: Message) -> Answer:
        return self.intake.take(self.source.account, message)

    def events(self) -> list[Event]:
        with self.database.read() as connection:
            return [event_of(row) for row in connection.execute(select(*SHAPE).order_by(event.c.id))]

    def refused(self, message: Message) -> str:
        """The error's name, after a look that nothing was changed and the message is kept with the reason."""
        before = self.ledger.counts()
        with pytest.raises(EscrowError) as caught:
            self.take(message)
        assert self.ledger.counts() == before
        with self.database.read() as connection:
            kept = connection.execute(select(refusal).order_by(refusal.c.id.desc())).first()
        assert kept is not None and (kept.code, kept.body) == (caught.value.code, message.body)
        assert all(key.decode() not in str(caught.value) for key in (*KEYS, OTHER_KEY))
        return caught.value.code

    def deliveries(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(delivery).order_by(delivery.c.id)))

    def close(self) -> None:
        self.recorder.close()


@dataclass(frozen=True)
class Vendor:
    """How one vendor sends. `sign` makes the right message of a body, at a time, with a key."""

    source: Source
    body: Any
    sign: Callable[[bytes, int, bytes], Message]
    signature: str | None
    """The header that holds the signature, where there is one."""
    encoding: str = "hex"
    has_time: bool = False

    def message(self, body: Any = None, at: int = NOW, key: bytes = KEY, **headers: str | None) -> Message:
        """Rightly signed; then headers are changed, or left out where they are None."""
        raw = body if isinstance(body, bytes) else as_json(self.body if body is None else body)
        message = self.sign(raw, at, key)
        changed = {**message.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return replace(message, headers={name: value for name, value in changed.items() if value is not None})

    def changed(self, **members: Any) -> Any:
        """The body with other members; those that are None stay, as null."""
        return {**self.body, **members}


def as_json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def must_reject(vendor: Vendor, bodies: Mapping[str, tuple[Any, str]]) -> list[Any]:
    """Cases of the signature, of the time where it is signed, and of the given bodies, each for parametrize."""
    cases = [*_of_signature(vendor), *(_of_time(vendor) if vendor.has_time else [])]
    cases += [(name, _right(vendor, body), code) for name, (body, code) in bodies.items()]
    return [pytest.param(build, code, id=name) for name, build, code in cases]


def _right(vendor: Vendor, body: Any) -> Build:
    return lambda: vendor.message(body)


def _of_signature(vendor: Vendor) -> list[Case]:
    raw = as_json(vendor.body)
    header = vendor.signature
    if header is None:
        return [("wrong key", lambda: vendor.message(key=OTHER_KEY), "BadSignature")]
    given = vendor.message().headers[header]
    flipped = raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:]

    def with_body(body: bytes) -> Build:
        return lambda: replace(vendor.message(), body=body)

    def with_signature(text: str | None) -> Build:
        return lambda: vendor.message(**{header.replace("-", "_"): text})

    scheme, is_split, digits = given.rpartition("=") if vendor.encoding == "hex" else ("", "", given)
    prefix = scheme + is_split
    cases: list[Case] = [
        ("changed byte", with_body(flipped), "BadSignature"),
        ("re-serialised JSON", with_body(json.dumps(json.loads(raw), indent=1).encode()), "BadSignature"),
        ("wrong key", lambda: vendor.message(key=OTHER_KEY), "BadSignature"),
        ("no signature", with_signature(None), "MissingHeader"),
        ("signature cut short", with_signature(given[:-2]), "BadSignature"),
        ("signature made longer", with_signature(prefix + digits + "00"), "BadSignature"),
        ("signature with a sign that is none", with_signature(given[:-1] + "é"), "BadSignature"),
    ]
    if vendor.encoding == "hex":
        cases.append(("signature in capitals", with_signature(prefix + digits.upper()), "BadSignature"))
    else:
        as_hex = base64.b64decode(given.removeprefix("v1,")).hex()
        cases.append(("signature in hex", with_signature(as_hex), "BadSignature"))
        cases.append(("signature without its padding", with_signature(given.rstrip("=")), "BadSignature"))
    return cases


def _of_time(vendor: Vendor) -> list[Case]:
    return [
        ("too old", lambda: vendor.message(at=NOW - 301), "StaleTimestamp"),
        ("from the future", lambda: vendor.message(at=NOW + 301), "StaleTimestamp"),
    ]


def hmac_hex(key: bytes, data: bytes, digest: str = "sha256") -> str:
    return hmac.new(key, data, digest).hexdigest()


def hmac_base64(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.new(key, data, hashlib.sha256).digest()).decode()
