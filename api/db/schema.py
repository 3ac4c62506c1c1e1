"""The database's version: brought up to date by the one writer, required by everybody else."""

import logging
from functools import lru_cache
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Select, String, column, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError

from escrow.errors import IndexMissing

_ONE_AT_A_TIME = Lock()
"""Alembic keeps the migration that is under way in globals."""
_VERSION: Select[str] = select(column("version_num", String)).select_from(table("alembic_version"))


def upgrade(engine: Engine) -> None:
    """All tables are there, in their newest form."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with _ONE_AT_A_TIME, engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(connection: Connection) -> None:
    """IndexMissing where nobody has made the tables, or not in this version's form."""
    try:
        found = connection.scalar(_VERSION)
    except (OperationalError, ProgrammingError) as error:
        raise IndexMissing("its tables are missing") from error
    if found != newest():
        raise IndexMissing(f"its tables have version {found}, not {newest()}")


@lru_cache(maxsize=1)
def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "api.db:migrations")
    return config
