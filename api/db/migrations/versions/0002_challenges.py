"""Reports that wait and what becomes of them, notice, changes of committees, skipped items of batches.

An index that was made before has read past such events, so it reads the chain anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADDRESS = sa.String(42)
HASH = sa.String(66)
DOCUMENT = sa.String(64)
NUMBER = sa.String(78)
"""Decimal digits of a number beyond 64 bits."""
TABLES = (
    "waiting_report",
    "dispute",
    "agreed_part",
    "resolution",
    "notice",
    "skipped_item",
    "departure",
    "equivocation",
    "admin_offer",
    "admin_change",
)


def upgrade() -> None:
    _forget_all()
    op.add_column("deal", sa.Column("ruling_window", sa.BigInteger, nullable=False, server_default="0"))
    _create_challenges()
    _create_committee_changes()


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
    op.drop_column("deal", "ruling_window")


def _forget_all() -> None:
    """The rows of events go with their blocks."""
    op.execute("DELETE FROM block")
    op.execute("DELETE FROM checkpoint")
    op.execute("UPDATE cursor SET block_number = from_block - 1, block_hash = NULL, block_at = NULL")


def _create_challenges() -> None:
    _create_event_table(
        "waiting_report",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("evidence", DOCUMENT, nullable=False),
        sa.Column("signers", NUMBER, nullable=False),
        sa.Column("adjust", NUMBER, nullable=False),
        sa.Column("window_ends_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_waiting_report_deal_id", "waiting_report", ["deal_id", "as_of"])
    op.create_index("ix_waiting_report_evidence", "waiting_report", ["evidence"])
    op.create_index("ix_waiting_report_transaction_hash", "waiting_report", ["transaction_hash"])
    _create_event_table(
        "dispute",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("party", ADDRESS, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("reason", DOCUMENT, nullable=False),
        *_payment(),
    )
    op.create_index("ix_dispute_deal_id", "dispute", ["deal_id"])
    op.create_index("ix_dispute_reason", "dispute", ["reason"])
    _create_event_table(
        "agreed_part",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        *_payment(),
    )
    op.create_index("ix_agreed_part_deal_id", "agreed_part", ["deal_id"])
    _create_event_table(
        "resolution",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("outcome", sa.Integer, nullable=False),
        sa.Column("adjust", NUMBER, nullable=False),
        *_payment(),
    )
    op.create_index("uq_resolution_deal_id_as_of", "resolution", ["deal_id", "as_of"], unique=True)
    op.create_index("ix_resolution_transaction_hash", "resolution", ["transaction_hash"])
    _create_event_table(
        "notice",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("party", ADDRESS, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("performance_units", NUMBER, nullable=False),
    )
    op.create_index("ix_notice_deal_id", "notice", ["deal_id"])
    _create_event_table(
        "skipped_item",
        sa.Column("item", NUMBER, nullable=False),
        sa.Column("reason", sa.String(10), nullable=False),
    )


def _create_committee_changes() -> None:
    _create_event_table(
        "departure",
        sa.Column("committee", sa.String(26), nullable=False),
        sa.Column("member", ADDRESS, nullable=False),
        sa.Column("leaves_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_departure_committee", "departure", ["committee", "member"])
    _create_event_table(
        "equivocation",
        sa.Column("committee", sa.String(26), nullable=False),
        sa.Column("member", ADDRESS, nullable=False),
        sa.Column("signed_deal_id", HASH, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_equivocation_committee", "equivocation", ["committee", "member"])
    for name, column in (("admin_offer", "next_admin"), ("admin_change", "admin")):
        _create_event_table(
            name,
            sa.Column("committee", sa.String(26), nullable=False),
            sa.Column(column, ADDRESS, nullable=False),
        )
        op.create_index(f"ix_{name}_committee", name, ["committee"])


def _payment() -> list[sa.Column]:  # type: ignore[type-arg]
    return [sa.Column("base_units", NUMBER, nullable=False), sa.Column("performance_units", NUMBER, nullable=False)]


def _create_event_table(name: str, *columns: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        sa.Column("block_number", sa.BigInteger, autoincrement=False),
        sa.Column("log_index", sa.Integer, autoincrement=False),
        sa.Column("transaction_hash", HASH, nullable=False),
        sa.Column("transaction_index", sa.Integer, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("block_number", "log_index", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["block_number"], ["block.number"], f"fk_{name}_block_number", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
