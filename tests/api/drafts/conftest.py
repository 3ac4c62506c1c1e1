"""A web side over a fresh local chain with a committee and test dollars, asked without a socket."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import make_services
from api.indexer.run import Indexer
from api.settings import ApiSettings
from escrow.contract import Call, transact
from escrow.ids import ZERO_ADDRESS, CommitteeId
from tests.chain import LocalChain, anvil
from tests.factories import key, person

DOLLARS = 1_000_000 * 10**6


@dataclass(frozen=True)
class Web:
    """The pages and their chain."""

    chain: LocalChain
    http: TestClient
    settings: ApiSettings
    committee: CommitteeId

    def index(self) -> None:
        """The index knows all that is on the chain now."""
        with Indexer(self.settings, lambda: 0, Event()) as indexer:
            indexer.rebuild()

    def send(self, who: str, transaction: dict[str, Any]) -> None:
        """What a wallet does with an unsigned transaction."""
        call = Call(transaction["to"], transaction["data"], int(transaction["value"]))
        transact(self.chain.rpc, key(who), call)

    def stored(self) -> set[str]:
        """Names of all documents that were kept."""
        folder = Path(self.settings.documents_dir)
        return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.fixture(scope="session")
def chain() -> Iterator[LocalChain]:
    with anvil() as url, closing(LocalChain(url)) as local:
        for name in ("client", "agency", "stranger"):
            local.enrich(name)
        transact(local.rpc, local.deployer, local.dollar.mint_call(person("client"), DOLLARS))
        yield local


@pytest.fixture(scope="session")
def committee(chain: LocalChain) -> CommitteeId:
    call = chain.escrow.create_committee_call(
        admin=ZERO_ADDRESS,
        delay=0,
        min_quorum=2,
        max_quorum=3,
        members=sorted((person(name) for name in ("oracle a", "oracle b", "oracle c")), key=lambda at: int(at, 16)),
        salt=b"\x01" * 32,
    )
    return chain.escrow.committee_created(transact(chain.rpc, chain.deployer, call))


@pytest.fixture
def web(chain: LocalChain, committee: CommitteeId, tmp_path: Path) -> Iterator[Web]:
    snapshot = chain.rpc.call("evm_snapshot")
    settings = ApiSettings(
        rpc_url=chain.url,
        escrow_address=chain.domain.contract,
        chain_id=chain.domain.chain_id,
        database=f"sqlite:///{tmp_path}/index.sqlite",
        documents_dir=tmp_path / "documents",
        tokens=(chain.dollar.address,),
    )
    services = make_services(settings, lambda: 0)
    with closing(services), TestClient(create_app(services), follow_redirects=False) as http:
        web = Web(chain, http, settings, committee)
        web.index()
        yield web
    chain.rpc.call("evm_revert", [snapshot])
