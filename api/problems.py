"""Errors as HTTP answers: problem documents (RFC 9457) whose code is the error's class, or a page for a person.

Knows statuses and forms; what went wrong is the error's own to say.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
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
    errors.UnknownProblem: HTTPStatus.NOT_FOUND,
    errors.DocumentMissing: HTTPStatus.NOT_FOUND,
    errors.InputProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.FaultsProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TermsProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.AgreementMismatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MeasureProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DecimalsProblem: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DocumentCorrupt: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.IndexProblem: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ChainAccessProblem: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.EscrowError: HTTPStatus.CONFLICT,
}
"""By the nearest ancestor. Everything else that the contract would refuse is a conflict with its state."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Problem:
    """`data` are the members that this code has beyond those that all have."""

    status: int
    code: str
    title: str
    detail: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            **self.data,
            "type": f"urn:performance-escrow:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }


Page = Callable[[Request, Problem], Response]
"""Shows a problem to a person."""


def problem_of(error: errors.EscrowError) -> Problem:
    status = next(STATUSES[cls] for cls in type(error).__mro__ if cls in STATUSES)
    data = {name: _plain(value) for name, value in error.data.items()}
    return Problem(status, error.code, _title(error.code), str(error), data)


def problem_response(problem: Problem) -> Response:
    headers = {"Retry-After": str(RETRY_SECONDS)} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return JSONResponse(problem.to_json(), problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI, page: Page | None = None) -> None:
    """Every error of `app` is answered as a problem: as a page where `page` is given and a person asks, else as JSON."""

    def answer(request: Request, problem: Problem) -> Response:
        return page(request, problem) if page and wants_page(request) else problem_response(problem)

    @app.exception_handler(errors.EscrowError)
    def _on_error(request: Request, error: errors.EscrowError) -> Response:
        return answer(request, problem_of(error))

    @app.exception_handler(RequestValidationError)
    def _on_request(request: Request, error: RequestValidationError) -> Response:
        faults = [{"path": ".".join(map(str, fault["loc"])), "text": fault["msg"]} for fault in error.errors()]
        detail = "request can't be used: " + "; ".join(f"{fault['path']}: {fault['text']}" for fault in faults)
        return answer(request, _request_problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, {"faults": faults}))

    @app.exception_handler(HTTPException)
    def _on_http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        problem = Problem(status, status.phrase.title().replace(" ", ""), status.phrase, status.description.lower())
        response = answer(request, problem)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(SQLAlchemyError)
    def _on_database(request: Request, error: SQLAlchemyError) -> Response:
        log.error("database failed", path=request.url.path, error=type(error).__name__, exc_info=error)
        return answer(request, problem_of(errors.IndexMissing("its database does not answer")))

    @app.exception_handler(Exception)
    def _on_defect(request: Request, error: Exception) -> Response:
        # Logged with its trace by the server; an outsider learns nothing from it.
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return answer(request, Problem(status, "Defect", "Defect", "the server has a defect, and nothing was changed"))


def wants_page(request: Request) -> bool:
    """Whether a person asks with a browser, and not a program."""
    path = request.url.path
    return not path.startswith(("/api/", "/documents/")) and "text/html" in request.headers.get("accept", "")


def _request_problem(status: HTTPStatus, detail: str, data: Mapping[str, Any]) -> Problem:
    return Problem(status, "RequestProblem", "Request problem", detail, data)


def _title(code: str) -> str:
    """DealUnknown → "Deal unknown"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code)
    return words[0] + words[1:].lower()


def _plain(value: Any) -> Any:
    """As JSON; numbers as strings, since amounts are wider than a JSON reader's numbers."""
    match value:
        case bool() | None | str():
            return value
        case Enum():
            return value.name.lower()
        case int():
            return str(value)
        case tuple() | list():
            return [_plain(item) for item in value]
        case errors.EscrowError():
            return str(value)
    return {name: _plain(part) for name, part in vars(value).items()} if hasattr(value, "__dict__") else str(value)
