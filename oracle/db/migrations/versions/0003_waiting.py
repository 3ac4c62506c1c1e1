"""Reports that wait, notices, members that leave; and what a transaction is for.

What was read of the chain before has none of this, so it is read again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("checkpoint", "settled_report", "deal", "member"):
        op.execute(sa.delete(sa.table(table)))
    op.create_table(
        "waiting_report",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("as_of", NUMBER, autoincrement=False, nullable=False),
        sa.Column("is_self_report", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.Column("resolved_block", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("deal_id", "as_of", "is_self_report"),
    )
    op.create_table(
        "notice",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("ends_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "ends_at"),
    )
    op.create_table(
        "departure",
        sa.Column("committee", sa.String(length=26), nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("leaves_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("committee", "address", "leaves_at"),
    )
    op.add_column("submission", sa.Column("purpose", sa.String(), nullable=False, server_default="report"))
