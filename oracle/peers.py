"""Asks the other members what they would sign. A peer that is down, slow or wrong costs nothing but its voice.

Knows HTTP and time-outs; whose voice counts is for those who ask.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

import httpx

from escrow.eip712 import Domain
from escrow.errors import PeerProblem
from escrow.ids import Address, DealId, Timestamp
from oracle.standing import Standing, read_standing

MOST_BYTES = 8 * 1024


@dataclass(frozen=True)
class PeerState:
    """How the last question to a peer went. `member` is known once it showed a standing."""

    url: str
    member: Address | None
    answered_at: int | None
    problem: str | None


class Peers:
    """`clock` is the machine's; it only dates the states."""

    def __init__(
        self,
        urls: Sequence[str],
        domain: Domain,
        *,
        timeout: int,
        clock: Callable[[], int],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._domain = domain
        self._clock = clock
        self._timeout = timeout
        self._client = httpx.Client(timeout=timeout, transport=transport)
        self._pool = ThreadPoolExecutor(max_workers=max(1, len(self._urls)), thread_name_prefix="peer")
        self._states = {url: PeerState(url, None, None, None) for url in self._urls}

    def ask(self, deal_id: DealId, as_of: Timestamp) -> list[Standing]:
        """The standings of those who have one, each proved by its own signatures."""
        answers = self._pool.map(lambda url: self._ask(url, deal_id, as_of), self._urls)
        return [standing for standing in answers if standing is not None]

    @property
    def states(self) -> Mapping[str, PeerState]:
        return dict(self._states)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

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
        # The client's time-out is for each piece; this one is for the whole.
        give_up_at = monotonic() + self._timeout
        try:
            with self._client.stream("GET", address) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    return None
                if response.status_code != httpx.codes.OK:
                    raise PeerProblem(url, f"answers with status {response.status_code}")
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > MOST_BYTES:
                        raise PeerProblem(url, f"answers with more than {MOST_BYTES} bytes")
                    if monotonic() > give_up_at:
                        raise PeerProblem(url, "answers too slowly")
                return bytes(data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PeerProblem(url, f"can't be reached: {type(error).__name__}") from error

    def _read(self, url: str, data: bytes, deal_id: DealId, as_of: Timestamp) -> Standing:
        try:
            return read_standing(data, deal_id, as_of, self._domain)
        except ValueError as error:
            raise PeerProblem(url, str(error)) from error
