"""A node in memory, for what a real one does too rarely or too politely: forks, lost answers, strange words, other fees.

It keeps the rules of geth: a replacement must be a tenth higher on both caps, and a used nonce is refused.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from escrow.accounts import Account
from escrow.rpc import Rpc
from tests import factories

URL = "http://node.test"
GWEI = 10**9
LEAST_MORE = 110
"""Of a replacement, in hundredths of what it replaces."""
KNOWN, LOW, REPLACEMENT = "already known", "nonce too low", "replacement transaction underpriced"


@dataclass
class Block:
    number: int
    hash: str
    parent: str
    timestamp: int
    transactions: list["Transaction"] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Transaction:
    hash: str
    raw: str
    sender: str
    nonce: int
    cap: int
    tip: int
    data: str


class Refused(Exception):
    pass


class Node:
    """`before` and `after` are called with each method and its parameters; what they raise is what the asker meets."""

    def __init__(self) -> None:
        self.chain_id = 31337
        self.base_fee, self.tip, self.gas = 10 * GWEI, GWEI, 100_000
        self.balance = 10**18
        self.reverts = False
        self.most_blocks: int | None = None
        self.branch = 0
        self.blocks = [self._block(0, "0x" + "00" * 32)]
        self.pool: dict[tuple[str, int], Transaction] = {}
        self.received: list[str] = []
        self.asked: list[str] = []
        self.words = {KNOWN: KNOWN, LOW: LOW, REPLACEMENT: REPLACEMENT}
        self.refuses: str | None = None
        self.before: Callable[[str, list[Any]], None] = lambda method, params: None
        self.after: Callable[[str, list[Any]], None] = lambda method, params: None

    def rpc(self) -> Rpc:
        return Rpc(URL, transport=httpx.MockTransport(self._post))

    # What the test does to the chain

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def mine(self, count: int = 1, *logs: dict[str, Any]) -> Block:
        """The logs are in the first of them, and so is every transaction that pays enough."""
        for _ in range(count):
            block = self._block(self.head.number + 1, self.head.hash)
            for one in sorted(self.pool.values(), key=lambda one: one.nonce):
                if one.cap >= self.base_fee and one.nonce == self._nonce(one.sender, [*self.blocks, block]):
                    block.transactions.append(one)
                    del self.pool[one.sender, one.nonce]
            block.logs = [self._placed(log, block, index) for index, log in enumerate(logs)]
            logs = ()
            self.blocks.append(block)
        return self.head

    def fork(self, depth: int, *, keep_transactions: bool = True) -> None:
        """The last blocks are gone; those that are mined from now on have other hashes."""
        gone, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        self.branch += 1
        if keep_transactions:
            self.pool |= {(one.sender, one.nonce): one for block in gone for one in block.transactions}

    def forget(self) -> None:
        """As a restart does to what was not mined."""
        self.pool.clear()

    def take_nonce(self, name: str) -> None:
        """Somebody else sends with the key."""
        key = factories.key(name)
        nonce = self._nonce(factories.person(name), self.blocks)
        transaction = {
            "type": 2, "chainId": self.chain_id, "nonce": nonce, "to": factories.person("stranger"), "value": 1,
            "gas": 21_000, "maxFeePerGas": self.base_fee * 9, "maxPriorityFeePerGas": self.base_fee * 9,
        }  # fmt: skip
        self.pool.pop((factories.person(name), nonce), None)
        self._send("0x" + Account.sign_transaction(transaction, key).raw_transaction.hex())
        self.mine()

    @property
    def mined(self) -> list[Transaction]:
        return [one for block in self.blocks for one in block.transactions]

    # Answers

    def _post(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        answers = [self._reply(one) for one in (asked if isinstance(asked, list) else [asked])]
        return httpx.Response(200, json=answers if isinstance(asked, list) else answers[0])

    def _reply(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, params = asked["method"], asked["params"]
        self.asked.append(method)
        self.before(method, params)
        reply = {"jsonrpc": "2.0", "id": asked["id"]}
        try:
            reply["result"] = self._result(method, params)
        except Refused as refused:
            reply["error"] = {"code": -32000, "message": str(refused)}
        self.after(method, params)
        return reply

    def _result(self, method: str, params: list[Any]) -> Any:
        match method:
            case "eth_chainId":
                return hex(self.chain_id)
            case "eth_blockNumber":
                return hex(self.head.number)
            case "eth_getBlockByNumber":
                number = self.head.number if params[0] == "latest" else int(params[0], 16)
                return self._shown(self.blocks[number], whole=params[1]) if number < len(self.blocks) else None
            case "eth_getLogs":
                return self._logs(int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16))
            case "eth_getTransactionCount":
                shown = self.blocks if params[1] == "latest" else self.blocks[: int(params[1], 16) + 1]
                return hex(self._nonce(params[0], shown))
            case "eth_getBalance":
                return hex(self.balance)
            case "eth_maxPriorityFeePerGas":
                return hex(self.tip)
            case "eth_estimateGas":
                return hex(self.gas)
            case "eth_sendRawTransaction":
                return self._send(params[0])
            case "eth_getTransactionReceipt":
                return self._receipt(params[0])
        raise Refused(f"the method {method} does not exist")

    def _send(self, raw: str) -> str:
        self.received.append(raw)
        if self.refuses is not None:
            raise Refused(self.refuses)
        one = read(raw)
        if one.nonce < self._nonce(one.sender, self.blocks):
            raise Refused(self.words[LOW])
        before = self.pool.get((one.sender, one.nonce))
        if before is not None and before.hash == one.hash:
            raise Refused(self.words[KNOWN])
        if before is not None and not (_is_more(one.cap, before.cap) and _is_more(one.tip, before.tip)):
            raise Refused(self.words[REPLACEMENT])
        self.pool[one.sender, one.nonce] = one
        return one.hash

    def _receipt(self, hash: str) -> dict[str, Any] | None:
        for block in self.blocks:
            for one in block.transactions:
                if one.hash == hash:
                    return {
                        "transactionHash": hash,
                        "blockNumber": hex(block.number),
                        "blockHash": block.hash,
                        "status": "0x0" if self.reverts else "0x1",
                    }
        return None

    def _logs(self, start: int, end: int) -> list[dict[str, Any]]:
        if self.most_blocks is not None and end - start >= self.most_blocks:
            raise Refused("query exceeds max block range")
        return [log for block in self.blocks[start : end + 1] for log in block.logs]

    def _nonce(self, sender: str, blocks: list[Block]) -> int:
        return sum(one.sender == sender for block in blocks for one in block.transactions)

    def _block(self, number: int, parent: str) -> Block:
        return Block(number, f"0x{self.branch:032x}{number:032x}", parent, 1_000 + 12 * number)

    def _shown(self, block: Block, whole: bool = False) -> dict[str, Any]:
        told = [{"hash": one.hash, "from": one.sender.lower(), "nonce": hex(one.nonce)} for one in block.transactions]
        return {
            "number": hex(block.number), "hash": block.hash, "parentHash": block.parent,
            "timestamp": hex(block.timestamp), "baseFeePerGas": hex(self.base_fee),
            "transactions": told if whole else [one["hash"] for one in told],
        }  # fmt: skip

    def _placed(self, log: dict[str, Any], block: Block, index: int) -> dict[str, Any]:
        place = {"blockNumber": hex(block.number), "blockHash": block.hash, "logIndex": hex(index)}
        return {**log, **place, "transactionHash": "0x" + "aa" * 32, "transactionIndex": "0x0"}


def _is_more(fee: int, before: int) -> bool:
    return fee > before and 100 * fee >= LEAST_MORE * before


def read(raw: str) -> Transaction:
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return Transaction(
        hash="0x" + keccak(bytes.fromhex(raw[2:])).hex(),
        raw=raw,
        sender=Account.recover_transaction(raw),
        nonce=fields["nonce"],
        cap=fields["maxFeePerGas"],
        tip=fields["maxPriorityFeePerGas"],
        data="0x" + HexBytes(fields["data"]).hex(),
    )
