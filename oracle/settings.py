"""What one oracle is told by its environment, or by a `.env` file. Read once, in `__main__`; secrets are files."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode, SettingsConfigDict

from escrow.errors import SettingsProblem
from escrow.settings import ChainSettings, load


def _split(value: Any) -> Any:
    return [part for part in map(str.strip, value.split(",")) if part] if isinstance(value, str) else value


Urls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]  # not money
GWEI = 10**9
PREFIX = "ORACLE_"
LIKENESS = 0.8  # not money


class OracleSettings(ChainSettings):
    """Lists are separated by commas. `database` is the path of a SQLite file, or its URL."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

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
    deepest_fork: int = Field(default=256, gt=0)
    """Blocks that may be replaced below the one that decides; beyond that the process ends and says so."""
    rpc_backup_url: str | None = None
    """A second node, better another operator's: it stands in for the first, and is asked whether it sees the same."""
    rpc_timeout: int = Field(default=10, gt=0)
    head_seconds: int = Field(default=900, ge=0)
    """How far the newest block and this machine's clock may be apart; 0 for any, where a chain's clock is moved by hand."""
    cycle_seconds: Seconds = 5
    turn_seconds: Seconds = 30
    """How long each member that comes later waits for those before it."""
    max_fee_gwei: int = Field(default=200, gt=0)
    """The most that a unit of gas may cost when the time for a call runs out; at first it is a quarter of that."""
    bump_seconds: int = Field(default=30, gt=0)
    """Before a transaction that is not mined is sent again for more."""

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def fee_ceiling(self) -> int:
        return self.max_fee_gwei * GWEI


def load_settings(environment: Iterable[str]) -> OracleSettings:
    """SettingsProblem names all faults, or else the names, in `environment` or `.env`, that are almost those of settings.

    What is merely unknown may be another program's; a slip would leave a default in force that nobody chose.
    """
    settings = load(OracleSettings)
    known = {str(field.validation_alias or f"{PREFIX}{name.upper()}") for name, field in OracleSettings.model_fields.items()}
    given = {*environment, *dotenv_values(str(OracleSettings.model_config["env_file"]))}
    slips = [(variable, _meant(variable, known)) for variable in sorted(given - known)]
    faults = tuple(f"{variable}: is no setting; did you mean {meant}?" for variable, meant in slips if meant)
    if faults:
        raise SettingsProblem(faults)
    return settings


def _meant(variable: str, known: Iterable[str]) -> str | None:
    """The setting that it is almost the name of."""
    prefix, _, name = variable.partition("_")
    names = [one.partition("_")[2] for one in known if one.startswith(f"{prefix}_")]
    found = get_close_matches(name, names, n=1, cutoff=LIKENESS)
    return f"{prefix}_{found[0]}" if found else None
