"""What a process reads from its environment, and how it logs."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from escrow import logs, settings
from escrow.eip712 import Domain
from escrow.errors import SettingsProblem
from escrow.settings import ChainSettings
from tests import factories

ENVIRONMENT = {
    "ESCROW_RPC_URL": "http://node/secret-key",
    "ESCROW_ADDRESS": factories.domain().contract,
    "ESCROW_CHAIN_ID": "31337",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("ESCROW_FROM_BLOCK", "ESCROW_LOG_JSON"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_load__whole_environment__is_the_contract_on_its_chain(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ESCROW_FROM_BLOCK", "12")
    loaded = settings.load(ChainSettings)
    assert loaded.domain == Domain(31337, factories.domain().contract)
    assert (loaded.rpc_url, loaded.from_block, loaded.log_json) == ("http://node/secret-key", 12, False)


def test_load__mixed_into_settings_with_a_prefix__keeps_its_own_names(environment: pytest.MonkeyPatch) -> None:
    class OracleSettings(ChainSettings, env_prefix="ORACLE_"):
        port: int

    environment.setenv("ORACLE_PORT", "8101")
    loaded = settings.load(OracleSettings)
    assert (loaded.port, loaded.chain_id) == (8101, 31337)


def test_load__several_faults__names_all_and_shows_no_value(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("ESCROW_RPC_URL")
    environment.setenv("ESCROW_CHAIN_ID", "secret-key")
    environment.setenv("ESCROW_FROM_BLOCK", "-1")
    with pytest.raises(SettingsProblem) as caught:
        settings.load(ChainSettings)
    names = [fault.split(":")[0] for fault in caught.value.faults]
    assert names == ["ESCROW_RPC_URL", "ESCROW_CHAIN_ID", "ESCROW_FROM_BLOCK"]
    assert "secret-key" not in str(caught.value)


def test_load__mistyped_address__says_why(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ESCROW_ADDRESS", "0x12")
    with pytest.raises(SettingsProblem, match=r"ESCROW_ADDRESS.*40 hex digits"):
        settings.load(ChainSettings)


def test_secret__text_or_file__is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    assert settings.secret(None, file, "PASSWORD") == settings.secret("open sesame", None, "PASSWORD")


def test_secret__neither_both_or_no_file__named_error(tmp_path: Path) -> None:
    for value, file in ((None, None), ("a", tmp_path / "b"), (None, tmp_path / "missing")):
        with pytest.raises(SettingsProblem, match="PASSWORD"):
            settings.secret(value, file, "PASSWORD")


# Logs


@pytest.fixture
def root_logger() -> Iterator[None]:
    """As it was before, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("root_logger")
def test_configure__json__one_object_a_line_of_own_and_foreign_events(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("oracle", json=True)
    structlog.get_logger().info("report signed", value=258)
    logging.getLogger("uvicorn").warning("started on %s", 8101)
    own, foreign = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (own["event"], own["value"], own["process"], own["level"]) == ("report signed", 258, "oracle", "info")
    assert (foreign["event"], foreign["process"], foreign["level"]) == ("started on 8101", "oracle", "warning")
    assert own["timestamp"].endswith("Z")


@pytest.mark.usefixtures("root_logger")
def test_configure__for_people__one_line_without_noise(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("oracle", json=False)
    structlog.get_logger().info("report signed", value=258)
    structlog.get_logger().debug("not shown")
    logging.getLogger("httpx").info("not shown")
    (line,) = capsys.readouterr().err.splitlines()
    assert "report signed" in line and "value=258" in line and "process=oracle" in line
