"""Any JSON API that is read page by page. Nothing is signed: the trust is in the connection, which is this oracle's own.

Knows an account's settings and what a page says; `oracle.pull` asks for the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from escrow.agreement.model import SOURCE_NAMES, Adapter
from escrow.errors import NotPushed
from escrow.measure import Event
from oracle.sources.account import LEAST_SECRET, Account, require_impersonal
from oracle.sources.json_mapping import JsonMapping, at, parse_json_mapping, pointer_of
from oracle.sources.payload import load
from oracle.sources.source import PULL, Message, Source

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Paging:
    """The next page's cursor stands in the page at `next`, or in its last item at `last_item`; the parameter takes it."""

    parameter: str
    next: tuple[str, ...] | None
    last_item: tuple[str, ...] | None
    more: tuple[str, ...] | None
    """Where the page says whether another one comes; without it one comes as long as there is a cursor."""


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2.0, RFC 6749 section 4.4."""

    token_url: str
    client_id: str
    scope: str | None


@dataclass(frozen=True)
class JsonPull:
    account: str
    url: str
    mapping: JsonMapping
    paging: Paging | None
    every_seconds: int
    secret: str = field(repr=False)
    """The bearer key, or the client's secret."""
    oauth: ClientCredentials | None = None

    adapter: ClassVar[str] = Adapter.JSON_PULL
    version: ClassVar[str] = "json_pull/1"
    method: ClassVar[str] = PULL
    headers: ClassVar[tuple[str, ...]] = ()
    first_stays: ClassVar[bool] = True

    def verify(self, message: Message, now: int) -> str:
        """NotPushed, always: a page proves nothing to anybody who did not fetch it."""
        raise NotPushed(self.account)

    def events(self, message: Message) -> list[Event]:
        return self.mapping.events(load(message.body), self.account, SOURCE_NAMES[Adapter.JSON_PULL])

    def next_cursor(self, body: bytes) -> str | None:
        """Of the page after this one; None where it is the last."""
        page, paging = load(body), self.paging
        if paging is None or (paging.more is not None and at(page, paging.more) is not True):
            return None
        return self.last_cursor(body)

    def last_cursor(self, body: bytes) -> str | None:
        """From where to go on later, when more has come; None where the page says nothing of that."""
        page, paging = load(body), self.paging
        if paging is None:
            return None
        items = at(page, self.mapping.items)
        if paging.last_item is not None:
            found = at(items[-1], paging.last_item) if isinstance(items, list) and items else None
        else:
            found = at(page, paging.next or ())
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found) or None


class _Paging(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parameter: str = Setting(min_length=1)
    next: str | None = None
    last_item: str | None = None
    more: str | None = None


class _OAuth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token_url: str
    client_id: str
    scope: str | None = None


class JsonPullAccount(Account):
    adapter: Literal["json_pull"]
    url: str
    mapping: dict[str, Any] | None = None
    mapping_file: Path | None = None
    paging: _Paging | None = None
    oauth: _OAuth | None = None
    every_seconds: int = Setting(default=60, ge=1, le=86_400)

    def source(self, account: str, folder: Path) -> Source:
        secrets = self.secrets(folder)
        if len(secrets) != 1 or len(secrets[0]) < LEAST_SECRET:
            raise ValueError(f"needs one key of at least {LEAST_SECRET} characters")
        _require_safe(self.url)
        oauth = None
        if self.oauth is not None:
            _require_safe(self.oauth.token_url)
            oauth = ClientCredentials(self.oauth.token_url, self.oauth.client_id, self.oauth.scope)
        mapping = self._mapping(folder)
        require_impersonal((*mapping.attributes, *("/".join(one.pointer) for one in mapping.attributes.values())))
        return JsonPull(account, self.url, mapping, self._paging(), self.every_seconds, secrets[0], oauth)

    def _mapping(self, folder: Path) -> JsonMapping:
        if (self.mapping is None) == (self.mapping_file is None):
            raise ValueError("needs either a mapping or a mapping_file")
        data: bytes | Mapping[str, Any] = self.mapping or {}
        return parse_json_mapping(data if self.mapping_file is None else (folder / self.mapping_file).read_bytes())

    def _paging(self) -> Paging | None:
        given = self.paging
        if given is None:
            return None
        if (given.next is None) == (given.last_item is None):
            raise ValueError("has a paging that needs either next or last_item")
        steps = [None if text is None else pointer_of(text) for text in (given.next, given.last_item, given.more)]
        return Paging(given.parameter, *steps)


def _require_safe(url: str) -> None:
    """ValueError unless nobody between here and there can read along."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(f"has the url {parts.scheme}://{parts.hostname}, which is not https")
    if parts.username or parts.password:
        raise ValueError("has a url with a key in it; keys go into keys or keys_files")
