"""`with refused("TimeProblem", deal.id, given, limit):` holds a call to its named error, data and all."""

from contextlib import contextmanager

from brownie.exceptions import VirtualMachineError
from eth_utils import keccak


@contextmanager
def refused(name: str, *data):
    expected = f"{name}: {', '.join(_text(each) for each in data)}"
    try:
        yield
    except VirtualMachineError as problem:
        assert problem.revert_msg == expected
    else:
        raise AssertionError(f"not refused; expected {expected}")


def name_of(selector: str, contract) -> str:
    """The error of the contract that these four bytes name."""
    for entry in contract.abi:
        if entry["type"] == "error":
            signature = f"{entry['name']}({','.join(each['type'] for each in entry['inputs'])})"
            if str(selector) == "0x" + keccak(text=signature)[:4].hex():
                return entry["name"]
    raise LookupError(f"no error of {contract} has the selector {selector}")


def _text(value) -> str:
    """As Brownie prints a decoded value: addresses in lower case, bytes as Python does."""
    text = str(value)
    return text.lower() if text.startswith("0x") else text
