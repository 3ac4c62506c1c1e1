"""The index: blocks, deals and what happened to them, committees, tokens, and how far it has been read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ADDRESS = sa.String(42)
HASH = sa.String(66)
NUMBER = sa.String(78)
"""Decimal digits of a number beyond 64 bits."""


def upgrade() -> None:
    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger, autoincrement=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_block"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.BigInteger, autoincrement=False),
        sa.Column("hash", HASH, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoint"),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("chain_id", sa.BigInteger, nullable=False),
        sa.Column("contract", ADDRESS, nullable=False),
        sa.Column("from_block", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("block_hash", HASH),
        sa.Column("block_at", sa.BigInteger),
        sa.Column("head_number", sa.BigInteger),
        sa.Column("read_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_cursor"),
    )
    op.create_table(
        "token",
        sa.Column("address", ADDRESS),
        sa.Column("symbol", sa.String(32)),
        sa.Column("decimals", sa.Integer),
        sa.PrimaryKeyConstraint("address", name="pk_token"),
    )
    _create_deal()
    _create_histories()
    _create_committees()


def downgrade() -> None:
    for name in ("member", "committee", "withdrawal", "credit", "closing", "settlement", "top_up", "deal"):
        op.drop_table(name)
    for name in ("token", "cursor", "checkpoint", "block"):
        op.drop_table(name)


def _create_deal() -> None:
    _create_event_table(
        "deal",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("client", ADDRESS, nullable=False),
        sa.Column("agency", ADDRESS, nullable=False),
        sa.Column("token", ADDRESS, nullable=False),
        sa.Column("committee", sa.String(26), nullable=False),
        sa.Column("agreement", sa.String(64), nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("silent_at", sa.BigInteger, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("payer", ADDRESS, nullable=False),
        sa.Column("amount_units", NUMBER, nullable=False),
    )
    op.create_index("uq_deal_deal_id", "deal", ["deal_id"], unique=True)
    op.create_index("ix_deal_client", "deal", ["client", "block_number", "log_index"])
    op.create_index("ix_deal_agency", "deal", ["agency", "block_number", "log_index"])
    op.create_index("ix_deal_agreement", "deal", ["agreement"])
    op.create_index("ix_deal_transaction_hash", "deal", ["transaction_hash"])


def _create_histories() -> None:
    _create_event_table(
        "top_up",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("payer", ADDRESS, nullable=False),
        sa.Column("amount_units", NUMBER, nullable=False),
        sa.Column("performance_units", NUMBER, nullable=False),
    )
    op.create_index("ix_top_up_deal_id", "top_up", ["deal_id"])
    _create_event_table(
        "settlement",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("evidence", sa.String(64), nullable=False),
        sa.Column("signers", NUMBER, nullable=False),
        sa.Column("base_units", NUMBER, nullable=False),
        sa.Column("performance_units", NUMBER, nullable=False),
    )
    op.create_index("uq_settlement_deal_id_as_of", "settlement", ["deal_id", "as_of"], unique=True)
    op.create_index("ix_settlement_evidence", "settlement", ["evidence"])
    op.create_index("ix_settlement_transaction_hash", "settlement", ["transaction_hash"])
    _create_event_table(
        "closing",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("cause", sa.Integer, nullable=False),
        sa.Column("base_units", NUMBER, nullable=False),
        sa.Column("performance_units", NUMBER, nullable=False),
        sa.Column("refunded_units", NUMBER, nullable=False),
    )
    op.create_index("uq_closing_deal_id", "closing", ["deal_id"], unique=True)
    _create_event_table(
        "credit",
        sa.Column("deal_id", HASH, nullable=False),
        sa.Column("account", ADDRESS, nullable=False),
        sa.Column("token", ADDRESS, nullable=False),
        sa.Column("amount_units", NUMBER, nullable=False),
    )
    op.create_index("ix_credit_deal_id", "credit", ["deal_id"])
    op.create_index("ix_credit_account", "credit", ["account", "token"])
    _create_event_table(
        "withdrawal",
        sa.Column("account", ADDRESS, nullable=False),
        sa.Column("token", ADDRESS, nullable=False),
        sa.Column("recipient", ADDRESS, nullable=False),
        sa.Column("amount_units", NUMBER, nullable=False),
    )
    op.create_index("ix_withdrawal_account", "withdrawal", ["account", "token"])


def _create_committees() -> None:
    _create_event_table(
        "committee",
        sa.Column("committee", sa.String(26), nullable=False),
        sa.Column("admin", ADDRESS, nullable=False),
        sa.Column("creator", ADDRESS, nullable=False),
        sa.Column("delay", sa.BigInteger, nullable=False),
        sa.Column("min_quorum", sa.Integer, nullable=False),
        sa.Column("max_quorum", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_index("uq_committee_committee", "committee", ["committee"], unique=True)
    _create_event_table(
        "member",
        sa.Column("committee", sa.String(26), nullable=False),
        sa.Column("member", ADDRESS, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("active_at", sa.BigInteger, nullable=False),
    )
    op.create_index("uq_member_committee_number", "member", ["committee", "number"], unique=True)


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
