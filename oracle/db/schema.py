"""The database's version: brought up to date at the start, and bound to one contract on one chain."""

from functools import lru_cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, select

from escrow.eip712 import Domain
from escrow.errors import DatabaseProblem
from oracle.db import tables
from oracle.db.connection import Database


def upgrade(database: Database) -> None:
    """All tables are there, in their newest form."""
    database.path.parent.mkdir(parents=True, exist_ok=True)
    with database.write() as connection:
        if revision(connection) == newest():
            return
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def bind(database: Database, domain: Domain) -> None:
    """The database is this contract's; DatabaseProblem where it is another's, whose deals mean nothing here.

    As long as nothing was read from the other one, that was only a setting mistaken at the first start.
    """
    own = (domain.chain_id, domain.contract)
    with database.write() as connection:
        found = connection.execute(select(tables.chain.c.chain_id, tables.chain.c.contract)).first()
        if found is not None and tuple(found) != own:
            if connection.execute(select(tables.checkpoint).limit(1)).first() is not None:
                raise DatabaseProblem(
                    str(database.path), f"is of contract {found[1]} on chain {found[0]}, not of {own[1]} on {own[0]}"
                )
            connection.execute(delete(tables.chain))
            found = None
        if found is None:
            connection.execute(insert(tables.chain).values(chain_id=own[0], contract=own[1]))


def revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@lru_cache(maxsize=1)
def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "oracle.db:migrations")
    return config
