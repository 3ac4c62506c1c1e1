"""Which documents the chain names. Knows hashes only."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from api.db import models
from escrow.ids import DocumentHash


def is_named(index: Session, document: DocumentHash) -> bool:
    """Whether a deal or a report in the index carries the hash."""
    by_deal = exists().where(models.Deal.agreement == document)
    by_report = exists().where(models.Settlement.evidence == document)
    return bool(index.scalar(select(or_(by_deal, by_report))))
