"""What was proposed to peers, so that a member can come back to it when a peer is locked on it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("as_of", NUMBER, autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("ledger_position", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "as_of", "value", "evidence"),
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER proposal_no_{verb.lower()} BEFORE {verb} ON proposal "
            "BEGIN SELECT RAISE(ABORT, 'proposal only grows'); END"
        )
