"""The figures as text: ours beside the peers', and the targets. Knows no chain and no file."""

from collections.abc import Mapping, Sequence

from scripts.gas.targets import KLEROS, SIGNATURES, TARGETS, Target

Peers = Mapping[str, Mapping[str, int]]
"""Gas by row and peer."""

COLUMNS = ("Kleros v1", "Base", "Kleros v2", "Sablier Flow", "Safe", "Smart Invoice")
"""Peers with a column of their own; the others stand at the end of a line, by name."""


def rows_table(rows: Mapping[str, int], peers: Peers) -> list[str]:
    """A line for each row, the lives last."""
    lines = [_line("gas of a transaction", "ours", COLUMNS)]
    for row in sorted(rows, key=lambda row: row.startswith("lifecycle")):
        theirs = peers.get(row, {})
        cells = [_number(theirs.get(peer)) for peer in COLUMNS]
        others = [f"{peer} {gas:,}" for peer, gas in theirs.items() if peer not in COLUMNS]
        lines.append(_line(row, f"{rows[row]:,}", [*cells, ", ".join(others)]))
    return lines


def targets_table(rows: Mapping[str, int]) -> list[str]:
    """A line for each target, with a row that is not measured yet as such."""
    lines = [f"{'target':42}{'ours':>10}{'must be below':>20}{'goal':>18}{'beyond':>18}"]
    lines += [_target_line(target, rows.get(target.row)) for target in TARGETS]
    if (life := rows.get(TARGETS[0].row)) is not None:
        bare = life - SIGNATURES
        lines.append(
            f"{'the first less its two signatures':42}{bare:>10,}  Kleros v1, without any: {_verdict(bare, KLEROS)}"
        )
    return lines


def _line(name: str, ours: str, cells: Sequence[str]) -> str:
    widths = [max(len(peer), 7) + 3 for peer in COLUMNS]
    texts = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False)]
    return f"{name:32}{ours:>8}{''.join(texts)}  {''.join(cells[len(COLUMNS) :])}".rstrip()


def _target_line(target: Target, gas: int | None) -> str:
    if gas is None:
        return f"{target.words:42}{'not yet':>10}"
    must, goal, beyond = (_verdict(gas, limit) for limit in target.limits)
    return f"{target.words:42}{gas:>10,}{must:>20}{goal:>18}{beyond:>18}"


def _verdict(gas: int, limit: int) -> str:
    return f"{limit:,} {'met' if gas < limit else 'missed'}"


def _number(gas: int | None) -> str:
    return "" if gas is None else f"{gas:,}"
