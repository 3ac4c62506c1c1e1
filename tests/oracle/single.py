"""One oracle's parts on a real database, without a chain, without peers and without a socket."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from standardwebhooks.webhooks import Webhook

from escrow.documents import DocumentStore
from escrow.events import DealOpened, Event, LogPosition, MemberAdded
from escrow.ids import Address, DealId, Timestamp
from escrow.measure import parse_mapping
from escrow.terms import Terms, deal_id_of, pack
from oracle.agreements import Agreements
from oracle.app import AppParts, create_app
from oracle.board import Board
from oracle.book import Book, Checkpoint
from oracle.db.connection import Database
from oracle.health import Health
from oracle.intake import Intake
from oracle.journal import Journal
from oracle.ledger import Ledger
from oracle.library import Library
from oracle.measuring import Measuring
from oracle.peers import Peers
from oracle.recorder import Recorder
from oracle.refusals import Refusals
from oracle.signer import Signer
from oracle.sources import Source
from oracle.sources.csv import CsvFile
from oracle.sources.signed_api import SignedApi
from tests import factories
from tests.oracle import made

MOST_BYTES = 300_000
OLD_KEY = made.secret("old key")


class Single:
    """Member a. It hears one account by each adapter; the first one has two live keys."""

    def __init__(self, database: Database, documents: Path) -> None:
        self.database = database
        self.domain = factories.domain()
        self.signer = Signer(factories.key("oracle-a"))
        self.now = made.now
        keys = (Webhook(made.secret(made.ACCOUNT)), Webhook(OLD_KEY))
        self.sources: dict[str, Source] = {
            made.ACCOUNT: SignedApi(made.ACCOUNT, keys),
            made.FILES: CsvFile(made.FILES, keys, parse_mapping(made.MAPPING)),
        }
        self.ledger, self.refusals, self.book = Ledger(database), Refusals(database), Book(database)
        self.store = DocumentStore(documents)
        self.journal = Journal(database)
        self.board = Board(self.journal, self.signer, self.domain)
        self.measuring = Measuring(self.ledger, self.store, self.board)
        library = Library(self.store, (), timeout=1, most_bytes=MOST_BYTES, clock=made.now)
        self.agreements = Agreements(library, self.sources)
        self.recorder = Recorder(self.ledger)
        self.intake = Intake(self.sources, self.ledger, self.recorder, self.refusals, most_bytes=MOST_BYTES, clock=self._now)
        self.peers = Peers((), self.domain, timeout=1, clock=made.now)
        self.health = Health(self._now, 5)
        self.http = TestClient(create_app(self._app_parts()))

    def close(self) -> None:
        self.http.close()
        self.recorder.close()
        self.peers.close()

    def send(self, body: bytes, account: str = made.ACCOUNT, message_id: str = "message-1", **headers: Any) -> Any:
        """A message by its rightful source; a header that is None is left out."""
        sender = made.Sender(content_type="text/csv" if account == made.FILES else "application/json")
        given = sender.headers(body, message_id) | {name.replace("_", "-"): value for name, value in headers.items()}
        present = {name: value for name, value in given.items() if value is not None}
        return self.http.post(f"/intake/{account}", content=body, headers=present)

    def open(self, terms: Terms, block: int = 1, *, members: str = "abc", active_at: int = 1) -> DealId:
        """The book has the deal, and its committee."""
        deal = deal_id_of(terms, self.domain)
        events: list[Event] = [
            MemberAdded(terms.committee, factories.person(f"oracle-{name}"), index, Timestamp(active_at), at(block))
            for index, name in enumerate("" if self.book.members(terms.committee) else members)
        ]
        packed = tuple(pack(terms))
        events.append(DealOpened(deal, terms.client, terms.agency, terms.client, terms.budget, packed, at(block)))
        self.book.add(events, Checkpoint(block, block_hash(block)))
        return deal

    def _now(self) -> int:
        return self.now()

    def _app_parts(self) -> AppParts:
        return AppParts(
            member=self.signer.address,
            gas_account=Address(factories.person("gas-a")),
            database=self.database,
            intake=self.intake,
            ledger=self.ledger,
            refusals=self.refusals,
            board=self.board,
            book=self.book,
            agreements=self.agreements,
            store=self.store,
            peers=self.peers,
            health=self.health,
        )


def at(block: int) -> LogPosition:
    return LogPosition(block, block_hash(block), "0x" + "aa" * 32, 0, 0)


def block_hash(block: int) -> str:
    return f"0x{block:064x}"
