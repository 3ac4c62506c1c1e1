"""A problem as a page: what happened to the money first, then why, then what to do. Knows no route."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.deps import Services
from api.problems import Problem
from api.templating import render

_HEADINGS = {
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That can’t be used",
    HTTPStatus.CONFLICT: "Not possible now",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available now",
    HTTPStatus.METHOD_NOT_ALLOWED: "Not possible here",
}
_NEXT = {
    HTTPStatus.NOT_FOUND: (
        "Look whether the address is whole. A deal that was opened a moment ago appears here in a few seconds."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: "Try again in a minute. Money in the contract is not touched by this.",
}


def show_problem(request: Request, problem: Problem) -> HTMLResponse:
    services: Services = request.app.state.services
    status = HTTPStatus(problem.status)
    text = problem.detail
    return HTMLResponse(
        render(
            "problem.html",
            network=services.network,
            contract=services.contract.domain.contract,
            freshness=None,
            query="",
            heading=_HEADINGS.get(status, status.phrase),
            text=f"{text[:1].upper()}{text[1:]}.",
            next_step=_NEXT.get(status, ""),
            status=problem.status,
            code=problem.code,
        ),
        problem.status,
    )
