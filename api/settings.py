"""What the web side is told by its environment. Read once, in `__main__`."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode, SettingsConfigDict

from escrow.settings import AddressSetting, ChainSettings


def _split(value: Any) -> Any:
    return [part for part in map(str.strip, value.split(",")) if part] if isinstance(value, str) else value


Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Addresses = Annotated[tuple[AddressSetting, ...], NoDecode, BeforeValidator(_split)]


class ApiSettings(ChainSettings):
    """Lists are separated by commas. `database` is any SQLAlchemy URL."""

    model_config = SettingsConfigDict(env_prefix="API_")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, gt=0, lt=65_536)
    database: str = "sqlite:///build/index.sqlite"
    documents_dir: Path = Path("build/documents")
    documents_urls: Urls = ()
    """Oracles, for evidence, events and agreements that are not in the folder yet."""
    documents_timeout: int = Field(default=10, gt=0)
    """Seconds."""
    tokens: Addresses = ()
    """Offered in the form for a new deal, before any deal used them."""
    confirmations: int = Field(default=0, ge=0)
    """How many blocks the index stays behind the head. At 0 it follows the head and rolls back on a fork."""
    poll_seconds: float = Field(default=0.5, gt=0)  # not money
