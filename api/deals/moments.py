"""Where on the chain something happened, as JSON."""

from typing import Self

from pydantic import BaseModel

from api.deals.history import Moment
from api.schemas import TimeText


class MomentAnswer(BaseModel):
    """The transaction, and its block with the block's time."""

    at: TimeText
    transaction_hash: str
    block_number: int
    block_hash: str

    @classmethod
    def of(cls, moment: Moment) -> Self:
        return cls(
            at=moment.at,
            transaction_hash=moment.transaction_hash,
            block_number=moment.block_number,
            block_hash=moment.block_hash,
        )
