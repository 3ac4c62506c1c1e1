"""Tables of the index. Every row that came from an event hangs from its block, and goes when the block goes.

Rows are only added and deleted, never changed, so that rolling a fork back is one deletion. What follows from events
(paid, left, status) is no column: `api.deals.state` derives it.
"""

from typing import Any

from sqlalchemy import BigInteger, Dialect, ForeignKey, Index, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from escrow.ids import Address, CommitteeId, DealId, DocumentHash, Timestamp, Units


class BigNumber(TypeDecorator[int]):
    """A whole number beyond 64 bits as decimal text, alike in every database."""

    impl = String(78)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


ADDRESS = String(42)
HASH = String(66)
# SQLite keeps such a table in the order of its key, once and not twice.
CLUSTERED = {"sqlite_with_rowid": False}
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        Address: ADDRESS,
        CommitteeId: String(26),
        DealId: HASH,
        DocumentHash: String(64),
        Timestamp: BigInteger,
        Units: BigNumber,
    }


class Cursor(Base):
    """One row: of which chain and contract this index is, and how far it has been read."""

    __tablename__ = "cursor"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    contract: Mapped[Address]
    from_block: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    """Everything up to here is in the rows; `from_block - 1` before anything was read."""
    block_hash: Mapped[str | None] = mapped_column(HASH)
    block_at: Mapped[Timestamp | None]
    head_number: Mapped[int | None] = mapped_column(BigInteger)
    """The node's newest block when it was last asked."""
    read_at: Mapped[Timestamp | None]
    """When that was, by the machine's clock."""


class Checkpoint(Base):
    """A block up to which the chain was read, to find where a fork began. Old ones are thinned out."""

    __tablename__ = "checkpoint"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(HASH)


class Block(Base):
    """A block with events of the contract."""

    __tablename__ = "block"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(HASH)
    at: Mapped[Timestamp]


class _FromEvent:
    """Position of the event on the chain, which also gives rows their order."""

    block_number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("block.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    log_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    transaction_hash: Mapped[str] = mapped_column(HASH)
    transaction_index: Mapped[int] = mapped_column(Integer)


class Deal(_FromEvent, Base):
    """As opened. The columns between `deal_id` and `terms` repeat what `terms`, the packed words, say, to filter by."""

    __tablename__ = "deal"

    deal_id: Mapped[DealId]
    client: Mapped[Address]
    agency: Mapped[Address]
    token: Mapped[Address]
    committee: Mapped[CommitteeId]
    agreement: Mapped[DocumentHash]
    starts_at: Mapped[Timestamp]
    ends_at: Mapped[Timestamp]
    silent_at: Mapped[Timestamp]
    """End and grace: from here on only a refund is left. As planned, as `ends_at` is: a notice or a report that waits
    changes both."""
    ruling_window: Mapped[int] = mapped_column(BigInteger)
    terms: Mapped[str] = mapped_column(Text)
    """Hex of the packed words, one after the other."""
    payer: Mapped[Address]
    amount_units: Mapped[Units]

    __table_args__ = (
        Index("uq_deal_deal_id", "deal_id", unique=True),
        Index("ix_deal_client", "client", "block_number", "log_index"),
        Index("ix_deal_agency", "agency", "block_number", "log_index"),
        Index("ix_deal_agreement", "agreement"),
        Index("ix_deal_transaction_hash", "transaction_hash"),
        CLUSTERED,
    )


class TopUp(_FromEvent, Base):
    __tablename__ = "top_up"

    deal_id: Mapped[DealId]
    payer: Mapped[Address]
    amount_units: Mapped[Units]
    performance_units: Mapped[Units]

    __table_args__ = (Index("ix_top_up_deal_id", "deal_id"), CLUSTERED)


class Settlement(_FromEvent, Base):
    """A report that was applied. Bit i of `signers` is the member with index i."""

    __tablename__ = "settlement"

    deal_id: Mapped[DealId]
    as_of: Mapped[Timestamp]
    value: Mapped[int] = mapped_column(BigNumber)
    evidence: Mapped[DocumentHash]
    signers: Mapped[int] = mapped_column(BigNumber)
    base_units: Mapped[Units]
    performance_units: Mapped[Units]

    __table_args__ = (
        Index("uq_settlement_deal_id_as_of", "deal_id", "as_of", unique=True),
        Index("ix_settlement_evidence", "evidence"),
        Index("ix_settlement_transaction_hash", "transaction_hash"),
        CLUSTERED,
    )


class WaitingReport(_FromEvent, Base):
    """A report that came to wait; `signers` is 0 in a self-report, whose place a quorum's report of the same time takes."""

    __tablename__ = "waiting_report"

    deal_id: Mapped[DealId]
    as_of: Mapped[Timestamp]
    value: Mapped[int] = mapped_column(BigNumber)
    """As signed; what counts is this and `adjust`."""
    evidence: Mapped[DocumentHash]
    signers: Mapped[int] = mapped_column(BigNumber)
    adjust: Mapped[int] = mapped_column(BigNumber)
    window_ends_at: Mapped[Timestamp]

    __table_args__ = (
        Index("ix_waiting_report_deal_id", "deal_id", "as_of"),
        Index("ix_waiting_report_evidence", "evidence"),
        Index("ix_waiting_report_transaction_hash", "transaction_hash"),
        CLUSTERED,
    )


class Dispute(_FromEvent, Base):
    """A party's own number for the report that waits. What both accept was paid at once."""

    __tablename__ = "dispute"

    deal_id: Mapped[DealId]
    party: Mapped[Address]
    value: Mapped[int] = mapped_column(BigNumber)
    reason: Mapped[DocumentHash]
    base_units: Mapped[Units]
    performance_units: Mapped[Units]

    __table_args__ = (Index("ix_dispute_deal_id", "deal_id"), Index("ix_dispute_reason", "reason"), CLUSTERED)


class AgreedPart(_FromEvent, Base):
    """Paid of a report that the agency alone disputed."""

    __tablename__ = "agreed_part"

    deal_id: Mapped[DealId]
    as_of: Mapped[Timestamp]
    value: Mapped[int] = mapped_column(BigNumber)
    base_units: Mapped[Units]
    performance_units: Mapped[Units]

    __table_args__ = (Index("ix_agreed_part_deal_id", "deal_id"), CLUSTERED)


class Resolution(_FromEvent, Base):
    """The report that waited counts with this value. `outcome` is the number of `escrow.claims.Outcome`."""

    __tablename__ = "resolution"

    deal_id: Mapped[DealId]
    as_of: Mapped[Timestamp]
    value: Mapped[int] = mapped_column(BigNumber)
    outcome: Mapped[int] = mapped_column(Integer)
    adjust: Mapped[int] = mapped_column(BigNumber)
    """For every later value of the deal."""
    base_units: Mapped[Units]
    performance_units: Mapped[Units]

    __table_args__ = (
        Index("uq_resolution_deal_id_as_of", "deal_id", "as_of", unique=True),
        Index("ix_resolution_transaction_hash", "transaction_hash"),
        CLUSTERED,
    )


class Notice(_FromEvent, Base):
    """Each moves the end of the deal forward, so that the earliest one is the end."""

    __tablename__ = "notice"

    deal_id: Mapped[DealId]
    party: Mapped[Address]
    ends_at: Mapped[Timestamp]
    performance_units: Mapped[Units]

    __table_args__ = (Index("ix_notice_deal_id", "deal_id"), CLUSTERED)


class SkippedItem(_FromEvent, Base):
    """An item of a batch that changed nothing. `reason` is the selector of its error, 0x00000000 where there was none."""

    __tablename__ = "skipped_item"

    item: Mapped[int] = mapped_column(BigNumber)
    reason: Mapped[str] = mapped_column(String(10))

    __table_args__ = (CLUSTERED,)


class Closing(_FromEvent, Base):
    """`cause` is the number of `escrow.events.Closing`."""

    __tablename__ = "closing"

    deal_id: Mapped[DealId]
    cause: Mapped[int] = mapped_column(Integer)
    base_units: Mapped[Units]
    performance_units: Mapped[Units]
    refunded_units: Mapped[Units]

    __table_args__ = (Index("uq_closing_deal_id", "deal_id", unique=True), CLUSTERED)


class Credit(_FromEvent, Base):
    """A payment that could not be delivered."""

    __tablename__ = "credit"

    deal_id: Mapped[DealId]
    account: Mapped[Address]
    token: Mapped[Address]
    amount_units: Mapped[Units]

    __table_args__ = (
        Index("ix_credit_deal_id", "deal_id"),
        Index("ix_credit_account", "account", "token"),
        CLUSTERED,
    )


class Withdrawal(_FromEvent, Base):
    __tablename__ = "withdrawal"

    account: Mapped[Address]
    token: Mapped[Address]
    recipient: Mapped[Address]
    amount_units: Mapped[Units]

    __table_args__ = (Index("ix_withdrawal_account", "account", "token"), CLUSTERED)


class Committee(_FromEvent, Base):
    __tablename__ = "committee"

    committee: Mapped[CommitteeId]
    admin: Mapped[Address]
    creator: Mapped[Address]
    delay: Mapped[int] = mapped_column(BigInteger)
    min_quorum: Mapped[int] = mapped_column(Integer)
    max_quorum: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)
    """When it was created, as its admin; what changed since is in `member`, `departure` and `admin_change`."""

    __table_args__ = (Index("uq_committee_committee", "committee", unique=True), CLUSTERED)


class Member(_FromEvent, Base):
    """`number` is the member's bit in the signers of a settlement."""

    __tablename__ = "member"

    committee: Mapped[CommitteeId]
    member: Mapped[Address]
    number: Mapped[int] = mapped_column(Integer)
    active_at: Mapped[Timestamp]

    __table_args__ = (Index("uq_member_committee_number", "committee", "number", unique=True), CLUSTERED)


class Departure(_FromEvent, Base):
    """A member goes. Where an admin's removal and its own follow each other, the earlier `leaves_at` is the one."""

    __tablename__ = "departure"

    committee: Mapped[CommitteeId]
    member: Mapped[Address]
    leaves_at: Mapped[Timestamp]

    __table_args__ = (Index("ix_departure_committee", "committee", "member"), CLUSTERED)


class Equivocation(_FromEvent, Base):
    """A member signed two reports of one deal and time. Such a deal need not be one that was ever opened."""

    __tablename__ = "equivocation"

    committee: Mapped[CommitteeId]
    member: Mapped[Address]
    signed_deal_id: Mapped[DealId]
    as_of: Mapped[Timestamp]

    __table_args__ = (Index("ix_equivocation_committee", "committee", "member"), CLUSTERED)


class AdminOffer(_FromEvent, Base):
    """Zero takes an offer back."""

    __tablename__ = "admin_offer"

    committee: Mapped[CommitteeId]
    next_admin: Mapped[Address]

    __table_args__ = (Index("ix_admin_offer_committee", "committee"), CLUSTERED)


class AdminChange(_FromEvent, Base):
    __tablename__ = "admin_change"

    committee: Mapped[CommitteeId]
    admin: Mapped[Address]

    __table_args__ = (Index("ix_admin_change_committee", "committee"), CLUSTERED)


class Token(Base):
    """What a token says of itself, asked once; nothing where it does not answer as a token does."""

    __tablename__ = "token"

    address: Mapped[Address] = mapped_column(primary_key=True)
    symbol: Mapped[str | None] = mapped_column(String(32))
    decimals: Mapped[int | None] = mapped_column(Integer)


EVENT_TABLES: tuple[type[Base], ...] = (
    Deal,
    TopUp,
    Settlement,
    WaitingReport,
    Dispute,
    AgreedPart,
    Resolution,
    Notice,
    SkippedItem,
    Closing,
    Credit,
    Withdrawal,
    Committee,
    Member,
    Departure,
    Equivocation,
    AdminOffer,
    AdminChange,
)
"""Whose rows follow from the chain alone, `block` besides."""
