"""The web side over a chain in memory, asked without a socket."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from api.app import create_app
from api.deps import Services, make_services
from api.settings import ApiSettings
from escrow.events import Event
from tests import factories
from tests.api.fake_chain import FakeBlock, FakeChain, FakeNode
from tests.api.indexes import NOW, TestIndex, index_of


class TestClock:
    """The machine's clock, moved by hand."""

    __test__ = False

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Served:
    """`http` answers from the index, which `mine` keeps at the head of the chain."""

    http: TestClient
    services: Services
    clock: TestClock
    chain: FakeChain
    index: TestIndex

    def mine(self, *events: Event, at: int | None = None) -> FakeBlock:
        block = self.chain.mine(*events, at=at)
        self.index.catch_up()
        return block

    def mine_all(self, transactions: Iterable[list[Event]]) -> None:
        for events in transactions:
            self.chain.mine(*events)
        self.index.catch_up()

    def get(self, path: str, status: int = 200, **options: Any) -> Any:
        """The answer's JSON."""
        answer = self.http.get(path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def problem(self, path: str, status: int, code: str) -> Any:
        """The problem document, whose form is checked."""
        answer = self.http.get(path)
        require_problem(answer, status, code)
        return answer.json()


def require_problem(answer: Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    data = answer.json()
    assert data["status"] == status
    assert data["code"] == code
    assert data["type"] == f"urn:performance-escrow:problem:{code}"
    assert data["title"] and data["detail"]


@contextmanager
def serve(template: Path, folder: Path, chain: FakeChain, node: FakeNode, *, urls: tuple[str, ...] = ()) -> Iterator[Served]:
    path = folder / "served.sqlite"
    settings = ApiSettings(
        rpc_url="http://127.0.0.1:9",
        escrow_address=factories.domain().contract,
        chain_id=factories.domain().chain_id,
        database=f"sqlite:///{path}",
        documents_dir=folder / "documents",
        documents_urls=urls,
        documents_timeout=2,
    )
    with index_of(template, path, node) as index:
        clock = TestClock()
        services = make_services(settings, clock)
        try:
            yield Served(TestClient(create_app(services)), services, clock, chain, index)
        finally:
            services.close()
