"""The migrations make the tables that the models name, and an index of an earlier form reads the chain anew."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select

from api.db.connection import open_database
from api.db.models import Base, Block, Checkpoint, Cursor
from api.db.schema import _config, upgrade
from tests import factories


def test_migrations__all_of_them__make_what_the_models_say(template: Path) -> None:
    engine = open_database(f"sqlite:///{template}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_upgrade__index_that_has_read_past_newer_events__begins_anew(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/old.sqlite", writes=True)
    contract = factories.domain().contract
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(insert(Block).values(number=7, hash="0x07", at=1))
        connection.execute(insert(Checkpoint).values(number=7, hash="0x07"))
        at = {"chain_id": 1, "contract": contract, "from_block": 5, "block_number": 7, "block_hash": "0x07", "block_at": 1}
        connection.execute(insert(Cursor).values(id=1, **at))
    upgrade(engine)
    with engine.connect() as connection:
        cursor = connection.execute(select(Cursor.block_number, Cursor.block_hash, Cursor.block_at)).one()
        assert tuple(cursor) == (4, None, None)
        assert connection.execute(select(Block.number).union(select(Checkpoint.number))).all() == []
    engine.dispose()
