"""Rows as CSV that a spreadsheet shows as they are: no cell is taken for a formula. Knows no noun."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from fastapi import Response

from escrow.money import Token, format_amount

# What a spreadsheet begins a formula with, in narrow and wide form, and what it skips before that.
_RISKY = tuple("=+-@|%\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """RFC 4180, with a header."""
    output = io.StringIO()
    writer = csv.DictWriter(output, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: safe(cell) for name, cell in row.items()} for row in rows)
    return output.getvalue()


def safe(cell: str) -> str:
    """With an apostrophe in front where a spreadsheet would calculate."""
    is_risky = cell.lstrip().startswith(_RISKY) or cell.startswith(_RISKY)
    return f"'{cell}" if is_risky and not _NUMBER.fullmatch(cell) else cell


def formatted(units: int, token: Token) -> str:
    return format_amount(units, token.decimals)


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_text(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)
