"""The sources file: which accounts this oracle takes in, by which adapter, and with which keys.

    {"accounts": {"bank-telephone": {"adapter": "signed_api", "keys": ["whsec_..."]},
                  "bank-files": {"adapter": "csv", "keys_files": ["bank.key"], "mapping_file": "mapping.json"},
                  "shop": {"adapter": "stripe", "keys_files": ["stripe.key"], "goals": {"invoice.paid": "customer"}}}}

Paths are relative to the file. It holds secrets, so nobody but its owner may read it. `docs/adapters.md` has each
adapter's own settings.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from escrow.errors import MappingFaults, SettingsProblem
from escrow.faults import NAME, NAME_WORDS
from oracle.secret_file import read_secret
from oracle.sources.account import Account
from oracle.sources.csv import CsvAccount
from oracle.sources.everflow import EverflowAccount
from oracle.sources.google_lead_form import GoogleLeadFormAccount
from oracle.sources.hubspot import HubSpotAccount
from oracle.sources.intercom import IntercomAccount
from oracle.sources.json_pull import JsonPullAccount
from oracle.sources.meta_lead_ads import MetaLeadAdsAccount
from oracle.sources.ringba import RingbaAccount
from oracle.sources.salesforce import SalesforceAccount
from oracle.sources.shopify import ShopifyAccount
from oracle.sources.signed_api import SignedApiAccount
from oracle.sources.source import Source
from oracle.sources.stripe import StripeAccount
from oracle.sources.tune import TuneAccount
from oracle.sources.zendesk import ZendeskAccount

AnyAccount = Annotated[
    SignedApiAccount
    | CsvAccount
    | StripeAccount
    | ShopifyAccount
    | HubSpotAccount
    | SalesforceAccount
    | GoogleLeadFormAccount
    | MetaLeadAdsAccount
    | IntercomAccount
    | ZendeskAccount
    | EverflowAccount
    | TuneAccount
    | RingbaAccount
    | JsonPullAccount,
    Field(discriminator="adapter"),
]


class _Sources(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accounts: dict[str, AnyAccount]


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


def _source(account: str, settings: Account, folder: Path) -> Source:
    if not NAME.fullmatch(account):
        raise ValueError(f"is not {NAME_WORDS}")
    return settings.source(account, folder)
