"""Runs the migrations inside the transaction of `connector.store.migrate`."""

from alembic import context

import connector.store.fact_tables
import connector.store.hint_tables
import connector.store.privacy_tables
import connector.store.rubric_tables
import connector.store.setup_tables
import connector.store.web_tables  # noqa: F401 - its tables join the metadata
from connector.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
