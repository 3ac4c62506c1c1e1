"""Tokens as JSON."""

from typing import Self

from pydantic import BaseModel

from escrow.money import Token


class TokenAnswer(BaseModel):
    """Address zero is the chain's own coin. A token that says nothing of itself has no symbol and 0 decimals."""

    address: str
    symbol: str
    decimals: int

    @classmethod
    def of(cls, token: Token) -> Self:
        return cls(address=token.address, symbol=token.symbol, decimals=token.decimals)


class TokensAnswer(BaseModel):
    tokens: list[TokenAnswer]
