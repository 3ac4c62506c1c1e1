"""A local chain for tests: Anvil on a free port, with the contract and the test dollar on it."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from escrow.contract import EscrowContract, TokenContract, deploy
from escrow.eip712 import Domain
from escrow.errors import RpcUnreachable
from escrow.rpc import Rpc
from escrow.signing import address_of
from tests import factories

TOOLS = Path(__file__).resolve().parent.parent / "tools" / "bin"
ANVIL, GANACHE = TOOLS / "anvil", TOOLS / "ganache-cli"
STARTS_AT = factories.STARTS_AT - 7 * factories.DAY
COINS = 10**24


class LocalChain:
    """Mines each transaction at once. Its clock starts a week before the default deal and moves by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rpc = Rpc(url, timeout=30)
        self.deployer = factories.key("deployer")
        self.enrich("deployer")
        contract = deploy(self.rpc, self.deployer, "PerformanceEscrow")
        self.domain = Domain(self.rpc.chain_id(), contract)
        self.escrow = EscrowContract(self.rpc, self.domain)
        self.dollar = TokenContract(self.rpc, deploy(self.rpc, self.deployer, "TestDollar"))

    def close(self) -> None:
        self.rpc.close()

    def enrich(self, name: str) -> None:
        """Of the chain's coin."""
        self.rpc.call("anvil_setBalance", [address_of(factories.key(name)), hex(COINS)])

    def move_clock(self, at: int) -> None:
        """The newest block is at `at`."""
        self.rpc.call("evm_setNextBlockTimestamp", [at])
        self.rpc.call("evm_mine")


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    """The URL of a fresh chain, which has ended afterwards."""
    port = _free_port()
    command = [ANVIL, "--host", "127.0.0.1", "--port", str(port), "--silent", "--timestamp", str(STARTS_AT)]
    with subprocess.Popen([*map(str, command), *options]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url
        finally:
            process.terminate()


@contextmanager
def ganache(key: bytes) -> Iterator[str]:
    """The same of Ganache, where the account of this key has coins.

    Nonce 0 of an account can be mined there again and again, so nothing is to be learned from it.
    """
    port = _free_port()
    command = [
        str(GANACHE),
        "--server.port",
        str(port),
        "--wallet.accounts",
        f"0x{key.hex()},{hex(COINS)}",
        "--logging.quiet",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield url
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = monotonic() + 20
    with closing(Rpc(url)) as rpc:
        while True:
            try:
                rpc.chain_id()
                return
            except RpcUnreachable:
                if process.poll() is not None or monotonic() > give_up_at:
                    raise
                sleep(0.05)
