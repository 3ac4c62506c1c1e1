"""How amounts, counts, times and names are written for a person. Pure text; knows no page and no deal."""

import unicodedata
from datetime import UTC, datetime

from escrow.money import Token, format_amount

THIN = "\u202f"
DAY = 86_400
_LENGTHS = ((DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def symbol_text(symbol: str) -> str:
    """A token's name for itself, without what could disguise it: controls, direction marks, spaces; at most 12 signs."""
    kept = "".join(sign for sign in symbol if unicodedata.category(sign)[0] in "LNPS")
    return kept[:12] or "unnamed"


def money(units: int, token: Token) -> str:
    """Amount and unit, every digit, thousands apart: "400 000.00 TUSD"."""
    whole, point, part = format_amount(abs(units), token.decimals).partition(".")
    sign = "−" if units < 0 else ""
    return f"{sign}{number(int(whole))}{point}{part}\u00a0{symbol_text(token.symbol)}"


def number(value: int) -> str:
    return f"{value:,}".replace(",", THIN)


def plural(unit: str) -> str:
    """The unit of an agreement, for more than one of it."""
    if unit.endswith(("s", "x", "z", "ch", "sh")):
        return unit + "es"
    if unit.endswith("y") and unit[-2:-1] not in tuple("aeiou"):
        return unit[:-1] + "ies"
    return unit + "s"


def count(value: int, unit: str) -> str:
    """ "1 customer", "5 000 customers"."""
    return f"{number(value)}\u00a0{unit if value == 1 else plural(unit)}"


def day(at: int) -> str:
    """ "1 August 2008"."""
    date = datetime.fromtimestamp(at, UTC)
    return f"{date.day}\u00a0{date:%B}\u00a0{date.year}"


def moment(at: int) -> str:
    """ "1 August 2008, 00:00 UTC"."""
    return f"{day(at)}, {datetime.fromtimestamp(at, UTC):%H:%M}\u00a0UTC"


def days_of(start: int, end: int) -> str:
    """A half-open interval as its first and last day, or with times where it does not go by days."""
    if start % DAY or end % DAY:
        return f"{moment(start)} to {moment(end)}"
    if end - start == DAY:
        return day(start)
    return f"{day(start)} to {day(end - DAY)}"


def length(seconds: int) -> str:
    """ "30 days", "36 hours": in the largest unit that gives a whole number above one, or "1 day"."""
    for size, name in _LENGTHS:
        if seconds and seconds % size == 0:
            return f"{number(seconds // size)}\u00a0{name}{'' if seconds == size else 's'}"
    return "0\u00a0seconds"


def relative(at: int, now: int) -> str:
    """ "in 3 days", "2 hours ago", "now"; rounded down, so never a promise that is too good."""
    gap = abs(at - now)
    for size, name in _LENGTHS:
        whole = gap // size
        if whole:
            words = f"{number(whole)}\u00a0{name}{'' if whole == 1 else 's'}"
            return f"in {words}" if at > now else f"{words} ago"
    return "now"


def grouped(identifier: str) -> list[str]:
    """An address or id in groups of four digits, as people compare them."""
    digits = identifier.removeprefix("0x")
    groups = [digits[i : i + 4] for i in range(0, len(digits), 4)]
    return ["0x" + groups[0], *groups[1:]] if identifier.startswith("0x") else groups


def short(identifier: str) -> str:
    """For sentences: enough to recognise, where the whole stands elsewhere on the page."""
    return f"{identifier[:6]}…{identifier[-4:]}"


def listed(words: list[str], joint: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def percent(bps: int) -> str:
    """ "10%", "2.5%" from 1/10,000."""
    return format_amount(bps, 2, 0) + "%"
