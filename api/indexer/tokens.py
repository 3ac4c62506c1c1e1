"""Asks tokens what they call themselves and how they count. Anyone can write a token, so any answer is possible."""

from collections.abc import Iterable
from dataclasses import dataclass

from escrow.errors import ContractMissing, RevertProblem, RpcRefused
from escrow.ids import Address
from escrow.rpc import Rpc
from escrow.token_contract import TokenContract

MOST_SYMBOL = 32
MOST_DECIMALS = 77
"""What 256 bits can hold."""


@dataclass(frozen=True)
class TokenFacts:
    """Nothing where the address does not answer as a token does."""

    address: Address
    symbol: str | None = None
    decimals: int | None = None


def read_tokens(rpc: Rpc, addresses: Iterable[Address]) -> list[TokenFacts]:
    """RpcUnreachable only: a token that refuses or talks nonsense must not stop the index."""
    return [_read(rpc, address) for address in sorted(addresses)]


def _read(rpc: Rpc, address: Address) -> TokenFacts:
    try:
        token = TokenContract(rpc, address).token()
    except (RevertProblem, ContractMissing, RpcRefused, UnicodeDecodeError):
        return TokenFacts(address)
    if token.decimals > MOST_DECIMALS:
        return TokenFacts(address)
    # PostgreSQL can't store a zero byte.
    return TokenFacts(address, token.symbol.replace("\0", "")[:MOST_SYMBOL], token.decimals)
