"""What rows.toml says of each threat and finding. Knows no test."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

FILE = Path(__file__).with_name("rows.toml")
IDS = (*(f"C{number}" for number in range(1, 31)), *(f"F{number}" for number in range(1, 52)))


class RowProblem(Exception):
    """The file says of a row what it may not."""


@dataclass(frozen=True)
class Row:
    """One of the last three is given: how it is met, why it can't apply to us, or why we don't meet it yet."""

    threat: str
    met: str = ""
    not_applicable: str = ""
    not_yet: str = ""

    @property
    def reason(self) -> str:
        """Why there is no test; empty where there has to be one."""
        return self.not_applicable or self.not_yet


def read(file: Path = FILE) -> dict[str, Row]:
    """By id, in their order."""
    found = tomllib.loads(file.read_text("utf-8"))
    known = {field.name for field in fields(Row)}
    for name, row in found.items():
        if name not in IDS:
            raise RowProblem(f"{name} is no row; they are {IDS[0]} to C30 and F1 to {IDS[-1]}")
        if unknown := row.keys() - known:
            raise RowProblem(f"{name} has {', '.join(sorted(unknown))}, and may have {', '.join(sorted(known))}")
        if "threat" not in row or len(row) != 2 or not all(row.values()):
            raise RowProblem(f"{name} has {', '.join(row) or 'nothing'}, and needs threat and one of the others")
    return {name: Row(**found[name]) for name in IDS if name in found}
