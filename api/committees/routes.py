"""Committees of oracles, for whoever chooses one."""

from fastapi import APIRouter

from api.committees import queries
from api.committees.schemas import CommitteeAnswer, CommitteesAnswer
from api.deps import IndexDep
from api.etag import TaggedRoute
from api.schemas import problems
from escrow.ids import committee_id

router = APIRouter(tags=["committees"], route_class=TaggedRoute)


@router.get("/committees", responses=problems())
def list_committees(index: IndexDep) -> CommitteesAnswer:
    """The newest first."""
    return CommitteesAnswer(committees=[CommitteeAnswer.of(found) for found in queries.committees(index)])


@router.get("/committees/{committee}", responses=problems(404, 422))
def get_committee(committee: str, index: IndexDep) -> CommitteeAnswer:
    return CommitteeAnswer.of(queries.committee(index, committee_id(committee)))
