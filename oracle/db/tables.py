"""All tables. `delivery`, `event`, `proposal` and `journal` only grow, which the database itself enforces (see the
migrations).

Values of reports and amounts of money are strings, since they are wider than a database's integers.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of its own INTEGER type."""

metadata = MetaData()

# What was heard

delivery = Table(
    "delivery",
    metadata,
    Column("id", Number, primary_key=True),
    Column("source_account", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("adapter_version", String, nullable=False),
    Column("method", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received_at", Number, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    UniqueConstraint("source_account", "message_id", name="delivery_once"),
)

event = Table(
    "event",
    metadata,
    Column("id", Number, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("adapter_version", String, nullable=False),
    Column("received_at", Number, nullable=False),
    Column("source", String, nullable=False),
    Column("source_account", String, nullable=False),
    Column("source_event_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("goal", String, nullable=False),
    Column("unit_id", String, nullable=False),
    Column("occurred_at", Number, nullable=False),
    Column("quantity", Number, nullable=False),
    Column("value_minor", String),
    Column("currency", String(3)),
    Column("currency_exponent", Integer),
    Column("attributes", Text, nullable=False),
    UniqueConstraint("source_account", "source_event_id", name="event_once"),
    Index("event_by_time", "source_account", "goal", "occurred_at"),
)

refusal = Table(
    "refusal",
    metadata,
    Column("id", Number, primary_key=True),
    Column("source_account", String, nullable=False),
    Column("message_id", String),
    Column("code", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received_at", Number, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("source_account", "sha256", "code", name="refusal_once"),
)

pull_cursor = Table(
    "pull_cursor",
    metadata,
    Column("source_account", String, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("moved_at", Number, nullable=False),
)

# What was shown to peers, and what was signed

proposal = Table(
    "proposal",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("as_of", Number, primary_key=True, autoincrement=False),
    Column("value", String, primary_key=True),
    Column("evidence", String(64), primary_key=True),
    Column("ledger_position", Number, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("as_of", Number, primary_key=True, autoincrement=False),
    Column("value", String, nullable=False),
    Column("evidence", String(64), nullable=False),
    Column("ledger_position", Number, nullable=False),
    Column("proposals", Text, nullable=False),
    Column("locked_at", Number, nullable=False),
)

# What was sent

submission = Table(
    "submission",
    metadata,
    Column("id", Number, primary_key=True),
    Column("deal_id", String(66), nullable=False),
    Column("as_of", Number, nullable=False),
    Column("purpose", String, nullable=False),
    Column("account", String(42), nullable=False),
    Column("nonce", Number, nullable=False),
    Column("to", String(42), nullable=False),
    Column("data", Text, nullable=False),
    Column("gas", Number, nullable=False),
    Column("state", String, nullable=False),
    Column("mined_hash", String(66)),
    Column("mined_block", Number),
    Column("opens_at", Number),
    Column("closes_at", Number),
    Column("created_at", Number, nullable=False),
    Index("submission_by_state", "state"),
    Index("submission_by_report", "deal_id", "as_of"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Number, primary_key=True),
    Column("submission_id", ForeignKey("submission.id"), nullable=False, index=True),
    Column("hash", String(66), nullable=False, unique=True),
    Column("raw", Text, nullable=False),
    Column("max_fee_units", String, nullable=False),
    Column("tip_units", String, nullable=False),
    Column("created_at", Number, nullable=False),
    Column("sent_at", Number),
)

# What is known of the chain; can be dropped and read again

chain = Table(
    "chain",
    metadata,
    Column("chain_id", Number, primary_key=True, autoincrement=False),
    Column("contract", String(42), primary_key=True),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("block_number", Number, primary_key=True, autoincrement=False),
    Column("block_hash", String(66), nullable=False),
)

deal = Table(
    "deal",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("committee", String(26), nullable=False, index=True),
    Column("terms", Text, nullable=False),
    Column("block_number", Number, nullable=False),
    Column("closed_block", Number),
)

settled_report = Table(
    "settled_report",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("as_of", Number, primary_key=True, autoincrement=False),
    Column("value", String, nullable=False),
    Column("evidence", String(64), nullable=False),
    Column("block_number", Number, nullable=False),
)

waiting_report = Table(
    "waiting_report",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("as_of", Number, primary_key=True, autoincrement=False),
    Column("is_self_report", Integer, primary_key=True, autoincrement=False),
    Column("evidence", String(64), nullable=False),
    Column("block_number", Number, nullable=False),
    Column("resolved_block", Number),
)

notice = Table(
    "notice",
    metadata,
    Column("deal_id", String(66), primary_key=True),
    Column("ends_at", Number, primary_key=True, autoincrement=False),
    Column("block_number", Number, nullable=False),
)

member = Table(
    "member",
    metadata,
    Column("committee", String(26), primary_key=True),
    Column("address", String(42), primary_key=True),
    Column("active_at", Number, nullable=False),
    Column("block_number", Number, nullable=False),
    Index("member_by_address", "address"),
)

departure = Table(
    "departure",
    metadata,
    Column("committee", String(26), primary_key=True),
    Column("address", String(42), primary_key=True),
    Column("leaves_at", Number, primary_key=True, autoincrement=False),
    Column("block_number", Number, nullable=False),
)
