"""Puts one oracle together from its settings. Knows every part, and does nothing with them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from fastapi import FastAPI

from escrow.agreement.parse import MOST_BYTES as MOST_AGREEMENT_BYTES
from escrow.contract import EscrowContract
from escrow.documents import DocumentStore
from escrow.errors import KeystoreProblem
from escrow.nodes import Nodes
from escrow.rpc import Rpc
from oracle.agreements import Agreements
from oracle.app import AppParts, create_app
from oracle.board import Board
from oracle.book import Book
from oracle.cycle import Cycle, CycleParts
from oracle.db import schema
from oracle.db.connection import Database
from oracle.follow import Follower
from oracle.health import Health
from oracle.intake import Intake
from oracle.journal import Journal
from oracle.ledger import Ledger
from oracle.library import Library
from oracle.measuring import Measuring
from oracle.outbox import Outbox
from oracle.peers import Peers
from oracle.pull import Cursors, Puller
from oracle.recorder import Recorder
from oracle.refusals import Refusals
from oracle.sender import Sender, SendingRules
from oracle.settings import OracleSettings
from oracle.signer import Signer, read_key
from oracle.sources import load_sources

RESEND_SECONDS = 10
"""Nodes forget transactions; the same bytes again cost nothing."""


def machine_clock() -> int:
    """Unix seconds. Says how fresh a message is and spaces attempts; what is decided goes by the time of a block."""
    return int(datetime.now(UTC).timestamp())


@dataclass(frozen=True)
class Keys:
    signing: Signer
    gas: bytes = field(repr=False)


@dataclass(frozen=True)
class Oracle:
    """`close` when nothing of it runs any more."""

    settings: OracleSettings
    database: Database
    rpc: Rpc
    contract: EscrowContract
    peers: Peers
    library: Library
    cycle: Cycle
    health: Health
    app: FastAPI
    signer: Signer
    recorder: Recorder
    puller: Puller

    def close(self) -> None:
        self.puller.close()
        self.recorder.close()
        self.peers.close()
        self.library.close()
        self.rpc.close()
        self.database.close()


def open_keys(settings: OracleSettings) -> Keys:
    """KeystoreProblem for a file that others can read, a wrong password, or one key for both purposes."""
    signer = Signer(read_key(settings.keystore, settings.keystore_password_file))
    gas = read_key(settings.gas_keystore, settings.gas_keystore_password_file)
    if Signer(gas).address == signer.address:
        raise KeystoreProblem(str(settings.gas_keystore), "holds the signing key, which must not pay for gas")
    return Keys(signer, gas)


def open_database(settings: OracleSettings) -> Database:
    """Its tables are there, and it is the one of this contract."""
    database = Database(settings.database)
    schema.upgrade(database)
    schema.bind(database, settings.domain)
    return database


def open_nodes(settings: OracleSettings) -> Nodes:
    """As if they were one: the second one, where there is one, stands in for the first."""
    urls = [url for url in (settings.rpc_url, settings.rpc_backup_url) if url]
    nodes = [Rpc(url, timeout=settings.rpc_timeout) for url in urls]
    return Nodes(nodes, settings.chain_id, clock=machine_clock, most_apart=settings.head_seconds)


def assemble(settings: OracleSettings) -> Oracle:
    keys = open_keys(settings)
    sources = load_sources(settings.sources)
    database = open_database(settings)
    rpc = open_nodes(settings)
    contract = EscrowContract(rpc, settings.domain)
    ledger, refusals, book = Ledger(database), Refusals(database), Book(database)
    recorder = Recorder(ledger)
    intake = Intake(sources, ledger, recorder, refusals, most_bytes=settings.intake_bytes, clock=machine_clock)
    puller = Puller(sources, intake, Cursors(database), machine_clock)
    store = DocumentStore(settings.documents_dir)
    board = Board(Journal(database), keys.signing, settings.domain)
    peers = Peers(settings.peers, settings.domain, timeout=settings.peer_timeout, clock=machine_clock)
    library = Library(
        store,
        settings.documents_urls,
        timeout=settings.documents_timeout,
        most_bytes=MOST_AGREEMENT_BYTES,
        clock=machine_clock,
    )
    agreements = Agreements(library, sources)
    health = Health(machine_clock, settings.cycle_seconds)
    outbox = Outbox(database, Signer(keys.gas).address)
    rules = SendingRules(RESEND_SECONDS, settings.bump_seconds, settings.fee_ceiling)
    sender = Sender(rpc, settings.chain_id, keys.gas, outbox, rules, machine_clock)
    cycle = Cycle(
        CycleParts(
            member=keys.signing.address,
            contract=contract,
            follower=Follower(
                rpc,
                settings.domain,
                book,
                from_block=settings.from_block,
                confirmations=settings.confirmations,
                deepest_fork=settings.deepest_fork,
            ),
            book=book,
            agreements=agreements,
            measuring=Measuring(ledger, store, board),
            board=board,
            peers=peers,
            sender=sender,
            turn_seconds=settings.turn_seconds,
            clock=machine_clock,
            timer=monotonic,
        )
    )
    app = create_app(
        AppParts(
            member=keys.signing.address,
            gas_account=sender.account,
            database=database,
            intake=intake,
            ledger=ledger,
            refusals=refusals,
            board=board,
            book=book,
            agreements=agreements,
            store=store,
            peers=peers,
            health=health,
        )
    )
    return Oracle(settings, database, rpc, contract, peers, library, cycle, health, app, keys.signing, recorder, puller)
