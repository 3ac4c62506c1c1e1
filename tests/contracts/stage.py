"""Where the lives of the state machine are played, and what can be seen of it from outside.

Knows accounts, coins and the views of the contract; nothing of what should be there.
"""

from dataclasses import dataclass

import batch
import clock
from deals import Coin, Deal, named_claim, named_state
from terms import Terms


@dataclass(frozen=True)
class Sight:
    """What the chain answers at one block. Purses are by account and coin."""

    at: int
    states: list[dict]
    claims: list[dict]
    adjusts: list[int]
    statuses: list[int]
    balances: dict[tuple[str, str], int]
    credits: dict[tuple[str, str], int]


@dataclass(frozen=True)
class Stage:
    """What is there before the first life, and after each."""

    escrow: object
    terms: Terms
    people: dict
    oracles: list
    coins: dict[str, Coin]
    parties: dict

    @property
    def accounts(self) -> dict:
        """All who may have money: parties, the payer of all deals, and two who get none: the arbiter and a stranger."""
        return {**self.parties, **{name: self.people[name] for name in ("patron", "arbiter", "stranger")}}

    def look(self, deals: list[Deal]) -> Sight:
        coins = self.coins.values()
        accounts = [each.address for each in self.accounts.values()]
        holders = [*accounts, self.escrow.address]
        reads = {
            **{("state", place): batch.call(self.escrow.dealOf, deal.words) for place, deal in enumerate(deals)},
            **{("claim", place): batch.call(self.escrow.claimOf, deal.words) for place, deal in enumerate(deals)},
            **{("status", place): batch.call(self.escrow.statusOf, deal.words) for place, deal in enumerate(deals)},
            **{("balance", each, coin.address): coin.balance_read(each) for each in holders for coin in coins},
            **{
                ("credit", each, coin.address): batch.call(self.escrow.creditOf, coin.address, each)
                for each in accounts
                for coin in coins
            },
        }
        seen = dict(zip(reads, batch.read(list(reads.values())), strict=True))
        places = range(len(deals))
        return Sight(
            clock.now(),
            [named_state(seen["state", place]) for place in places],
            [named_claim(seen["claim", place][0]) for place in places],
            [seen["claim", place][1] for place in places],
            [seen["status", place] for place in places],
            {key[1:]: answer for key, answer in seen.items() if key[0] == "balance"},
            {key[1:]: answer for key, answer in seen.items() if key[0] == "credit"},
        )
