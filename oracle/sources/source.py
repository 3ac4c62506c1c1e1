"""What every adapter is to the rest of the oracle. A new one is a file with such a class, and its line in `registry`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from escrow.errors import MalformedMessage, MissingHeader
from escrow.measure import Event
from escrow.texts import quoted


@dataclass(frozen=True)
class Message:
    """As it came: the raw bytes, and the headers with lower-case names."""

    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """MissingHeader where it is not there, or empty."""
        value = self.headers.get(name, "")
        if not value:
            raise MissingHeader(name)
        return value

    def require_content_type(self, wanted: str) -> None:
        """MalformedMessage for another one; what stands behind it, such as a charset, does not matter."""
        given = self.header("content-type").partition(";")[0].strip().lower()
        if given != wanted:
            raise MalformedMessage(f"is {quoted(given)}, not {wanted}")


class Source(Protocol):
    """One account whose events this oracle takes in."""

    @property
    def account(self) -> str: ...

    @property
    def adapter(self) -> str:
        """Its name in agreements."""
        ...

    @property
    def version(self) -> str:
        """Kept beside each event; changes when the same bytes would make other events."""
        ...

    @property
    def headers(self) -> tuple[str, ...]:
        """Which headers are kept with the bytes, so that the signature can be checked again."""
        ...

    def verify(self, message: Message, now: int) -> str:
        """The id of the delivery, by which a second one is known. An IntakeProblem unless the source sent it."""
        ...

    def events(self, message: Message) -> list[Event]:
        """What a verified message says, whole; MalformedMessage, or EventProblem for the first event at fault."""
        ...
