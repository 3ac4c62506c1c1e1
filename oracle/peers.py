"""Asks the other members what they would sign. A peer that is down, slow or wrong costs nothing but its voice.

Knows HTTP and time-outs; whose voice counts is for those who ask. Each peer has one thread, which is waited for only so
long: HTTP has a time-out for each piece of an answer and none for the whole, so a hostile peer could go on for days.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from time import monotonic

import httpx

from escrow.eip712 import Domain
from escrow.errors import PeerProblem
from escrow.ids import Address, DealId, Timestamp
from oracle.standing import Standing, read_standing

MOST_BYTES = 8 * 1024
REST_SECONDS = 10
"""For which a peer that was too slow is not asked again, so that many reports do not wait for it one after another."""
_PLAIN = {"Accept-Encoding": "identity"}
"""An answer that is unpacked could be a thousand times as long as what was read."""

Answer = Future[Standing | None]


@dataclass(frozen=True)
class PeerState:
    """How the last question to a peer went. `member` is known once it showed a standing."""

    url: str
    member: Address | None
    answered_at: int | None
    problem: str | None


class Peers:
    """`clock` is the machine's; it only dates the states. `timeout` is for a whole answer."""

    def __init__(
        self,
        urls: Sequence[str],
        domain: Domain,
        *,
        timeout: float,  # not money
        clock: Callable[[], int],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._domain = domain
        self._clock = clock
        self._timeout = timeout
        self._client = httpx.Client(timeout=timeout, transport=transport, headers=_PLAIN)
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(self._urls)), thread_name_prefix="peer")
        self._states = {url: PeerState(url, None, None, None) for url in self._urls}
        self._late: dict[str, Answer] = {}
        self._rests_until: dict[str, float] = {}  # not money

    def ask(self, deal_id: DealId, as_of: Timestamp) -> list[Standing]:
        """The standings of those who have one and are not too slow, each proved by its own signatures."""
        now = monotonic()
        asked = {
            url: self._pool.submit(self._ask, url, deal_id, as_of) for url in self._urls if self._can_be_asked(url, now)
        }
        done, late = wait(asked.values(), timeout=self._timeout)
        for url, answer in asked.items():
            if answer in late:
                self._late[url] = answer
                self._states[url] = replace(self._states[url], problem=self._too_slow(url).why)
        return [standing for answer in asked.values() if answer in done and (standing := answer.result()) is not None]

    @property
    def states(self) -> Mapping[str, PeerState]:
        return dict(self._states)

    def close(self) -> None:
        # The connections first: that ends whoever still reads from one.
        self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _can_be_asked(self, url: str, now: float) -> bool:  # not money
        """Not while its last question is still under way, nor right after."""
        late = self._late.get(url)
        if late is not None and not late.done():
            return False
        self._late.pop(url, None)
        return now >= self._rests_until.get(url, now)

    def _ask(self, url: str, deal_id: DealId, as_of: Timestamp) -> Standing | None:
        before = self._states[url]
        try:
            data = self._download(url, f"{url}/peer/reports/{deal_id}/{as_of}")
            standing = None if data is None else self._read(url, data, deal_id, as_of)
        except PeerProblem as problem:
            self._states[url] = PeerState(url, before.member, before.answered_at, problem.why)
            return None
        member = standing.member if standing else before.member
        self._states[url] = PeerState(url, member, self._clock(), None)
        return standing

    def _download(self, url: str, address: str) -> bytes | None:
        """None where the peer has no standing yet."""
        try:
            with self._client.stream("GET", address) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    return None
                if response.status_code != httpx.codes.OK:
                    raise PeerProblem(url, f"answers with status {response.status_code}")
                if "content-encoding" in response.headers:
                    raise PeerProblem(url, "answers packed, which it was not asked for")
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise PeerProblem(url, f"answers with more than {MOST_BYTES} bytes")
                return bytes(data)
        except httpx.TimeoutException as error:
            raise self._too_slow(url) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PeerProblem(url, f"can't be reached: {type(error).__name__}") from error

    def _too_slow(self, url: str) -> PeerProblem:
        self._rests_until[url] = monotonic() + REST_SECONDS
        return PeerProblem(url, "answers too slowly")

    def _read(self, url: str, data: bytes, deal_id: DealId, as_of: Timestamp) -> Standing:
        try:
            return read_standing(data, deal_id, as_of, self._domain)
        except ValueError as error:
            raise PeerProblem(url, str(error)) from error
