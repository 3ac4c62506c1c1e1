"""What nodes say when they take no transaction: a table of real words, and Anvil and Ganache asked themselves."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from escrow.accounts import Account
from escrow.errors import RpcRefused
from escrow.rpc import Rpc
from oracle.wordings import WORDINGS, Meaning, meaning_of
from tests import factories
from tests.chain import COINS, anvil, ganache

KEY, ACCOUNT = factories.key("gas-a"), factories.person("gas-a")
GWEI = 10**9

SAID = [
    # geth
    ("already known", Meaning.KNOWN),
    ("nonce too low: next nonce 7, tx nonce 3", Meaning.NONCE_USED),
    ("nonce too high", Meaning.NONCE_AHEAD),
    ("gapped-nonce tx from delegated accounts", Meaning.NONCE_AHEAD),
    ("replacement transaction underpriced", Meaning.TOO_CHEAP),
    ("transaction underpriced: gas tip cap 0, minimum needed 1", Meaning.TOO_CHEAP),
    ("future transaction tries to replace pending", Meaning.TOO_CHEAP),
    ("max fee per gas less than block base fee: address 0x71562b, maxFeePerGas: 1, baseFee: 875000000", Meaning.TOO_CHEAP),
    ("insufficient funds for gas * price + value: balance 5, tx cost 21000, overshot 20995", Meaning.NO_FUNDS),
    ("intrinsic gas too low: gas 20000, minimum needed 21000", Meaning.GAS_LIMIT),
    ("insufficient gas for floor data gas cost: have 21000, want 40000", Meaning.GAS_LIMIT),
    ("exceeds block gas limit", Meaning.GAS_LIMIT),
    ("invalid chain id for signer: have 1 want 31337", Meaning.OTHER_CHAIN),
    ("invalid sender", Meaning.OTHER_CHAIN),
    ("txpool is full", Meaning.POOL_FULL),
    ("in-flight transaction limit reached for delegated accounts", Meaning.POOL_FULL),
    # Anvil
    ("transaction already imported", Meaning.KNOWN),
    ("nonce too low", Meaning.NONCE_USED),
    ("Insufficient funds for gas * price + value", Meaning.NO_FUNDS),
    ("intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", Meaning.GAS_LIMIT),
    ("invalid chain id for signer", Meaning.OTHER_CHAIN),
    # Ganache
    ("the tx doesn't have the correct nonce. account has nonce of: 1 tx has nonce of: 0", Meaning.NONCE_USED),
    ("transaction underpriced", Meaning.TOO_CHEAP),
    (
        "sender doesn't have enough funds to send tx. The upfront cost is: 9 and the sender's account only has: 1",
        Meaning.NO_FUNDS,
    ),
    ("Transaction's maxFeePerGas (1) is less than the block's baseFeePerGas (875000000)", Meaning.TOO_CHEAP),
    ("Invalid chain id (1) for chain with id 1337.", Meaning.OTHER_CHAIN),
    # Nethermind, Besu
    ("AlreadyKnown", Meaning.KNOWN),
    ("OldNonce, Current nonce: 7, nonce of rejected tx: 3", Meaning.NONCE_USED),
    ("FeeTooLow, FeePerGas needs to be higher than 10", Meaning.TOO_CHEAP),
    ("InsufficientFunds, Account balance: 5", Meaning.NO_FUNDS),
    ("Known transaction", Meaning.KNOWN),
    # providers
    ("daily request count exceeded, request rate limited", Meaning.BUSY),
    ("Too Many Requests", Meaning.BUSY),
    ("request timed out", Meaning.BUSY),
    # nobody
    ("the dog ate it", Meaning.UNKNOWN),
    ("", Meaning.UNKNOWN),
    (None, Meaning.UNKNOWN),
    ({"odd": "form"}, Meaning.UNKNOWN),
]


@pytest.mark.parametrize(("words", "meaning"), SAID)
def test_meaning_of__words_of_a_node__is(words: object, meaning: Meaning) -> None:
    assert meaning_of(words) is meaning


def test_wordings__every_meaning__has_words_and_they_are_in_lower_case() -> None:
    assert {meaning for _, meaning in WORDINGS} == {*Meaning} - {Meaning.UNKNOWN}
    assert all(words == words.lower() for words, _ in WORDINGS)


class Asked:
    """A real node that mines nothing by itself, and an account whose nonces 0 and 1 are used."""

    def __init__(self, rpc: Rpc, stop_mining: str, *parameters: Any) -> None:
        self.rpc = rpc
        self.chain = self.rpc.chain_id()
        for nonce in (0, 1):
            self.send(nonce=nonce)
        # Anvil answers before it has mined.
        self.rpc.call("evm_mine")
        self.rpc.call(stop_mining, parameters)

    def send(self, **changes: Any) -> Meaning | None:
        """None where the node takes it."""
        fees = {"maxFeePerGas": 20 * GWEI, "maxPriorityFeePerGas": GWEI}
        default = {"type": 2, "chainId": self.chain, "nonce": 2, "to": ACCOUNT, "value": 1, "gas": 21_000, **fees}
        raw = Account.sign_transaction(default | changes, KEY).raw_transaction.hex()
        try:
            self.rpc.call("eth_sendRawTransaction", ["0x" + raw])
        except RpcRefused as refused:
            return meaning_of(refused.message)
        return None


@pytest.fixture(scope="module", params=["anvil", "ganache"])
def node(request: pytest.FixtureRequest) -> Iterator[tuple[str, Asked]]:
    if request.param == "anvil":
        with anvil() as url, closing(Rpc(url)) as rpc:
            rpc.call("anvil_setBalance", [ACCOUNT, hex(COINS)])
            yield "anvil", Asked(rpc, "evm_setAutomine", False)
    else:
        with ganache(KEY) as url, closing(Rpc(url, timeout=20)) as rpc:
            yield "ganache", Asked(rpc, "miner_stop")


def test_meaning_of__what_real_nodes_say__is_what_was_done(node: tuple[str, Asked]) -> None:
    name, asked = node
    # Ganache looks at used nonces only while nothing waits.
    assert asked.send(nonce=1, value=3) is Meaning.NONCE_USED
    assert asked.send() is None
    # Ganache has one wording for both.
    assert asked.send() is (Meaning.KNOWN if name == "anvil" else Meaning.TOO_CHEAP)
    assert asked.send(value=2) is Meaning.TOO_CHEAP
    assert asked.send(nonce=3, value=10**30) is Meaning.NO_FUNDS
    assert asked.send(nonce=3, gas=20_000) is Meaning.GAS_LIMIT
    assert asked.send(nonce=3, gas=10**9) is Meaning.GAS_LIMIT
    assert asked.send(nonce=3, chainId=999) is Meaning.OTHER_CHAIN
    if name == "anvil":
        assert asked.send(nonce=3, maxFeePerGas=1, maxPriorityFeePerGas=1) is Meaning.TOO_CHEAP
    twice = {"maxFeePerGas": 40 * GWEI, "maxPriorityFeePerGas": 2 * GWEI}
    assert asked.send(value=2, **twice) is None
