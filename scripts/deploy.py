"""Deploys the escrow and, on a local chain, the test dollar, and prints the settings that the other programs need.

    make deploy NETWORK=name

The escrow has the same address on every chain: it is created by CREATE2, through the factory that stands at one address
on nearly all of them (github.com/Arachnid/deterministic-deployment-proxy). Where the escrow is there already nothing is
sent, and it is checked all the same.

Runs under Brownie, in its own environment, so it knows nothing of escrow/. On a live network it asks for an account by
its name in Brownie's keystore. Nothing is sent to a chain that is not the one meant, nor when the code is too large.
"""

from typing import Any

from brownie import PerformanceEscrow, RareCalls, TestDollar, accounts, network, web3
from brownie._config import CONFIG
from brownie.network.transaction import TransactionReceipt

NAME, VERSION = "PerformanceEscrow", "1"
LOCAL_CHAIN_IDS = (31337, 1337)
"""Of Anvil and of Ganache. A fork of a live chain has the live chain's id."""
FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
FACTORY_CODE = (
    "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5"
    "8015156039578182fd5b8082525050506014600cf3"
)
SALT = bytes(32)
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
    for container in (PerformanceEscrow, RareCalls):
        require_code_fits(container)
    if is_local:
        # Above the base fee of both local chains; Brownie would offer 0.
        network.gas_price("2 gwei")
        sender = accounts[0]
    else:
        sender = accounts.load(input(f"Account that pays on {network.show_active()}, by its name: "))

    require_factory(is_local)
    escrow, block = deploy_escrow(sender)
    require_code_arrived(escrow)
    require_domain(escrow, chain_id)
    settings = {"ESCROW_ADDRESS": escrow.address, "ESCROW_CHAIN_ID": chain_id}
    if block is None:
        print("The escrow is there already.")
    else:
        settings["ESCROW_FROM_BLOCK"] = block
    if is_local:
        settings["API_TOKENS"] = deploy(TestDollar, sender).address
    for name, value in settings.items():
        print(f"{name}={value}")


def escrow_address() -> str:
    """Of CREATE2: the same for this code on every chain."""
    code = bytes.fromhex(PerformanceEscrow._build["bytecode"])
    return _address(b"\xff" + bytes.fromhex(FACTORY[2:]) + SALT + web3.keccak(code))


def deploy_escrow(sender: Any) -> tuple[Any, int | None]:
    """The escrow and the block that created it; no block where it was there before."""
    address = escrow_address()
    if web3.eth.get_code(address):
        return PerformanceEscrow.at(address), None
    code = bytes.fromhex(PerformanceEscrow._build["bytecode"])
    receipt = sender.transfer(FACTORY, 0, data="0x" + (SALT + code).hex())
    if receipt.status.name != "Confirmed":
        raise DeployProblem(f"status of {receipt.txid}", receipt.status.name, "Confirmed")
    return PerformanceEscrow.at(address), receipt.block_number


def require_factory(is_local: bool) -> None:
    """The factory is there. A local chain that comes without it is given one."""
    if is_local and not web3.eth.get_code(FACTORY):
        is_anvil = "anvil" in web3.client_version.lower()
        web3.provider.make_request("anvil_setCode" if is_anvil else "evm_setAccountCode", [FACTORY, FACTORY_CODE])
    code = web3.eth.get_code(FACTORY)
    if code != bytes.fromhex(FACTORY_CODE[2:]):
        raise DeployProblem(f"code at {FACTORY}", "0x" + bytes(code).hex(), FACTORY_CODE)


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


def require_code_arrived(escrow: Any) -> None:
    """There is as much code at both addresses as was compiled; the bytes differ by the immutable values in them."""
    for address, container in ((escrow.address, PerformanceEscrow), (rare_calls_address(escrow), RareCalls)):
        size = len(web3.eth.get_code(address))
        if size != _compiled_size(container):
            raise DeployProblem(f"code size at {address}", size, _compiled_size(container))


def rare_calls_address(escrow: Any) -> str:
    """Of the contract that the escrow created, with its first nonce."""
    return _address(bytes.fromhex("d694" + escrow.address[2:] + "01"))


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


def _address(preimage: bytes) -> str:
    return str(web3.to_checksum_address(web3.keccak(preimage)[12:]))


def _compiled_size(container: Any) -> int:
    return len(container._build["deployedBytecode"]) // 2
