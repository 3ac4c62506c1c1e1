"""The oracle over HTTP: intake for sources, standings for peers, documents and events for auditors, health for operators.

Knows paths and statuses; what happens behind them is their modules' own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from fastapi.telemetry import TelemetryConfig
from starlette.routing import Route

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

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Nobody listens, and what failed must not leave by a second way."""
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
    app = FastAPI(title="Performance oracle", docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY)
    problems.install(app)
    add_intake(app, parts.intake)
    _add_exchange(app, parts)
    _add_health(app, parts)
    return app


def add_intake(app: FastAPI, intake: Intake) -> None:
    # Nothing here waits in a thread, and FastAPI's reading of requests would take longer than all the rest.
    async def take(request: Request) -> Response:
        """One message, in the form of the account's adapter (see docs/adapters.md)."""
        account, query = request.path_params["account"], request.scope["query_string"]
        target = request.scope.get("raw_path", b"").decode("latin-1")
        if request.method == "HEAD":
            # Some vendors look first whether anybody is there.
            intake.require_known(account)
            return Response()
        if request.method == "GET":
            challenge = intake.challenge(account, query)
            if challenge is not None:
                return PlainTextResponse(challenge)
            message = Message(request.headers, query, "GET", target)
        else:
            target += f"?{query.decode('latin-1')}" if query else ""
            message = Message(request.headers, await _body_of(request, intake.most_bytes), "POST", target)
        answer = await intake.take_soon(account, message)
        return JSONResponse({"accepted": answer.accepted, "duplicates": answer.duplicates}, HTTPStatus.ACCEPTED)

    # First, since routes are tried in their order.
    app.router.routes.insert(0, Route("/intake/{account}", take, methods=["POST", "GET", "HEAD"]))


async def _body_of(request: Request, most_bytes: int) -> bytes:
    """The raw bytes, and of a message that is too long only so many that it shows."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            break
    return bytes(body)


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
