"""Puts the web side together: routes, errors, headers. Knows no deal and reads no setting."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from secure.middleware import SecureASGIMiddleware

import api.audit.pages
import api.audit.routes
import api.committees.routes
import api.deals.pages
import api.deals.routes
import api.documents.routes
import api.drafts.pages
import api.drafts.routes
import api.home.pages
import api.index.routes
import api.tokens.routes
from api import problems
from api.deps import Services
from api.headers import SECURITY
from api.problem_page import show_problem
from api.templating import STATIC

VERSION = "1"
JSON_ROUTERS: tuple[APIRouter, ...] = (
    api.index.routes.router,
    api.deals.routes.router,
    api.audit.routes.router,
    api.committees.routes.router,
    api.tokens.routes.router,
    api.drafts.routes.router,
)
# The form's own path stands before the path of one deal, which would take it for an id.
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    api.documents.routes.router,
    api.home.pages.router,
    api.drafts.pages.router,
    api.deals.pages.router,
    api.audit.pages.router,
)


def create_app(services: Services) -> FastAPI:
    app = FastAPI(
        title="Performance Escrow",
        version=VERSION,
        openapi_url="/api/v1/openapi.json",
        # Its pages come from elsewhere, which the headers forbid.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.services = services
    app.add_middleware(SecureASGIMiddleware, secure=SECURITY)
    problems.install(app, show_problem)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in JSON_ROUTERS:
        app.include_router(router, prefix="/api/v1")
    for router in PAGE_ROUTERS:
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    """The name of the function that answers, such as list_deals."""
    return route.name
