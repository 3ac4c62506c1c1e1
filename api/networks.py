"""Chains by their number: name, coin, and whether its money is worth anything. Knows no contract and no node."""

from dataclasses import dataclass

from escrow.ids import ZERO_ADDRESS
from escrow.money import Token


@dataclass(frozen=True)
class Network:
    chain_id: int
    name: str
    coin: str
    is_test: bool

    @property
    def coin_token(self) -> Token:
        """The chain's own coin, which terms name by address zero."""
        return Token(ZERO_ADDRESS, self.coin, 18)


_KNOWN = (
    Network(1, "Ethereum", "ETH", False),
    Network(10, "OP Mainnet", "ETH", False),
    Network(137, "Polygon", "POL", False),
    Network(8453, "Base", "ETH", False),
    Network(42161, "Arbitrum One", "ETH", False),
    Network(1337, "Local test chain", "ETH", True),
    Network(31337, "Local test chain", "ETH", True),
    Network(17000, "Holesky", "ETH", True),
    Network(84532, "Base Sepolia", "ETH", True),
    Network(421614, "Arbitrum Sepolia", "ETH", True),
    Network(560048, "Hoodi", "ETH", True),
    Network(11155111, "Sepolia", "ETH", True),
    Network(11155420, "OP Sepolia", "ETH", True),
)
_BY_ID = {network.chain_id: network for network in _KNOWN}


def network_of(chain_id: int) -> Network:
    """An unknown chain counts as a real one: a missing warning about test money harms less than a wrong one."""
    return _BY_ID.get(chain_id) or Network(chain_id, f"chain {chain_id}", "coin", False)
