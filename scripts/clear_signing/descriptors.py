"""Builds the descriptors from what can be signed (`signed`) and the words for it (`texts`); a gap between both is an error.

In the form of the standard's version 2.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from escrow.eip712 import ESCROW, VERSION
from scripts.clear_signing import signed, texts
from scripts.clear_signing.texts import PACKED, RAW, UNITS, YES_NO, Shown, Text

SCHEMA = "https://eips.ethereum.org/assets/eip-7730/erc7730-v2.schema.json"
CHAINS = (1, 10, 137, 8453, 42161, 11155111)
"""Ethereum, Optimism, Polygon, Base, Arbitrum, Sepolia. The address is the same on all."""
COMMENT = (
    "Built by scripts/clear_signing with the ABI. The address is where this code is created by CREATE2 on every chain; "
    "nobody has deployed it to the chains named here yet."
)
OWNER = "Performance escrow"
NATIVE_COIN = "$.metadata.constants.nativeCoin"

Json = dict[str, Any]


def descriptors() -> dict[str, str]:
    """The text of each file, by its name."""
    files = {f"calldata-{signed.CONTRACT}.json": _calldata()}
    encoded = signed.messages()
    _require_same(encoded, texts.MESSAGES, "message")
    for name, text in texts.MESSAGES.items():
        files[f"eip712-{name}.json"] = _message(encoded[name], text)
    return {name: json.dumps(data, indent=1, ensure_ascii=False) + "\n" for name, data in files.items()}


def _calldata() -> Json:
    calls = signed.calls()
    _require_same(calls, {**texts.CALLS, **texts.NOT_SENT_BY_PEOPLE}, "function")
    formats = {}
    for name, text in texts.CALLS.items():
        unnamed = [given["type"] for given in calls[name]["inputs"] if not given["name"]]
        if unnamed:
            raise click.ClickException(f"function {name} has parameters without a name: {', '.join(unnamed)}")
        formats[signed.call_signature(calls[name])] = _format(name, text, signed.call_paths(calls[name]))
    return _descriptor({"contract": {"deployments": _deployments()}}, formats)


def _message(encoded: str, text: Text) -> Json:
    name = encoded.partition("(")[0]
    bound = {"domain": {"name": ESCROW, "version": VERSION}, "deployments": _deployments()}
    return _descriptor({"eip712": bound}, {encoded: _format(name, text, signed.message_paths(encoded))})


def _descriptor(context: Json, formats: Json) -> Json:
    told = json.dumps(formats)
    constants = {"nativeCoin": "0x" + "00" * 20} if NATIVE_COIN in told else {}
    enums = {name: enum for name, enum in texts.ENUMS.items() if f"$.metadata.enums.{name}" in told}
    return {
        "$schema": SCHEMA,
        "$comment": COMMENT,
        "context": {"$id": signed.CONTRACT} | context,
        "metadata": {"owner": OWNER, "contractName": signed.CONTRACT}
        | ({"constants": constants} if constants else {})
        | ({"enums": enums} if enums else {}),
        "display": {"formats": formats},
    }


def _deployments() -> list[Json]:
    address = signed.escrow_address()
    return [{"chainId": chain_id, "address": address} for chain_id in CHAINS]


def _format(name: str, text: Text, kinds: Mapping[str, str]) -> Json:
    """`kinds` are the types of all values by their paths: each must be shown or hidden."""
    fields = dict(_fields(name, text, kinds))
    for path in kinds:
        if not any(path == shown or path.startswith(f"{shown}.") for shown in text.fields):
            raise click.ClickException(f"{path} of {name} is neither shown nor hidden in scripts/clear_signing/texts.py")
    return {
        "intent": text.intent,
        "interpolatedIntent": _sentence(name, text, fields),
        "fields": list(fields.values()),
    }


def _fields(name: str, text: Text, kinds: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """By their paths."""
    for path, shown in text.fields.items():
        if not any(kind == path or kind.startswith(f"{path}.") for kind in kinds):
            raise click.ClickException(f"{name} has no {path}, of which scripts/clear_signing/texts.py knows")
        if isinstance(shown, tuple):
            for term in shown:
                at = f"{path}.{signed.packed_paths()[term]}"
                yield at, _field(at, PACKED[term], f"{path}.{signed.packed_paths()['token']}")
        elif shown is None:
            yield path, {"path": path, "format": RAW.name, "visible": "never"}
        else:
            if shown.format is YES_NO and kinds[path] == "bool":
                shown = Shown(shown.label, RAW)
            yield path, _field(path, shown, _token(kinds))


def _field(path: str, shown: Shown, token: str | None) -> Json:
    params = dict(shown.format.params)
    if shown.format is UNITS:
        if token is None:
            raise click.ClickException(f"no token beside {path}, whose units can't be shown without one")
        params = {"tokenPath": token, "nativeCurrencyAddress": NATIVE_COIN}
    return {"path": path, "label": shown.label, "format": shown.format.name} | ({"params": params} if params else {})


def _token(kinds: Mapping[str, str]) -> str | None:
    """The token that a value beside them is counted in."""
    if "terms.[]" in kinds:
        return f"terms.{signed.packed_paths()['token']}"
    return "token" if "token" in kinds else None


def _sentence(name: str, text: Text, fields: Mapping[str, Json]) -> str:
    def path(match: re.Match[str]) -> str:
        first, _, rest = match[1].partition(".")
        path = f"{first}.{signed.packed_paths()[rest]}" if isinstance(text.fields.get(first), tuple) else match[1]
        if "label" not in fields.get(path, {}):
            raise click.ClickException(f"the sentence of {name} names {match[1]}, which is not shown")
        return f"{{{path}}}"

    return re.sub(r"\{([^}]*)\}", path, text.sentence)


def _require_same(there: Mapping[str, Any], told: Mapping[str, Any], what: str) -> None:
    for name in there:
        if name not in told:
            raise click.ClickException(f"{what} {name} has no intent in scripts/clear_signing/texts.py")
    for name in told:
        if name not in there:
            raise click.ClickException(f"{what} {name} is in scripts/clear_signing/texts.py and nowhere else")
