"""What was heard, signed and sent, and what is known of the chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

APPEND_ONLY = ("delivery", "event", "journal")
"""No program of ours changes a row of these, and none that takes its place may."""


def upgrade() -> None:
    op.create_table(
        "chain",
        sa.Column("chain_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "contract"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("block_number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("block_number"),
    )
    op.create_table(
        "deal",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("committee", sa.String(length=26), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.Column("closed_block", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("deal_id"),
    )
    op.create_index(op.f("ix_deal_committee"), "deal", ["committee"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_account", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("adapter_version", sa.String(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_account", "message_id", name="delivery_once"),
    )
    op.create_table(
        "journal",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("as_of", NUMBER, autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("ledger_position", NUMBER, nullable=False),
        sa.Column("proposals", sa.Text(), nullable=False),
        sa.Column("locked_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "as_of"),
    )
    op.create_table(
        "member",
        sa.Column("committee", sa.String(length=26), nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("active_at", NUMBER, nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("committee", "address"),
    )
    op.create_index("member_by_address", "member", ["address"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("source_account", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_account", "sha256", "code", name="refusal_once"),
    )
    op.create_table(
        "settled_report",
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("as_of", NUMBER, autoincrement=False, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("block_number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "as_of"),
    )
    op.create_table(
        "submission",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("deal_id", sa.String(length=66), nullable=False),
        sa.Column("as_of", NUMBER, nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("nonce", NUMBER, nullable=False),
        sa.Column("to", sa.String(length=42), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("gas", NUMBER, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mined_hash", sa.String(length=66), nullable=True),
        sa.Column("mined_block", NUMBER, nullable=True),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("submission_by_report", "submission", ["deal_id", "as_of"], unique=False)
    op.create_index("submission_by_state", "submission", ["state"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("submission_id", NUMBER, nullable=False),
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("max_fee_units", sa.String(), nullable=False),
        sa.Column("tip_units", sa.String(), nullable=False),
        sa.Column("created_at", NUMBER, nullable=False),
        sa.Column("sent_at", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(op.f("ix_attempt_submission_id"), "attempt", ["submission_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("delivery_id", NUMBER, nullable=False),
        sa.Column("adapter_version", sa.String(), nullable=False),
        sa.Column("received_at", NUMBER, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_account", sa.String(), nullable=False),
        sa.Column("source_event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("occurred_at", NUMBER, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("value_minor", sa.String(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("currency_exponent", sa.Integer(), nullable=True),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_account", "source_event_id", name="event_once"),
    )
    op.create_index("event_by_time", "event", ["source_account", "goal", "occurred_at"], unique=False)
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
