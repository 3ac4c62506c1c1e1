"""Deploys the escrow and, on a local chain, the test dollar, and prints the settings that the other programs need.

    make deploy NETWORK=name

Runs under Brownie, in its own environment, so it knows nothing of escrow/. On a live network it asks for an account by
its name in Brownie's keystore. Nothing is sent to a chain that is not the one meant, nor when the code is too large.
"""

from typing import Any

from brownie import PerformanceEscrow, TestDollar, accounts, network, web3
from brownie._config import CONFIG
from brownie.network.transaction import TransactionReceipt

NAME, VERSION = "PerformanceEscrow", "1"
LOCAL_CHAIN_IDS = (31337, 1337)
"""Of Anvil and of Ganache. A fork of a live chain has the live chain's id."""
MOST_CODE = 24_576
"""EIP-170, bytes."""
DOMAIN_FIELDS = 0b01111
"""Of ERC-5267: name, version, chain id and contract, no salt."""


class DeployProblem(Exception):
    """What was looked at, what it is, and what it should be."""

    def __init__(self, thing: str, given: object, limit: object) -> None:
        super().__init__(f"{thing} is {given}, and should be {limit}")
        self.thing, self.given, self.limit = thing, given, limit


def main() -> None:
    """The escrow stands on the active network, and is the one that was compiled here; DeployProblem otherwise."""
    is_local = CONFIG.network_type == "development"
    chain_id = require_chain_id(LOCAL_CHAIN_IDS if is_local else (CONFIG.active_network["chainid"],))
    require_code_fits(PerformanceEscrow)
    if is_local:
        # Above the base fee of both local chains; Brownie would offer 0.
        network.gas_price("2 gwei")
        sender = accounts[0]
    else:
        sender = accounts.load(input(f"Account that pays on {network.show_active()}, by its name: "))

    escrow = deploy(PerformanceEscrow, sender)
    require_code_arrived(escrow)
    require_domain(escrow, chain_id)
    settings = {
        "ESCROW_ADDRESS": escrow.address,
        "ESCROW_CHAIN_ID": chain_id,
        "ESCROW_FROM_BLOCK": escrow.tx.block_number,
    }
    if is_local:
        settings["API_TOKENS"] = deploy(TestDollar, sender).address
    for name, value in settings.items():
        print(f"{name}={value}")


def deploy(container: Any, sender: Any) -> Any:
    """The new contract. Brownie gives back a receipt, and no error, when a live network did not create it."""
    created = container.deploy({"from": sender})
    if isinstance(created, TransactionReceipt):
        raise DeployProblem(f"status of {created.txid}", created.status.name, "Confirmed")
    return created


def require_chain_id(expected: tuple[int, ...]) -> int:
    """The chain's id, which is one of these."""
    given = int(web3.eth.chain_id)
    if given not in expected:
        raise DeployProblem(f"chain id of {network.show_active()}", given, " or ".join(map(str, expected)))
    return given


def require_code_fits(container: Any) -> None:
    """The compiled code is small enough for any chain that keeps EIP-170."""
    size = _compiled_size(container)
    if size > MOST_CODE:
        raise DeployProblem(f"code size of {container._name}", size, f"at most {MOST_CODE}")


def require_code_arrived(contract: Any) -> None:
    """There is as much code at the address as was compiled; the bytes differ by the immutable values in them."""
    size = len(web3.eth.get_code(contract.address))
    if size != _compiled_size(contract):
        raise DeployProblem(f"code size at {contract.address}", size, _compiled_size(contract))


def require_domain(contract: Any, chain_id: int) -> None:
    """Signatures for this contract can be made from docs/protocol.md, the chain's id and its address alone."""
    fields, name, version, given_chain_id, address, salt, extensions = contract.eip712Domain()
    for thing, given, limit in (
        ("fields of the domain", int(str(fields), 16), DOMAIN_FIELDS),
        ("name of the domain", name, NAME),
        ("version of the domain", version, VERSION),
        ("chain id of the domain", given_chain_id, chain_id),
        ("contract of the domain", str(address), contract.address),
        ("salt of the domain", int(str(salt), 16), 0),
        ("extensions of the domain", list(extensions), []),
    ):
        if given != limit:
            raise DeployProblem(thing, given, limit)


def _compiled_size(container: Any) -> int:
    return len(container._build["deployedBytecode"]) // 2
