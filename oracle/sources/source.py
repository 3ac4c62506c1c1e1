"""What every adapter is to the rest of the oracle. A new one is a file with such a class, and its line in `registry`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from escrow.errors import MalformedMessage, MissingHeader
from escrow.measure import Event
from escrow.texts import quoted

POST, GET = "POST", "GET"
PULL = "PULL"
"""Nobody sends: this oracle reads by itself."""


@dataclass(frozen=True)
class Message:
    """As it came: the raw bytes, and the headers with lower-case names.

    `target` is the raw path, with the query of a POST; the query of a GET is its `body`.
    """

    headers: Mapping[str, str]
    body: bytes
    method: str = POST
    target: str = ""
    received_at: int = 0
    """Unix seconds, by this machine's clock."""

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
    def method(self) -> str:
        """By which its messages come: POST, GET with the data in the query, or PULL."""
        ...

    @property
    def headers(self) -> tuple[str, ...]:
        """Which headers are kept with the bytes, so that the signature can be checked again."""
        ...

    @property
    def first_stays(self) -> bool:
        """Whether a known event that comes with another content is merely noted, and the message taken.

        So it is for vendors, who say the same again in other words and stop sending when they are refused. Who sends to
        the project's own API is told, EventConflict.
        """
        ...

    def verify(self, message: Message, now: int) -> str:
        """The id of the delivery, by which a second one is known. An IntakeProblem unless the source sent it."""
        ...

    def events(self, message: Message) -> list[Event]:
        """What a verified message says, whole, and nothing where its topic is none of the account's.

        MalformedMessage, NotLive, OriginMismatch, or EventProblem for the first event at fault.
        """
        ...


@runtime_checkable
class AnswersChallenge(Protocol):
    """A source whose vendor asks, before it sends anything, whether the address is meant."""

    def answer_challenge(self, query: bytes) -> str:
        """The text to answer with; an IntakeProblem for somebody else's question."""
        ...
