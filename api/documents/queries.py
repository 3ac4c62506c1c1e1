"""Which documents the chain names. Knows hashes only."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from api.db import models
from escrow.ids import DocumentHash


def is_named(index: Session, document: DocumentHash) -> bool:
    """Whether a deal, a report or a dispute in the index carries the hash."""
    columns = (
        models.Deal.agreement,
        models.Settlement.evidence,
        models.WaitingReport.evidence,
        models.Dispute.reason,
    )
    return bool(index.scalar(select(or_(*(exists().where(column == document) for column in columns)))))
