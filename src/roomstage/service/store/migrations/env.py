"""Run by alembic: migrations happen on the connection, and in the transaction, that is given."""

from __future__ import annotations

from alembic import context

from roomstage.service.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
