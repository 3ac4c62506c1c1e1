"""What every process is told by its environment, or by a `.env` file: the node, the contract, its chain.

Read once, in `__main__`. The environment wins over the file.

Knows names and forms; whether the node is what it is said to be is for `EscrowContract.require_deployed`.
"""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from escrow import ids
from escrow.eip712 import Domain
from escrow.errors import AddressProblem, SettingsProblem

Loaded = TypeVar("Loaded", bound=BaseSettings)


def _address(text: Any) -> ids.Address:
    try:
        return ids.address(text)
    except AddressProblem as error:
        raise ValueError(str(error)) from error


AddressSetting = Annotated[ids.Address, BeforeValidator(_address)]


class ChainSettings(BaseSettings):
    """To be mixed into a process's own settings, whose `env_prefix` does not apply to these."""

    model_config = SettingsConfigDict(populate_by_name=True, frozen=True, extra="ignore", env_file=".env")

    rpc_url: str = Field(validation_alias="ESCROW_RPC_URL")
    escrow_address: AddressSetting = Field(validation_alias="ESCROW_ADDRESS")
    chain_id: int = Field(validation_alias="ESCROW_CHAIN_ID", gt=0)
    from_block: int = Field(default=0, validation_alias="ESCROW_FROM_BLOCK", ge=0)
    log_json: bool = Field(default=False, validation_alias="ESCROW_LOG_JSON")

    @property
    def domain(self) -> Domain:
        return Domain(self.chain_id, self.escrow_address)


def load(settings: type[Loaded]) -> Loaded:
    """From the environment; SettingsProblem names all faults at once, and no value, which may be a secret."""
    try:
        return settings()
    except ValidationError as error:
        found = error.errors(include_input=False)
        faults = tuple(f"{_variable(settings, str(fault['loc'][0]))}: {fault['msg']}" for fault in found)
        raise SettingsProblem(faults) from None


def _variable(settings: type[BaseSettings], place: str) -> str:
    """The name in the environment: settings that all processes share are placed by it already."""
    return place if place.isupper() else f"{settings.model_config.get('env_prefix', '')}{place}".upper()


def secret(value: str | None, file: Path | None, name: str) -> str:
    """Of the two ways to give a secret, its text or a file that holds it, exactly one."""
    if (value is None) == (file is None):
        raise SettingsProblem((f"{name}: give either it or {name}_FILE",))
    if file is None:
        return str(value)
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsProblem((f"{name}_FILE: {error.strerror}",)) from error
