"""The published JSON Schema of agreements, beside this module. What it can't say, the parser alone checks."""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """JSON Schema 2020-12."""
    text = files("escrow.agreement").joinpath("schema.json").read_text("utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed
