"""The oracle over HTTP: intake for sources, standings for peers, documents and events for auditors, health for operators.

Knows paths and statuses; what happens behind them is their modules' own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from escrow.documents import DocumentStore
from escrow.errors import DocumentMissing, StandingMissing
from escrow.ids import Address, DealId, DocumentHash, Timestamp, deal_id, document_hash
from escrow.measure import export_lines
from oracle import problems
from oracle.agreements import Agreements
from oracle.board import Board
from oracle.book import Book
from oracle.db.connection import Database
from oracle.health import Health, status
from oracle.intake import Intake
from oracle.ledger import Ledger
from oracle.measuring import measured_events
from oracle.peers import Peers
from oracle.refusals import Refusals
from oracle.sources import Message
from oracle.standing import to_json

AsOf = Annotated[int, Path(ge=0, lt=2**40)]


@dataclass(frozen=True)
class AppParts:
    """What the answers come from."""

    member: Address
    gas_account: Address
    database: Database
    intake: Intake
    ledger: Ledger
    refusals: Refusals
    board: Board
    book: Book
    agreements: Agreements
    store: DocumentStore
    peers: Peers
    health: Health


def create_app(parts: AppParts) -> FastAPI:
    # Its documentation pages would come from elsewhere.
    app = FastAPI(title="Performance oracle", docs_url=None, redoc_url=None)
    problems.install(app)
    _add_intake(app, parts.intake)
    _add_exchange(app, parts)
    _add_health(app, parts)
    return app


def _add_intake(app: FastAPI, intake: Intake) -> None:
    async def body_of(request: Request) -> bytes:
        """The raw bytes, and of a message that is too long only so many that it shows. Only here the server waits for
        a sender, so only this is asynchronous."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > intake.most_bytes:
                break
        return bytes(body)

    @app.post("/intake/{account}", status_code=HTTPStatus.ACCEPTED)
    def take(account: str, request: Request, body: Annotated[bytes, Depends(body_of)]) -> dict[str, int]:
        """Standard Webhooks headers; `{"events": [...]}`, or a CSV file where the account's adapter takes one."""
        answer = intake.take(account, Message(request.headers, body))
        return {"accepted": answer.accepted, "duplicates": answer.duplicates}


def _add_exchange(app: FastAPI, parts: AppParts) -> None:
    @app.get("/peer/reports/{deal}/{as_of}")
    def standing(deal: str, as_of: AsOf) -> dict[str, Any]:
        return to_json(parts.board.posted(deal_id(deal), Timestamp(as_of)).standing)

    @app.get("/documents/{name}")
    def document(name: str) -> Response:
        data = parts.store.get(document_hash(name))
        if data is None:
            raise DocumentMissing(DocumentHash(name), ("this oracle",))
        return Response(data, media_type="application/json", headers={"Cache-Control": "max-age=31536000, immutable"})

    @app.get("/events/{deal}/{as_of}")
    def events(deal: str, as_of: AsOf) -> StreamingResponse:
        """One canonical JSON object a line, with unit keys in place of unit ids."""
        lines = _lines(parts, deal_id(deal), Timestamp(as_of))
        return StreamingResponse(lines, media_type="application/x-ndjson")


def _lines(parts: AppParts, deal: DealId, as_of: Timestamp) -> Iterator[bytes]:
    """The events that this member's report was made from; all that it knows where it had no part in the report."""
    terms = parts.book.terms(deal)
    if terms is None or not terms.starts_at < as_of <= terms.ends_at:
        raise StandingMissing(deal, as_of)
    agreement = parts.agreements.of(terms)
    locked = parts.board.locked(deal, as_of)
    position = parts.ledger.position() if locked is None else locked.ledger_position
    found = measured_events(parts.ledger, agreement, as_of, position)
    return (line + b"\n" for line in export_lines(agreement, found, as_of))


def _add_health(app: FastAPI, parts: AppParts) -> None:
    @app.get("/livez")
    def livez() -> JSONResponse:
        alive = parts.health.is_alive()
        return JSONResponse({"alive": alive}, HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        reasons = parts.health.why_not_ready(parts.database)
        code = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return JSONResponse({"ready": not reasons, "reasons": reasons}, code)

    @app.get("/status")
    def show_status() -> Any:
        return status(parts.health, parts.member, parts.gas_account, parts.ledger, parts.refusals, parts.peers)
