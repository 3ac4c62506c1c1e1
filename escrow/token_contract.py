"""An ERC-20 token with permit (ERC-2612) and authorizations (ERC-3009), read and called. Knows no deal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from escrow.abi import artifact
from escrow.calls import Call, ask
from escrow.eip712 import DOMAIN_FIELDS, types_json
from escrow.errors import ContractMissing, DecimalsProblem, RevertProblem
from escrow.ids import Address, Timestamp, Units
from escrow.interface import Interface
from escrow.money import Token
from escrow.rpc import Rpc, Tag

PERMIT_FIELDS = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)

EVER = Timestamp(0)
AUTHORIZATION_FIELDS = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)


@dataclass(frozen=True)
class Authorization:
    """Of a transfer that only its receiver can use: r, s and v of the owner's key, or what its account takes."""

    valid_after: Timestamp
    valid_before: Timestamp
    signature: bytes


class TokenContract:
    """ContractMissing where the address answers nothing that a token would."""

    def __init__(self, rpc: Rpc, address: Address) -> None:
        self.address = address
        self._rpc = rpc
        self._interface = Interface(artifact("TestDollar").abi)

    def token(self) -> Token:
        return Token(self.address, self.symbol(), self.decimals())

    def symbol(self) -> str:
        return str(self._ask("symbol"))

    def decimals(self) -> int:
        return int(self._ask("decimals"))

    def require_decimals(self, wanted: int) -> None:
        """DecimalsProblem where the token counts otherwise: each amount would be off by powers of ten."""
        given = self.decimals()
        if given != wanted:
            raise DecimalsProblem(self.address, given, wanted)

    def balance_of(self, account: Address, at: Tag = "latest") -> Units:
        return Units(self._ask("balanceOf", account, at=at))

    def allowance(self, owner: Address, spender: Address, at: Tag = "latest") -> Units:
        return Units(self._ask("allowance", owner, spender, at=at))

    def nonces(self, owner: Address, at: Tag = "latest") -> int:
        return int(self._ask("nonces", owner, at=at))

    def approve_call(self, spender: Address, amount: int) -> Call:
        return Call(self.address, self._interface.call_data("approve", spender, amount), 0)

    def mint_call(self, to: Address, amount: int) -> Call:
        """For the test dollar, where anyone may mint."""
        return Call(self.address, self._interface.call_data("mint", to, amount), 0)

    def permit_typed_data(self, owner: Address, spender: Address, value: int, deadline: Timestamp) -> dict[str, Any]:
        """The whole document for eth_signTypedData_v4, with the owner's next nonce."""
        return {
            "types": {"EIP712Domain": types_json(DOMAIN_FIELDS), "Permit": types_json(PERMIT_FIELDS)},
            "primaryType": "Permit",
            "domain": self._domain(),
            "message": {
                "owner": owner,
                "spender": spender,
                "value": str(value),
                "nonce": str(self.nonces(owner)),
                "deadline": str(deadline),
            },
        }

    def authorization_typed_data(
        self,
        owner: Address,
        to: Address,
        value: int,
        nonce: bytes,
        *,
        valid_before: Timestamp,
        valid_after: Timestamp = EVER,
    ) -> dict[str, Any]:
        """The whole document for eth_signTypedData_v4 of `receiveWithAuthorization`. The escrow asks for the nonce that
        is the deal's id in opening it, and for `top_up_nonce` later."""
        types = {"EIP712Domain": types_json(DOMAIN_FIELDS), "ReceiveWithAuthorization": types_json(AUTHORIZATION_FIELDS)}
        return {
            "types": types,
            "primaryType": "ReceiveWithAuthorization",
            "domain": self._domain(),
            "message": {
                "from": owner,
                "to": to,
                "value": str(value),
                "validAfter": str(valid_after),
                "validBefore": str(valid_before),
                "nonce": "0x" + nonce.hex(),
            },
        }

    def _domain(self) -> Mapping[str, Any]:
        """By ERC-5267; a token that is older than that signs for its name and version 1."""
        try:
            _, name, version, chain_id, contract, _, _ = self._ask("eip712Domain")
        except (RevertProblem, ContractMissing):
            name, version, chain_id, contract = self._ask("name"), "1", self._rpc.chain_id(), self.address
        return {
            "name": name,
            "version": version,
            "chainId": chain_id,
            "verifyingContract": contract,
        }

    def _ask(self, name: str, *values: Any, at: Tag = "latest") -> Any:
        return ask(self._rpc, self.address, self._interface, name, *values, at=at)
