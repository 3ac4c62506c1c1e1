"""The chain on which gas is measured: the contract, the token of the peers' rows, two committees, people.

Everything on it is the same at every run, to the byte, so that a figure is the same to the unit. Knows no row.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from eth_hash.auto import keccak

from escrow.calls import Call, Receipt, create, deploy, transact
from escrow.clock import parse_time
from escrow.contract import EscrowContract, TokenContract
from escrow.eip712 import Domain
from escrow.errors import EscrowError, RpcUnreachable
from escrow.ids import ZERO_ADDRESS, Address, CommitteeId, Units
from escrow.rpc import Rpc
from escrow.signing import address_of
from scripts.export_abi import SETTINGS, compile_contracts
from scripts.processes import Processes, wait_until

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DAY = 86_400
STARTS_AT = parse_time("2030-01-01T00:00:00Z")
"""When the deals begin; the chain begins a week before."""
DOLLAR = 10**6
AMOUNT = 1_000 * DOLLAR
COINS = 10**24
GAS_LIMIT = 16_000_000
"""Of each transaction, below the 2^24 that Osaka allows. What it uses does not depend on it."""

TOKEN_SOURCE = "contracts/mocks/TestDollar.sol"
TOKEN_SETTINGS = {"evmVersion": "cancun", "optimizer": {"enabled": True, "runs": 200}}
"""As the peers were measured with, so that only the escrow differs. The escrow is the one of `escrow/abi`."""
SETTING = (
    "Anvil, its newest rules; OpenZeppelin 5.4 ERC20Permit with 6 decimals, solc 0.8.30, 200 runs, cancun; "
    "1,000 tokens, 1 step"
)

ORACLES = ("oracle a", "oracle b", "oracle c", "oracle d", "oracle e")
COMMITTEES = {"2 of 3": (2, ORACLES[:3]), "3 of 5": (3, ORACLES)}


class OutcomeProblem(Exception):
    """A transaction that was mined and did something else than its row is about."""

    def __init__(self, thing: str, given: object, wanted: object) -> None:
        super().__init__(f"{thing} is {given}, and should be {wanted}")
        self.thing, self.given, self.wanted = thing, given, wanted


class LifeProblem(Exception):
    """What went wrong in the life of one deal, so that the rows it was for are not measured."""

    def __init__(self, life: str, problem: Exception) -> None:
        super().__init__(f"{life}: {problem}")
        self.life, self.problem = life, problem


def seeded(name: str, size: int = 32) -> bytes:
    """Bytes that look random and are always the same for one name."""
    return keccak(f"scripts/gas {name}".encode())[:size]


def person(name: str) -> Address:
    return address_of(seeded(name))


class GasChain:
    """Mines each transaction at once. Who sends has coins; the client has many tokens, the agency has one unit."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        for name in ("deployer", "client", "agency", "keeper"):
            rpc.call("anvil_setBalance", [person(name), hex(COINS)])
        deployer = seeded("deployer")
        self.escrow = EscrowContract(rpc, Domain(rpc.chain_id(), deploy(rpc, deployer, "PerformanceEscrow")))
        self.dollar = TokenContract(rpc, create(rpc, deployer, _token_code()))
        self.committees = {name: self._create_committee(name) for name in COMMITTEES}
        self.mint("client", 1_000 * AMOUNT)
        self.mint("agency", 1)

    def send(self, sender: str, call: Call) -> Receipt:
        return transact(self.rpc, seeded(sender), call, gas=GAS_LIMIT)

    def mint(self, name: str, units: int) -> None:
        self.send("deployer", self.dollar.mint_call(person(name), units))

    def balance(self, token: Address, account: Address) -> Units:
        if token != ZERO_ADDRESS:
            return self.dollar.balance_of(account)
        return Units(int(self.rpc.call("eth_getBalance", [account, "latest"]), 16))

    def measure(self, sender: str, call: Call, token: Address, moves: Mapping[Address, int]) -> tuple[int, Receipt]:
        """The gas of a transaction that changes the balances of these accounts by so much; OutcomeProblem otherwise."""
        before = {account: self.balance(token, account) for account in moves}
        receipt = self.send(sender, call)
        for account, change in moves.items():
            moved = self.balance(token, account) - before[account]
            if moved != change:
                raise OutcomeProblem(f"the change in the balance of {account}", moved, change)
        return int(receipt["gasUsed"], 16), receipt

    def move_clock(self, at: int) -> None:
        """The newest block is at `at`."""
        self.rpc.call("evm_setNextBlockTimestamp", [at])
        self.rpc.call("evm_mine")

    @contextmanager
    def undone(self, life: str) -> Iterator[None]:
        """What happens inside is gone afterwards, its time too. LifeProblem names the life that went wrong."""
        before = self.rpc.call("evm_snapshot")
        try:
            yield
        except (EscrowError, OutcomeProblem) as problem:
            raise LifeProblem(life, problem) from problem
        finally:
            self.rpc.call("evm_revert", [before])

    def _create_committee(self, name: str) -> CommitteeId:
        quorum, oracles = COMMITTEES[name]
        call = self.escrow.create_committee_call(
            admin=ZERO_ADDRESS,
            delay=0,
            min_quorum=quorum,
            max_quorum=len(oracles),
            members=sorted(map(person, oracles), key=lambda member: int(member, 16)),
            salt=seeded(f"committee {name}"),
        )
        return self.escrow.committee_created(self.send("deployer", call))


@contextmanager
def gas_chain() -> Iterator[GasChain]:
    """A fresh chain, which has ended afterwards."""
    processes = Processes(ROOT / "build" / "gas")
    port = _free_port()
    command = [str(ROOT / "tools/bin/anvil"), "--host", HOST, "--port", str(port), "--silent"]
    command += ["--timestamp", str(STARTS_AT - 7 * DAY)]
    try:
        child = processes.start("chain", command)
        with closing(Rpc(f"http://{HOST}:{port}", timeout=30)) as rpc:
            wait_until(lambda: _answers(rpc), child)
            yield GasChain(rpc)
    finally:
        processes.stop_all()


def _token_code() -> str:
    """What creates the token: 0x and hex."""
    settings = TOKEN_SETTINGS | {"remappings": SETTINGS["remappings"]}
    compiled = compile_contracts(TOKEN_SOURCE.removeprefix("contracts/"), settings)[TOKEN_SOURCE]["TestDollar"]
    return f"0x{compiled['evm']['bytecode']['object']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(rpc: Rpc) -> bool:
    try:
        rpc.chain_id()
    except RpcUnreachable:
        return False
    return True
