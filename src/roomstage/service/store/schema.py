"""The tables. What is written here is what the migrations make; a test holds one to the other."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Count = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys alone
_ACCOUNT = "accounts.id"

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    # What may still be held: the sum of the account's ledger, kept beside it to be checked.
    Column("balance", BigInteger, nullable=False),
    Column("created_at", Float(53), nullable=False),
    CheckConstraint("balance >= 0", name="balance_not_negative"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), ForeignKey(_ACCOUNT), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("prefix", String(7), nullable=False),  # enough to tell keys apart, too little to use
    Column("created_at", Float(53), nullable=False),
    Column("revoked_at", Float(53)),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", _Count, primary_key=True, autoincrement=True),
    Column("account", String(36), ForeignKey(_ACCOUNT), nullable=False),
    Column("job", String(36)),  # no foreign key: the ledger outlives the jobs
    Column("kind", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),  # what it did to the balance
    Column("note", String(200), nullable=False, server_default=""),
    Column("at", Float(53), nullable=False),
    CheckConstraint(
        "(kind = 'grant' AND amount > 0 AND job IS NULL)"
        " OR (kind = 'hold' AND amount <= 0 AND job IS NOT NULL)"
        " OR (kind = 'capture' AND amount = 0 AND job IS NOT NULL)"
        " OR (kind = 'release' AND amount >= 0 AND job IS NOT NULL)",
        name="kind_and_amount",
    ),
    UniqueConstraint("job", "kind"),
)
Index("ix_ledger_account", ledger.c.account)
# A hold ends once: captured or released.
Index(
    "uq_ledger_job_end",
    ledger.c.job,
    unique=True,
    sqlite_where=text("kind IN ('capture', 'release')"),
    postgresql_where=text("kind IN ('capture', 'release')"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), ForeignKey(_ACCOUNT), nullable=False),
    Column("model", String(100), nullable=False),
    Column("waited_for", Integer, nullable=False),  # 1: a client holds the line, nobody resumes it
    Column("state", String(10), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("request", Text, nullable=False),  # JSON: fields as sent, pictures by hash or URL
    Column("attempt", Integer, nullable=False),
    Column("worker", String(64)),
    Column("lease_until", Float(53)),
    Column("idempotency_key", String(255)),
    Column("fingerprint", String(64)),
    Column("result", Text),  # JSON: hash of the file, type, headers
    Column("error", Text),  # JSON: status, code, message, field
    Column("webhook_url", Text),
    Column("base_url", Text),  # under which its caller reached the server
    Column("created_at", Float(53), nullable=False),
    Column("started_at", Float(53)),
    Column("finished_at", Float(53)),
    Column("expires_at", Float(53)),
    Column("expired", Integer, nullable=False, server_default="0"),  # 1: its files are gone
    CheckConstraint(
        "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"
    ),
    UniqueConstraint("account", "idempotency_key"),
)
Index("ix_jobs_state_created", jobs.c.state, jobs.c.created_at)
Index("ix_jobs_account_state", jobs.c.account, jobs.c.state)
Index("ix_jobs_account_created", jobs.c.account, jobs.c.created_at)
Index("ix_jobs_expires_at", jobs.c.expires_at)

# Who needs which file. A file is deleted when its last row is.
blob_uses = Table(
    "blob_uses",
    metadata,
    Column("owner", String(36), primary_key=True),  # a job or an upload
    Column("name", String(100), primary_key=True),  # the field, or "result"
    Column("hash", String(64), nullable=False, index=True),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), ForeignKey(_ACCOUNT), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("content_type", String(40), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False, index=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), ForeignKey(_ACCOUNT), nullable=False),
    Column("job", String(36), nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, delivered, given_up
    Column("attempt", Integer, nullable=False),
    Column("next_at", Float(53), nullable=False),
    Column("last_answer", String(40)),
    Column("created_at", Float(53), nullable=False),
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
)
Index("ix_deliveries_state_next_at", deliveries.c.state, deliveries.c.next_at)
