"""The index's state as JSON."""

from typing import Self

from pydantic import BaseModel

from api.index.queries import Freshness
from api.networks import Network
from api.schemas import TimeText


class StatusAnswer(BaseModel):
    """`block_at` is the chain's time, by which statuses of deals are derived. `age_seconds`: since the node was last
    asked; `is_old` says that the figures may be out of date."""

    chain_id: int
    network: str
    is_test_network: bool
    contract: str
    block_number: int
    block_hash: str
    block_at: TimeText
    head_number: int
    age_seconds: int
    is_old: bool

    @classmethod
    def of(cls, found: Freshness, network: Network) -> Self:
        return cls(
            chain_id=found.chain_id,
            network=network.name,
            is_test_network=network.is_test,
            contract=found.contract,
            block_number=found.block_number,
            block_hash=found.block_hash,
            block_at=found.block_time,
            head_number=found.head_number,
            age_seconds=found.age_seconds,
            is_old=found.is_old,
        )
