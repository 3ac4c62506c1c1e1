"""Amounts as vendors write them, as whole minor units with their exponent. Never a float; nothing is rounded.

Exponents are ISO 4217's, where a currency is not one of two decimals.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,12}))?", re.ASCII)


@dataclass(frozen=True)
class Money:
    minor: int
    currency: str
    exponent: int

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency, self.exponent)


def exponent_of(currency: str) -> int:
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def money_of(amount: str | int | Decimal, currency: str) -> Money:
    """Of an amount in major units, such as "12.50"; ValueError says what is wrong with it."""
    if not _CODE.fullmatch(currency):
        raise ValueError(f"is in {currency!r}, which is no currency's three capital letters")
    match = _DECIMAL.fullmatch(format(amount, "f") if isinstance(amount, Decimal) else str(amount))
    if match is None:
        raise ValueError("is not a number like 12.50")
    sign, whole, part = match[1], match[2], match[3] or ""
    exponent = exponent_of(currency)
    if part[exponent:].strip("0"):
        raise ValueError(f"has more decimals than {currency}, {exponent}")
    minor = int(whole + part[:exponent].ljust(exponent, "0"))
    return Money(-minor if sign else minor, currency, exponent)
