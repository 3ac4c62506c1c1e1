"""The clock of the test chain: every block is one second after the one before, unless a test says otherwise.

Knows how Anvil and Ganache are told to mine a block at a time; neither mines by itself. Nothing here follows the wall
clock, so a test of the last second before a deadline is as certain as any other.
"""

from brownie import web3
from web3.middleware import Web3Middleware

# 2100-01-01T00:00:00Z: later than any clock of a machine that runs the tests, whose nodes start at their own time.
EPOCH = 4_102_444_800


def is_anvil() -> bool:
    return "anvil" in web3.client_version.lower()


class BlockTime(Web3Middleware):
    """Gives each transaction a block of its own at the time asked for."""

    next_at: int | None = None

    def wrap_make_request(self, make_request):
        def send_and_mine(method, params):
            answer = make_request(method, params)
            if method in ("eth_sendTransaction", "eth_sendRawTransaction"):
                at, BlockTime.next_at = BlockTime.next_at or now() + 1, None
                _mine(at)
                mined = make_request("eth_getTransactionReceipt", [answer.get("result")])
                # Brownie would wait for it for ever.
                assert "error" in answer or mined["result"], "the node took the transaction and did not mine it"
            return answer

        return send_and_mine


def install() -> None:
    web3.provider.make_request(*(("evm_setAutomine", [False]) if is_anvil() else ("miner_stop", [])))
    web3.middleware_onion.add(BlockTime, "block_time")


def now() -> int:
    """Time of the newest block, which is also the time that a view sees."""
    return web3.eth.get_block("latest")["timestamp"]


def next_transaction_at(at: int | None) -> None:
    """The next transaction is mined at this time; None leaves it one second after the block before."""
    BlockTime.next_at = at


def pass_to(at: int) -> None:
    """Mines an empty block at this time, so that views see it."""
    _mine(at)
    assert now() == at


def _mine(at: int) -> None:
    if is_anvil():
        web3.provider.make_request("evm_setNextBlockTimestamp", [at])
        web3.provider.make_request("evm_mine", [])
    else:
        web3.provider.make_request("evm_mine", [at])
