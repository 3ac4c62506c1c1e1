"""Accounts that are pulled, from a server on this machine that misbehaves as servers do."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from escrow.errors import MappingFaults, SettingsProblem
from escrow.measure import Event, Kind
from oracle.db.connection import Database
from oracle.pull import Cursors, Puller
from oracle.sources import Message
from oracle.sources.json_mapping import parse_json_mapping
from oracle.sources.json_pull import ClientCredentials, JsonPull, Paging
from tests.oracle.sources.hearing import NOW, Heard
from tests.oracle.test_sources import file, load_sources

SECRET = "a secret of sixteen"
MAPPING = {
    "schema": "json-mapping/1", "items": "/data",
    "members": {
        "source_event_id": {"pointer": "/id"}, "unit_id": {"pointer": "/order/id"}, "goal": {"constant": "order"},
        "occurred_at": {"pointer": "/at", "as": "unix"}, "value_minor": {"pointer": "/total", "as": "decimal"},
        "currency": {"pointer": "/currency"},
    },
    "attributes": {"state": {"pointer": "/state"}, "seconds": {"pointer": "/seconds", "as": "integer"}},
}  # fmt: skip
LAST_ITEM = Paging("after", None, ("id",), ("has_more",))
NEXT = Paging("cursor", ("next",), None, None)
Answer = tuple[int, Mapping[str, str], bytes]


def item(number: int, **changes: Any) -> dict[str, Any]:
    default = {
        "id": f"e-{number}",
        "order": {"id": 100 + number},
        "at": NOW - 60,
        "total": 49.9,
        "currency": "USD",
        "state": "paid",
    }
    return default | changes


def page(*items: Any, **members: Any) -> Answer:
    return 200, {}, json.dumps({"data": list(items), **members}).encode()


@dataclass
class Api:
    """Answers by cursor; what is asked for stays here."""

    url: str = ""
    pages: dict[str | None, Answer] = field(default_factory=dict)
    script: list[Answer] = field(default_factory=list)
    """These come first, whatever is asked."""
    asked: list[str | None] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    tokens: list[Answer] = field(default_factory=list)


@pytest.fixture
def api() -> Iterator[Api]:
    served = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            cursor = (query.get("after") or query.get("cursor") or [None])[0]
            served.asked.append(cursor)
            served.keys.append(self.headers.get("authorization", ""))
            self._answer(served.script.pop(0) if served.script else served.pages[cursor])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            served.keys.append(self.headers.get("authorization", ""))
            self._answer(served.tokens.pop(0))

        def _answer(self, answer: Answer) -> None:
            status, headers, body = answer
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | dict(headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    yield served
    server.shutdown()
    server.server_close()


class Pulling:
    """One account of that API, on a real ledger, at a time that the test sets."""

    def __init__(self, database: Database, source: JsonPull) -> None:
        self.heard = Heard(database, source)
        self.cursors = Cursors(database)
        sources = {source.account: source}
        self.puller = Puller(sources, self.heard.intake, self.cursors, lambda: self.heard.now)

    def turn(self, after: int = 60) -> list[str]:
        """What was logged, so many seconds after the last one."""
        self.heard.now += after
        with capture_logs() as logs:
            self.puller.turn()
        return [entry["event"] for entry in logs]

    @property
    def names(self) -> list[str]:
        return [one.source_event_id for one in self.heard.events()]

    def close(self) -> None:
        self.puller.close()
        self.heard.close()


@pytest.fixture
def pulling(database: Database, api: Api) -> Iterator[Callable[..., Pulling]]:
    made: list[Pulling] = []

    def one(paging: Paging | None = LAST_ITEM, **changes: Any) -> Pulling:
        source = JsonPull("orders", f"{api.url}/v1/orders?limit=2", parse_json_mapping(MAPPING), paging, 60, SECRET)
        made.append(Pulling(database, replace(source, **changes)))
        return made[-1]

    yield one
    for pull in made:
        pull.close()


def test_pull__pages__are_events_and_their_bytes_are_kept(api: Api, pulling: Callable[..., Pulling]) -> None:
    api.pages = {None: page(item(1), item(2), has_more=True), "e-2": page(item(3, state=None, seconds="7"), has_more=False)}
    pull = pulling()
    assert pull.turn() == []
    first, _, third = pull.heard.events()
    assert first == Event(
        "json_pull", "orders", "e-1", Kind.CONVERSION, "order", "101", NOW - 60, 1, 4_990, "USD", 2, {"state": "paid"}
    )
    assert third.attributes == {"seconds": 7}
    assert [(row.body, row.method, row.target) for row in pull.heard.deliveries()] == [
        (api.pages[None][2], "PULL", "/v1/orders?limit=2"),
        (api.pages["e-2"][2], "PULL", "/v1/orders?limit=2&after=e-2"),
    ]
    assert api.keys == [f"Bearer {SECRET}"] * 2


def test_pull__later_turns__go_on_where_the_last_one_ended_also_after_a_restart(
    api: Api, pulling: Callable[..., Pulling]
) -> None:
    api.pages = {None: page(item(1), has_more=False), "e-1": page(has_more=False)}
    pull = pulling()
    pull.turn()
    assert pull.cursors.get("orders") == "e-1"
    again = pulling()
    api.pages["e-1"] = page(item(2), has_more=False)
    again.turn()
    assert api.asked == [None, "e-1"] and again.names == ["e-1", "e-2"]
    again.turn(59)
    assert api.asked == [None, "e-1"]


def test_pull__cursor_in_the_page__is_followed_and_the_last_page_is_read_again(
    api: Api, pulling: Callable[..., Pulling]
) -> None:
    api.pages = {None: page(item(1), next="b"), "b": page(item(2), next=None)}
    pull = pulling(NEXT)
    pull.turn()
    api.pages["b"] = page(item(2), item(3), next="")
    pull.turn()
    assert api.asked == [None, "b", "b"] and pull.names == ["e-1", "e-2", "e-3"]


def test_pull__duplicates__count_once(api: Api, pulling: Callable[..., Pulling]) -> None:
    api.pages = {None: page(item(1), item(1), item(2), next="b"), "b": page(item(2), item(1, state="x"), next=None)}
    pull = pulling(NEXT)
    assert pull.turn() == [] and pull.names == ["e-1", "e-2"]
    assert pull.heard.refusals.counts() == {"EventConflict": 1}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {}, b'{"data": [{"id": "e-1", '), "refused: message is not JSON"),
        ((200, {}, b'{"rows": []}'), "refused: message has no list at '/data'"),
        (page(item(1), item(2, total=-1)), "refused: event 1: value_minor"),
        (page(item(1), item(2, at=NOW + 10_000)), "refused: event e-2 occurred at"),
        ((500, {}, b"oops"), "answers with status 500"),
        ((302, {"location": "http://127.0.0.1:1/steal"}, b""), "answers with status 302"),
        ((200, {"content-length": "500"}, b'{"data": []}'), "can't be read: RemoteProtocolError"),
        ((200, {}, b"x" * 100_001), "gives more than 100000 bytes"),
    ],
)
def test_pull__broken_page__is_named_changes_nothing_and_is_asked_for_again(
    api: Api, pulling: Callable[..., Pulling], answer: Answer, words: str
) -> None:
    api.pages = {None: page(item(1), has_more=True), "e-1": page(item(2), has_more=False)}
    api.script = [api.pages[None], answer, answer]
    pull = pulling()
    (said,) = pull.turn()
    assert words in said and SECRET not in said
    # The same reason is said once.
    assert [one for one in pull.turn() if one.partition(",")[0] != said.partition(",")[0]] == []
    assert pull.cursors.get("orders") == "e-1" and pull.names == ["e-1"]
    assert pull.turn() == ["pulling again"] and pull.names == ["e-1", "e-2"]


@pytest.mark.parametrize("back_to", ["b", "a"])
def test_pull__cursor_that_goes_back__ends_the_turn_by_name(api: Api, pulling: Callable[..., Pulling], back_to: str) -> None:
    api.pages = {None: page(item(1), next="a"), "a": page(item(2), next="b"), "b": page(item(3), next=back_to)}
    pull = pulling(NEXT)
    (said,) = pull.turn()
    assert "gave a cursor that it gave before" in said
    assert pull.names == ["e-1", "e-2", "e-3"] and len(api.asked) == 3


@pytest.mark.parametrize(("header", "wait"), [("7", 7), ("0", 1), ("999999", 3_600), ("soon", 60), (None, 60), ("-1", 60)])
@pytest.mark.parametrize("status", [429, 503])
def test_pull__server_asks_to_be_left_alone__is_for_as_long_as_it_says(
    api: Api, pulling: Callable[..., Pulling], header: str | None, wait: int, status: int
) -> None:
    api.pages = {None: page(item(1), has_more=False)}
    api.script = [(status, {} if header is None else {"retry-after": header}, b"")]
    pull = pulling()
    (said,) = pull.turn()
    assert f"status {status}: asked again in {wait} s" in said
    pull.turn(wait - 1)
    assert len(api.asked) == 1
    pull.turn(1)
    assert len(api.asked) == 2 and pull.names == ["e-1"]


def test_pull__oauth__token_is_used_until_it_ends_and_never_shown(api: Api, pulling: Callable[..., Pulling]) -> None:
    def token(text: str) -> Answer:
        return 200, {}, json.dumps({"access_token": text, "expires_in": 100}).encode()

    api.pages = {None: page(item(1), has_more=False), "e-1": page(has_more=False)}
    api.tokens = [token("first-token"), token("second-token")]
    pull = pulling(oauth=ClientCredentials(f"{api.url}/token", "us", "read"))
    pull.turn()
    pull.turn()
    pull.turn()
    assert [key.split()[0] for key in api.keys] == ["Basic", "Bearer", "Bearer", "Basic", "Bearer"]
    assert [key for key in api.keys if "token" in key] == [
        "Bearer first-token", "Bearer first-token", "Bearer second-token",
    ]  # fmt: skip


def test_pull__oauth_that_fails__is_named_and_a_refused_token_is_fetched_anew(
    api: Api, pulling: Callable[..., Pulling]
) -> None:
    good = (200, {}, b'{"access_token": "t", "expires_in": 9000}')
    api.pages = {None: page(item(1), has_more=False)}
    api.tokens = [(401, {}, b""), (200, {}, b"{"), (200, {}, b"[]"), good, good]
    pull = pulling(oauth=ClientCredentials(f"{api.url}/token", "us", None))
    said = [word for _ in range(3) for word in pull.turn()]
    assert [text.partition("gives ")[2] for text in said] == [
        "no token: status 401", "a token that is no JSON", "no access_token",
    ]  # fmt: skip
    api.script = [(401, {}, b"")]
    assert "status 401" in pull.turn()[0]
    assert pull.turn() == ["pulling again"] and pull.names == ["e-1"] and api.tokens == []


def test_pull__one_account_that_is_down__holds_up_no_other(api: Api, pulling: Callable[..., Pulling]) -> None:
    api.pages = {None: page(item(1), has_more=False)}
    pull = pulling()
    down = replace(pull.heard.source, account="down", url="http://127.0.0.1:1/")  # type: ignore[type-var]
    sources: dict[str, Any] = {"down": down, "orders": pull.heard.source}
    with closing(Puller(sources, pull.heard.intake, pull.cursors, lambda: NOW)) as puller:
        puller.turn()
    assert pull.names == ["e-1"] and list(puller.accounts) == ["down", "orders"]


def test_pull__message_to_a_pulled_account__is_refused(pulling: Callable[..., Pulling]) -> None:
    pull = pulling()
    assert pull.heard.refused(Message({}, b"{}", "PULL")) == "NotPushed"
    assert pull.heard.refused(Message({}, b"{}")) == "NotPushed"


# The settings


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"schema": "json-mapping/2"}, "/schema"),
        ({"items": "data"}, "/items"),
        ({"members": {**MAPPING["members"], "unit_id": {"column": "x"}}}, "/members/unit_id/pointer"),  # type: ignore[dict-item]
        ({"members": {**MAPPING["members"], "occurred_at": {"pointer": "/at", "as": "days"}}}, "/members/occurred_at/as"),  # type: ignore[dict-item]
        ({"attributes": {"a b": {"pointer": "/x"}}}, "/attributes/a b"),
        ({"more": 1}, "/more"),
    ],
)
def test_mapping__faulty__names_the_place(change: Any, path: str) -> None:
    with pytest.raises(MappingFaults) as refused:
        parse_json_mapping(MAPPING | change)
    assert path in [fault.path for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("value", "form", "wanted"),
    [
        ({"a": [{"b~/": "x"}]}, {"pointer": "/v/a/0/b~0~1"}, "x"), (7, {"pointer": "/v"}, "7"), (True, {"pointer": "/v"}, "true"),
        ("2023-11-14T22:13:20.5+0000", {"pointer": "/v", "as": "rfc3339"}, "2023-11-14T22:13:20Z"),
        (1_700_000_000_999, {"pointer": "/v", "as": "unix_ms"}, "2023-11-14T22:13:20Z"),
    ],
)  # fmt: skip
def test_mapping__value__is_read_in_its_form(value: Any, form: Any, wanted: str) -> None:
    is_time = "as" in form
    members: Any = MAPPING["members"]
    changed = members | ({"occurred_at": form} if is_time else {"unit_id": form})
    (event,) = parse_json_mapping(MAPPING | {"members": changed}).events(
        {"data": [item(1, v=value, total="49.90")]}, "x", "json_pull"
    )
    assert event.to_json()["occurred_at" if is_time else "unit_id"] == wanted


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"url": "http://api.example/v1"}, "which is not https"),
        ({"url": f"https://key:{SECRET}@api.example/"}, "a url with a key in it"),
        ({"keys": ["short"]}, "needs one key of at least 16 characters"),
        ({"paging": {"parameter": "after"}}, "either next or last_item"),
        ({"paging": {"parameter": "after", "next": "next"}}, "no JSON pointer"),
        ({"oauth": {"token_url": "http://api.example/", "client_id": "us"}}, "which is not https"),
        ({"mapping": MAPPING | {"attributes": {"who": {"pointer": "/customer/email"}}}}, "tells who somebody is"),
        ({"mapping": {"schema": "x"}}, "mapping can't be used"),
        ({"every_seconds": 0}, "every_seconds"),
    ],
)
def test_load__faulty_pull__is_named_without_its_key(tmp_path: Path, change: Any, fault: str) -> None:
    account = {"adapter": "json_pull", "keys": [SECRET], "url": "https://api.example/v1", "mapping": MAPPING}
    assert load_sources(file(tmp_path, {"orders": account}))["orders"].adapter == "json_pull"
    with pytest.raises(SettingsProblem) as refused:
        load_sources(file(tmp_path, {"orders": account | change}, "other.json"))
    assert fault in str(refused.value) and SECRET not in str(refused.value)
