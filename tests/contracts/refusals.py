"""`with refused("TimeProblem", deal.id, given, limit):` holds a call to its named error, data and all."""

import re
from contextlib import contextmanager

from brownie import history, web3
from brownie.exceptions import VirtualMachineError
from eth_utils import keccak


@contextmanager
def refused(name: str, *data):
    """Data given as `...` may be any number. A panic of the compiler has a name of Brownie's and no data."""
    expected = ", ".join(_pattern(each) for each in data)
    pattern = f"{name}: {expected}" if data else name
    try:
        yield
    except VirtualMachineError as problem:
        assert re.fullmatch(pattern, problem.revert_msg or problem.message), problem.revert_msg
    else:
        raise AssertionError(f"not refused; expected {name} {data}")


def refusal_of(call) -> str | None:
    """The name of the error that the call was refused with, if it was."""
    try:
        call()
    except VirtualMachineError as problem:
        return (problem.revert_msg or problem.message).split(":")[0]
    return None


def tried(call) -> str | None:
    """As `refusal_of`, and what the call did is undone, its block too."""
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    name = refusal_of(call)
    web3.provider.make_request("evm_revert", [before])
    history.clear()
    return name


def name_of(selector: str, contract) -> str:
    """The error of the contract that these four bytes name."""
    for entry in contract.abi:
        if entry["type"] == "error":
            signature = f"{entry['name']}({','.join(each['type'] for each in entry['inputs'])})"
            if str(selector) == "0x" + keccak(text=signature)[:4].hex():
                return entry["name"]
    raise LookupError(f"no error of {contract} has the selector {selector}")


def _pattern(value) -> str:
    """As Brownie prints a decoded value: addresses in lower case, bytes as Python does."""
    if value is ...:
        return r"\d+"
    text = str(value)
    return re.escape(text.lower() if text.startswith("0x") else text)
