"""The example of an environment is complete enough to start from, and names nothing that no process reads."""

from pathlib import Path

from dotenv import dotenv_values

from api.settings import ApiSettings
from escrow.settings import ChainSettings
from oracle.settings import OracleSettings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def variables(settings: type[ChainSettings]) -> dict[str, bool]:
    """Each variable of a process's settings, and whether it is needed."""
    prefix = str(settings.model_config["env_prefix"])
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field.is_required()
        for name, field in settings.model_fields.items()
    }


def test_env_example__of_both_processes__names_what_they_need_and_nothing_unknown() -> None:
    given = dotenv_values(EXAMPLE).keys()
    known = variables(OracleSettings) | variables(ApiSettings)
    assert given <= known.keys()
    assert {name for name, needed in known.items() if needed} <= given


def test_env_example__loaded_as_a_file__gives_settings() -> None:
    settings = ApiSettings(_env_file=EXAMPLE)  # type: ignore[call-arg]
    assert (settings.chain_id, settings.port) == (31337, 8000)
