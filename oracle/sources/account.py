"""What the sources file says of every account: its keys, and which topic of its vendor means which goal."""

import base64
import binascii
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from standardwebhooks.webhooks import Webhook

from escrow.faults import NAME
from oracle.secret_file import read_secret
from oracle.sources.source import Source

MOST_KEYS = 2
LEAST_KEY_BYTES = 24
LEAST_SECRET = 16
"""Characters of a secret that a vendor gave, or that was agreed with one."""
_PREFIX = "whsec_"
PERSONAL = re.compile(
    r"e.?mail|phone|mobile|msisdn|caller|address|street|(first|last|full|user|sur)_?name|^name$|user_?id|(^|_)ip($|_)|birth|ssn",
    re.IGNORECASE,
)
"""Names of what tells who somebody is, which no attribute may."""

Name = Annotated[str, StringConstraints(pattern=f"^(?:{NAME.pattern})$")]
Goals = dict[str, Name]
"""From a vendor's topic to the goal that it means in agreements."""


class Account(BaseModel, ABC):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[str, ...] = ()
    keys_files: tuple[Path, ...] = ()

    @abstractmethod
    def source(self, account: str, folder: Path) -> Source:
        """ValueError says what is wrong with the settings, without a key."""

    def secrets(self, folder: Path) -> tuple[str, ...]:
        keys = (*self.keys, *(read_secret(folder / file) for file in self.keys_files))
        if not 1 <= len(keys) <= MOST_KEYS:
            raise ValueError(f"has {len(keys)} keys, not 1 to {MOST_KEYS}")
        return keys

    def webhooks(self, folder: Path) -> tuple[Webhook, ...]:
        """The keys of the Standard Webhooks scheme."""
        return tuple(map(_webhook, self.secrets(folder)))

    def vendor_keys(self, folder: Path) -> tuple[bytes, ...]:
        """The keys as the vendor shows them, which is what it signs with."""
        keys = tuple(key.encode() for key in self.secrets(folder))
        for key in keys:
            if len(key) < LEAST_SECRET:
                raise ValueError(f"has a key of {len(key)} characters, below the least, {LEAST_SECRET}")
        return keys


class VendorAccount(Account):
    goals: Goals


class ReversibleAccount(VendorAccount):
    """Of a vendor whose topics do not say by themselves what takes a unit away."""

    reversals: Goals = Field(default_factory=dict)

    def require_apart(self) -> None:
        """ValueError for a topic that would count a unit and take it away."""
        both = sorted(self.goals.keys() & self.reversals.keys())
        if both:
            raise ValueError(f"has {both[0]!r} as a goal and as a reversal")


def require_topics(goals: Goals, known: frozenset[str]) -> Goals:
    """ValueError for a topic that the adapter does not know, which would never be heard."""
    for topic in goals:
        if topic not in known:
            raise ValueError(f"has a goal for {topic!r}, which is none of {', '.join(sorted(known))}")
    return goals


def require_impersonal(names: tuple[str, ...]) -> tuple[str, ...]:
    """ValueError for a name that tells who somebody is."""
    for name in names:
        if PERSONAL.search(name):
            raise ValueError(f"has the attribute {name!r}, which tells who somebody is")
    return names


def _webhook(key: str) -> Webhook:
    try:
        secret = base64.b64decode(key.removeprefix(_PREFIX) + "==", validate=False)
    except binascii.Error:
        raise ValueError("has a key that is not base64") from None
    if len(secret) < LEAST_KEY_BYTES:
        raise ValueError(f"has a key of {len(secret)} bytes, below the least, {LEAST_KEY_BYTES}")
    return Webhook(secret)
