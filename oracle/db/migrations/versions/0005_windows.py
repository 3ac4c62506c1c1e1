"""Until when a transaction is of use: its fees may rise as that comes near. What was sent before has no such time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("submission", sa.Column("opens_at", NUMBER, nullable=True))
    op.add_column("submission", sa.Column("closes_at", NUMBER, nullable=True))
