"""Pages from templates: one environment, the filters that write amounts and times, and what every page shows.

Knows no deal. Text is escaped unless a template says otherwise.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api import wording
from escrow.clock import format_time
from escrow.ids import ZERO_ADDRESS

HERE = Path(__file__).parent
STATIC = HERE / "static"


@lru_cache(maxsize=1)
def environment() -> Environment:
    result = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    result.filters |= {
        "money": wording.money,
        "number": wording.number,
        "count": wording.count,
        "moment": wording.moment,
        "day": wording.day,
        "relative": wording.relative,
        "groups": wording.grouped,
        "symbol": wording.symbol_text,
        "rfc3339": format_time,
    }
    result.globals["zero"] = ZERO_ADDRESS
    return result


def render(name: str, **context: Any) -> str:
    return environment().get_template(name).render(**context)
