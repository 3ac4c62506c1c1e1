"""Settings: all faults at once, secrets as files only, and a slip in a name is no silence."""

from pathlib import Path
from typing import Any

import pytest

from escrow.errors import SettingsProblem
from oracle.settings import GWEI, OracleSettings, load_settings
from tests import factories

REQUIRED = {
    "ESCROW_RPC_URL": "http://127.0.0.1:8545",
    "ESCROW_ADDRESS": factories.domain().contract,
    "ESCROW_CHAIN_ID": "31337",
    "ORACLE_SOURCES": "sources.json",
    "ORACLE_KEYSTORE": "signing.json",
    "ORACLE_KEYSTORE_PASSWORD_FILE": "password",
    "ORACLE_GAS_KEYSTORE": "gas.json",
    "ORACLE_GAS_KEYSTORE_PASSWORD_FILE": "password",
}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Settings from these variables alone."""
    monkeypatch.chdir(tmp_path)

    def load(changes: dict[str, str | None]) -> OracleSettings:
        environment = {name: value for name, value in (REQUIRED | changes).items() if value is not None}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings(environment)

    return load


def faults(loaded: Any, changes: dict[str, str | None]) -> tuple[str, ...]:
    with pytest.raises(SettingsProblem) as refused:
        loaded(changes)
    return refused.value.faults


def test_load__required_ones_alone__are_enough_and_the_rest_is_safe(loaded: Any) -> None:
    settings = loaded({})
    assert (settings.confirmations, settings.host, settings.url) == (12, "127.0.0.1", "http://127.0.0.1:8101")
    assert settings.fee_ceiling == 200 * GWEI and settings.domain == factories.domain()


def test_load__lists__are_separated_by_commas(loaded: Any) -> None:
    assert loaded({"ORACLE_PEERS": "http://b:1, http://c:2,"}).peers == ("http://b:1", "http://c:2")
    assert loaded({"ORACLE_PEERS": ""}).peers == ()


def test_load__nothing_set__names_every_missing_one_at_once(loaded: Any) -> None:
    found = faults(loaded, dict.fromkeys(REQUIRED))
    assert sorted(fault.partition(":")[0] for fault in found) == sorted(REQUIRED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESCROW_ADDRESS", "0x12"),
        ("ESCROW_ADDRESS", factories.domain().contract.swapcase().replace("0X", "0x")),
        ("ESCROW_CHAIN_ID", "0"),
        ("ESCROW_CHAIN_ID", "main"),
        ("ESCROW_FROM_BLOCK", "-1"),
        ("ORACLE_PORT", "70000"),
        ("ORACLE_CONFIRMATIONS", "-1"),
        ("ORACLE_CYCLE_SECONDS", "-1"),
        ("ORACLE_TURN_SECONDS", "nan"),
        ("ORACLE_MAX_FEE_GWEI", "0"),
        ("ORACLE_BUMP_SECONDS", "0"),
        ("ORACLE_INTAKE_BYTES", "0"),
    ],
)
def test_load__value_out_of_form__is_named(loaded: Any, name: str, value: str) -> None:
    (fault,) = faults(loaded, {name: value})
    assert fault.startswith(f"{name}: ")


def test_load__fault__never_says_the_value(loaded: Any) -> None:
    (fault,) = faults(loaded, {"ORACLE_PORT": "correct horse"})
    assert "horse" not in fault


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("ORACLE_CONFIRMATION", "ORACLE_CONFIRMATIONS"),
        ("ORACLE_PEER", "ORACLE_PEERS"),
        ("ORACLE_MAX_FEE_GWI", "ORACLE_MAX_FEE_GWEI"),
        ("ORACLE_KEYSTORE_PASSWORDFILE", "ORACLE_KEYSTORE_PASSWORD_FILE"),
        ("ESCROW_FROM_BLOK", "ESCROW_FROM_BLOCK"),
    ],
)
def test_load__slip_in_a_name__is_a_fault_that_says_what_was_meant(loaded: Any, slip: str, meant: str) -> None:
    assert faults(loaded, {slip: "1"}) == (f"{slip}: is no setting; did you mean {meant}?",)


def test_load__slip_in_the_file__is_a_fault_too(loaded: Any, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ORACLE_CONFIRMATION=0\nORACLE_PORT=8199\n")
    assert faults(loaded, {}) == ("ORACLE_CONFIRMATION: is no setting; did you mean ORACLE_CONFIRMATIONS?",)
    (tmp_path / ".env").write_text("ORACLE_PORT=8199\n")
    assert loaded({}).port == 8199


@pytest.mark.parametrize("name", ["ORACLE_HOME", "ORACLE_SID", "ESCROW_SOLC", "API_PORT", "PATH"])
def test_load__variable_of_another_program__is_left_alone(loaded: Any, name: str) -> None:
    assert loaded({name: "1"}).port == 8101


def test_settings__secrets__are_given_as_files_only() -> None:
    fields = OracleSettings.model_fields
    secret = [name for name in fields if any(word in name for word in ("key", "password", "secret"))]
    assert secret and all(fields[name].annotation is Path for name in secret)


def test_url__address_of_version_6__has_its_brackets(loaded: Any) -> None:
    assert loaded({"ORACLE_HOST": "::1"}).url == "http://[::1]:8101"
