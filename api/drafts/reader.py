"""One pass over typed fields. A method gives the value, or notes the fault and gives a stand-in of the same type.

Knows the forms of single fields; what they mean together is `form`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from api.drafts.fields import Field
from api.wording import number
from escrow.errors import AddressProblem, AmountProblem
from escrow.faults import NAME, NAME_WORDS
from escrow.ids import Address, Timestamp, Units, address
from escrow.money import Token, parse_amount

MOST_AMOUNT = 2**96 - 1
MOST_RETENTION = 5_000
WHOLE = re.compile(r"\d{1,20}", re.ASCII)


@dataclass(frozen=True)
class FormFault:
    """What is wrong with one field, in a sentence that says what to do."""

    field: str
    text: str


class FieldReader:
    """`faults` by field, at most one each."""

    def __init__(self, fields: Mapping[str, Field], typed: Mapping[str, str]) -> None:
        self.fields = fields
        self.typed = typed
        self.faults: dict[str, str] = {}

    def fault(self, name: str, text: str) -> None:
        self.faults.setdefault(name, text)

    def raw(self, name: str) -> tuple[Field | None, str]:
        """The field, None where this kind of deal has none or it may stay empty and did, and what was typed."""
        field = self.fields.get(name)
        text = self.typed.get(name, "").strip() if field else ""
        if field and not text:
            if field.optional:
                return None, ""
            self.fault(name, f"Enter {_lower(field.label)}.")
            return None, ""
        return field, text

    def text(self, name: str, most: int) -> str:
        field, text = self.raw(name)
        if field and len(text) > most:
            self.fault(name, f"{field.label} has {len(text)} signs; at most {most} fit.")
        if field and not text.isprintable():
            self.fault(name, f"{field.label} has a sign that can’t be printed.")
        return text

    def name(self, name: str) -> str:
        field, text = self.raw(name)
        if field and not NAME.fullmatch(text):
            self.fault(name, f"{field.label} takes {NAME_WORDS}, like bank-telephone.")
        return text

    def choice(self, name: str) -> str:
        field, text = self.raw(name)
        if field and text not in dict(field.options):
            self.fault(name, f"{field.label}: choose one from the list.")
        return text if field and name not in self.faults else ""

    def whole(self, name: str, least: int, most: int) -> int:
        field, text = self.raw(name)
        if field is None:
            return least
        bare = re.sub(r"[\s\u202f\u00a0']", "", text)
        if bare.startswith("-"):
            self.fault(name, f"{field.label} must not be negative.")
        elif not WHOLE.fullmatch(bare):
            self.fault(name, f"{field.label} must be a whole number, like {number(max(least, 5))}.")
        elif not least <= int(bare) <= most:
            self.fault(name, f"{field.label} must be {number(least)} to {number(most)}.")
        return least if name in self.faults else int(bare)

    def amount(self, name: str, token: Token, least: int = 0) -> Units:
        field, text = self.raw(name)
        if field is None:
            return Units(0)
        try:
            units = parse_amount(text, token.decimals)
        except AmountProblem as problem:
            self.fault(name, f"{field.label} {problem.why}.")
            return Units(0)
        if units < least:
            self.fault(name, f"{field.label} must be more than 0.")
        elif units > MOST_AMOUNT:
            self.fault(name, f"{field.label} is more than the contract can hold.")
        return units

    def percent(self, name: str) -> int:
        field, text = self.raw(name)
        if field is None:
            return 0
        try:
            bps = parse_amount(text.removesuffix("%"), 2)
        except AmountProblem as problem:
            self.fault(name, f"{field.label} {problem.why.replace('the token', 'a percentage')}.")
            return 0
        if bps > MOST_RETENTION:
            self.fault(name, f"{field.label} must be 0 to 50%.")
        return bps

    def day(self, name: str, after: int = 0) -> Timestamp:
        """00:00 UTC of the day, plus `after` seconds."""
        field, text = self.raw(name)
        if field is None:
            return Timestamp(0)
        try:
            date = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fault(name, f"{field.label} must be a date, like 2008-05-01.")
            return Timestamp(0)
        if not 1970 < date.year < 2200:
            self.fault(name, f"{field.label} must lie in the years 1971 to 2199.")
        return Timestamp(int(date.timestamp()) + after)

    def address(self, name: str) -> Address:
        field, text = self.raw(name)
        if field is not None:
            try:
                return address(text)
            except AddressProblem as problem:
                self.fault(name, f"{field.label}’s address {problem.why}.")
        return Address("")


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]
