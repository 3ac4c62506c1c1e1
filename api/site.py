"""What a page or a draft works with in one request: the chain, the documents, and the index. Holds no key."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from api.committees.queries import Committee, committees
from api.deps import Clock, IndexDep, ServicesDep
from api.documents.library import Library
from api.index.queries import Freshness, freshness
from api.networks import Network
from api.tokens.queries import tokens
from escrow.contract import EscrowContract, TokenContract
from escrow.errors import ContractMissing, IndexMissing, RevertProblem, TokenProblem
from escrow.ids import NO_DEAL, ZERO_ADDRESS, Address, Timestamp
from escrow.money import Token
from escrow.rpc import Rpc


@dataclass(frozen=True)
class Site:
    """`offered`: tokens that the form lists before any deal used them. `clock` is the machine's, for ages only."""

    rpc: Rpc
    contract: EscrowContract
    network: Network
    library: Library
    offered: tuple[Address, ...]
    index: Session
    clock: Clock

    def token(self, address: Address) -> Token:
        """As the chain has it now; TokenProblem where there is no token contract."""
        if address == ZERO_ADDRESS:
            return self.network.coin_token
        try:
            return TokenContract(self.rpc, address).token()
        except (RevertProblem, ContractMissing) as error:
            raise TokenProblem(NO_DEAL, address, 0) from error

    def tokens(self) -> list[Token]:
        """What the form offers: those of the settings, then those of deals, the coin last."""
        known = {token.address: token for token in tokens(self.index, self.network)}
        coin = known.pop(ZERO_ADDRESS)
        offered = [self.token(address) for address in self.offered]
        for token in offered:
            known.pop(token.address, None)
        return [*offered, *known.values(), coin]

    def committees(self) -> tuple[Committee, ...]:
        return committees(self.index)

    def now(self) -> Timestamp:
        """Time of the newest block, by which the contract would judge."""
        return self.rpc.block("latest").timestamp

    def known_time(self) -> Timestamp:
        """Of the block up to which the index is read, by which it tells statuses. IndexMissing."""
        return freshness(self.index, self.clock()).block_time

    def freshness(self) -> Freshness | None:
        """How far the index has read; None before the first block."""
        try:
            return freshness(self.index, self.clock())
        except IndexMissing:
            return None


def _site(services: ServicesDep, index: IndexDep) -> Site:
    return Site(
        rpc=services.rpc,
        contract=services.contract,
        network=services.network,
        library=services.library,
        offered=services.settings.tokens,
        index=index,
        clock=services.clock,
    )


SiteDep = Annotated[Site, Depends(_site)]
