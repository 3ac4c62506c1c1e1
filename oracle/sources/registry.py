"""The sources file: which accounts this oracle takes in, by which adapter, and with which keys.

    {"accounts": {"bank-telephone": {"adapter": "signed_api", "keys": ["whsec_..."]},
                  "bank-files": {"adapter": "csv", "keys_files": ["bank.key"], "mapping_file": "mapping.json"}}}

Paths are relative to the file. It holds secrets, so nobody but its owner may read it.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from standardwebhooks.webhooks import Webhook

from escrow.errors import MappingFaults, SettingsProblem
from escrow.faults import NAME, NAME_WORDS
from escrow.measure import CsvMapping, parse_mapping
from oracle.secret_file import read_secret
from oracle.sources.csv import CsvFile
from oracle.sources.signed_api import SignedApi
from oracle.sources.source import Source
from oracle.sources.webhook import MOST_KEYS

LEAST_KEY_BYTES = 24
_PREFIX = "whsec_"


class _Account(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: tuple[str, ...] = ()
    keys_files: tuple[Path, ...] = ()

    def webhooks(self, folder: Path) -> tuple[Webhook, ...]:
        keys = (*self.keys, *(read_secret(folder / file) for file in self.keys_files))
        if not 1 <= len(keys) <= MOST_KEYS:
            raise ValueError(f"has {len(keys)} keys, not 1 to {MOST_KEYS}")
        return tuple(map(_webhook, keys))


class _SignedApiAccount(_Account):
    adapter: Literal["signed_api"]

    def source(self, account: str, folder: Path) -> Source:
        return SignedApi(account, self.webhooks(folder))


class _CsvAccount(_Account):
    adapter: Literal["csv"]
    mapping: dict[str, Any] | None = None
    mapping_file: Path | None = None

    def source(self, account: str, folder: Path) -> Source:
        return CsvFile(account, self.webhooks(folder), self._mapping(folder))

    def _mapping(self, folder: Path) -> CsvMapping:
        if (self.mapping is None) == (self.mapping_file is None):
            raise ValueError("needs either a mapping or a mapping_file")
        if self.mapping_file is None:
            return parse_mapping(self.mapping or {})
        return parse_mapping((folder / self.mapping_file).read_bytes())


class _Sources(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accounts: dict[str, Annotated[_SignedApiAccount | _CsvAccount, Field(discriminator="adapter")]]


def load_sources(path: Path) -> Mapping[str, Source]:
    """Each account's source. SettingsProblem names all faults and no key."""
    try:
        given = _Sources.model_validate(json.loads(read_secret(path)))
    except ValidationError as error:
        where = [".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False)]
        texts = [fault["msg"] for fault in error.errors(include_input=False)]
        raise SettingsProblem(tuple(f"{path}: {at}: {text}" for at, text in zip(where, texts, strict=True))) from None
    except ValueError:
        raise SettingsProblem((f"{path}: is not JSON",)) from None
    sources: dict[str, Source] = {}
    faults = []
    for account, settings in given.accounts.items():
        try:
            sources[account] = _source(account, settings, path.parent)
        except (ValueError, OSError, MappingFaults) as error:
            faults.append(f"{path}: accounts.{account}: {error}")
    if faults:
        raise SettingsProblem(tuple(faults))
    return sources


def _source(account: str, settings: _SignedApiAccount | _CsvAccount, folder: Path) -> Source:
    if not NAME.fullmatch(account):
        raise ValueError(f"is not {NAME_WORDS}")
    return settings.source(account, folder)


def _webhook(key: str) -> Webhook:
    try:
        secret = base64.b64decode(key.removeprefix(_PREFIX) + "==", validate=False)
    except binascii.Error:
        raise ValueError("has a key that is not base64") from None
    if len(secret) < LEAST_KEY_BYTES:
        raise ValueError(f"has a key of {len(secret)} bytes, below the least, {LEAST_KEY_BYTES}")
    return Webhook(secret)
