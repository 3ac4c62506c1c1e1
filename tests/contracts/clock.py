"""The clock of the test chain: every block is one second after the one before, unless a test says otherwise.

Knows how Anvil and Ganache are told a block's time. Nothing here follows the wall clock, so a test of the last second
before a deadline is as certain as any other.
"""

from brownie import web3
from web3.middleware import Web3Middleware

# 2100-01-01T00:00:00Z: later than any clock of a machine that runs the tests, whose nodes start at their own time.
EPOCH = 4_102_444_800

SENDING = ("eth_sendTransaction", "eth_sendRawTransaction")


class BlockTime(Web3Middleware):
    """Gives each transaction a block of its own at the time asked for."""

    next_at: int | None = None
    is_anvil = True

    def wrap_make_request(self, make_request):
        def send_at_time(method, params):
            if method not in SENDING:
                return make_request(method, params)
            at = BlockTime.next_at or now() + 1
            BlockTime.next_at = None
            if BlockTime.is_anvil:
                make_request("evm_setNextBlockTimestamp", [at])
                return make_request(method, params)
            # Ganache takes a time for a block only when it is told to mine it.
            make_request("miner_stop", [])
            try:
                answer = make_request(method, params)
                make_request("evm_mine", [at])
            finally:
                make_request("miner_start", [])
            return answer

        return send_at_time


def install() -> None:
    BlockTime.is_anvil = "anvil" in web3.client_version.lower()
    if "block_time" not in [name for _, name in web3.middleware_onion.middleware]:
        web3.middleware_onion.add(BlockTime, "block_time")


def now() -> int:
    """Time of the newest block, which is also the time that a view sees."""
    return web3.eth.get_block("latest")["timestamp"]


def next_transaction_at(at: int | None) -> None:
    """The next transaction is mined at this time; None leaves it one second after the block before."""
    BlockTime.next_at = at


def pass_to(at: int) -> None:
    """Mines an empty block at this time, so that views see it."""
    if BlockTime.is_anvil:
        web3.provider.make_request("evm_setNextBlockTimestamp", [at])
        web3.provider.make_request("evm_mine", [])
    else:
        web3.provider.make_request("evm_mine", [at])
    assert now() == at
