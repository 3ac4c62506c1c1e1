"""Tokens in the index. Knows names and decimals; no balance."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db import models
from api.networks import Network
from escrow.ids import ZERO_ADDRESS, Address
from escrow.money import Token


def tokens(index: Session, network: Network) -> tuple[Token, ...]:
    """All that answer as tokens do, the chain's coin first."""
    rows = index.scalars(select(models.Token).order_by(models.Token.symbol, models.Token.address))
    return (network.coin_token, *(_token(row) for row in rows if row.decimals is not None))


def tokens_by_address(index: Session, network: Network, addresses: Iterable[Address]) -> Mapping[Address, Token]:
    """One for each address. A token that says nothing of itself has no symbol and is counted in base units."""
    wanted = set(addresses)
    found = {address: Token(address, "", 0) for address in wanted}
    rows = index.scalars(select(models.Token).where(models.Token.address.in_(wanted)))
    found.update({row.address: _token(row) for row in rows})
    if ZERO_ADDRESS in wanted:
        found[ZERO_ADDRESS] = network.coin_token
    return found


def _token(row: models.Token) -> Token:
    return Token(row.address, row.symbol or "", row.decimals or 0)
