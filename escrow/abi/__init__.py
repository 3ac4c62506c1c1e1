"""The compiled contracts, one JSON file each, written by `scripts/export_abi.py` and never by hand."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Artifact:
    """`bytecode` creates the contract; 0x and hex. `compiler` is how it was made."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    compiler: dict[str, Any]


@cache
def artifact(name: str) -> Artifact:
    data = json.loads(files(__package__).joinpath(f"{name}.json").read_text("utf-8"))
    return Artifact(data["name"], data["abi"], data["bytecode"], data["compiler"])
