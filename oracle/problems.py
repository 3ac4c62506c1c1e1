"""Errors as HTTP answers: problem documents (RFC 9457) whose code is the error's class."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from escrow import errors

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
STATUSES: Mapping[type[errors.EscrowError], HTTPStatus] = {
    errors.UnknownAccount: HTTPStatus.NOT_FOUND,
    errors.MissingHeader: HTTPStatus.BAD_REQUEST,
    errors.MissingParameter: HTTPStatus.BAD_REQUEST,
    errors.MalformedMessage: HTTPStatus.BAD_REQUEST,
    errors.StaleTimestamp: HTTPStatus.UNAUTHORIZED,
    errors.BadSignature: HTTPStatus.UNAUTHORIZED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.NotPushed: HTTPStatus.FORBIDDEN,
    errors.NotLive: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OriginMismatch: HTTPStatus.FORBIDDEN,
    errors.FutureEvent: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.LateWord: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Overloaded: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ReplayMismatch: HTTPStatus.CONFLICT,
    errors.EventConflict: HTTPStatus.CONFLICT,
    errors.MeasureProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InputProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.FaultsProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AgreementMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.SourceMissing: HTTPStatus.NOT_FOUND,
    errors.StandingMissing: HTTPStatus.NOT_FOUND,
    errors.DocumentMissing: HTTPStatus.NOT_FOUND,
    errors.EscrowError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""By the nearest ancestor."""
COME_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Every error of `app` is answered as a problem."""

    @app.exception_handler(errors.EscrowError)
    def _on_error(request: Request, error: errors.EscrowError) -> Response:
        status = next(STATUSES[cls] for cls in type(error).__mro__ if cls in STATUSES)
        data = {name: _plain(value) for name, value in error.data.items()}
        return _answer(status, error.code, str(error), data)

    @app.exception_handler(SQLAlchemyError)
    def _on_database(request: Request, error: SQLAlchemyError) -> Response:
        log.error("database failed", path=request.url.path, error=type(error).__name__)
        detail = "the oracle's database does not answer; nothing was changed"
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, "DatabaseProblem", detail, {})

    @app.exception_handler(RequestValidationError)
    def _on_request(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "RequestProblem", f"request can't be used: {faults}", {})

    @app.exception_handler(HTTPException)
    def _on_http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        response = _answer(status, status.phrase.title().replace(" ", ""), status.description.lower(), {})
        response.headers.update(error.headers or {})
        return response


def _answer(status: HTTPStatus, code: str, detail: str, data: Mapping[str, Any]) -> Response:
    body = {
        **data,
        "type": f"urn:performance-escrow:problem:{code}",
        "title": code,
        "status": int(status),
        "detail": detail,
        "code": code,
    }
    headers = {"Retry-After": str(RETRY_SECONDS)} if status in COME_AGAIN else None
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def _plain(value: Any) -> Any:
    """As JSON; what came from outside as text, and not too much of it."""
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)[:200]
