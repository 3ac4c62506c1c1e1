"""The sources file: what it may say, and that its faults are named without its keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from escrow.errors import KeystoreProblem, SettingsProblem
from oracle.secret_file import write_secret
from oracle.sources import load_sources
from oracle.sources.csv import CsvFile
from oracle.sources.signed_api import SignedApi
from tests.oracle import made

KEY = made.secret(made.ACCOUNT)


def file(folder: Path, accounts: Any, name: str = "sources.json") -> Path:
    path = folder / name
    write_secret(path, json.dumps({"accounts": accounts}))
    return path


def test_load__both_adapters_and_both_ways_to_give_keys__are_sources(tmp_path: Path) -> None:
    write_secret(tmp_path / "bank.key", made.secret("files") + "\n")
    (tmp_path / "mapping.json").write_text(json.dumps(made.MAPPING))
    sources = load_sources(
        file(
            tmp_path,
            {
                made.ACCOUNT: {"adapter": "signed_api", "keys": [KEY, made.secret("next")]},
                made.FILES: {"adapter": "csv", "keys_files": ["bank.key"], "mapping_file": "mapping.json"},
                "inline": {"adapter": "csv", "keys": [KEY], "mapping": made.MAPPING},
            },
        )
    )
    assert [type(source) for source in sources.values()] == [SignedApi, CsvFile, CsvFile]
    body = made.events_body([made.wire(1)])
    message = made.Sender().message(body)
    assert sources[made.ACCOUNT].verify(message, made.now()) == "message-1"
    assert sources[made.ACCOUNT].events(message) == [made.event(1)]


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        ({"adapter": "signed_api", "keys": []}, "has 0 keys, not 1 to 2"),
        ({"adapter": "signed_api", "keys": [KEY] * 3}, "has 3 keys, not 1 to 2"),
        ({"adapter": "signed_api", "keys": ["whsec_c2hvcnQ="]}, "has a key of 5 bytes, below the least, 24"),
        ({"adapter": "signed_api", "keys": ["whsec_a"]}, "has a key that is not base64"),
        ({"adapter": "carrier_pigeon", "keys": [KEY]}, "carrier_pigeon"),
        ({"adapter": "signed_api", "keys": [KEY], "speed": 1}, "speed: Extra inputs"),
        ({"keys": [KEY]}, "Unable to extract tag"),
        ({"adapter": "csv", "keys": [KEY]}, "needs either a mapping or a mapping_file"),
        ({"adapter": "csv", "keys": [KEY], "mapping": {"schema": "csv-mapping/1"}}, "/separator is missing"),
        ({"adapter": "csv", "keys": [KEY], "mapping_file": "none.json"}, "No such file"),
    ],
)
def test_load__faulty_account__is_named_without_its_keys(tmp_path: Path, account: Any, fault: str) -> None:
    with pytest.raises(SettingsProblem) as refused:
        load_sources(file(tmp_path, {"bank": account}))
    assert fault in str(refused.value) and "bank" in str(refused.value)
    assert KEY not in str(refused.value)


def test_load__two_faulty_accounts__are_both_named(tmp_path: Path) -> None:
    faulty = {"adapter": "signed_api", "keys": []}
    with pytest.raises(SettingsProblem) as refused:
        load_sources(file(tmp_path, {"bank one": {"adapter": "signed_api", "keys": [KEY]}, "b": faulty}))
    assert len(refused.value.faults) == 2


def test_load__no_json__is_refused(tmp_path: Path) -> None:
    write_secret(tmp_path / "sources.json", "{")
    with pytest.raises(SettingsProblem, match="is not JSON"):
        load_sources(tmp_path / "sources.json")


def test_load__file_that_others_can_read__is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, {})
    path.chmod(0o640)
    with pytest.raises(KeystoreProblem, match="mode 0640"):
        load_sources(path)
