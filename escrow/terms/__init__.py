"""The terms of a deal: what the contract enforces, in all their forms."""

from escrow.eip712 import Domain
from escrow.terms.check import check_terms
from escrow.terms.codec import pack, unpack
from escrow.terms.json_form import from_json, to_json
from escrow.terms.model import Basis, Step, Terms
from escrow.terms.typed import deal_id_of, typed_data

__all__ = [
    "Basis",
    "Domain",
    "Step",
    "Terms",
    "check_terms",
    "deal_id_of",
    "from_json",
    "pack",
    "to_json",
    "typed_data",
    "unpack",
]
