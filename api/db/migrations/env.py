"""Runs the migrations on the connection that `api.db.schema` gives."""

from alembic import context

from api.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # `api.db.connection` begins transactions by hand, so that SQLite keeps DDL inside of them.
    transactional_ddl=True,
    # SQLite can't alter a table; Alembic then copies it.
    render_as_batch=True,
)
context.run_migrations()
