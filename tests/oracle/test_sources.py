"""The sources file: what it may say, and that its faults are named without its keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from escrow.agreement.model import BEST_GRADES, SOURCE_NAMES, Adapter
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


SECRET = "a secret of sixteen"
VENDORS: dict[str, dict[str, Any]] = {
    "stripe": {"goals": {"invoice.paid": "customer"}, "unit": "customer"},
    "shopify": {"goals": {"orders/paid": "order"}, "shop": "a-shop.myshopify.com"},
    "hubspot": {"goals": {"contact.creation": "lead"}, "portal": 62515, "url": "https://oracle.example/intake/crm"},
    "salesforce": {"goals": {"Lead:IsConverted=true": "lead"}},
    "google_lead_form": {"goals": {"lead": "lead"}},
    "meta_lead_ads": {"goals": {"leadgen": "lead"}, "page": 153, "verify_token": SECRET},
    "intercom": {"goals": {"conversation.admin.closed": "resolution"}, "app": "app-1"},
    "zendesk": {"goals": {"ticket.status_changed=SOLVED": "resolution"}, "zendesk_account": 22129848},
    "everflow": {"goals": {"conversion": "sale"}, "network": 77, "currency": "USD"},
    "tune": {"goals": {"offer:3": "sale"}, "utc_offset": "-05:00"},
    "ringba": {"goals": {"qualified": "call"}, "reversals": {"refunded": "call"}},
}


def vendor(adapter: str, **changes: Any) -> dict[str, Any]:
    key = KEY if adapter == "salesforce" else SECRET
    return {"adapter": adapter, "keys": [key], **VENDORS[adapter], **changes}


def test_load__every_vendor__is_a_source_with_its_name_in_agreements(tmp_path: Path) -> None:
    sources = load_sources(file(tmp_path, {f"our-{name}": vendor(name) for name in VENDORS}))
    assert {source.adapter for source in sources.values()} == VENDORS.keys()
    assert all(source.account == name and source.version.startswith(source.adapter) for name, source in sources.items())
    assert all(adapter in SOURCE_NAMES for adapter in VENDORS)


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        (vendor("stripe", keys=["short"]), "has a key of 5 characters, below the least, 16"),
        (vendor("stripe", goals={"invoice.payed": "x"}), "'invoice.payed', which is none of"),
        (vendor("stripe", goals={"charge.dispute.closed": "x"}), "charge.dispute.closed, whose object names no customer"),
        (vendor("stripe", goals={"invoice.paid": "not a name!"}), "goals.invoice.paid"),
        (vendor("shopify", goals={"orders/payed": "x"}), "'orders/payed', which is none of"),
        (vendor("stripe", metadata=["user_email"]), "'user_email', which tells who somebody is"),
        (vendor("shopify", note_attributes=["phone"]), "'phone', which tells who somebody is"),
        (vendor("shopify", shop="https://a-shop"), "shop"),
        (vendor("hubspot", url="http://oracle.example"), "not https://"),
        (vendor("hubspot", reversals={"contact.creation": "lead"}), "as a goal and as a reversal"),
        (vendor("salesforce", goals={"Lead": "lead"}), "'Lead', which is not Entity:CREATE"),
        (vendor("google_lead_form", goals={"form": "lead"}), "'form', which is not lead"),
        (vendor("meta_lead_ads", goals={"lead": "lead"}), "'lead', which is not leadgen"),
        (vendor("meta_lead_ads", verify_token="short"), "verify_token of 5 characters"),
        (vendor("zendesk", keys=["dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="]), "Zendesk's public one for tests"),
        (vendor("everflow", attributes=["email"]), "'email', which tells who somebody is"),
        (vendor("everflow", goals={"sale": "sale"}), "'sale', which is not conversion"),
        (vendor("tune", utc_offset="EST"), "utc_offset"),
        (vendor("tune", attributes=["session_ip"]), "'session_ip', which tells who somebody is"),
        (vendor("ringba", attributes=["caller_id"]), "'caller_id', which tells who somebody is"),
    ],
)  # fmt: skip
def test_load__faulty_vendor__is_named_without_its_keys(tmp_path: Path, account: Any, fault: str) -> None:
    with pytest.raises(SettingsProblem) as refused:
        load_sources(file(tmp_path, {"crm": account}))
    assert fault in str(refused.value) and "crm" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_docs__table_of_adapters__has_them_all_with_their_grades() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "adapters.md").read_text()
    table = text.partition("| grade |\n")[2].partition("\n\n")[0]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    assert {row[0]: row[-1] for row in cells} == {str(adapter): str(grade) for adapter, grade in BEST_GRADES.items()}
    assert BEST_GRADES.keys() == set(Adapter) == SOURCE_NAMES.keys()
