"""Documents for everybody, by their hash. Whoever gets one checks it with `sha256sum`."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api.db.schema import require_current
from api.deps import ServicesDep
from api.documents.queries import is_named
from api.schemas import problems
from escrow.errors import DocumentMissing
from escrow.ids import document_hash

router = APIRouter(tags=["documents"])


@router.get("/documents/{document}", response_class=Response, responses=problems(404, 422))
def get_document(document: str, services: ServicesDep) -> Response:
    """The bytes with this SHA-256. Those that a deal or a report names are also looked for at the oracles."""
    name = document_hash(document)
    data = services.library.at_hand(name)
    if data is None:
        with Session(services.engine) as index:
            require_current(index.connection())
            if not is_named(index, name):
                raise DocumentMissing(name, ())
        data = services.library.find(name)
    # The bytes can never be others under this name.
    headers = {"ETag": f'"{name}"', "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(data, media_type="application/json", headers=headers)
