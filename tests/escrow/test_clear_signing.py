"""What wallets show is complete, says what the contract takes, and is what was committed; a gap is named."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_account.messages import encode_typed_data
from eth_utils.abi import function_signature_to_4byte_selector
from jsonschema import Draft202012Validator
from web3 import Web3

from escrow.abi import artifact
from escrow.accords import Amendment, Split, accord_digest, accord_typed_data
from escrow.eip712 import DOMAIN_FIELDS, domain_json, types_json
from escrow.ids import DealId, Timestamp, Units
from escrow.report import report_digest, root_digest
from escrow.terms import deal_id_of, pack, typed_data
from scripts.clear_signing import descriptors, signed, texts
from scripts.clear_signing.__main__ import main
from scripts.clear_signing.texts import CALLS, MESSAGES, Shown, Text
from tests import factories as make

FOLDER = signed.ROOT / "escrow" / "clear_signing"
CALLDATA = json.loads((FOLDER / "calldata-PerformanceEscrow.json").read_text())
MESSAGE_FILES = {name: json.loads((FOLDER / f"eip712-{name}.json").read_text()) for name in MESSAGES}
FILES = [CALLDATA, *MESSAGE_FILES.values()]
FORMATS = {key: value for file in FILES for key, value in file["display"]["formats"].items()}

SMALLEST_INTENT, SMALLEST_LABEL, SMALLEST_ENUM = 30, 20, 20
"""Characters that a Ledger device shows, by the registry's linter. The standard itself sets no limit."""
LONGEST_SENTENCE = 120

_DEPLOYMENT = {
    "type": "object",
    "properties": {
        "chainId": {"type": "integer", "minimum": 1},
        "address": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"},
    },
    "required": ["chainId", "address"],
    "additionalProperties": False,
}
_DEPLOYMENTS = {"type": "array", "items": _DEPLOYMENT, "minItems": 1}


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1}
_PARAMS = {
    "addressName": _object({"types": {"type": "array", "items": {"enum": ["wallet", "eoa", "contract"]}}}),
    "tokenAmount": _object({"tokenPath": _TEXT, "nativeCurrencyAddress": _TEXT}),
    "date": _object({"encoding": {"const": "timestamp"}}),
    "unit": _object({"base": _TEXT}, decimals={"type": "integer"}),
    "enum": _object({"$ref": {"type": "string", "pattern": r"^\$\.metadata\.enums\.\w+$"}}),
    "calldata": _object({"calleePath": {"const": "@.to"}}),
}
_FIELD = {
    "oneOf": [
        _object({"path": _TEXT, "format": {"const": "raw"}, "visible": {"const": "never"}}),
        _object({"path": _TEXT, "label": _TEXT, "format": {"enum": ["raw", "duration", "tokenTicker"]}}),
        *(
            _object({"path": _TEXT, "label": _TEXT, "format": {"const": name}, "params": params})
            for name, params in _PARAMS.items()
        ),
    ]
}
STRUCTURE = _object(
    {
        "$schema": {"const": "https://eips.ethereum.org/assets/eip-7730/erc7730-v2.schema.json"},
        "$comment": _TEXT,
        "context": {
            "oneOf": [
                _object({"$id": _TEXT, "contract": _object({"deployments": _DEPLOYMENTS})}),
                _object(
                    {
                        "$id": _TEXT,
                        "eip712": _object(
                            {"domain": _object({"name": _TEXT, "version": _TEXT}), "deployments": _DEPLOYMENTS}
                        ),
                    }
                ),
            ]
        },
        "metadata": _object(
            {"owner": _TEXT, "contractName": _TEXT},
            constants={"type": "object", "additionalProperties": {"type": "string"}},
            enums={"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _TEXT}},
        ),
        "display": _object(
            {
                "formats": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": _object(
                        {
                            "intent": _TEXT,
                            "interpolatedIntent": _TEXT,
                            "fields": {"type": "array", "items": _FIELD, "minItems": 1},
                        }
                    ),
                }
            }
        ),
    }
)
"""What we use of the standard's form, in our own words. `make lint-clear-signing` asks the registry's linter."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, Text]:
    """The texts of the calls, to be changed by a test."""
    changed = {**CALLS}
    monkeypatch.setattr(texts, "CALLS", changed)
    return changed


def test_check__committed_files__equal_a_fresh_build() -> None:
    result = CliRunner().invoke(main, ["--check"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("fault", ["missing", "changed", "left over"])
def test_check__another_file__fails_and_names_it(tmp_path: Path, fault: str) -> None:
    assert CliRunner().invoke(main, ["--folder", str(tmp_path)]).exit_code == 0
    path = tmp_path / ("eip712-Gone.json" if fault == "left over" else "eip712-Split.json")
    if fault == "missing":
        path.unlink()
    else:
        path.write_text("{}\n")
    result = CliRunner().invoke(main, ["--check", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output == f"{path} differs from a fresh build; run: make abi\n"
    assert CliRunner().invoke(main, ["--folder", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(main, ["--check", "--folder", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize("file", FILES, ids=["calldata", *MESSAGE_FILES])
def test_file__structure__is_that_of_the_standard(file: dict[str, Any]) -> None:
    assert [error.message for error in Draft202012Validator(STRUCTURE).iter_errors(file)] == []


def test_structure__field_with_a_wrong_format__is_refused() -> None:
    wrong = json.loads(json.dumps(MESSAGE_FILES["Report"]).replace('"timestamp"', '"days"'))
    assert list(Draft202012Validator(STRUCTURE).iter_errors(wrong))


def test_calls__every_function_that_people_send__is_described_by_its_selector() -> None:
    contract = Web3().eth.contract(abi=artifact("PerformanceEscrow").abi)
    sent = {
        function.abi["name"]: function_signature_to_4byte_selector(function.signature)
        for function in contract.all_functions()
        if function.abi["stateMutability"] in ("payable", "nonpayable")
    }
    assert set(sent) - {"settleItem"} == set(CALLS)
    described = {key.partition("(")[0]: _selector(key) for key in CALLDATA["display"]["formats"]}
    assert described == {name: selector for name, selector in sent.items() if name in CALLS}


def test_messages__those_that_the_contracts_take__are_the_five() -> None:
    assert set(signed.messages()) == set(MESSAGES) == {"Terms", "Split", "Amendment", "Report", "ReportRoot"}


def _typed(name: str, message: dict[str, Any]) -> dict[str, Any]:
    """A whole document whose types are those that the descriptor was written for."""
    (encoded,) = MESSAGE_FILES[name]["display"]["formats"]
    structs = {
        struct: [dict(zip(("type", "name"), member.split(" "), strict=True)) for member in members.split(",")]
        for struct, members in re.findall(r"(\w+)\(([^)]*)\)", encoded)
    }
    return {
        "types": {"EIP712Domain": types_json(DOMAIN_FIELDS), **structs},
        "primaryType": name,
        "domain": domain_json(make.domain()),
        "message": message,
    }


def _digest_by_eth_account(document: dict[str, Any]) -> bytes:
    signable = encode_typed_data(full_message=document)
    return Web3.keccak(b"\x19" + signable.version + signable.header + signable.body)


@pytest.mark.parametrize("name", MESSAGES)
def test_message__signed_by_its_descriptors_types__is_the_one_that_escrow_computes(name: str) -> None:
    domain, id_, report = make.domain(), DealId("0x" + "ab" * 32), make.report()
    split = Split(id_, make.terms().token, Units(5), Timestamp(6))
    amendment = Amendment(id_, DealId("0x" + "cd" * 32), make.terms().token, Units(5), Timestamp(6))
    message, expected = {
        "Terms": (typed_data(make.terms(), domain)["message"], bytes.fromhex(deal_id_of(make.terms(), domain)[2:])),
        "Split": (accord_typed_data(split, domain)["message"], accord_digest(split, domain)),
        "Amendment": (accord_typed_data(amendment, domain)["message"], accord_digest(amendment, domain)),
        "Report": (
            {
                "dealId": report.deal_id,
                "asOf": report.as_of,
                "value": report.value,
                "evidence": "0x" + report.evidence,
            },
            report_digest(report, domain),
        ),
        "ReportRoot": ({"root": "0x" + "ef" * 32}, root_digest(bytes.fromhex("ef" * 32), domain)),
    }[name]
    assert _digest_by_eth_account(_typed(name, message)) == expected
    bound = MESSAGE_FILES[name]["context"]["eip712"]["domain"]
    assert bound.items() <= domain_json(domain).items()


def test_packed_paths__words_of_terms__hold_what_the_signed_message_holds() -> None:
    last = make.step(from_=2**63 + 5, flat=2**95 + 7, rate=2**94 + 11)
    terms = make.terms(salt=2**215 + 1, retention_bps=1234, notice_period=2**31 + 3)
    terms = replace(terms, steps=(make.step(rate=2**93 + 1), make.step(from_=9), last))
    message, words = typed_data(terms, make.domain())["message"], pack(terms)
    expected = {name: value for name, value in message.items() if name != "steps"}
    for which, index in (("first", 0), ("last", -1)):
        expected |= {f"{which} step {name}": value for name, value in message["steps"][index].items()}
    found = {name: _follow(path, words) for name, path in signed.packed_paths().items()}
    assert found == {name: _bytes_to_number(value) for name, value in expected.items()}


def test_formats__paths__lead_to_what_is_signed() -> None:
    kinds = {signed.call_signature(entry): signed.call_paths(entry) for entry in signed.calls().values()}
    kinds |= {encoded: signed.message_paths(encoded) for encoded in signed.messages().values()}
    for key, described in FORMATS.items():
        for field in described["fields"]:
            for path in (field["path"], field.get("params", {}).get("tokenPath", field["path"])):
                plain = re.sub(r"\.\[-?\d+\]", ".[]", re.sub(r"\.\[\d+:\d+\]$", "", path))
                assert any(kind == plain or kind.startswith(f"{plain}.") for kind in kinds[key]), (key, path)


@pytest.mark.parametrize("key", FORMATS, ids=[key.partition("(")[0] for key in FORMATS])
def test_intent__every_call_and_message__is_one_short_sentence_and_shows_its_values(key: str) -> None:
    described = FORMATS[key]
    for sentence in (described["intent"], re.sub(r"\{[^}]*\}", "x", described["interpolatedIntent"])):
        assert re.fullmatch(r"[A-Z][^.!?\n]* [^.!?\n]*[^.!?\s]", sentence)
    assert len(described["intent"]) <= SMALLEST_INTENT
    assert len(re.sub(r"\{[^}]*\}", "", described["interpolatedIntent"])) <= LONGEST_SENTENCE
    labels = [field["label"] for field in described["fields"] if "label" in field]
    assert all(len(label) <= SMALLEST_LABEL for label in labels)
    assert len(labels) == len(set(labels)) or key.startswith("amend("), labels
    shown = [field["path"] for field in described["fields"] if "label" in field]
    assert set(re.findall(r"\{([^}]*)\}", described["interpolatedIntent"])) <= set(shown)
    paths = [field["path"] for field in described["fields"]]
    assert len(paths) == len(set(paths))


def test_intents__no_two_alike() -> None:
    intents = [described["intent"] for described in FORMATS.values()]
    assert len(intents) == len(set(intents))


def test_enums__words__fit_and_are_used() -> None:
    for file in FILES:
        enums = file["metadata"].get("enums", {})
        assert all(len(word) <= SMALLEST_ENUM for enum in enums.values() for word in enum.values())
        assert set(enums) == set(re.findall(r"\$\.metadata\.enums\.(\w+)", json.dumps(file["display"])))


def test_offer__terms_that_are_opened__shows_all_that_the_message_shows() -> None:
    (message,) = MESSAGE_FILES["Terms"]["display"]["formats"].values()
    plain = {field["label"] for field in message["fields"] if "label" in field}
    for call in ("open", "openWithPermit", "openWithAuthorization", "amend"):
        (described,) = (value for key, value in FORMATS.items() if key.startswith(f"{call}("))
        labels = {field["label"] for field in described["fields"] if "label" in field}
        assert {label for label in plain if not label.startswith("Step")} <= labels


def test_deployments__every_file__names_the_address_of_create2_on_each_chain() -> None:
    address = signed.escrow_address()
    assert address == Web3.to_checksum_address(
        Web3.keccak(
            b"\xff"
            + bytes.fromhex(signed.FACTORY[2:])
            + signed.SALT
            + Web3.keccak(hexstr=artifact("PerformanceEscrow").bytecode)
        )[12:]
    )
    for file in FILES:
        bound = file["context"].get("contract") or file["context"]["eip712"]
        assert bound["deployments"] == [{"chainId": each, "address": address} for each in descriptors.CHAINS]


def test_factory__that_the_deploy_script_uses__is_ours() -> None:
    script = (signed.ROOT / "scripts" / "deploy.py").read_text()
    assert f'FACTORY = "{signed.FACTORY}"\n' in script
    assert f"SALT = bytes({len(signed.SALT)})\n" in script and not any(signed.SALT)


def test_build__function_without_a_text__fails_and_names_it(calls: dict[str, Text]) -> None:
    del calls["decline"]
    _fails("function decline has no intent in scripts/clear_signing/texts.py")


def test_build__text_without_a_function__fails_and_names_it(calls: dict[str, Text]) -> None:
    calls["pause"] = calls["decline"]
    _fails("function pause is in scripts/clear_signing/texts.py and nowhere else")


def test_build__message_without_a_text__fails_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MESSAGES", {name: text for name, text in MESSAGES.items() if name != "Split"})
    _fails("message Split has no intent in scripts/clear_signing/texts.py")


def test_build__value_that_is_neither_shown_nor_hidden__fails_and_names_it(calls: dict[str, Text]) -> None:
    calls["withdraw"] = Text("Withdraw your credit", "Withdraw {token}", {"token": Shown("Token")})
    _fails("to of withdraw is neither shown nor hidden in scripts/clear_signing/texts.py")


def test_build__field_that_the_function_has_not__fails_and_names_it(calls: dict[str, Text]) -> None:
    calls["decline"] = replace(calls["decline"], fields={**calls["decline"].fields, "fee": Shown("Fee")})
    _fails("decline has no fee, of which scripts/clear_signing/texts.py knows")


def test_build__sentence_with_a_value_that_is_hidden__fails_and_names_it(calls: dict[str, Text]) -> None:
    calls["agree"] = replace(calls["agree"], sentence="Close the deal by {clientSignature}")
    _fails("the sentence of agree names clientSignature, which is not shown")


def test_build__amount_without_a_token_beside_it__fails_and_names_it(calls: dict[str, Text]) -> None:
    calls["acceptAdmin"] = replace(calls["acceptAdmin"], fields={"committee": Shown("Committee", texts.UNITS)})
    _fails("no token beside committee, whose units can't be shown without one")


def test_build__parameter_without_a_name__fails_and_names_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = signed.calls()["refund"]
    nameless = {**entry, "inputs": [{**given, "name": ""} for given in entry["inputs"]]}
    found = signed.calls() | {"refund": nameless}
    monkeypatch.setattr(signed, "calls", lambda: found)
    _fails("function refund has parameters without a name: uint256[]")


def _fails(message: str) -> None:
    result = CliRunner().invoke(main, ["--check"])
    assert result.exit_code == 1
    assert result.output == f"Error: {message}\n"


def _selector(key: str) -> bytes:
    """As the standard says: parse the key, drop the names, hash."""
    return bytes(function_signature_to_4byte_selector(re.sub(r" \w+(?=[,)])", "", key)))


def _follow(path: str, words: list[int]) -> int:
    found = re.fullmatch(r"\[(-?\d+)\]\.\[(\d+):(\d+)\]", path)
    assert found
    word = words[int(found[1])].to_bytes(32, "big")
    return int.from_bytes(word[int(found[2]) : int(found[3])], "big")


def _bytes_to_number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) and value.startswith("0x") else int(value)
