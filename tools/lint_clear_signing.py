"""Asks the registry's linter about our clear-signing descriptors, and whether its converter takes each for a Ledger device.

Runs in an environment of its own (requirements/clear-signing.in) and opens no connection: the linter looks up the ABI of
a contract on the Internet, and is given ours instead.
"""

import json
import sys
from pathlib import Path

from erc7730.common import client
from erc7730.common.output import ListOutputAdder, Output
from erc7730.convert.calldata.convert_erc7730_v2_input_to_calldata import (
    erc7730_v2_descriptor_to_calldata_descriptors as for_ledger,
)
from erc7730.lint.v2.lint import lint_all
from erc7730.model.abi import ABI
from erc7730.model.input.v2.descriptor import InputERC7730Descriptor
from pydantic import TypeAdapter

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "escrow" / "clear_signing"
CALLDATA = FOLDER / "calldata-PerformanceEscrow.json"
NOT_SENT_BY_PEOPLE = "settleItem"
ACCEPTED = (
    # It counts the characters of a sentence with the paths in it. Our own test holds intents to its limit.
    "Display intent too long",
    # It wants a field for the list of leaves beside those for what is in a leaf.
    "No display field is defined for path `#.leaves.[]` in",
)


def main() -> int:
    abi = json.loads((ROOT / "escrow" / "abi" / "PerformanceEscrow.json").read_text("utf-8"))["abi"]
    ours = TypeAdapter(list[ABI]).validate_json(json.dumps([each for each in abi if each.get("name") != NOT_SENT_BY_PEOPLE]))
    client.get_contract_abis = lambda chain_id, address: ours
    client.get_contract_explorer_url = lambda chain_id, address: "escrow/abi"

    out = ListOutputAdder()
    count = lint_all([FOLDER], out)
    descriptor = InputERC7730Descriptor.load(CALLDATA)
    converted = for_ledger(descriptor, source=None, chain_id=1, out=out)
    problems = [each for each in out.outputs if each.level >= Output.Level.WARNING and not accepted(each)]
    for each in problems:
        print(f"{each.file.name if each.file else CALLDATA.name}: {each.title}: {each.message}")
    if len(converted) != len(descriptor.display.formats):
        print(f"{len(converted)} of {len(descriptor.display.formats)} calls can be shown by a Ledger device")
        return 1
    print(f"{count} descriptors, {len(problems)} problems; {len(converted)} calls converted")
    return 1 if problems else 0


def accepted(output: Output) -> bool:
    return any(words in f"{output.title} {output.message}" for words in ACCEPTED)


if __name__ == "__main__":
    sys.exit(main())
