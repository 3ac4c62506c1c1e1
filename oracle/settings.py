"""What one oracle is told by its environment. Read once, in `__main__`; secrets are files."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode, SettingsConfigDict

from escrow.settings import ChainSettings


def _split(value: Any) -> Any:
    return [part for part in map(str.strip, value.split(",")) if part] if isinstance(value, str) else value


Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]  # not money
GWEI = 10**9


class OracleSettings(ChainSettings):
    """Lists are separated by commas. `database` is the path of a SQLite file, or its URL."""

    model_config = SettingsConfigDict(env_prefix="ORACLE_")

    host: str = "127.0.0.1"
    port: int = Field(default=8101, gt=0, lt=65_536)
    database: str = "build/oracle.sqlite"
    documents_dir: Path = Path("build/oracle-documents")
    """Own evidence, and copies of agreements."""
    documents_urls: Urls = ()
    """Where agreements are fetched: the web side, other members."""
    documents_timeout: int = Field(default=10, gt=0)
    """Seconds."""
    sources: Path
    """The sources file, as `oracle.sources.registry` says."""
    intake_bytes: int = Field(default=4 * 2**20, gt=0)
    """The longest message."""
    keystore: Path
    keystore_password_file: Path
    gas_keystore: Path
    gas_keystore_password_file: Path
    peers: Urls = ()
    """Base URLs of the other members; those it can't reach cost only their voice."""
    peer_timeout: int = Field(default=3, gt=0)
    confirmations: int = Field(default=12, ge=0)
    """Blocks on top of the one that decides."""
    cycle_seconds: Seconds = 5
    turn_seconds: Seconds = 30
    """How long each member that comes later waits for those before it."""
    max_fee_gwei: int = Field(default=200, gt=0)
    """The most that a unit of gas may cost."""
    bump_seconds: int = Field(default=30, gt=0)
    """Before a transaction that is not mined is sent again for more."""

    @property
    def fee_ceiling(self) -> int:
        return self.max_fee_gwei * GWEI
