"""Tokens that deals are in, or that the form for a new deal offers."""

from fastapi import APIRouter

from api.deps import IndexDep, ServicesDep
from api.etag import TaggedRoute
from api.schemas import problems
from api.tokens import queries
from api.tokens.schemas import TokenAnswer, TokensAnswer

router = APIRouter(tags=["tokens"], route_class=TaggedRoute)


@router.get("/tokens", responses=problems())
def list_tokens(services: ServicesDep, index: IndexDep) -> TokensAnswer:
    found = queries.tokens(index, services.network)
    return TokensAnswer(tokens=[TokenAnswer.of(token) for token in found])
