"""Amounts of a token as text and as base units. Knows decimals; knows no deal and no price."""

import re
from dataclasses import dataclass

from escrow.errors import AmountProblem
from escrow.ids import Address, Units

_SPACES = str.maketrans("", "", "\u0020\u00a0\u2009\u202f'_")
_MOST_DIGITS = 30
_NUMBER = re.compile(r"(\d+)(?:[.,](\d+))?", re.ASCII)


@dataclass(frozen=True)
class Token:
    address: Address
    symbol: str
    decimals: int


def parse_amount(text: str | None, decimals: int) -> Units:
    """Base units of an amount that a person typed: "1 000,50" and "1000.5" are the same.

    What could be read in two ways is refused and not guessed: "1,000.50", and "1,000" with its three digits.
    """
    if text is None or not text.strip():
        raise AmountProblem(text, "is missing")
    bare = text.strip().translate(_SPACES)
    if bare.startswith("-"):
        raise AmountProblem(text, "is negative")
    match = _NUMBER.fullmatch(bare)
    if match is None:
        raise AmountProblem(text, "is not a number like 1000.50")
    whole, part = match[1], match[2] or ""
    if "," in bare and len(part) == 3 and whole.strip("0"):
        raise AmountProblem(text, f"can be read as {whole}{part} and as {whole}.{part}")
    if len(part.rstrip("0")) > decimals:
        raise AmountProblem(text, f"has more decimals than the token, {decimals}")
    if len(whole.lstrip("0")) > _MOST_DIGITS:
        raise AmountProblem(text, "is too large")
    return Units(int(whole) * 10**decimals + int(part[:decimals].ljust(decimals, "0") or "0"))


def format_amount(units: int, decimals: int, least_decimals: int = 2, *, group: str = "") -> str:
    """Every unit is shown: only zeros beyond `least_decimals` are dropped. `group` goes between thousands."""
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    part = part.rstrip("0").ljust(min(least_decimals, decimals), "0")
    return sign + f"{int(whole):,}".replace(",", group) + (f".{part}" if part else "")
