"""What every page and route works with: the chain, its documents, its tokens. Made once at start-up; holds no key."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from api.networks import Network
from escrow.committee import Committee
from escrow.contract import EscrowContract, TokenContract
from escrow.documents import DocumentStore
from escrow.errors import ContractMissing, RevertProblem, TokenProblem
from escrow.ids import NO_DEAL, ZERO_ADDRESS, Address, CommitteeId, Timestamp
from escrow.money import Token
from escrow.rpc import Rpc

OLD_SECONDS = 60


@dataclass(frozen=True)
class Freshness:
    """How far the index has read, and how long ago: `age_seconds` by this machine's clock, `block_time` by the chain's."""

    block_number: int
    block_time: Timestamp
    age_seconds: int

    @property
    def is_old(self) -> bool:
        return self.age_seconds >= OLD_SECONDS


@dataclass(frozen=True)
class KnownCommittee:
    id: CommitteeId
    committee: Committee


@dataclass(frozen=True)
class Site:
    """`offered`: the tokens that the form lists, besides the chain's coin.

    `freshness` (None before the first block was read) and `committees` ask the index.
    """

    rpc: Rpc
    contract: EscrowContract
    network: Network
    documents: DocumentStore
    offered: tuple[Address, ...]
    freshness: Callable[[], Freshness | None]
    committees: Callable[[], list[KnownCommittee]]

    def token(self, address: Address) -> Token:
        """As the chain has it; TokenProblem where there is no token contract."""
        if address == ZERO_ADDRESS:
            return self.network.coin_token
        try:
            return TokenContract(self.rpc, address).token()
        except (RevertProblem, ContractMissing) as error:
            raise TokenProblem(NO_DEAL, address, 0) from error

    def tokens(self) -> list[Token]:
        """What the form offers, the coin last."""
        return [*(self.token(address) for address in self.offered), self.network.coin_token]

    def now(self) -> Timestamp:
        """Time of the newest block, by which the contract would judge."""
        return self.rpc.block("latest").timestamp


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
