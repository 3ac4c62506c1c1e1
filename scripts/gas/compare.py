"""Rows against the committed snapshot: what is worse, and what is so much better that the snapshot should be renewed.

Integers in, sentences out; knows no chain and no file.
"""

from collections.abc import Mapping

MOST_PERCENT = 2
"""How much worse than the snapshot a row may be."""


def differences(rows: Mapping[str, int], snapshot: Mapping[str, int]) -> list[str]:
    """Why `make check` fails: rows that are too much worse, not measured any more, or not in the snapshot yet."""
    wrong = [f"{row} is in the snapshot and was not measured" for row in snapshot if row not in rows]
    for row, gas in rows.items():
        if row not in snapshot:
            wrong.append(f"{row} was measured and is not in the snapshot")
        elif _is_above(gas, snapshot[row]):
            wrong.append(f"{row} is {gas:,} gas, {_share(gas, snapshot[row])} above the snapshot's {snapshot[row]:,}")
    return wrong


def improvements(rows: Mapping[str, int], snapshot: Mapping[str, int]) -> list[str]:
    """Rows that could become as bad again as the snapshot without anybody noticing."""
    return [
        f"{row} is {gas:,} gas, {_share(gas, snapshot[row])} below the snapshot's {snapshot[row]:,}"
        for row, gas in rows.items()
        if row in snapshot and _is_above(snapshot[row], gas)
    ]


def _is_above(gas: int, other: int) -> bool:
    return 100 * gas > (100 + MOST_PERCENT) * other


def _share(gas: int, base: int) -> str:
    """How far apart they are, in percent of the base, rounded up to a tenth."""
    tenths = -(-1_000 * abs(gas - base) // base)
    return f"{tenths // 10}.{tenths % 10}%"
