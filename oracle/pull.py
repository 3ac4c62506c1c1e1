"""Reads the accounts that are pulled, page after page, beside the cycle. Each page's raw bytes are kept before its cursor
moves, so that a crash between the two only reads a page twice.

Knows HTTP, cursors and time; what a page says is its source's.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx
import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from escrow.errors import EscrowError, IntakeProblem, MeasureProblem, PullProblem
from oracle.db.connection import Database
from oracle.db.tables import pull_cursor
from oracle.intake import Intake
from oracle.sources import Message, Source
from oracle.sources.json_pull import JsonPull
from oracle.sources.source import PULL

MOST_PAGES = 1_000
"""In one turn of an account; the rest comes in the next one."""
LONGEST_WAIT = 3_600
"""Seconds, however long a server asks to be left alone."""
DEFAULT_WAIT = 60
TOKEN_MARGIN = 30
"""Seconds before its end in which a token is not used any more."""
TIMEOUT_SECONDS = 30
_MOST_TOKEN_BYTES = 64 * 1024

log = structlog.get_logger()


class Cursors:
    """How far each account was read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account: str) -> str | None:
        with self._database.read() as connection:
            query = select(pull_cursor.c.cursor).where(pull_cursor.c.source_account == account)
            return connection.execute(query).scalar_one_or_none()

    def put(self, account: str, cursor: str, now: int) -> None:
        values = {"cursor": cursor, "moved_at": now}
        with self._database.write() as connection:
            moved = update(pull_cursor).where(pull_cursor.c.source_account == account).values(values)
            if not connection.execute(moved).rowcount:
                connection.execute(insert(pull_cursor).values(source_account=account, **values))


@dataclass
class _State:
    source: JsonPull
    next_at: int = 0
    token: str | None = None
    token_until: int = 0
    problem: str | None = None


class Puller:
    """`clock` is the machine's, in Unix seconds; it only spaces the questions."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        intake: Intake,
        cursors: Cursors,
        clock: Callable[[], int],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._states = [_State(source) for source in sources.values() if isinstance(source, JsonPull)]
        self._intake = intake
        self._cursors = cursors
        self._clock = clock
        # Whoever answers with a redirect would be given the key.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, transport=transport)

    @property
    def accounts(self) -> Sequence[str]:
        return [state.source.account for state in self._states]

    def run(self, stop: threading.Event) -> None:
        """Until it is stopped."""
        while self._states and not stop.wait(1):
            self.turn()

    def turn(self) -> None:
        """Every account whose time has come is read up to its end; what is wrong with one holds up no other."""
        for state in self._states:
            if self._clock() < state.next_at:
                continue
            state.next_at = self._clock() + state.source.every_seconds
            try:
                self._pull(state)
            except (EscrowError, SQLAlchemyError, OSError) as error:
                code = error.code if isinstance(error, EscrowError) else type(error).__name__
                self._say(state, code, str(error) if isinstance(error, EscrowError) else "the database or the disk failed")
            else:
                if state.problem is not None:
                    log.info("pulling again", account=state.source.account)
                state.problem = None

    def close(self) -> None:
        self._client.close()

    def _say(self, state: _State, code: str, reason: str) -> None:
        if state.problem != reason:
            log.warning(f"pull: {reason}", account=state.source.account, code=code)
        state.problem = reason

    def _pull(self, state: _State) -> None:
        source = state.source
        cursor = self._cursors.get(source.account)
        seen = {cursor}
        for _ in range(MOST_PAGES):
            body, target = self._page(state, cursor)
            try:
                self._intake.take_page(source, Message({}, body, PULL, target))
                following = source.next_cursor(body)
                last = following or source.last_cursor(body)
            except (IntakeProblem, MeasureProblem) as problem:
                raise PullProblem(source.account, f"gave a page that is refused: {problem}") from problem
            if following is not None and following in seen:
                raise PullProblem(source.account, "gave a cursor that it gave before, so its pages have no end")
            if last is not None and last != cursor:
                self._cursors.put(source.account, last, self._clock())
            if following is None:
                return
            seen.add(following)
            cursor = following

    def _page(self, state: _State, cursor: str | None) -> tuple[bytes, str]:
        """Its bytes, and the path and query that gave it."""
        source = state.source
        url = httpx.URL(source.url)
        if cursor is not None and source.paging is not None:
            url = url.copy_set_param(source.paging.parameter, cursor)
        request = self._client.build_request("GET", url, headers={"Authorization": f"Bearer {self._token(state)}"})
        status, body = self._answer(state, request, self._intake.most_bytes)
        if status != 200:
            if status == 401:
                state.token = None
            raise PullProblem(source.account, f"answers with status {status}")
        return body, url.raw_path.decode("ascii")

    def _token(self, state: _State) -> str:
        oauth, now = state.source.oauth, self._clock()
        if oauth is None:
            return state.source.secret
        if state.token is None or now >= state.token_until:
            form = {"grant_type": "client_credentials"} | ({"scope": oauth.scope} if oauth.scope else {})
            request = self._client.build_request("POST", oauth.token_url, data=form)
            basic = httpx.BasicAuth(oauth.client_id, state.source.secret)
            status, body = self._answer(state, request, _MOST_TOKEN_BYTES, basic)
            if status != 200:
                raise PullProblem(state.source.account, f"gives no token: status {status}")
            state.token, lifetime = _token_in(body, state.source.account)
            state.token_until = now + max(lifetime - TOKEN_MARGIN, 0)
        return state.token

    def _answer(
        self, state: _State, request: httpx.Request, most_bytes: int, auth: httpx.BasicAuth | None = None
    ) -> tuple[int, bytes]:
        account = state.source.account
        try:
            response = self._client.send(request, stream=True, auth=auth)
            try:
                if response.status_code in (429, 503):
                    wait = _retry_after(response.headers.get("retry-after"))
                    state.next_at = self._clock() + wait
                    raise PullProblem(account, f"answers with status {response.status_code}: asked again in {wait} s")
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > most_bytes:
                        raise PullProblem(account, f"gives more than {most_bytes} bytes at once")
                return response.status_code, bytes(body)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise PullProblem(account, f"can't be read: {type(error).__name__}") from error


def _retry_after(text: str | None) -> int:
    """Seconds. Dates are not read: what matters is that the server is left alone."""
    if text is None or not text.isascii() or not text.isdigit():
        return DEFAULT_WAIT
    return min(max(int(text), 1), LONGEST_WAIT)


def _token_in(body: bytes, account: str) -> tuple[str, int]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise PullProblem(account, "gives a token that is no JSON") from error
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise PullProblem(account, "gives no access_token")
    lifetime = answer.get("expires_in")
    return token, lifetime if isinstance(lifetime, int) and not isinstance(lifetime, bool) else DEFAULT_WAIT
