"""What the postbacks of tracking platforms have in common: a GET whose query is the message, and a shared token in it.

Knows queries, tokens, amounts and statuses; which topic a query is about, and when it was, is each platform's own file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import parse_qsl

from pydantic import StringConstraints

from escrow.errors import BadSignature, EventProblem, MalformedMessage, MissingParameter
from escrow.measure import Kind
from oracle.sources.account import Name, VendorAccount, require_impersonal
from oracle.sources.money import Money, money_of
from oracle.sources.payload import Told, event_id
from oracle.sources.signature import is_one_of

MOST_PARAMETERS = 100
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True)
class Query:
    parameters: Mapping[str, str]

    def text(self, name: str) -> str:
        """MissingParameter where it is not there, or empty."""
        found = self.parameters.get(name, "")
        if not found:
            raise MissingParameter(name)
        return found

    def maybe(self, name: str) -> str | None:
        """None where it is not there, or empty: platforms fill what they do not know with nothing."""
        return self.parameters.get(name) or None

    def unix(self, name: str) -> int:
        text = self.text(name)
        if not _SECONDS.fullmatch(text):
            raise EventProblem(0, name, text, "is no time in Unix seconds")
        return int(text)

    def money(self, name: str, currency: str | None) -> Money | None:
        """None where no amount is given."""
        text = self.maybe(name)
        if text is None:
            return None
        if currency is None:
            raise EventProblem(0, name, text, "is an amount, and neither the message nor the account says its currency")
        try:
            found = money_of(text, currency)
        except ValueError as error:
            raise EventProblem(0, name, text, str(error)) from error
        if found.minor < 0:
            raise EventProblem(0, name, text, "is negative")
        return found

    def attributes(self, names: Sequence[str]) -> dict[str, str | int | None]:
        """A whole number as a number, since rules compare those."""
        found = {name: self.maybe(name) for name in names}
        return {name: int(text) if text and _WHOLE.fullmatch(text) else text for name, text in found.items()}

    def require_token(self, account: str, name: str, tokens: Sequence[bytes]) -> None:
        """BadSignature unless the parameter is one of them."""
        if not is_one_of(tokens, self.text(name)):
            raise BadSignature(account)


class Tracker(Protocol):
    """An account of a tracking platform, as far as its postbacks are read alike."""

    @property
    def goals(self) -> Mapping[str, str]: ...

    @property
    def currency(self) -> str | None: ...

    @property
    def attributes(self) -> tuple[str, ...]: ...


def told_by_status(
    query: Query,
    tracker: Tracker,
    topic: str,
    *,
    kinds: Mapping[str, Kind | None],
    order: str,
    own: Sequence[str],
    time: Callable[[], int],
) -> Told | None:
    """A conversion with a `transaction_id`, an `amount` and a `status`, which `kinds` says the meaning of; without one it is
    approved. None where it means nothing yet, or the topic is none of the account's. `order` is the parameter that tells
    orders of one transaction apart."""
    status = query.maybe("status") or "approved"
    if status not in kinds:
        raise EventProblem(0, "status", status, f"is not one of {', '.join(kinds)}")
    kind, unit = kinds[status], query.text("transaction_id")
    if kind is None or topic not in tracker.goals:
        return None
    name = event_id(unit, topic, query.maybe(order) or "", str(kind))
    words = {**query.attributes((*own, *tracker.attributes)), "topic": topic, "status": status}
    money = query.money("amount", query.maybe("currency") or tracker.currency) if kind is Kind.CONVERSION else None
    return Told(kind, tracker.goals[topic], name, unit, time(), money, words)


def query_of(body: bytes) -> Query:
    """MalformedMessage for what is no query, or could be read in two ways."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as error:
        raise MalformedMessage("is no query of an address") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedMessage("has a parameter twice")
    return Query(found)


class PostbackAccount(VendorAccount):
    currency: Currency | None = None
    attributes: tuple[Name, ...] = ()
    """Parameters that become attributes under their own names."""

    def own_attributes(self) -> tuple[str, ...]:
        """ValueError for one that tells who somebody is."""
        return require_impersonal(self.attributes)
