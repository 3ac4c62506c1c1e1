"""What a request is answered with: settings, index, documents, chain. Made once in `__main__`, handed to routes here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.audit.verdict import Auditor
from api.db.connection import open_database
from api.db.schema import require_current
from api.documents.library import Library
from api.networks import Network, network_of
from api.settings import ApiSettings
from escrow.contract import EscrowContract
from escrow.documents import DocumentStore
from escrow.rpc import Rpc

Clock = Callable[[], int]
"""The machine's time in Unix seconds; only for how old the index is. Rules take the time of a block."""


@dataclass(frozen=True)
class Services:
    settings: ApiSettings
    engine: Engine
    """Can't write."""
    documents: DocumentStore
    library: Library
    """The same documents, and those of others."""
    auditor: Auditor
    rpc: Rpc
    contract: EscrowContract
    clock: Clock

    @property
    def network(self) -> Network:
        return network_of(self.settings.chain_id)

    def close(self) -> None:
        self.rpc.close()
        self.engine.dispose()


def make_services(settings: ApiSettings, clock: Clock) -> Services:
    """Opens nothing yet: node and database may come later than the pages."""
    rpc = Rpc(settings.rpc_url)
    documents = DocumentStore(settings.documents_dir)
    engine = open_database(settings.database)
    urls, timeout = settings.documents_urls, settings.documents_timeout
    library = Library(documents, urls, timeout, clock)
    return Services(
        settings=settings,
        engine=engine,
        documents=documents,
        library=library,
        auditor=Auditor(settings.domain, library, urls, timeout, clock),
        rpc=rpc,
        contract=EscrowContract(rpc, settings.domain),
        clock=clock,
    )


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]


def _index(services: ServicesDep) -> Iterator[Session]:
    """One view of the index for the whole request. IndexMissing."""
    with Session(services.engine) as session:
        require_current(session.connection())
        yield session


IndexDep = Annotated[Session, Depends(_index)]
