"""How far the index has been read, for monitors and for readers who want to know how old figures are."""

from fastapi import APIRouter

from api.deps import IndexDep, ServicesDep
from api.index.queries import freshness
from api.index.schemas import StatusAnswer
from api.schemas import problems

router = APIRouter(tags=["index"])


@router.get("/status", responses=problems())
def get_status(services: ServicesDep, index: IndexDep) -> StatusAnswer:
    """503 IndexMissing until the first block was read."""
    return StatusAnswer.of(freshness(index, services.clock()), services.network)
