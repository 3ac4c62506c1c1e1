"""By which method and to which target a message came, so that it can be verified and read again; how far each pulled
account was read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("method", sa.String(), nullable=False, server_default="POST"))
    op.add_column("delivery", sa.Column("target", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "pull_cursor",
        sa.Column("source_account", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("moved_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("source_account"),
    )
