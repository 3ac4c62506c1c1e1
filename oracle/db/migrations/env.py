"""Runs the migrations on the connection that `oracle.db.schema` gives, inside its transaction."""

from alembic import context

from oracle.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # `oracle.db.connection` begins transactions by hand, so that SQLite keeps DDL inside of them.
    transactional_ddl=True,
    # SQLite can't alter a table; Alembic then copies it.
    render_as_batch=True,
)
context.run_migrations()
