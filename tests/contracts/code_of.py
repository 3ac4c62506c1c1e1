"""The code of a contract on the chain, taken apart. Knows no contract of ours but where its second half is."""

from brownie import web3
from eth_utils import keccak, to_checksum_address

NAMES = {
    0x5C: "TLOAD",
    0x5D: "TSTORE",
    0x5E: "MCOPY",
    0x5F: "PUSH0",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0xF0: "CREATE",
    0xF2: "CALLCODE",
    0xF4: "DELEGATECALL",
    0xF5: "CREATE2",
    0xFF: "SELFDESTRUCT",
}
PUSH1, PUSH32 = 0x60, 0x7F


def rare_calls_of(escrow: str) -> str:
    """The first contract that the escrow created: RLP of its address and the number 1, hashed."""
    return to_checksum_address(keccak(b"\xd6\x94" + bytes.fromhex(escrow[2:]) + b"\x01")[12:])


def opcodes(address: str) -> list[str]:
    """In their order, without what the compiler says of itself at the end; those that tests ask for by name."""
    code = bytes(web3.eth.get_code(address))
    code = code[: -2 - int.from_bytes(code[-2:], "big")]
    found, at = [], 0
    while at < len(code):
        found.append(NAMES.get(code[at], hex(code[at])))
        at += 1 + (code[at] - PUSH1 + 1 if PUSH1 <= code[at] <= PUSH32 else 0)
    return found
